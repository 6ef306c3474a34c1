"""Exact money: integers of the minor unit beside a currency, parsed and written only here.

Stripe's number of decimals for each currency: https://docs.stripe.com/currencies
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache

from babel.core import Locale
from babel.numbers import format_decimal, get_currency_symbol

from dashboard.core.errors import BadInputError

ZERO_DECIMAL = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split()  # noqa: SIM905
)
THREE_DECIMAL = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
DEFAULT_LOCALE = "en_US"
AMOUNT = re.compile(r"-?([0-9]{1,14}|[0-9]{1,3}(,[0-9]{3}){1,4})(\.[0-9]+)?")
"""A comma parts thousands and nothing else: “1,5” is one and a half to half of the world."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of a lower-case ISO currency."""

    amount_minor: int
    currency: str


def is_currency(code: str) -> bool:
    """Return whether any currency, of today or of the past, has this code."""
    return code.upper() in Locale.parse(DEFAULT_LOCALE).currencies


def exponent(currency: str) -> int:
    """Return how many decimals Stripe writes for ``currency``: 0, 2 or 3.

    UGX and ISK are whole-unit currencies that the API writes with two decimals.
    """
    code = currency.lower()
    if code in ZERO_DECIMAL:
        return 0
    return 3 if code in THREE_DECIMAL else 2


def major(amount_minor: int, currency: str) -> Decimal:
    """Return minor units as an exact decimal of major units: 1999 usd is 19.99."""
    return Decimal(amount_minor).scaleb(-exponent(currency))


@lru_cache(maxsize=65_536)
def decimal_string(amount_minor: int, currency: str) -> str:
    """Return the major amount with the currency's own number of decimals, for exports."""
    return format(major(amount_minor, currency), "f")


@lru_cache(maxsize=1_024)
def _style(currency: str, locale: str) -> tuple[str, str]:
    digits = exponent(currency)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return get_currency_symbol(currency.upper(), locale), pattern


@lru_cache(maxsize=65_536)
def written(amount_minor: int, currency: str, locale: str = DEFAULT_LOCALE) -> str:
    """Return the amount as people read it: ``$1,234.50``, ``¥98,000``, ``-€5.00``."""
    symbol, pattern = _style(currency, locale)
    return _joined(symbol, major(amount_minor, currency), pattern, locale)


def _joined(symbol: str, value: Decimal, pattern: str, locale: str) -> str:
    digits = format_decimal(abs(value), pattern, Locale.parse(locale))
    amount = f"{symbol}\N{NO-BREAK SPACE}{digits}" if symbol.isalpha() else f"{symbol}{digits}"
    return f"-{amount}" if value < 0 else amount


def written_exactly(amount_minor: str | int, currency: str, locale: str = DEFAULT_LOCALE) -> str:
    """Return a price in minor units, also fractions of one, with all its decimals: ``$0.0125``.

    Raises:
        ValueError: the text is no number.
    """
    try:
        minor = Decimal(amount_minor)
    except InvalidOperation as error:
        raise ValueError(f"“{amount_minor}” is no number.") from error
    if not minor.is_finite():
        raise ValueError(f"“{amount_minor}” is no number.")
    if minor == minor.to_integral_value():
        return written(int(minor), currency, locale)
    symbol, pattern = _style(currency, locale)
    value = minor.scaleb(-exponent(currency)).normalize()
    places = "0" * -int(value.as_tuple().exponent)
    return _joined(symbol, value, f"{pattern.partition('.')[0]}.{places}", locale)


def parse(text: str, currency: str, field: str = "amount") -> int:
    """Return the minor units of a major amount that a person typed, such as ``1,234.50``.

    Raises:
        BadInputError: the text is no amount, or has more decimals than the currency.
    """
    typed = AMOUNT.fullmatch(text.strip())
    value = Decimal(typed[0].replace(",", "")).scaleb(exponent(currency)) if typed else None
    if value is None or value != value.to_integral_value():
        raise BadInputError(
            f"“{text}” is not an amount in {currency.upper()}.",
            field=field,
            remedy=_how_to_write(exponent(currency)),
        )
    return int(value)


def _how_to_write(places: int) -> str:
    if not places:
        return "Write it without decimals, for example 1250."
    return f"Write it with at most {places} decimals, for example 12.{'5'.ljust(places, '0')}."


def rounded(value: Fraction) -> int:
    """Round once, half away from zero, as every published figure is (metrics: rules, money)."""
    exact = (abs(value.numerator) * 2 + value.denominator) // (2 * value.denominator)
    return -exact if value < 0 else exact


def ratio(numerator: int | Fraction, denominator: int | Fraction) -> str | None:
    """Return a ratio as a decimal string of six places; ``None`` over nothing."""
    if not denominator:
        return None
    scaled = rounded(Fraction(numerator) / Fraction(denominator) * 1_000_000)
    return str((Decimal(scaled) / 1_000_000).quantize(Decimal("0.000001"), ROUND_HALF_UP))
