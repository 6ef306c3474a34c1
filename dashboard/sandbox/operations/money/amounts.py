"""Amounts and currencies in request parameters."""

from __future__ import annotations

from dashboard.sandbox.errors import StripeError, invalid_request
from dashboard.sandbox.operations.billing.checks import at_least, currency_code
from dashboard.sandbox.params import Params

_SMALLEST = {"aud": 50, "cad": 50, "chf": 50, "eur": 50, "gbp": 30, "jpy": 50, "usd": 50}
_LARGEST = 99_999_999


def currency_of(params: Params) -> str:
    """Return the currency of a request; raises Stripe's 400 for what is none."""
    return currency_code("currency", params.needed_text("currency"))


def amount_of(params: Params, name: str = "amount") -> int:
    """Return an amount in minor units, one at least; raises Stripe's 400 for anything else."""
    amount = params.integer(name)
    at_least(name, amount, 1)
    return amount or 0


def chargeable(amount: int, currency: str) -> int:
    """Return an amount that cards can be charged; raises Stripe's 400 for others."""
    least = _SMALLEST.get(currency, 1)
    if amount < least:
        raise invalid_request(
            f"The amount must be at least {least} in the smallest unit of {currency}.",
            code="amount_too_small",
            param="amount",
        )
    if amount > _LARGEST:
        raise invalid_request(
            f"The amount must be no more than {_LARGEST} in the smallest unit of {currency}.",
            code="amount_too_large",
            param="amount",
        )
    return amount


def part_of(params: Params, whole: int, too_much: StripeError, name: str = "amount") -> int:
    """Return the amount that a request names, `whole` when it names none.

    Raises Stripe's 400, or `too_much` for more than the whole.
    """
    if params.integer(name) is None:
        return whole
    amount = amount_of(params, name)
    if amount > whole:
        raise too_much
    return amount
