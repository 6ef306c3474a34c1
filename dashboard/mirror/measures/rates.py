"""Exchange rates: what one major unit of a currency is worth in the reporting currency."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from dashboard.core import money


@dataclass(frozen=True, slots=True)
class Total:
    """An amount in minor units of ``currency``; ``None`` when rates are ``missing``."""

    amount_minor: int | None
    currency: str
    missing: list[str]


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates into ``currency`` by the day from which they hold."""

    currency: str
    by_currency: Mapping[str, list[tuple[date, Fraction]]] = field(default_factory=dict)

    @classmethod
    def of(cls, currency: str, listed: Iterable[tuple[date, str, Fraction]]) -> "Rates":
        """Return rates from (day, currency, units of the reporting currency for a major unit)."""
        found: dict[str, list[tuple[date, Fraction]]] = {}
        for day, other, rate in sorted(listed):
            found.setdefault(other, []).append((day, rate))
        return cls(currency, found)

    def total(self, amounts: Mapping[str, int], day: date) -> Total:
        """Convert each currency at the newest rate until ``day``, round each, then add.

        Without a rate for a currency that is not zero there is no total, never a partial one.
        """
        converted = {
            currency: self._converted(amount, currency, day)
            for currency, amount in amounts.items()
            if amount
        }
        missing = sorted(currency for currency, amount in converted.items() if amount is None)
        amount = None if missing else sum(value or 0 for value in converted.values())
        return Total(amount, self.currency, missing)

    def _converted(self, amount_minor: int, currency: str, day: date) -> int | None:
        if currency == self.currency:
            return amount_minor
        dated = self.by_currency.get(currency, [])
        position = bisect_right([since for since, _rate in dated], day)
        if not position:
            return None
        major = Fraction(amount_minor, 10 ** money.exponent(currency))
        rate = dated[position - 1][1]
        return money.rounded(major * rate * 10 ** money.exponent(self.currency))
