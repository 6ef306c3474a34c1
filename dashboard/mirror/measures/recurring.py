"""Recurring revenue of a whole book on a day: MRR, by customer, ARR, subscribers, ARPU.

Definitions: docs/metrics.md, "Recurring revenue", after
https://docs.stripe.com/billing/subscriptions/analytics/glossary
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import Connection, func, select

from dashboard.core import clock, money
from dashboard.mirror.measures import mrr_changes as changes
from dashboard.mirror.measures import versions
from dashboard.mirror.measures.history import steps
from dashboard.mirror.measures.mrr import DEFAULT, Rules
from dashboard.mirror.measures.rates import Rates
from dashboard.store.books import Book

MONTHS_IN_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Choices:
    """How figures are counted and shown: the rules of MRR, the reporting currency's rates."""

    rates: Rates
    rules: Rules = DEFAULT

    @classmethod
    def of(cls, book: Book) -> "Choices":
        """Return what holds for a book without settings: its own currency, no rates."""
        return cls(Rates(book.currency))


@dataclass(frozen=True, slots=True)
class Recurring:
    """MRR in minor units by currency, without zeros, and its total in the reporting currency.

    ``total`` is ``None`` when rates are ``missing``; ``approximate`` when the day's history was
    rebuilt from later objects.
    """

    by_currency: dict[str, int]
    total: int | None
    currency: str
    missing: list[str]
    approximate: bool


def mrr(db: Connection, book: Book, day: date, as_of: int, choices: Choices) -> Recurring:
    """Return MRR at the last second of ``day``, or at ``as_of`` (UTC seconds) if that is earlier.

    The sum of the rounded monthly amounts of all subscriptions that count.
    """
    at = _moment(book, day, as_of)
    if choices.rules == DEFAULT:
        amounts = _kept_sums(db, book, at)
    else:
        amounts = _by_currency(_told(db, book, at, choices.rules))
    total = choices.rates.total(amounts, day)
    return Recurring(
        amounts, total.amount_minor, total.currency, total.missing, _is_guess(db, book, at)
    )


def customer_mrr(
    db: Connection, book: Book, day: date, as_of: int, choices: Choices
) -> dict[str, dict[str, int]]:
    """Return each customer's MRR in minor units by currency, without zeros."""
    at = _moment(book, day, as_of)
    if choices.rules == DEFAULT:
        return _kept_by_customer(db, book, at)
    return _told(db, book, at, choices.rules)


def subscribers(db: Connection, book: Book, day: date, as_of: int, choices: Choices) -> int:
    """Return how many customers have MRR: two subscriptions of one customer are one."""
    at = _moment(book, day, as_of)
    if choices.rules == DEFAULT:
        return _kept_subscribers(db, book, at)
    return len(_told(db, book, at, choices.rules))


def arr(db: Connection, book: Book, day: date, as_of: int, choices: Choices) -> int | None:
    """Return 12 x MRR in minor units of the reporting currency; ``None`` without a total."""
    total = mrr(db, book, day, as_of, choices).total
    return None if total is None else MONTHS_IN_A_YEAR * total


def arpu(db: Connection, book: Book, day: date, as_of: int, choices: Choices) -> int | None:
    """Return MRR / subscribers in minor units, rounded; ``None`` without one or the other."""
    total = mrr(db, book, day, as_of, choices).total
    count = subscribers(db, book, day, as_of, choices)
    return None if total is None or not count else money.rounded(Fraction(total, count))


def _moment(book: Book, day: date, as_of: int) -> int:
    """Return the second whose state the day has: its last, or now."""
    return min(clock.day_end(day, book.timezone) - 1, as_of)


def _kept_sums(db: Connection, book: Book, at: int) -> dict[str, int]:
    """Add whole days from the summary, and what has happened of the last one."""
    today = clock.local_day(at, book.timezone)
    daily, change = changes.daily_mrr.table.c, changes.mrr_changes.c
    whole = (
        select(daily.currency, func.sum(daily.delta_minor))
        .where(daily.book_id == book.id, daily.day < today.isoformat())
        .group_by(daily.currency)
    )
    part = (
        select(change.currency, func.sum(change.after_minor - change.before_minor))
        .where(
            change.book_id == book.id,
            change.day == today.isoformat(),
            change.effective_at <= at,
        )
        .group_by(change.currency)
    )
    sums: dict[str, int] = defaultdict(int)
    for query in (whole, part):
        for currency, amount in db.execute(query):
            sums[currency] += int(amount)
    return {currency: sums[currency] for currency in sorted(sums) if sums[currency]}


def _kept_subscribers(db: Connection, book: Book, at: int) -> int:
    change = changes.mrr_changes.c
    paying = (
        select(change.customer_id)
        .where(change.book_id == book.id, change.effective_at <= at)
        .group_by(change.customer_id, change.currency)
        .having(func.sum(change.after_minor - change.before_minor) != 0)
        .subquery()
    )
    return db.scalar(select(func.count(paying.c.customer_id.distinct()))) or 0


def _kept_by_customer(db: Connection, book: Book, at: int) -> dict[str, dict[str, int]]:
    change = changes.mrr_changes.c
    amount = func.sum(change.after_minor - change.before_minor)
    query = (
        select(change.customer_id, change.currency, amount)
        .where(change.book_id == book.id, change.effective_at <= at)
        .group_by(change.customer_id, change.currency)
        .having(amount != 0)
        .order_by(change.customer_id, change.currency)
    )
    found: dict[str, dict[str, int]] = {}
    for customer, currency, minor in db.execute(query):
        found.setdefault(customer, {})[currency] = int(minor)
    return found


def _told(db: Connection, book: Book, at: int, rules: Rules) -> dict[str, dict[str, int]]:
    """Tell every subscription anew under other rules than the kept ones."""
    found: dict[str, dict[str, int]] = {}
    for portion in versions.portions(versions.every_subscription(db, book)):
        for known in versions.load(db, book, portion):
            past = [step for step in steps(known.versions, rules) if step.effective_at <= at]
            if past and past[-1].after_minor:
                held = found.setdefault(known.customer, {})
                held[known.currency] = held.get(known.currency, 0) + past[-1].after_minor
    return {customer: found[customer] for customer in sorted(found)}


def _by_currency(customers: dict[str, dict[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for held in customers.values():
        for currency, amount in held.items():
            sums[currency] += amount
    return {currency: sums[currency] for currency in sorted(sums)}


def _is_guess(db: Connection, book: Book, at: int) -> bool:
    """Whether at that moment some subscription is known from a later object only."""
    change = changes.mrr_changes.c
    query = select(change.subscription_id).where(
        change.book_id == book.id,
        change.approximate,
        change.effective_at <= at,
        change.known_at > at,
    )
    return db.execute(query.limit(1)).first() is not None
