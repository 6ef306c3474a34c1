"""Prices in words, and their tiers as the lines of a table; read from any API version."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement

from dashboard.core.money import written_exactly
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.price import prices
from dashboard.mirror.kinds.read import decimal, dig, members, number, text


@dataclass(frozen=True, slots=True)
class Price:
    """What a price asks for: ``unit_minor`` is decimal text in minor units of ``currency``."""

    currency: str | None
    unit_minor: str | None
    billing_scheme: str | None = None
    tiers_mode: str | None = None
    interval: str | None = None
    interval_count: int | None = None
    usage_type: str | None = None
    divide_by: int | None = None

    @classmethod
    def of(cls, raw: Raw) -> "Price":
        """Read a price, or a plan of older versions."""
        recurring = raw.get("recurring") or raw
        transform = raw.get("transform_quantity") or raw.get("transform_usage")
        return cls(
            currency=text(raw.get("currency")),
            unit_minor=_amount(raw, "unit_amount") or _amount(raw, "amount"),
            billing_scheme=text(raw.get("billing_scheme")),
            tiers_mode=text(raw.get("tiers_mode")),
            interval=text(dig(recurring, "interval")),
            interval_count=number(dig(recurring, "interval_count")),
            usage_type=text(dig(recurring, "usage_type")),
            divide_by=number(dig(transform, "divide_by")),
        )

    @property
    def amount(self) -> str:
        """What one unit costs, in words."""
        if self.billing_scheme == "tiered":
            return f"{(self.tiers_mode or 'tiered').capitalize()} tiers"
        words = written(self.unit_minor, self.currency) or "Customer chooses"
        return f"{words} per {self.divide_by:,} units" if self.divide_by else words

    @property
    def rhythm(self) -> str:
        """How often it is asked for, in words; empty for what is sold once."""
        if not self.interval:
            return ""
        count = self.interval_count or 1
        words = f"/ {self.interval}" if count == 1 else f"every {count} {self.interval}s"
        return f"{words}, metered" if self.usage_type == "metered" else words

    def __str__(self) -> str:
        """Return amount and rhythm: ``$29.00 / month``, ``€60.00 every 3 months``."""
        return f"{self.amount} {self.rhythm}".rstrip()


PRICED: tuple[ColumnElement[Any], ...] = (
    prices.c.id,
    prices.c.currency,
    prices.c.unit_amount_decimal,
    prices.c.billing_scheme,
    prices.c.tiers_mode,
    prices.c.interval,
    prices.c.interval_count,
    prices.c.usage_type,
    prices.c.divide_by,
)
"""The columns of a ``Priced`` row, in its order."""


@dataclass(frozen=True, slots=True)
class Priced:
    """A row that begins with the columns of a price; they are empty where there is none."""

    price_id: str | None
    price_currency: str | None
    unit_minor: str | None
    billing_scheme: str | None
    tiers_mode: str | None
    interval: str | None
    interval_count: int | None
    usage_type: str | None
    divide_by: int | None

    @property
    def price(self) -> Price | None:
        """The price in words."""
        if self.price_id is None:
            return None
        return Price(
            currency=self.price_currency,
            unit_minor=self.unit_minor,
            billing_scheme=self.billing_scheme,
            tiers_mode=self.tiers_mode,
            interval=self.interval,
            interval_count=self.interval_count,
            usage_type=self.usage_type,
            divide_by=self.divide_by,
        )


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier: its first and last unit (``None``: without end), and its prices in words."""

    first: int
    last: int | None
    unit: str | None
    flat: str | None


def tiers(raw: Raw) -> list[Tier]:
    """Return the tiers of a price or plan in their order; none where the price has no tiers."""
    return list(_tiers(raw, text(raw.get("currency"))))


def _tiers(raw: Raw, currency: str | None) -> Iterator[Tier]:
    first = 1
    for tier in members(raw.get("tiers")):
        last = number(tier.get("up_to"))
        unit = _amount(tier, "unit_amount") or _amount(tier, "amount")
        flat = _amount(tier, "flat_amount")
        yield Tier(first, last, written(unit, currency), written(flat, currency))
        first = (last or 0) + 1


def _amount(raw: Raw, name: str) -> str | None:
    return decimal(raw.get(f"{name}_decimal")) or decimal(raw.get(name))


def written(minor: str | None, currency: str | None) -> str | None:
    """Return a price of ``minor`` units, also fractions of one, in words; odd text as it is."""
    try:
        return written_exactly(minor, currency) if minor and currency else minor
    except ValueError:
        return minor
