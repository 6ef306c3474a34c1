"""What numbers and currencies in parameters must be."""

from __future__ import annotations

import re

from dashboard.sandbox.errors import StripeError, invalid_request

_CURRENCY = re.compile(r"[a-z]{3}")


def currency_code(name: str, text: str) -> str:
    """Return the currency in small letters; raises Stripe's 400 for what is none."""
    code = text.lower()
    if not _CURRENCY.fullmatch(code):
        raise invalid_request(
            f"Invalid currency: {text}. Use a three-letter ISO code such as usd or eur.", param=name
        )
    return code


def at_least(name: str, value: int | None, least: int) -> None:
    """Raise Stripe's 400 for a number that is smaller than `least`."""
    if value is not None and value < least:
        raise invalid_request(
            f"This value must be greater than or equal to {least}.",
            code="parameter_invalid_integer",
            param=name,
        )


def one_of(first: str, second: str) -> StripeError:
    """Return the refusal of two parameters that exclude each other."""
    return invalid_request(
        f"You may only specify one of these parameters: {first}, {second}.", param=first
    )
