"""The texts by which objects are found, indexed by their trigrams as the mirror changes.

One document for each searched object. SQLite keeps an FTS5 table for each kind, PostgreSQL a
partial GIN index for each kind, by a function of our own. Neither remembers where in its document
a trigram stands: that would double the index, and search looks at the texts anyway.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    DDL,
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

search_documents = Table(
    "search_documents",
    database.metadata,
    Column("number", Integer, primary_key=True),
    Column("book_id", Integer, ForeignKey("books.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
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


def _index_on_postgresql(kind: str) -> Iterable[str]:
    yield TRIGRAMS_ON_POSTGRESQL
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


REPLACE = "UPDATE search_documents SET text = {mark} WHERE number = {mark}"


def keep(db: Connection, book: Book, kind: str, documents: Iterable[tuple[str, str]]) -> None:
    """Make objects of ``kind`` findable by their text: pairs of id and text, new or changed."""
    # In lower case: what the databases make of letters beyond ASCII differs. Between blanks: so a
    # word of two letters has trigrams too, at its beginning and at its end.
    texts = {name: f" {words.lower()} " for name, words in documents}
    if not texts:
        return
    known = _known(db, book, kind, texts)
    new = [
        {"book_id": book.id, "kind": kind, "id": name, "text": words}
        for name, words in texts.items()
        if name not in known
    ]
    changed = [
        (number, before, texts[name])
        for name, (number, before) in known.items()
        if before != texts[name]
    ]
    if db.dialect.name == "sqlite":
        new = _numbered(db, new)
        _learn(db, kind, new, changed)
    rows.insert(db, search_documents, new)
    if changed:
        statement = REPLACE.format(mark=rows.MARK[db.dialect.name])
        db.exec_driver_sql(statement, [(words, number) for number, _before, words in changed])


def _known(db: Connection, book: Book, kind: str, ids: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Return number and text of the documents that are there already."""
    query = _lookup(db.dialect.name)
    parameters = {"book": book.id, "kind": kind, "values": rows.listed(db, ids)}
    return {id: (number, words) for id, number, words in db.execute(query, parameters)}


@cache
def _lookup(dialect: str) -> Select[Any]:
    table = search_documents.c
    return select(table.id, table.number, table.text).where(
        table.book_id == bindparam("book"),
        table.kind == bindparam("kind"),
        rows.among_values(dialect, table["id"]),
    )


def _numbered(db: Connection, new: Sequence[Row]) -> list[Row]:
    newest = db.exec_driver_sql("SELECT max(number) FROM search_documents").scalar() or 0
    return [{"number": number, **row} for number, row in enumerate(new, start=newest + 1)]


def _learn(
    db: Connection, kind: str, new: Sequence[Row], changed: Sequence[tuple[int, str, str]]
) -> None:
    """Write SQLite's index ourselves: by triggers, row by row, it costs three times as much."""
    index = f"search_index_{kind}"
    if changed:
        forget = f"INSERT INTO {index}({index}, rowid, text) VALUES ('delete', ?, ?)"  # noqa: S608
        db.exec_driver_sql(forget, [(number, before) for number, before, _words in changed])
    learned = [(row["number"], row["text"]) for row in new]
    learned += [(number, words) for number, _before, words in changed]
    if learned:
        db.exec_driver_sql(f"INSERT INTO {index}(rowid, text) VALUES (?, ?)", learned)  # noqa: S608


def document(*words: str | None) -> str:
    """Return the searchable text of an object, each of its words once."""
    return " ".join(dict.fromkeys(word for word in words if word))


def follower(kind: str, columns: Sequence[str]) -> Follower:
    """Return what keeps the documents of ``kind``, made of ``columns``, in step with its rows."""

    def follow(db: Connection, book: Book, changes: Sequence[Change]) -> None:
        after = [change.after for change in changes]
        pairs = [(row["id"], document(*(row[name] for name in columns))) for row in after]
        keep(db, book, kind, pairs)

    return follow
