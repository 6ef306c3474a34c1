"""Checks of sums: what is kept against its rows, and what must always add up, in plain words."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import islice

from sqlalchemy import Engine

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.mirror.measures import identities, keeping
from dashboard.store import checks
from dashboard.store.books import Book
from dashboard.store.checks import SumCheck

RECENT_DAYS = 3
RECENT_PAYOUT_DAYS = 30
MOST_NAMED = 3


def check_all(engine: Engine, book: Book) -> list[SumCheck]:
    """Look at all sums, keep how they agree and return it; takes as long as reading every row."""
    with database.snapshot(engine) as db:
        found = [
            _summaries(map(str, keeping.check(db, book))),
            _transactions(identities.odd_transactions(db, book)),
            _ledger(identities.unequal_ledgers(db, book)),
            _balance(identities.unequal_balances(db, book)),
            _payouts(identities.unequal_payouts(db, book)),
        ]
    return _kept(engine, book, found)


def check_recent(engine: Engine, book: Book) -> list[SumCheck]:
    """Look at what is cheap, the last days, the balance and the last payouts, and do the same.

    While there is a fault all is looked at: only that can tell whether it is gone.
    """
    with database.reading(engine) as db:
        if any(each.faults for each in checks.sums(db, book)):
            return check_all(engine, book)
    now = clock.seconds()
    since = clock.local_day(now, book.timezone) - timedelta(days=RECENT_DAYS)
    since_at = clock.day_start(since, book.timezone)
    payouts_since_at = now - RECENT_PAYOUT_DAYS * clock.DAY_SECONDS
    with database.snapshot(engine) as db:
        found = [
            _summaries(map(str, keeping.check_recent(db, book, since))),
            _transactions(identities.odd_transactions(db, book, since_at)),
            _balance(identities.unequal_balances(db, book)),
            _payouts(identities.unequal_payouts(db, book, payouts_since_at)),
        ]
    return _kept(engine, book, found)


def _kept(engine: Engine, book: Book, found: Sequence[SumCheck]) -> list[SumCheck]:
    with database.writing(engine) as db:
        checks.save_sums(db, book, found)
    return list(found)


def _summaries(faults: Iterable[str]) -> SumCheck:
    right = "Every sum that is kept is what its rows add up to."
    return _told("summaries", right, "{} are not what their rows add up to", "kept sum", faults)


def _transactions(faults: Iterable[str]) -> SumCheck:
    right = "The net of every balance transaction is its amount less its fee."
    wrong = "{} are not their amount less their fee"
    return _told("transactions", right, wrong, "balance transaction", faults)


def _ledger(faults: Iterable[str]) -> SumCheck:
    right = "What was there, what moved and what was paid out add up to what is there."
    wrong = "{} in which what was there, what moved and what was paid out do not add up"
    return _told("ledger", right, wrong, "currency", faults)


def _balance(faults: Iterable[str]) -> SumCheck:
    right = "The balance that Stripe states is the sum of all balance transactions."
    wrong = "{} in which Stripe's balance is not the sum of our transactions"
    return _told("balance", right, wrong, "currency", faults)


def _payouts(faults: Iterable[str]) -> SumCheck:
    right = "Every reconciled payout is the sum of its transactions."
    return _told("payouts", right, "{} are not the sum of their transactions", "payout", faults)


def _told(name: str, right: str, wrong: str, noun: str, faults: Iterable[str]) -> SumCheck:
    every = list(faults)
    if not every:
        return SumCheck(name, 0, right)
    plural = noun.removesuffix("y") + ("ies" if noun.endswith("y") else "s")
    words = wrong.format(f"{len(every)} {noun if len(every) == 1 else plural}")
    named = "; ".join(each.rstrip(".") for each in islice(every, MOST_NAMED))
    return SumCheck(name, len(every), f"{words}: {named}{' …' * (len(every) > MOST_NAMED)}.")
