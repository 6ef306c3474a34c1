"""Currencies of the business: where each settles, at which rate, and what Stripe keeps."""

from dataclasses import dataclass
from enum import StrEnum
from math import sin


class Currency(StrEnum):
    """The currencies that customers are charged in."""

    USD = "usd"
    EUR = "eur"
    GBP = "gbp"
    JPY = "jpy"
    KWD = "kwd"


class Method(StrEnum):
    """The ways in which customers pay."""

    CARD = "card"
    SEPA_DEBIT = "sepa_debit"
    US_BANK_ACCOUNT = "us_bank_account"
    BANK_TRANSFER = "customer_balance"


#: The currencies that the account has a balance and a bank account in.
SETTLEMENT = (Currency.USD, Currency.EUR, Currency.GBP, Currency.JPY)

#: The customer's price of one US dollar, as a step and the number of steps (minor units).
_PRICE_STEPS = {
    Currency.USD: (1, 100),
    Currency.EUR: (1, 93),
    Currency.GBP: (1, 80),
    Currency.JPY: (10, 15),
    Currency.KWD: (10, 31),
}

_DISPUTE_FEES = {Currency.USD: 1500, Currency.EUR: 1500, Currency.GBP: 1500, Currency.JPY: 1500}


@dataclass(frozen=True, slots=True)
class _Tariff:
    basis_points: int
    fixed: int
    cap: int | None = None


_CARD = {
    Currency.USD: _Tariff(290, 30),
    Currency.EUR: _Tariff(150, 25),
    Currency.GBP: _Tariff(150, 20),
    Currency.JPY: _Tariff(360, 0),
}
_CONVERTED_CARD = _Tariff(540, 30)
_BANK = {
    Method.SEPA_DEBIT: _Tariff(0, 35),
    Method.US_BANK_ACCOUNT: _Tariff(80, 0, cap=500),
    Method.BANK_TRANSFER: _Tariff(50, 0, cap=500),
}
_BRITISH_VAT_PERCENT = 20


@dataclass(frozen=True, slots=True)
class Settled:
    """A charged amount in the currency in which it reaches the balance (minor units)."""

    amount: int
    currency: Currency
    exchange_rate: float | None


def price(dollar_cents: int, currency: Currency) -> int:
    """Return the price of a thing that costs ``dollar_cents``, in minor units of ``currency``."""
    step, steps = _PRICE_STEPS[currency]
    return max(step, dollar_cents * steps // 100 * step)


def settle(amount: int, currency: Currency, at: int) -> Settled:
    """Return ``amount`` as it is booked at ``at``: dinars become US dollars, the rest stays."""
    if currency is not Currency.KWD:
        return Settled(amount, currency, None)
    millionths = _dinar_in_dollars(at)
    # Dinars have three decimals and dollars two, hence one decimal more than the rate's six.
    cents = (abs(amount) * millionths + 5_000_000) // 10_000_000
    return Settled(cents if amount >= 0 else -cents, Currency.USD, millionths / 1_000_000)


def _dinar_in_dollars(at: int) -> int:
    day = at // 86_400
    return 3_250_000 + int(21_000 * sin(day / 40)) + day * 7_919 % 1_700


def charge_fees(settled: Settled, method: Method) -> tuple[tuple[str, int], ...]:
    """Return what Stripe keeps of a charge, as (type of fee, minor units of the balance)."""
    fee = _fee(settled.amount, _tariff(settled, method))
    if settled.currency is Currency.GBP:
        return (("stripe_fee", fee), ("tax", fee * _BRITISH_VAT_PERCENT // 100))
    return (("stripe_fee", fee),)


def dispute_fee(currency: Currency) -> int:
    """Return the fee of one dispute, in minor units of the balance ``currency``."""
    return _DISPUTE_FEES[currency]


def _tariff(settled: Settled, method: Method) -> _Tariff:
    if method is not Method.CARD:
        return _BANK[method]
    return _CONVERTED_CARD if settled.exchange_rate else _CARD[settled.currency]


def _fee(amount: int, tariff: _Tariff) -> int:
    fee = (amount * tariff.basis_points + 5_000) // 10_000 + tariff.fixed
    return fee if tariff.cap is None else min(fee, tariff.cap)
