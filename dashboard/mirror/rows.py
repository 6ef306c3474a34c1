"""Reading and writing whole rows of mirror tables by id, in batches."""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, Select, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from dashboard.core import db
from dashboard.mirror.kinds.base import Row
from dashboard.store.books import Book

Insert: TypeAlias = postgresql.Insert | sqlite.Insert

LOOKUP_SIZE = 500
"""Ids in one IN list: large enough to be quick, small enough for every database."""


def by_id(connection: Connection, book: Book, table: Table, ids: Sequence[str]) -> dict[str, Row]:
    """Return the rows of ``table`` with these ids, without their raw objects."""
    found: dict[str, Row] = {}
    for start in range(0, len(ids), LOOKUP_SIZE):
        query = _columns(table).where(
            table.c.book_id == book.id, table.c.id.in_(ids[start : start + LOOKUP_SIZE])
        )
        found.update((row["id"], dict(row)) for row in connection.execute(query).mappings())
    return found


@cache
def _columns(table: Table) -> Select[Any]:
    return select(*(column for column in table.c if column.name != "raw"))


def upsert(connection: Connection, table: Table) -> Insert:
    """Return the statement that writes whole rows of ``table``, new or known."""
    statement = db.insert(connection, table)
    keys = [column.name for column in table.primary_key]
    values = {c.name: statement.excluded[c.name] for c in table.c if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=values)
