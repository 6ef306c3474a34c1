"""What one piece of news did to one row: the input of everything that is derived from rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Connection

from dashboard.mirror.kinds.base import Raw, Row
from dashboard.store.books import Book


@dataclass(frozen=True, slots=True)
class Change:
    """A row ``before`` (``None``: we did not know it) and ``after`` the news, and the news itself.

    Rows hold every column but ``raw``. ``event_id`` is the event that brought the news, ``None``
    where it was read.
    """

    before: Row | None
    after: Row
    raw: Raw
    event_id: str | None = None


Follower: TypeAlias = Callable[[Connection, Book, Sequence[Change]], None]
"""Keeps something derived in step with the rows of a kind, inside their transaction.

What it adds for ``after`` it must take away for ``before``, so that any order, repeat or correction
leaves the same sums.
"""
