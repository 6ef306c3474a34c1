"""Search in the mirror: any part of a name, e-mail, number or description, within milliseconds."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, Text, select, text

from dashboard.core.errors import BadInputError
from dashboard.store.books import Book

MOST = 1_000
SHORTEST = 3


def find(db: Connection, book: Book, kind: str, query: str) -> tuple[str, ...]:
    """Return the ids of at most ``MOST`` objects of ``kind`` that contain every word of ``query``.

    Raises:
        BadInputError: no word has three letters.
    """
    return tuple(db.scalars(found(db, book, kind, query)))


def found(db: Connection, book: Book, kind: str, query: str) -> Select[tuple[str]]:
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
    search = _on_postgresql if db.dialect.name == "postgresql" else _on_sqlite
    statement, parameters = search(kind, words)
    named = {f"{kind}_{name}": value for name, value in parameters.items()}
    lines = text(statement).bindparams(**named, **{f"{kind}_book": book.id}).columns(id=Text)
    return select(lines.subquery().c.id)


def _on_sqlite(kind: str, words: Sequence[str]) -> tuple[str, dict[str, str]]:
    """FTS5 wants each trigram quoted."""
    index = f"search_index_{kind}"
    patterns = {f"pattern_{place}": _pattern(word) for place, word in enumerate(words)}
    also = "".join(f" AND document.text LIKE :{kind}_{name} ESCAPE '\\'" for name in patterns)
    statement = (
        f"SELECT document.id FROM {index} JOIN search_documents AS document "  # noqa: S608
        f"ON document.number = {index}.rowid WHERE {index} MATCH :{kind}_trigrams "
        f"AND document.book_id = :{kind}_book{also} ORDER BY {index}.rowid DESC LIMIT {MOST}"
    )
    quoted = ('"' + trigram.replace('"', '""') + '"' for trigram in _trigrams(words))
    return statement, {"trigrams": " AND ".join(quoted), **patterns}


def _on_postgresql(kind: str, words: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The kind stands in the statement, or its partial index is not seen."""
    patterns = {f"pattern_{place}": _pattern(word) for place, word in enumerate(words)}
    also = "".join(f" AND text LIKE :{kind}_{name}" for name in patterns)
    statement = (
        f"SELECT id FROM search_documents WHERE kind = '{kind}' AND book_id = :{kind}_book "  # noqa: S608
        f"AND search_trigrams(text) @> CAST(:{kind}_trigrams AS text[]){also} LIMIT {MOST}"
    )
    return statement, {"trigrams": _trigrams(words), **patterns}


def _trigrams(words: Sequence[str]) -> list[str]:
    """Return some trigrams of each word, for the index; the patterns look at what these leave.

    All of them would take ten times as long: every e-mail address holds those of ``.com``. So of
    an address only the part before the domain counts, and of that its beginning and its end,
    where the numbers stand.
    """
    chosen: dict[str, None] = {}
    for word in words:
        at = word.find("@", SHORTEST - 1)
        telling = word[: at + 1] if at > 0 else word
        starts = (0, len(telling) - 2 * SHORTEST, len(telling) - SHORTEST)
        if len(telling) >= SHORTEST:
            chosen |= {telling[max(0, start) :][:SHORTEST]: None for start in starts}
    return list(chosen)


def _pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
