"""What is summed from the days of the balance: its months, and each day's flow of money."""

from collections.abc import Sequence

from sqlalchemy import Connection

from dashboard.core.clock import DayFinder
from dashboard.mirror.changes import Change
from dashboard.mirror.kinds.base import Row
from dashboard.mirror.measures.daily import daily_balance
from dashboard.mirror.measures.flow import FLOWS, Volume
from dashboard.mirror.measures.summary import Key, Summary, Sums, summary_table
from dashboard.store.books import Book

MONTH = len("2026-11")


def _month(row: Row, _find_day: DayFinder) -> tuple[Key, Sums]:
    return (row["day"][:MONTH], row["currency"]), (row["count"], row["net_minor"])


def _flow(row: Row, _find_day: DayFinder) -> tuple[Key, Sums]:
    flow = Volume()
    flow.add(row["reporting_category"], row["count"], row["amount_minor"], row["fee_minor"])
    return (row["currency"], row["day"]), flow.sums


monthly_balance = Summary(
    summary_table("monthly_balance", ("month", "currency"), ("count", "net_minor")),
    ("month", "currency"),
    ("count", "net_minor"),
    "daily_balance",
    ("day", "currency", "count", "net_minor"),
    _month,
)
"""Balance transactions by the month of ``created``: a balance is their sum and that of few days."""

daily_volume = Summary(
    summary_table("daily_volume", ("currency", "day"), [f"{name}_sum" for name in FLOWS]),
    ("currency", "day"),
    tuple(f"{name}_sum" for name in FLOWS),
    "daily_balance",
    ("day", "currency", "reporting_category", "count", "amount_minor", "fee_minor"),
    _flow,
)
"""The flow of each day in a row: a chart has little time."""

ROLLED_UP = (monthly_balance, daily_volume)


def follow(db: Connection, book: Book, changes: Sequence[Change]) -> None:
    """Keep the days of the balance, and what is summed from them, in step with its transactions."""
    added = daily_balance.take(db, book, changes)
    for summary in ROLLED_UP:
        summary.roll_up(db, book, added)
