"""How many rows a list has for each of its choices: counted as they change, not when asked."""

from dashboard.core.clock import DayFinder
from dashboard.mirror.kinds.base import Row
from dashboard.mirror.measures.summary import Key, Summary, Sums, key_of, summary_table

CHOICES = ("status", "currency", "method")


def _payment(row: Row, _find_day: DayFinder) -> tuple[Key, Sums] | None:
    if row.get("deleted"):
        return None
    return (key_of(row["status"]), key_of(row["currency"]), key_of(row["method"])), (1,)


payment_counts = Summary(
    summary_table("payment_counts", CHOICES, ("count",)),
    CHOICES,
    ("count",),
    "payments",
    CHOICES,
    _payment,
)
"""Payments by what became of them, currency and method."""

COUNTS = (payment_counts,)
