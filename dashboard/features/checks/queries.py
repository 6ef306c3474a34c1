"""What differs from Stripe, and what was compared."""

from dataclasses import dataclass

from sqlalchemy import Connection

from dashboard.mirror.freshness import words
from dashboard.mirror.registry import KINDS
from dashboard.store import checks, differences
from dashboard.store.books import Book
from dashboard.store.checks import KindCheck, SumCheck
from dashboard.store.differences import Difference

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One kind in words, and how far it is compared."""

    name: str
    check: KindCheck


@dataclass(frozen=True, slots=True)
class Findings:
    """Open differences, at most ``MOST_SHOWN``, sums, and every kind that was ever compared."""

    differences: list[Difference]
    sums: list[SumCheck]
    lines: list[Line]


def findings(db: Connection, book: Book) -> Findings:
    """Return what was found, the kinds in the order in which they are filled."""
    known = checks.kinds(db, book)
    lines = [Line(words(name).capitalize(), known[name]) for name in KINDS if name in known]
    return Findings(differences.newest(db, book, MOST_SHOWN), checks.sums(db, book), lines)
