"""Reading and writing whole rows of mirror tables by id, in batches."""

from collections.abc import Sequence
from functools import cache
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Select,
    Table,
    Text,
    and_,
    any_,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql

from dashboard.mirror.kinds.base import Row
from dashboard.store.books import Book


def by_id(db: Connection, book: Book, table: Table, ids: Sequence[str]) -> dict[str, Row]:
    """Return the rows of ``table`` with these ids, without their raw objects."""
    if not ids:
        return {}
    query = _columns(table).where(table.c.book_id == book.id, among(db, table.c["id"], ids))
    found = db.execute(query)
    names = tuple(found.keys())
    return {row.id: dict(zip(names, row, strict=True)) for row in found}


def among(
    db: Connection, column: Column[Any] | ColumnElement[Any], values: Sequence[str]
) -> ColumnElement[bool]:
    """Return the condition that ``column`` is one of ``values``: any number, one parameter."""
    if db.dialect.name == "postgresql":
        return column == any_(literal(list(values), postgresql.ARRAY(Text)))
    array = orjson.dumps(list(values)).decode()
    return column.in_(select(func.json_each(array).table_valued("value").c.value))


def referred(table: Table, by: Column[Any]) -> ColumnElement[bool]:
    """Return the condition that a row of ``table`` is the one whose id stands in ``by``.

    An id means nothing without its book: a join that forgets it would mix accounts.
    """
    return and_(table.c.book_id == by.table.c.book_id, table.c.id == by)


@cache
def _columns(table: Table) -> Select[Any]:
    return select(*(column for column in table.c if column.name != "raw"))


def write(db: Connection, table: Table, news: Sequence[Row]) -> None:
    """Write whole rows of ``table``, new or known, each id once.

    The statement is text and the values are tuples: half of the time of letting SQLAlchemy bind
    each row. PostgreSQL gets a column in one array, which takes it a fifth of a row at a time.
    """
    if not news:
        return
    names = tuple(table.c.keys())
    lines = map(itemgetter(*names), news)
    if db.dialect.name == "postgresql":
        arrays = tuple(map(list, zip(*lines, strict=True)))
        db.exec_driver_sql(_upsert(table, _unnest(table, db.dialect)), arrays)
    else:
        values = f"VALUES ({', '.join('?' * len(names))})"
        db.exec_driver_sql(_upsert(table, values), list(lines))


def update(db: Connection, table: Table, pairs: Sequence[tuple[Row, Row]]) -> None:
    """Write rows that are known, each as it was and as it is, setting only what changed in any.

    SQLite rewrites the index of every column that a statement sets; PostgreSQL looks at the values.
    """
    changed = {name for old, new in pairs for name, value in new.items() if old[name] != value}
    if db.dialect.name == "postgresql":
        write(db, table, [new for _old, new in pairs])
    elif changed:
        names, keys = sorted(changed), [column.name for column in table.primary_key]
        values, known = (_placed(part) for part in (names, keys))
        statement = f'UPDATE "{table.name}" SET {", ".join(values)} WHERE {" AND ".join(known)}'  # noqa: S608
        db.exec_driver_sql(
            statement, list(map(itemgetter(*names, *keys), (new for _old, new in pairs)))
        )


def _placed(names: Sequence[str]) -> list[str]:
    return [f'"{name}" = ?' for name in names]


def _unnest(table: Table, dialect: Dialect) -> str:
    arrays = (f"%s::{column.type.compile(dialect)}[]" for column in table.c)
    return f"SELECT * FROM unnest({', '.join(arrays)})"  # noqa: S608


@cache
def _upsert(table: Table, source: str) -> str:
    keys = [column.name for column in table.primary_key]
    names = [column.name for column in table.c]
    news = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in keys)
    return (
        f'INSERT INTO "{table.name}" ({_quoted(names)}) {source} '
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {news}"
    )


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
