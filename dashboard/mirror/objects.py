"""Reads whole objects out of the mirror, as Stripe wrote them."""

from collections.abc import Iterable, Sequence

import orjson
from sqlalchemy import ColumnElement, Connection, Table, select

from dashboard.mirror import codec as codecs
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.rows import among
from dashboard.store.books import Book

MOST = 100


def find(db: Connection, book: Book, table: Table, id: str | None) -> Raw | None:
    """Return the object with this id, ``None`` when the mirror does not hold it."""
    return next(iter(where(db, book, table, table.c.id == id, limit=1)), None) if id else None


def where(
    db: Connection, book: Book, table: Table, *conditions: ColumnElement[bool], limit: int = MOST
) -> Sequence[Raw]:
    """Return at most ``limit`` objects of ``table`` under ``conditions``, newest first."""
    query = (
        select(table.c.raw)
        .where(table.c.book_id == book.id, *conditions)
        .order_by(table.c.created_at.desc(), table.c.id.desc())
        .limit(limit)
    )
    codec = codecs.of(db)
    return [orjson.loads(codec.expand(db, frame)) for frame in db.scalars(query)]


def held(db: Connection, book: Book, table: Table, ids: Iterable[str | None]) -> frozenset[str]:
    """Return those of ``ids`` that the mirror holds.

    Objects name others that Stripe lists no more, or not to our key: these have no page.
    """
    named = {id for id in ids if id}
    query = select(table.c.id).where(table.c.book_id == book.id, among(db, table.c.id, named))
    return frozenset(db.scalars(query)) if named else frozenset()


def pretty(raw: Raw) -> str:
    """Return the object as indented JSON text, for the end of a detail page."""
    return orjson.dumps(raw, option=orjson.OPT_INDENT_2).decode()
