"""What must always add up: transactions, what is summed from them, Stripe's balance, payouts."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select, true

from dashboard.core import clock
from dashboard.core.money import written
from dashboard.mirror import objects
from dashboard.mirror.kinds.balance import balances
from dashboard.mirror.kinds.balance_transaction import balance_transactions
from dashboard.mirror.kinds.payout import payouts
from dashboard.mirror.measures.balance import balance_now, balance_summary
from dashboard.mirror.measures.payouts import Verdict, payout_reconciliation
from dashboard.mirror.measures.periods import Period
from dashboard.mirror.membership import payout_transactions
from dashboard.store.books import Book

line = balance_transactions.c

STATED_WITHIN_SECONDS = 60
"""Stripe states its balance for about this moment: clocks differ, and money moves meanwhile."""

LINKED_WITHIN_SECONDS = 900
"""A payout that was just reconciled is linked to its transactions by the next sync."""

MOST_NAMED = 20


def odd_transactions(db: Connection, book: Book, since_at: int = 0) -> list[str]:
    """Return ids of transactions since ``since_at`` whose net is not amount less fee."""
    query = select(line.id).where(
        line.book_id == book.id,
        line.created_at >= since_at,
        line.net_minor != line.amount_minor - line.fee_minor,
        line.deleted.is_(False),
    )
    return list(db.scalars(query.order_by(line.created_at.desc(), line.id).limit(MOST_NAMED)))


def unequal_ledgers(db: Connection, book: Book) -> Iterator[str]:
    """Yield a sentence for each currency where starting + activity + payouts is not the ending.

    The ending is what all transactions sum to, the rest what is kept of them by day and month.
    """
    today = clock.local_day(clock.seconds(), book.timezone)
    until = clock.day_end(today, book.timezone)
    query = (
        select(line.currency, func.sum(line.net_minor))
        .where(line.book_id == book.id, line.created_at < until, line.deleted.is_(False))
        .group_by(line.currency)
    )
    rows = {currency: int(net) for currency, net in db.execute(query)}
    told = balance_summary(db, book, Period(today.replace(day=1), today))
    for currency in sorted({*rows, *told}):
        kept, summed = told[currency].ending if currency in told else 0, rows.get(currency, 0)
        if kept != summed:
            yield (
                f"{currency.upper()}: the days add up to {written(kept, currency)}, "
                f"the transactions to {written(summed, currency)}."
            )


def unequal_balances(db: Connection, book: Book) -> Iterator[str]:
    """Yield a sentence for each currency in which Stripe's balance is not the sum of our ledger."""
    stated_at = db.scalar(select(balances.c.seen_at).where(balances.c.book_id == book.id))
    if stated_at is None or objects.find(db, book, balances, "balance") is None:
        return
    for currency, now in balance_now(db, book, stated_at).items():
        difference = now.difference or 0
        if difference and difference not in _moved_about(db, book, currency, stated_at):
            yield (
                f"{currency.upper()}: Stripe states {written(now.api_total or 0, currency)}, "
                f"our transactions sum to {written(now.available + now.pending, currency)}."
            )


def _moved_about(db: Connection, book: Book, currency: str, moment: int) -> set[int]:
    """Return by how much the balance may differ because of what moved just before or after."""
    query = (
        select(line.created_at, func.sum(line.net_minor))
        .where(
            line.book_id == book.id,
            line.currency == currency,
            line.created_at.between(moment - STATED_WITHIN_SECONDS, moment + STATED_WITHIN_SECONDS),
            line.deleted.is_(False),
        )
        .group_by(line.created_at)
        .order_by(line.created_at)
    )
    moved = [(at, int(net)) for at, net in db.execute(query)]
    differences, before, after = set[int](), 0, 0
    for _at, net in reversed([each for each in moved if each[0] <= moment]):
        before += net
        differences.add(before)
    for _at, net in (each for each in moved if each[0] > moment):
        after += net
        differences.add(-after)
    return differences


def unequal_payouts(db: Connection, book: Book, since_at: int = 0) -> list[str]:
    """Return ids of reconciled payouts since ``since_at`` that are not the sum of their parts."""
    suspects = db.scalars(_suspects(book, since_at))
    return [
        name
        for name in suspects
        if payout_reconciliation(db, book, name).status is Verdict.MISMATCH
    ]


def _suspects(book: Book, since_at: int) -> Any:
    """Select automatic payouts whose transactions do not sum to them; some may be on their way."""
    member = payout_transactions.c
    is_own = (line.reporting_category == "payout") & (line.source_id == payouts.c.id)
    sums = (
        select(func.coalesce(func.sum(line.net_minor), 0))
        .join_from(
            payout_transactions,
            balance_transactions,
            (line.book_id == member.book_id) & (line.id == member.transaction_id),
        )
        .where(
            member.book_id == payouts.c.book_id,
            member.payout_id == payouts.c.id,
            line.deleted.is_(False),
            func.coalesce(~is_own, true()),
        )
        .scalar_subquery()
    )
    linked = select(member.payout_id).where(
        member.book_id == payouts.c.book_id, member.payout_id == payouts.c.id
    )
    was_seen_long_ago: ColumnElement[bool] = (
        payouts.c.seen_at < clock.seconds() - LINKED_WITHIN_SECONDS
    )
    return (
        select(payouts.c.id)
        .where(
            payouts.c.book_id == book.id,
            payouts.c.created_at >= since_at,
            payouts.c.automatic.is_(True),
            payouts.c.deleted.is_(False),
            payouts.c.amount_minor != sums,
            or_(linked.exists(), was_seen_long_ago),
        )
        .order_by(payouts.c.created_at.desc(), payouts.c.id)
    )
