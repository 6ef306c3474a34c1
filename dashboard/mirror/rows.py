"""Reading and writing whole rows of mirror tables by id, in batches."""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

import orjson
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    Text,
    any_,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from dashboard.core import db
from dashboard.mirror.kinds.base import Row
from dashboard.store.books import Book

Insert: TypeAlias = postgresql.Insert | sqlite.Insert


def by_id(connection: Connection, book: Book, table: Table, ids: Sequence[str]) -> dict[str, Row]:
    """Return the rows of ``table`` with these ids, without their raw objects."""
    if not ids:
        return {}
    query = _columns(table).where(table.c.book_id == book.id, among(connection, table.c["id"], ids))
    return {row["id"]: dict(row) for row in connection.execute(query).mappings()}


def among(
    connection: Connection, column: Column[Any] | ColumnElement[Any], values: Sequence[str]
) -> ColumnElement[bool]:
    """Return the condition that ``column`` is one of ``values``: any number, one parameter."""
    if connection.dialect.name == "postgresql":
        return column == any_(literal(list(values), postgresql.ARRAY(Text)))
    array = orjson.dumps(list(values)).decode()
    return column.in_(select(func.json_each(array).table_valued("value").c.value))


@cache
def _columns(table: Table) -> Select[Any]:
    return select(*(column for column in table.c if column.name != "raw"))


def write(connection: Connection, table: Table, news: Sequence[Row]) -> None:
    """Write whole rows of ``table``, new or known."""
    if news:
        connection.execute(upsert(connection, table), news)


def upsert(connection: Connection, table: Table) -> Insert:
    """Return the statement that writes whole rows of ``table``, new or known."""
    statement = db.insert(connection, table)
    keys = [column.name for column in table.primary_key]
    values = {c.name: statement.excluded[c.name] for c in table.c if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=values)
