"""The summaries by local day of the account: balance, payments, customers and disputes."""

from dashboard.core.clock import DayFinder
from dashboard.mirror.kinds.base import Row
from dashboard.mirror.measures.summary import Key, Summary, Sums, key_of, summary_table


def _balance_line(row: Row, find_day: DayFinder) -> tuple[Key, Sums] | None:
    if row["deleted"]:
        return None
    return (
        (
            find_day(row["created_at"]),
            key_of(row["currency"]),
            key_of(row["reporting_category"]),
        ),
        (1, row["amount_minor"], row["fee_minor"], row["net_minor"]),
    )


def _payment(row: Row, find_day: DayFinder) -> tuple[Key, Sums] | None:
    if row.get("deleted"):
        return None
    return (
        (find_day(row["created_at"]), key_of(row["currency"]), key_of(row["status"])),
        (1, row["amount_minor"], row["captured_minor"], row["refunded_minor"]),
    )


def _customer(row: Row, find_day: DayFinder) -> tuple[Key, Sums] | None:
    return None if row["deleted"] else ((find_day(row["created_at"]),), (1,))


def _dispute(row: Row, find_day: DayFinder) -> tuple[Key, Sums] | None:
    if row["deleted"]:
        return None
    return (
        (find_day(row["created_at"]), key_of(row["currency"]), key_of(row["status"])),
        (1, row["amount_minor"]),
    )


def _summary(
    name: str, keys: tuple[str, ...], sums: tuple[str, ...], source: str, *, flagged: bool = True
) -> Summary:
    measured = ("created_at", *keys[1:], *sums[1:], *(("deleted",) if flagged else ()))
    return Summary(summary_table(name, keys, sums), keys, sums, source, measured, MEASURES[name])


MEASURES = {
    "daily_balance": _balance_line,
    "daily_payments": _payment,
    "daily_customers": _customer,
    "daily_disputes": _dispute,
}

daily_balance = _summary(
    "daily_balance",
    ("day", "currency", "reporting_category"),
    ("count", "amount_minor", "fee_minor", "net_minor"),
    "balance_transactions",
)
"""Balance transactions by the day of ``created`` (never ``available_on``) and category."""

daily_payments = _summary(
    "daily_payments",
    ("day", "currency", "status"),
    ("count", "amount_minor", "captured_minor", "refunded_minor"),
    "payments",
    flagged=False,
)
"""Payments by the day they began and what became of them."""

daily_customers = _summary("daily_customers", ("day",), ("count",), "customers")
"""Customers by the day they were created."""

daily_disputes = _summary(
    "daily_disputes", ("day", "currency", "status"), ("count", "amount_minor"), "disputes"
)
"""Disputes by the day they were opened and how they stand."""

SUMMARIES = (daily_balance, daily_payments, daily_customers, daily_disputes)
