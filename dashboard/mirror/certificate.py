"""How far the mirror can be trusted: what comparing it with Stripe has found, for every page."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from dashboard.core import clock
from dashboard.mirror.registry import KINDS
from dashboard.store import checks
from dashboard.store.books import Book

NOT_THE_PAST = frozenset(("event", "account", "balance"))
"""Kinds that do not tell from when on the mirror is complete: Stripe forgets events itself."""

DATED = tuple(name for name in KINDS if name not in NOT_THE_PAST)


class Trust(StrEnum):
    """What the certificate says at a glance."""

    OK = "ok"
    STALE = "stale"
    ERROR = "error"
    UNCHECKED = "never"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was compared with Stripe and how it stands; moments in UTC seconds.

    ``faults`` are sums that do not add up; ``partly`` says that some kinds are not compared.
    """

    state: Trust
    checked_at: int | None = None
    objects: int = 0
    differences: int = 0
    faults: int = 0
    complete_at: int | None = None
    partly: bool = False


def certificate(db: Connection, book: Book, *, stale_after_seconds: int) -> Certificate:
    """Return the certificate of ``book``, with one statement."""
    told = checks.standing(db, book, dated=DATED)
    found = told.differences or told.faults
    if told.compared_at is None and not found:
        return Certificate(Trust.UNCHECKED)
    is_old = clock.seconds() - (told.compared_at or 0) > stale_after_seconds
    state = Trust.STALE if is_old or told.open_kinds else Trust.OK
    return Certificate(
        Trust.ERROR if found else state,
        told.compared_at,
        told.objects,
        told.differences,
        told.faults,
        told.complete_at,
        partly=bool(told.open_kinds),
    )
