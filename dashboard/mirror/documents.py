"""The texts by which objects are found, indexed by their trigrams as the mirror changes.

One document for each searched object. SQLite keeps an FTS5 table for each kind, PostgreSQL a
partial GIN index for each kind, by a function of our own. Neither remembers where in its document
a trigram stands: that would double the index, and search looks at the texts anyway.

SQLite reads an index backwards by the numbers of its documents. So these follow the time of the
objects, and the newest of many matches are found without a look at the others.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, count
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Integer,
    Select,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    event,
    select,
)

from dashboard.core import db as database
from dashboard.mirror import rows
from dashboard.mirror.changes import Change, Follower
from dashboard.mirror.kinds.base import Row
from dashboard.store.books import Book

SEARCHED = ("payment", "customer", "product", "invoice")
BITS = 10
"""So many bits of a number on SQLite tell the documents of one second apart.

With each more of them the indexes grow by a fiftieth.
"""

search_documents = Table(
    "search_documents",
    database.metadata,
    # Only an INTEGER is the row's own number on SQLite; it has 64 bits there.
    Column("number", Integer, primary_key=True),
    Column("book_id", Integer, ForeignKey("books.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("book_id", "kind", "id"),
)


def _index_on_sqlite(kind: str) -> Iterable[str]:
    yield (
        f"CREATE VIRTUAL TABLE search_index_{kind} USING fts5(text, "
        "content='search_documents', content_rowid='number', tokenize='trigram', detail=none)"
    )


TRIGRAMS_ON_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION search_trigrams(text) RETURNS text[] "
    "LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ "
    "SELECT coalesce(array_agg(substr($1, place, 3)), '{}') "
    "FROM generate_series(1, length($1) - 2) AS place $$"
)
"""Trigrams of our own: pg_trgm is an extension that not every server has or lets us create."""


BY_TIME_ON_POSTGRESQL = (
    "CREATE INDEX IF NOT EXISTS search_index_newest "
    "ON search_documents (book_id, kind, created_at DESC)"
)


def _index_on_postgresql(kind: str) -> Iterable[str]:
    yield TRIGRAMS_ON_POSTGRESQL
    yield BY_TIME_ON_POSTGRESQL
    yield (
        f"CREATE INDEX search_index_{kind} ON search_documents "
        f"USING gin (search_trigrams(text)) WHERE kind = '{kind}'"
    )
    # Or ANALYZE takes seconds for statistics that change no plan.
    yield f"ALTER INDEX search_index_{kind} ALTER COLUMN 1 SET STATISTICS 0"


for _kind in SEARCHED:
    for _dialect, _index in (("sqlite", _index_on_sqlite), ("postgresql", _index_on_postgresql)):
        for _statement in _index(_kind):
            _ddl = DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
            event.listen(search_documents, "after_create", _ddl)


class Document(NamedTuple):
    """The words by which an object is found, and when it was created (UTC seconds)."""

    id: str
    created_at: int
    words: str


def document(row: Row, columns: Sequence[str]) -> Document:
    """Return the document of an object: what stands in ``columns`` of its row, each word once."""
    words = dict.fromkeys(word for name in columns if (word := row[name]))
    return Document(row["id"], row["created_at"], " ".join(words))


def follower(kind: str, columns: Sequence[str]) -> Follower:
    """Return what keeps the documents of ``kind``, made of ``columns``, in step with its rows."""

    def follow(db: Connection, book: Book, changes: Sequence[Change]) -> None:
        keep(db, book, kind, [document(change.after, columns) for change in changes])

    return follow


def keep(db: Connection, book: Book, kind: str, documents: Iterable[Document]) -> None:
    """Make objects of ``kind`` findable by their words, whether they are new or changed."""
    in_time = sorted(documents, key=attrgetter("created_at", "id"))
    after = {each.id: _row(book, kind, each) for each in in_time}
    if not after:
        return
    before = _known(db, book, kind, after)
    new = [row for name, row in after.items() if name not in before]
    pairs = [(known, known | after[name]) for name, known in before.items()]
    changed = [(known, row) for known, row in pairs if known != row]
    if db.dialect.name == "sqlite":
        moved = [row for known, row in changed if known["created_at"] != row["created_at"]]
        _number(db, new + moved)
        _learn(db, kind, new, changed)
    rows.insert(db, search_documents, new)
    if changed:
        _replace(db, changed)


def forget(db: Connection, book: Book, kind: str, ids: Sequence[str]) -> None:
    """Let objects of ``kind`` be found no more."""
    gone = _known(db, book, kind, ids).values() if ids else ()
    if not gone:
        return
    if db.dialect.name == "sqlite":
        _unlearn(db, kind, gone)
    mark = rows.MARK[db.dialect.name]
    statement = f"DELETE FROM search_documents WHERE number = {mark}"  # noqa: S608
    db.exec_driver_sql(statement, [(row["number"],) for row in gone])


def _row(book: Book, kind: str, document: Document) -> Row:
    """In lower case: what the databases make of letters beyond ASCII differs.

    Between blanks: so a word of two letters has trigrams too, at its beginning and at its end.
    """
    return {
        "book_id": book.id,
        "kind": kind,
        "id": document.id,
        "created_at": document.created_at,
        "text": f" {document.words.lower()} ",
    }


def _known(db: Connection, book: Book, kind: str, ids: Iterable[str]) -> dict[str, Row]:
    """Return the documents that are there already."""
    query = _lookup(db.dialect.name)
    parameters = {"book": book.id, "kind": kind, "values": rows.listed(db, ids)}
    return {row["id"]: dict(row) for row in db.execute(query, parameters).mappings()}


@cache
def _lookup(dialect: str) -> Select[Any]:
    table = search_documents.c
    return select(search_documents).where(
        table.book_id == bindparam("book"),
        table.kind == bindparam("kind"),
        rows.among_values(dialect, table["id"]),
    )


TAKEN = (
    "SELECT value, (SELECT max(number) FROM search_documents "  # noqa: S608
    f"WHERE number >= value << {BITS} AND number < (value + 1) << {BITS}) FROM json_each(?)"
)


def _number(db: Connection, documents: Sequence[Row]) -> None:
    """Number documents behind those of their second that are there already.

    Where a second has no number left they count as older than all others.
    """
    seconds = orjson.dumps(sorted({row["created_at"] for row in documents})).decode()
    free = {
        second: second << BITS if taken is None else taken + 1
        for second, taken in db.exec_driver_sql(TAKEN, (seconds,))
    }
    beneath = _beneath(db)
    for row in documents:
        second = row["created_at"]
        is_free = free[second] >> BITS == second
        row["number"] = free[second] if is_free else next(beneath)
        free[second] += is_free


def _beneath(db: Connection) -> Iterator[int]:
    lowest = db.exec_driver_sql("SELECT min(number) FROM search_documents").scalar() or 0
    yield from count(min(lowest, 0) - 1, -1)


def _learn(
    db: Connection, kind: str, new: Sequence[Row], changed: Sequence[tuple[Row, Row]]
) -> None:
    """Write SQLite's index ourselves: by triggers, row by row, it costs three times as much.

    By ascending numbers: at each that is lower than the one before it writes out what it holds.
    """
    if changed:
        _unlearn(db, kind, (before for before, _after in changed))
    learned = _numbered(chain(new, (after for _before, after in changed)))
    if learned:
        index = f"search_index_{kind}(rowid, text)"
        db.exec_driver_sql(f"INSERT INTO {index} VALUES (?, ?)", learned)  # noqa: S608


def _unlearn(db: Connection, kind: str, documents: Iterable[Row]) -> None:
    index = f"search_index_{kind}"
    statement = f"INSERT INTO {index}({index}, rowid, text) VALUES ('delete', ?, ?)"  # noqa: S608
    db.exec_driver_sql(statement, _numbered(documents))


def _numbered(documents: Iterable[Row]) -> list[tuple[int, str]]:
    return sorted((row["number"], row["text"]) for row in documents)


def _replace(db: Connection, changed: Sequence[tuple[Row, Row]]) -> None:
    mark = rows.MARK[db.dialect.name]
    names = ("number", "created_at", "text")
    values = ", ".join(f"{name} = {mark}" for name in names)
    statement = f"UPDATE search_documents SET {values} WHERE number = {mark}"  # noqa: S608
    db.exec_driver_sql(
        statement, [(*itemgetter(*names)(after), before["number"]) for before, after in changed]
    )
