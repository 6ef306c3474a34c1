"""Money flow of one currency: which reporting category counts as what.

Definitions: docs/metrics.md, "Money flow"; categories:
https://docs.stripe.com/reports/reporting-categories
"""

from dataclasses import dataclass, fields

GROSS = frozenset(("charge", "charge_failure", "partial_capture_reversal"))
COUNTED = {"charge": 1, "charge_failure": -1}
"""What a row adds to the number of payments."""
REFUNDS = frozenset(("refund", "refund_failure"))
DISPUTES = frozenset(("dispute", "dispute_reversal"))
COSTS = frozenset(("fee", "tax", "network_cost"))
"""Stripe's own bills: their amounts are fees, with the other sign."""
TRANSFERS = frozenset(("transfer", "transfer_reversal"))
PAYOUTS = frozenset(("payout", "payout_reversal"))


@dataclass(slots=True)
class Volume:
    """The flow of one currency, in minor units; ``payments`` is a count."""

    gross: int = 0
    refunds: int = 0
    disputes: int = 0
    fees: int = 0
    transfers: int = 0
    other: int = 0
    payments: int = 0

    @property
    def sums(self) -> tuple[int, ...]:
        """All of them, in the order of their fields."""
        return tuple(getattr(self, name) for name in FLOWS)

    def join(self, other: "Volume") -> None:
        """Add another flow of the same currency."""
        for name in FLOWS:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def net(self) -> int:
        """``gross - refunds - disputes - fees - transfers``; may be negative."""
        return self.gross - self.refunds - self.disputes - self.fees - self.transfers

    def add(self, category: str, count: int, amount_minor: int, fee_minor: int) -> None:
        """Count the balance transactions of one reporting category."""
        if category in PAYOUTS:
            return
        self.fees += fee_minor
        if category in GROSS:
            self.gross += amount_minor
            self.payments += COUNTED.get(category, 0) * count
        elif category in REFUNDS:
            self.refunds -= amount_minor
        elif category in DISPUTES:
            self.disputes -= amount_minor
        elif category in COSTS:
            self.fees -= amount_minor
        elif category in TRANSFERS:
            self.transfers -= amount_minor
        else:
            self.other += amount_minor


FLOWS = tuple(field.name for field in fields(Volume))
