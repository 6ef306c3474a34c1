"""What a number of units costs: by the unit, in packs, or in tiers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from dashboard.sandbox.reckoning.rounding import rounded


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a tiered price: units up to ``up_to`` (None: all) at ``unit`` plus ``flat``."""

    up_to: int | None
    unit: Fraction
    flat: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Pricing:
    """How a price is computed, in minor units of ``currency``."""

    currency: str
    unit: Fraction = Fraction(0)
    tiers: tuple[Tier, ...] = ()
    tiers_mode: str | None = None
    divide_by: int | None = None
    """How many units make a pack; ``unit`` is the price of one pack then."""
    rounds_down: bool = False
    """Whether a pack that is begun is free."""

    def cost(self, quantity: int) -> int:
        """Return what ``quantity`` units cost."""
        if self.tiers_mode == "volume":
            return rounded(self._volume(quantity), self.currency)
        if self.tiers_mode == "graduated":
            return rounded(self._graduated(quantity), self.currency)
        return rounded(self._packs(quantity) * self.unit, self.currency)

    def _packs(self, quantity: int) -> int:
        if not self.divide_by:
            return quantity
        return quantity // self.divide_by if self.rounds_down else -(-quantity // self.divide_by)

    def _volume(self, quantity: int) -> Fraction:
        tier = next(tier for tier in self.tiers if tier.up_to is None or quantity <= tier.up_to)
        return quantity * tier.unit + tier.flat

    def _graduated(self, quantity: int) -> Fraction:
        total, reached = Fraction(0), 0
        for tier in self.tiers:
            if quantity <= reached:
                break
            top = quantity if tier.up_to is None else min(quantity, tier.up_to)
            total += (top - reached) * tier.unit + tier.flat
            reached = top
        return total
