"""Which currency money reaches the balance in, and what Stripe keeps of it."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.sandbox.world.tariff import (
    SETTLEMENT,
    Currency,
    Method,
    Settled,
    charge_fees,
    dispute_fee,
    settle,
)

_KNOWN = set(Currency)
_OTHER_BASIS_POINTS = 290


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as it is booked, in minor units of a currency of the balance."""

    amount: int
    currency: str
    exchange_rate: float | None = None


def settled(amount: int, currency: str, at: int) -> Money:
    """Return what a charged amount becomes on the balance at UTC second `at`.

    Currencies that the practice company does not deal in have a balance of their own.
    """
    if currency not in _KNOWN:
        return Money(amount, currency)
    found = settle(amount, Currency(currency), at)
    return Money(found.amount, found.currency.value, found.exchange_rate)


def fees_of(money: Money, method: str) -> tuple[tuple[str, int], ...]:
    """Return what Stripe keeps of a charge, as (type of fee, minor units of the balance)."""
    if money.currency not in _KNOWN:
        return (("stripe_fee", (money.amount * _OTHER_BASIS_POINTS + 5_000) // 10_000),)
    way = Method(method) if method in set(Method) else Method.CARD
    return charge_fees(Settled(money.amount, Currency(money.currency), money.exchange_rate), way)


def fee_of_dispute(currency: str) -> int:
    """Return the fee of one dispute, in minor units of the balance currency."""
    return dispute_fee(Currency(currency)) if currency in set(SETTLEMENT) else 0
