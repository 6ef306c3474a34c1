"""Search in the mirror: any part of a name, e-mail, number or description, within milliseconds."""

from collections.abc import Sequence

from sqlalchemy import Connection, Select, Text, select, text

from dashboard.core.errors import BadInputError
from dashboard.store.books import Book

MOST = 1_000
SHORTEST = 3


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
