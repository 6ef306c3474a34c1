"""Payouts: the proof that each is the sum of its transactions, and what is still to come.

https://docs.stripe.com/reports/payout-reconciliation
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, select

from dashboard.core import clock
from dashboard.core.errors import NotFoundError
from dashboard.mirror.kinds.balance_transaction import balance_transactions
from dashboard.mirror.kinds.payout import payouts
from dashboard.mirror.measures.balance import Category
from dashboard.mirror.membership import payout_transactions
from dashboard.store.books import Book

ON_THE_WAY = ("pending", "in_transit")


class Verdict(StrEnum):
    """What comparing a payout with its transactions says."""

    RECONCILED = "reconciled"
    MISMATCH = "mismatch"
    IN_PROGRESS = "in_progress"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A payout, in minor units, beside the sum of its transactions without its own row.

    ``difference`` and ``categories`` stand only where Stripe links transactions to the payout.
    """

    status: Verdict
    amount: int
    currency: str
    difference: int | None = None
    categories: dict[str, Category] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A payout on its way to the bank; ``date`` is the UTC date that Stripe states."""

    payout: str
    date: date
    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class Availability:
    """Funds that become available (not: arrive) on the UTC ``date``."""

    date: date
    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class Expected:
    """What the bank will see: payouts by arrival date, then pending funds by ``available_on``."""

    in_transit: list[Arrival]
    becoming_available: list[Availability]


def payout_reconciliation(db: Connection, book: Book, payout_id: str) -> Reconciliation:
    """Compare a payout with the net sum of its balance transactions.

    Manual and instant payouts have none; while Stripe still links them nothing is compared; that a
    payout failed later changes nothing: its money comes back in a later one.

    Raises:
        NotFoundError: the book has no such payout.
    """
    payout = _payout(db, book, payout_id)
    if not payout.automatic or payout.method == "instant":
        return Reconciliation(Verdict.MANUAL, payout.amount_minor, payout.currency)
    categories = _categories(db, book, payout)
    if not _is_linked(payout, categories):
        return Reconciliation(Verdict.IN_PROGRESS, payout.amount_minor, payout.currency)
    difference = payout.amount_minor - sum(line.net for line in categories.values())
    verdict = Verdict.MISMATCH if difference else Verdict.RECONCILED
    return Reconciliation(verdict, payout.amount_minor, payout.currency, difference, categories)


def _payout(db: Connection, book: Book, payout_id: str) -> Any:
    query = select(payouts).where(
        payouts.c.book_id == book.id, payouts.c.id == payout_id, payouts.c.deleted.is_(False)
    )
    found = db.execute(query).first()
    if found is None:
        raise NotFoundError(
            f"There is no payout {payout_id}.",
            field="payout",
            remedy="Choose one of this account's payouts.",
        )
    return found


def _is_linked(payout: Any, categories: dict[str, Category]) -> bool:
    """Old API versions lack the status: there, having transactions says as much."""
    if payout.reconciliation_status is None:
        return bool(categories)
    return bool(payout.reconciliation_status == "completed")


def _categories(db: Connection, book: Book, payout: Any) -> dict[str, Category]:
    """Add up the payout's transactions by category; its own row is not one of them."""
    line, member = balance_transactions.c, payout_transactions.c
    own_row = (line.reporting_category == "payout") & (
        func.coalesce(line.source_id, payout.id) == payout.id
    )
    query = (
        select(
            func.coalesce(line.reporting_category, "unknown"),
            func.count(),
            func.sum(line.amount_minor),
            func.sum(line.fee_minor),
            func.sum(line.net_minor),
        )
        .join_from(
            payout_transactions,
            balance_transactions,
            (line.book_id == member.book_id) & (line.id == member.transaction_id),
        )
        .where(
            member.book_id == book.id,
            member.payout_id == payout.id,
            line.deleted.is_(False),
            func.coalesce(~own_row, True),
        )
        .group_by(line.reporting_category)
        .order_by(line.reporting_category)
    )
    return {name: Category(*(int(value) for value in sums)) for name, *sums in db.execute(query)}


def payouts_expected(db: Connection, book: Book, as_of: int) -> Expected:
    """Return what is on its way at ``as_of`` (UTC seconds), in the order in which it comes.

    Dates are those that Stripe writes as 00:00 UTC: they are never shifted into a time zone.
    """
    return Expected(_in_transit(db, book, as_of), _becoming_available(db, book, as_of))


def _in_transit(db: Connection, book: Book, as_of: int) -> list[Arrival]:
    table = payouts.c
    query = (
        select(table.id, table.arrival_at, table.created_at, table.currency, table.amount_minor)
        .where(
            table.book_id == book.id,
            table.status.in_(ON_THE_WAY),
            table.created_at <= as_of,
            table.deleted.is_(False),
        )
        .order_by(func.coalesce(table.arrival_at, table.created_at), table.created_at, table.id)
    )
    return [
        Arrival(
            row.id, clock.utc_date(row.arrival_at or row.created_at), row.currency, row.amount_minor
        )
        for row in db.execute(query)
    ]


def _becoming_available(db: Connection, book: Book, as_of: int) -> list[Availability]:
    table = balance_transactions.c
    query = (
        select(table.available_at, table.currency, func.sum(table.net_minor))
        .where(
            table.book_id == book.id,
            table.available_at > as_of,
            table.created_at <= as_of,
            table.deleted.is_(False),
        )
        .group_by(table.available_at, table.currency)
    )
    totals: dict[tuple[date, str], int] = {}
    for available_at, currency, net in db.execute(query):
        key = clock.utc_date(available_at), currency
        totals[key] = totals.get(key, 0) + int(net)
    return [Availability(day, currency, totals[day, currency]) for day, currency in sorted(totals)]
