"""Reads for the audit log: it is about no book, so its pages are read here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Select, func, literal, select, tuple_

from dashboard.core.errors import NotFoundError
from dashboard.core.paging import COUNT_CAP, LARGEST, PAGE_SIZE, Cursor, Page, Wish, broken
from dashboard.mirror.changed_fields import ChangedField, changed_fields
from dashboard.mirror.listing import STREAM_SIZE, within
from dashboard.store.audit import audit_log
from dashboard.store.books import Book

TABLE = audit_log.c
FILTERS = {
    "when": TABLE.at,
    "who": TABLE.actor,
    "deed": TABLE.deed,
    "subject": TABLE.subject,
    "account_id": TABLE.account_id,
}
EVERYTHING = Book(0, "", livemode=False)
"""Stands where a list names its book: this one is about none."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry as its line shows it: ``at`` in UTC seconds, ``before`` and ``after`` as JSON."""

    number: int
    at: int
    user_id: int | None
    actor: str
    address: str
    deed: str
    subject: str
    account_id: str | None
    mode: str | None
    before: str | None
    after: str | None
    seal: str

    @property
    def changes(self) -> list[ChangedField]:
        """What was changed, field by field."""
        before, after = (orjson.loads(told) if told else {} for told in (self.before, self.after))
        return list(changed_fields(before, after))


COLUMNS = tuple(TABLE[name] for name in AuditRow.__slots__)


class Entries:
    """The log as a list page reads it, the newest entries first."""

    sorts: dict[str, Any] = {"when": TABLE.at}  # noqa: RUF012  (a protocol's, and never changed)

    def page(self, db: Connection, book: Book, wish: Wish) -> Page[AuditRow]:  # noqa: ARG002
        """Return one page and the count of all.

        Raises:
            BadInputError: the cursor belongs to another list.
        """
        newer = wish.cursor is not None and wish.cursor.newer
        descending = wish.descending != newer
        query = _ordered(wish, descending=descending).limit(PAGE_SIZE + 1)
        if wish.cursor is not None:
            place, edge = tuple_(TABLE.at, TABLE.number), tuple_(*_place(wish.cursor))
            query = query.where(place < edge if descending else place > edge)
        found = [AuditRow(*line) for line in db.execute(query)]
        shown = found[:PAGE_SIZE][::-1] if newer else found[:PAGE_SIZE]
        more, beyond = len(found) > PAGE_SIZE, wish.cursor is not None
        before, after = (more, True) if newer else (beyond, more)
        count = _count(db, wish)
        return Page(
            rows=shown,
            newer=_edge(shown[0], newer=True) if before and shown else None,
            older=_edge(shown[-1], newer=False) if after and shown else None,
            count=min(count, COUNT_CAP),
            capped=count > COUNT_CAP,
        )

    def needed(self, wish: Wish) -> int:  # noqa: ARG002
        """Return how many matches of a search a page needs: there is no search."""
        return 0

    def every(self, db: Connection, book: Book, wish: Wish) -> Iterator[AuditRow]:  # noqa: ARG002
        """Yield every wanted entry in order, holding only a few in memory."""
        query = _ordered(wish, descending=wish.descending)
        streamed = db.execution_options(stream_results=True, yield_per=STREAM_SIZE).execute(query)
        for line in streamed:
            yield AuditRow(*line)


def find(db: Connection, number: int) -> AuditRow:
    """Return one entry.

    Raises:
        NotFoundError: there is none with this number.
    """
    row = db.execute(select(*COLUMNS).where(TABLE.number == number)).first()
    if row is None:
        raise NotFoundError(f"The audit log has no entry {number}.")
    return AuditRow(*row)


def _ordered(wish: Wish, *, descending: bool) -> Select[Any]:
    order = (TABLE.at, TABLE.number)
    return (
        select(*COLUMNS)
        .where(*_conditions(wish))
        .order_by(*(each.desc() if descending else each.asc() for each in order))
    )


def _conditions(wish: Wish) -> list[ColumnElement[bool]]:
    return [each for name, wanted in wish.where.items() for each in within(FILTERS[name], wanted)]


def _count(db: Connection, wish: Wish) -> int:
    """Count the wanted entries, up to one more than a page tells of."""
    some = select(literal(1)).select_from(audit_log).where(*_conditions(wish)).limit(COUNT_CAP + 1)
    return db.scalar(select(func.count()).select_from(some.subquery())) or 0


def _edge(row: AuditRow, *, newer: bool) -> Cursor:
    return Cursor(row.at, str(row.number), newer)


def _place(cursor: Cursor) -> tuple[int, int]:
    if not isinstance(cursor.value, int) or not cursor.id.isdecimal() or int(cursor.id) > LARGEST:
        raise broken()
    return cursor.value, int(cursor.id)
