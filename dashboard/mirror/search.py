"""Search in the mirror: any part of a name, e-mail, number or description, within milliseconds.

One document for each searched object. SQLite indexes their trigrams in an FTS5 table for each kind,
kept by triggers; PostgreSQL in a partial GIN index for each kind, by a function of our own.
"""

from collections.abc import Iterable, Sequence

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
    event,
    select,
    text,
)

from dashboard.core import db
from dashboard.core.errors import BadInputError
from dashboard.mirror.changes import Change, Follower
from dashboard.store.books import Book

SEARCHED = ("payment", "customer", "product", "invoice")
MOST = 1_000
SHORTEST = 3

search_documents = Table(
    "search_documents",
    db.metadata,
    Column("number", Integer, primary_key=True),
    Column("book_id", Integer, ForeignKey("books.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("book_id", "kind", "id"),
)


def _index_on_sqlite(kind: str) -> Iterable[str]:
    index = f"search_index_{kind}"
    into = f"INSERT INTO {index}"
    take = f"{into}({index}, rowid, text) VALUES ('delete', old.number, old.text);"
    give = f"{into}(rowid, text) VALUES (new.number, new.text);"
    yield (
        f"CREATE VIRTUAL TABLE {index} USING fts5(text, content='search_documents', "
        "content_rowid='number', tokenize='trigram')"
    )
    for deed, work in (("INSERT", give), ("DELETE", take), ("UPDATE", take + give)):
        row = "old" if deed == "DELETE" else "new"
        yield (
            f"CREATE TRIGGER {index}_{deed.lower()} AFTER {deed} ON search_documents "
            f"WHEN {row}.kind = '{kind}' BEGIN {work} END"
        )


TRIGRAMS_ON_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION search_trigrams(text) RETURNS text[] "
    "LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ "
    "SELECT coalesce(array_agg(DISTINCT substr(lower($1), place, 3)), '{}') "
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


def keep(
    connection: Connection, book: Book, kind: str, documents: Iterable[tuple[str, str]]
) -> None:
    """Make objects of ``kind`` findable by their text: pairs of id and text, new or changed."""
    lines = [
        {"book_id": book.id, "kind": kind, "id": name, "text": words} for name, words in documents
    ]
    if lines:
        statement = db.insert(connection, search_documents)
        changed = search_documents.c.text != statement.excluded.text
        statement = statement.on_conflict_do_update(
            index_elements=["book_id", "kind", "id"],
            set_={"text": statement.excluded.text},
            where=changed,
        )
        connection.execute(statement, lines)


def document(*words: str | None) -> str:
    """Return the searchable text of an object, each of its words once."""
    return " ".join(dict.fromkeys(word for word in words if word))


def follower(kind: str, columns: Sequence[str]) -> Follower:
    """Return what keeps the documents of ``kind``, made of ``columns``, in step with its rows."""

    def follow(connection: Connection, book: Book, changes: Sequence[Change]) -> None:
        rows = [change.after for change in changes]
        pairs = [(row["id"], document(*(row[name] for name in columns))) for row in rows]
        keep(connection, book, kind, pairs)

    return follow


def find(connection: Connection, book: Book, kind: str, query: str) -> tuple[str, ...]:
    """Return the ids of at most ``MOST`` objects of ``kind`` that contain every word of ``query``.

    Raises:
        BadInputError: no word has three letters.
    """
    return tuple(connection.scalars(found(connection, book, kind, query)))


def found(connection: Connection, book: Book, kind: str, query: str) -> Select[tuple[str]]:
    """Return the statement of ``find``, for use inside another one.

    Raises:
        BadInputError: no word has three letters.
    """
    words = query.lower().split()
    if not any(len(word) >= SHORTEST for word in words):
        raise BadInputError(
            f"“{query}” is too short to search for.",
            field="q",
            remedy=f"Type at least {SHORTEST} letters.",
        )
    search = _on_postgresql if connection.dialect.name == "postgresql" else _on_sqlite
    statement, parameters = search(kind, words)
    named = {f"{kind}_{name}": value for name, value in parameters.items()}
    lines = text(statement).bindparams(**named, **{f"{kind}_book": book.id}).columns(id=Text)
    return select(lines.subquery().c.id)


def _on_sqlite(kind: str, words: Sequence[str]) -> tuple[str, dict[str, str]]:
    """FTS5 wants each word quoted; words shorter than a trigram are looked for in what it finds."""
    index = f"search_index_{kind}"
    long = [word for word in words if len(word) >= SHORTEST]
    short = {f"word_{place}": _pattern(w) for place, w in enumerate(words) if len(w) < SHORTEST}
    also = "".join(f" AND document.text LIKE :{kind}_{name} ESCAPE '\\'" for name in short)
    statement = (
        f"SELECT document.id FROM {index} JOIN search_documents AS document "  # noqa: S608
        f"ON document.number = {index}.rowid WHERE {index}.text MATCH :{kind}_words "
        f"AND document.book_id = :{kind}_book{also} ORDER BY {index}.rowid DESC LIMIT {MOST}"
    )
    quoted = " ".join('"' + word.replace('"', '""') + '"' for word in long)
    return statement, {"words": quoted, **short}


def _on_postgresql(kind: str, words: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The kind stands in the statement, or its partial index is not seen."""
    terms, values = "", {}
    for place, word in enumerate(words):
        values[f"word_{place}"], values[f"pattern_{place}"] = word, _pattern(word)
        terms += f" AND text ILIKE :{kind}_pattern_{place}"
        if len(word) >= SHORTEST:
            terms += f" AND search_trigrams(text) @> search_trigrams(:{kind}_word_{place})"
    statement = (
        f"SELECT id FROM search_documents WHERE kind = '{kind}' "  # noqa: S608
        f"AND book_id = :{kind}_book{terms} LIMIT {MOST}"
    )
    used = {name: value for name, value in values.items() if f":{kind}_{name}" in terms}
    return statement, used


def _pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
