"""The foot of a bill: rebates and taxes of its lines, and their sums."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from dashboard.sandbox.reckoning.rounding import rounded
from dashboard.sandbox.shapes import Json


@dataclass(frozen=True, slots=True)
class Rebate:
    """A discount in force: a share of each line, or an amount off the whole bill."""

    id: str
    percent_off: Fraction | None = None
    amount_off: int | None = None
    """Minor units of the bill's currency."""
    products: frozenset[str] | None = None
    """The products that it holds for; None: all."""

    def on(self, amount: int, product: str | None, currency: str) -> int:
        """Return what it takes off ``amount`` minor units asked for ``product``."""
        if self.products is not None and product not in self.products:
            return 0
        if self.percent_off is not None:
            return rounded(amount * self.percent_off / 100, currency)
        return min(amount, self.amount_off or 0)


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax in percent, on top of the price or inside it."""

    id: str
    percentage: Fraction
    inclusive: bool

    def on(self, amount: int, currency: str) -> int:
        """Return the tax in or on ``amount`` minor units."""
        base = 100 + self.percentage if self.inclusive else Fraction(100)
        return rounded(amount * self.percentage / base, currency)

    def row(self, amount: int, taxable: int) -> Json:
        """Return how invoices and their lines state ``amount`` of this tax."""
        return {
            "amount": amount,
            "tax_behavior": "inclusive" if self.inclusive else "exclusive",
            "tax_rate_details": {"tax_rate": self.id},
            "taxability_reason": "standard_rated",
            "taxable_amount": taxable,
            "type": "tax_rate_details",
        }


@dataclass(frozen=True, slots=True)
class Entry:
    """One line before rebates and taxes: ``amount`` minor units asked for ``product``."""

    amount: int
    product: str | None = None
    rebates: tuple[Rebate, ...] = ()
    taxes: tuple[Tax, ...] = ()


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A line with what each rebate takes off and what each tax comes to (minor units)."""

    entry: Entry
    rebates: tuple[tuple[str, int], ...]
    taxes: tuple[tuple[Tax, int], ...]

    @property
    def rebate(self) -> int:
        """What all rebates take off."""
        return sum(amount for _, amount in self.rebates)

    @property
    def taxable(self) -> int:
        """What is left after rebates."""
        return self.entry.amount - self.rebate

    @property
    def tax(self) -> int:
        """What all taxes come to."""
        return sum(amount for _, amount in self.taxes)

    @property
    def added_tax(self) -> int:
        """What comes on top of the price."""
        return sum(amount for tax, amount in self.taxes if not tax.inclusive)


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums at the foot of a bill, in minor units."""

    subtotal: int
    rebate: int
    tax: int
    taxable: int
    total: int
    total_excluding_tax: int
    subtotal_excluding_tax: int


def reckon(entries: Iterable[Entry], currency: str) -> list[Reckoned]:
    """Return the entries with their rebates and taxes.

    An amount off is taken once from the bill, not from each of its lines; of several rebates each
    takes its part of what the ones before have left.
    """
    left: dict[str, int] = {}
    return [_reckoned(entry, currency, left) for entry in entries]


def totals(lines: Sequence[Reckoned], currency: str) -> Totals:
    """Return the sums of reckoned lines."""
    subtotal = sum(line.entry.amount for line in lines)
    rebate = sum(line.rebate for line in lines)
    tax = sum(line.tax for line in lines)
    taxable = subtotal - rebate
    total = taxable + sum(line.added_tax for line in lines)
    included = sum(
        each.on(line.entry.amount, currency)
        for line in lines
        for each in line.entry.taxes
        if each.inclusive
    )
    return Totals(
        subtotal=subtotal,
        rebate=rebate,
        tax=tax,
        taxable=taxable,
        total=total,
        total_excluding_tax=total - tax,
        subtotal_excluding_tax=subtotal - included,
    )


def _reckoned(entry: Entry, currency: str, left: dict[str, int]) -> Reckoned:
    rest, rebates = entry.amount, []
    for rebate in entry.rebates:
        off = rebate.on(rest, entry.product, currency) if rest > 0 else 0
        if rebate.percent_off is None:
            off = min(off, left.setdefault(rebate.id, rebate.amount_off or 0))
            left[rebate.id] -= off
        rebates.append((rebate.id, off))
        rest -= off
    taxes = tuple((tax, tax.on(rest, currency)) for tax in entry.taxes)
    return Reckoned(entry, tuple(rebates), taxes)
