"""Search in the mirror: any part of a name, e-mail, number or description, within milliseconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, Subquery, Text, select, text

from dashboard.core.errors import BadInputError
from dashboard.store.books import Book

MOST = 500
MANY = 5_000
"""Of so many matches PostgreSQL finds the newest sooner on the way through all by time."""
SHORTEST = 2
TRIGRAM = 3
TELLING, ENOUGH = 3, 4
"""Trigrams of a word, and of all words, that the index is asked for."""

VALUES = (("aeion", 0), ("tsrlhdcum", 1), ("0123456789", 4))
OTHERS = 2
WORTH = {letter: worth for letters, worth in VALUES for letter in letters}
"""How much a letter tells, by how seldom it stands in names and addresses."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the statement of a search depends on: so many words, so many ``short`` alternatives."""

    dialect: str
    words: int
    short: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as the databases take it."""

    shape: Shape
    parameters: Mapping[str, Any]


def read(db: Connection, book: Book, query: str) -> Asked:
    """Return the search for all that contains every word of ``query``.

    Words of two letters alone find only where a word begins or ends with them.

    Raises:
        BadInputError: no word has two letters.
    """
    words = query.lower().split()
    if not any(len(word) >= SHORTEST for word in words):
        raise BadInputError(
            f"“{query}” is too short to search for.",
            field="q",
            remedy=f"Type at least {SHORTEST} letters.",
        )
    trigrams = _trigrams(words)
    ends = [] if trigrams else [[f" {word}", f"{word} "] for word in words if len(word) == SHORTEST]
    dialect = db.dialect.name
    index = _for_postgresql if dialect == "postgresql" else _for_sqlite
    patterns = {f"pattern_{place}": _pattern(word) for place, word in enumerate(words)}
    parameters = {"book": book.id, **patterns, **index(trigrams, ends)}
    return Asked(Shape(dialect, len(words), len(ends)), parameters)


def find(db: Connection, book: Book, kind: str, query: str) -> tuple[str, ...]:
    """Return the ids of the newest ``MOST`` objects of ``kind`` in which all of ``query`` occurs.

    Raises:
        BadInputError: no word has two letters.
    """
    asked = read(db, book, query)
    return tuple(db.scalars(statement(kind, asked.shape), asked.parameters))


def found(db: Connection, book: Book, kind: str, query: str) -> Select[tuple[str]]:
    """Return the statement of ``find``, for use inside another one.

    Raises:
        BadInputError: no word has two letters.
    """
    asked = read(db, book, query)
    return statement(kind, asked.shape).params(asked.parameters)


@cache
def statement(kind: str, shape: Shape) -> Select[tuple[str]]:
    """Return the statement of searches of one shape, whose parameters ``Asked`` holds."""
    return select(newest(kind, shape).c.id)


@cache
def newest(kind: str, shape: Shape) -> Subquery:
    """Return what such a statement reads: ``id`` and ``created_at`` of the newest ``MOST``."""
    build = _on_postgresql if shape.dialect == "postgresql" else _on_sqlite
    return text(build(kind, shape)).columns(id=Text, created_at=BigInteger).subquery()


def _on_sqlite(kind: str, shape: Shape) -> str:
    """The index is read backwards by number, which is by time."""
    index = f"search_index_{kind}"
    also = "".join(
        f" AND document.text LIKE :pattern_{place} ESCAPE '\\'" for place in range(shape.words)
    )
    return (
        f"SELECT document.id, document.created_at FROM {index} JOIN search_documents AS document "  # noqa: S608
        f"ON document.number = {index}.rowid WHERE {index} MATCH :trigrams "
        f"AND document.book_id = :book{also} ORDER BY {index}.rowid DESC LIMIT {MOST}"
    )


def _on_postgresql(kind: str, shape: Shape) -> str:
    """Sort what its index finds, unless that is much: then the texts are looked at by time.

    The kind stands in the statement, or its partial index is not seen.
    """
    ends = [f"CAST(:ends_{place} AS text[])" for place in range(shape.short)]
    indexed = "".join(f" AND search_trigrams(text) && {either}" for either in ends)
    inside = [
        f"(strpos(text, ({either})[1]) > 0 OR strpos(text, ({either})[2]) > 0)" for either in ends
    ]
    patterns = [f"text LIKE :pattern_{place}" for place in range(shape.words)]
    documents = f"search_documents WHERE kind = '{kind}' AND book_id = :book"
    by_time = "ORDER BY created_at DESC, id DESC"
    return (
        f"WITH few AS MATERIALIZED (SELECT id, created_at FROM {documents} "  # noqa: S608
        f"AND search_trigrams(text) @> CAST(:trigrams AS text[]){indexed} "
        f"AND {' AND '.join(patterns)} LIMIT {MANY}) "
        f"(SELECT * FROM few WHERE (SELECT count(*) FROM few) < {MANY} {by_time} LIMIT {MOST}) "
        # OFFSET keeps the planner, who takes every text for a rare one, from sorting all of them.
        f"UNION ALL (SELECT id, created_at FROM (SELECT * FROM {documents} "
        f"AND (SELECT count(*) FROM few) = {MANY} {by_time} OFFSET 0) AS document "
        f"WHERE {' AND '.join(patterns + inside)} LIMIT {MOST})"
    )


def _for_sqlite(trigrams: Sequence[str], ends: Sequence[Sequence[str]]) -> dict[str, Any]:
    """FTS5 wants each trigram quoted."""
    wanted = [_quoted(trigram) for trigram in trigrams]
    wanted += [f"({' OR '.join(map(_quoted, either))})" for either in ends]
    return {"trigrams": " AND ".join(wanted)}


def _for_postgresql(trigrams: Sequence[str], ends: Sequence[Sequence[str]]) -> dict[str, Any]:
    alternatives = {f"ends_{place}": either for place, either in enumerate(ends)}
    return {"trigrams": trigrams, **alternatives}


def _quoted(trigram: str) -> str:
    return '"' + trigram.replace('"', '""') + '"'


def _trigrams(words: Sequence[str]) -> list[str]:
    """Return some trigrams, for the index; the patterns look at what these leave.

    All of them would take ten times as long: every e-mail address holds those of ``.com``. So of
    an address only the part before the domain counts, of each word the trigrams that tell most,
    and of many words the longest.
    """
    chosen: dict[str, None] = {}
    for word in sorted(words, key=len, reverse=True):
        at = word.find("@", TRIGRAM - 1)
        telling = word[: at + 1] if at > 0 else word
        inside = {telling[place:][:TRIGRAM]: None for place in range(len(telling) - TRIGRAM + 1)}
        chosen |= dict.fromkeys(sorted(inside, key=_tells, reverse=True)[:TELLING])
    return list(chosen)[:ENOUGH]


def _tells(trigram: str) -> int:
    return sum(WORTH.get(letter, OTHERS) for letter in trigram)


def _pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
