"""The texts by which objects are found, indexed by their trigrams as the mirror changes.

One document for each searched object. SQLite keeps an FTS5 table for each kind, PostgreSQL a
partial GIN index for each kind, by a function of our own. Neither remembers where in its document
a trigram stands: that would double the index, and search looks at the texts anyway.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import (
    DDL,
    Column,
    Connection,
    ForeignKey,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    event,
    func,
    select,
    text,
)

from dashboard.core import db as database
from dashboard.mirror.changes import Change, Follower
from dashboard.store.books import Book

SEARCHED = ("payment", "customer", "product", "invoice")
LOOKUP_SIZE = 500

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
    "SELECT coalesce(array_agg(DISTINCT substr($1, place, 3)), '{}') "
    "FROM generate_series(1, length($1) - 2) AS place $$"
)
"""Trigrams of our own: pg_trgm is an extension that not every server has or lets us create."""


def _index_on_postgresql(kind: str) -> Iterable[str]:
    yield TRIGRAMS_ON_POSTGRESQL
    yield (
        f"CREATE INDEX search_index_{kind} ON search_documents "
        f"USING gin (search_trigrams(text)) WHERE kind = '{kind}'"
    )


for _kind in SEARCHED:
    for _dialect, _index in (("sqlite", _index_on_sqlite), ("postgresql", _index_on_postgresql)):
        for _statement in _index(_kind):
            _ddl = DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
            event.listen(search_documents, "after_create", _ddl)


def keep(db: Connection, book: Book, kind: str, documents: Iterable[tuple[str, str]]) -> None:
    """Make objects of ``kind`` findable by their text: pairs of id and text, new or changed."""
    # In lower case: what the databases make of letters beyond ASCII differs.
    texts = {name: words.lower() for name, words in documents}
    if texts and db.dialect.name == "postgresql":
        _keep_on_postgresql(db, book, kind, texts)
    elif texts:
        _keep_on_sqlite(db, book, kind, texts)


def _keep_on_postgresql(db: Connection, book: Book, kind: str, texts: Mapping[str, str]) -> None:
    statement = database.insert(db, search_documents)
    statement = statement.on_conflict_do_update(
        index_elements=["book_id", "kind", "id"],
        set_={"text": statement.excluded.text},
        where=search_documents.c.text != statement.excluded.text,
    )
    lines = [{"book_id": book.id, "kind": kind, "id": i, "text": t} for i, t in texts.items()]
    db.execute(statement, lines)


def _keep_on_sqlite(db: Connection, book: Book, kind: str, texts: Mapping[str, str]) -> None:
    """Write the index ourselves: by triggers, row by row, it costs three times as much."""
    known = _known(db, book, kind, list(texts))
    number = db.scalar(select(func.max(search_documents.c.number))) or 0
    new = [
        {"number": number + place, "book_id": book.id, "kind": kind, "id": id, "text": texts[id]}
        for place, id in enumerate((id for id in texts if id not in known), start=1)
    ]
    changed = [
        {"number": place, "before": before, "text": texts[id]}
        for id, (place, before) in known.items()
        if before != texts[id]
    ]
    index = f"search_index_{kind}"
    if new:
        db.execute(search_documents.insert(), new)
    if changed:
        forget = f"INSERT INTO {index}({index}, rowid, text) VALUES ('delete', :number, :before)"  # noqa: S608
        db.execute(text(forget), changed)
        db.execute(text("UPDATE search_documents SET text = :text WHERE number = :number"), changed)
    if new or changed:
        learn = text(f"INSERT INTO {index}(rowid, text) VALUES (:number, :text)")  # noqa: S608
        db.execute(learn, new + changed)


def _known(db: Connection, book: Book, kind: str, ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Return number and text of the documents that are there already."""
    table = search_documents.c
    found: dict[str, tuple[int, str]] = {}
    for start in range(0, len(ids), LOOKUP_SIZE):
        query = select(table.id, table.number, table.text).where(
            table.book_id == book.id,
            table.kind == kind,
            table.id.in_(ids[start : start + LOOKUP_SIZE]),
        )
        found.update((line.id, (line.number, line.text)) for line in db.execute(query))
    return found


def document(*words: str | None) -> str:
    """Return the searchable text of an object, each of its words once."""
    return " ".join(dict.fromkeys(word for word in words if word))


def follower(kind: str, columns: Sequence[str]) -> Follower:
    """Return what keeps the documents of ``kind``, made of ``columns``, in step with its rows."""

    def follow(db: Connection, book: Book, changes: Sequence[Change]) -> None:
        rows = [change.after for change in changes]
        pairs = [(row["id"], document(*(row[name] for name in columns))) for row in rows]
        keep(db, book, kind, pairs)

    return follow
