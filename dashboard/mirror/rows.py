"""Reading and writing whole rows of mirror tables by id, in batches.

The statements are text that is made once and the values are tuples: half of the time of letting
SQLAlchemy build a statement and bind each row.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Table,
    Text,
    and_,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from dashboard.mirror.kinds.base import Row
from dashboard.store.books import Book

MARK = {"sqlite": "?", "postgresql": "%s"}
LISTED: Mapping[str, TypeEngine[Any]] = {
    "sqlite": Text(),
    "postgresql": postgresql.ARRAY(Text),
}
AMONG = {"sqlite": "IN (SELECT value FROM json_each(?))", "postgresql": "= ANY(%s)"}


def by_id(db: Connection, book: Book, table: Table, ids: Sequence[str]) -> dict[str, Row]:
    """Return the rows of ``table`` with these ids, without their raw objects."""
    return _by_id(db, book, table, ids, _without_raw(table))


def whole_by_id(db: Connection, book: Book, table: Table, ids: Sequence[str]) -> dict[str, Row]:
    """Return the rows of ``table`` with these ids, and their raw objects as they are kept."""
    return _by_id(db, book, table, ids, tuple(table.c.keys()))


def _by_id(
    db: Connection, book: Book, table: Table, ids: Sequence[str], names: Sequence[str]
) -> dict[str, Row]:
    if not ids:
        return {}
    statement = _lookup(table.name, names, db.dialect.name)
    found = db.exec_driver_sql(statement, (book.id, listed(db, ids)))
    return {row.id: dict(zip(names, row, strict=True)) for row in found}


def frames(db: Connection, book: Book, table: Table, ids: Sequence[str]) -> dict[str, bytes]:
    """Return the compressed raw objects of the rows of ``table`` with these ids."""
    if not ids:
        return {}
    statement = _lookup(table.name, ("id", "raw"), db.dialect.name)
    return {row.id: row.raw for row in db.exec_driver_sql(statement, (book.id, listed(db, ids)))}


@cache
def _without_raw(table: Table) -> tuple[str, ...]:
    return tuple(name for name in table.c.keys() if name != "raw")  # noqa: SIM118  (no mapping)


@cache
def _lookup(table: str, names: Sequence[str], dialect: str) -> str:
    return (
        f'SELECT {_quoted(names)} FROM "{table}" '  # noqa: S608
        f"WHERE book_id = {MARK[dialect]} AND id {AMONG[dialect]}"
    )


def among(
    db: Connection, column: Column[Any] | ColumnElement[Any], values: Iterable[str]
) -> ColumnElement[bool]:
    """Return the condition that ``column`` is one of ``values``: any number, one parameter."""
    return _among(column, bindparam(None, listed(db, values), LISTED[db.dialect.name]))


def among_values(dialect: str, column: Column[Any] | ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the same condition for a statement that is made once.

    Its parameter ``values`` takes what ``listed`` returns.
    """
    return _among(column, bindparam("values", type_=LISTED[dialect]))


def _among(
    column: Column[Any] | ColumnElement[Any], values: BindParameter[Any]
) -> ColumnElement[bool]:
    if isinstance(values.type, postgresql.ARRAY):
        return column == any_(values)
    return column.in_(select(func.json_each(values).table_valued("value").c.value))


def listed(db: Connection, values: Iterable[str]) -> list[str] | str:
    """Return ``values`` as one parameter."""
    names = list(values)
    return names if db.dialect.name == "postgresql" else orjson.dumps(names).decode()


def referred(table: Table, by: Column[Any]) -> ColumnElement[bool]:
    """Return the condition that a row of ``table`` is the one whose id stands in ``by``.

    An id means nothing without its book: a join that forgets it would mix accounts.
    """
    return and_(table.c.book_id == by.table.c.book_id, table.c.id == by)


def insert(db: Connection, table: Table, news: Sequence[Row]) -> None:
    """Write rows of ``table`` that it does not have yet; all of them have the same columns."""
    if not news:
        return
    names = tuple(name for name in table.c.keys() if name in news[0])  # noqa: SIM118
    lines = map(itemgetter(*names), news)
    if db.dialect.name == "postgresql":
        _copy(db, table, names, lines)
    else:
        db.exec_driver_sql(_insert(table.name, names, db.dialect.name), list(lines))


def _copy(
    db: Connection, table: Table, names: Sequence[str], lines: Iterable[tuple[Any, ...]]
) -> None:
    """Take the way that costs PostgreSQL and us half of an INSERT."""
    cursor: Any = db.connection.cursor()
    with cursor.copy(f'COPY "{table.name}" ({_quoted(names)}) FROM STDIN (FORMAT BINARY)') as copy:
        copy.set_types(_types(table, names))
        for line in lines:
            copy.write_row(line)


@cache
def _types(table: Table, names: Sequence[str]) -> list[str]:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return [table.c[name].type.compile(dialect).lower().partition("(")[0] for name in names]


def write(db: Connection, table: Table, news: Sequence[Row], sums: Sequence[str] = ()) -> None:
    """Write whole rows of ``table``, new or known, each key once; add to columns in ``sums``."""
    if news:
        names = tuple(table.c.keys())
        statement = _upsert(table, tuple(sums), db.dialect.name)
        db.exec_driver_sql(statement, list(map(itemgetter(*names), news)))


def update(db: Connection, table: Table, pairs: Sequence[tuple[Row, Row]]) -> None:
    """Write rows that are known, each as it was and as it is, setting only what changed in any.

    SQLite rewrites the index of every column that a statement sets.
    """
    changed = {name for old, new in pairs for name, value in new.items() if old[name] != value}
    if changed:
        names, keys = tuple(sorted(changed)), tuple(column.name for column in table.primary_key)
        values = map(itemgetter(*names, *keys), (new for _old, new in pairs))
        db.exec_driver_sql(_update(table.name, names, keys, db.dialect.name), list(values))


@cache
def _insert(table: str, names: Sequence[str], dialect: str) -> str:
    marks = ", ".join([MARK[dialect]] * len(names))
    return f'INSERT INTO "{table}" ({_quoted(names)}) VALUES ({marks})'  # noqa: S608


@cache
def _upsert(table: Table, sums: Sequence[str], dialect: str) -> str:
    keys = [column.name for column in table.primary_key]
    names = tuple(table.c.keys())
    news = (
        f'"{name}" = "{table.name}"."{name}" + excluded."{name}"'
        if name in sums
        else f'"{name}" = excluded."{name}"'
        for name in names
        if name not in keys
    )
    return (
        f"{_insert(table.name, names, dialect)} "
        f"ON CONFLICT ({_quoted(keys)}) DO UPDATE SET {', '.join(news)}"
    )


@cache
def _update(table: str, names: Sequence[str], keys: Sequence[str], dialect: str) -> str:
    values, known = ([f'"{name}" = {MARK[dialect]}' for name in part] for part in (names, keys))
    return f'UPDATE "{table}" SET {", ".join(values)} WHERE {" AND ".join(known)}'  # noqa: S608


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
