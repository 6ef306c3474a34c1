"""Search in the mirror: any part of a name, e-mail, number or description, within milliseconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import CTE, BigInteger, Connection, Select, Text, select, text

from dashboard.core.errors import BadInputError
from dashboard.core.paging import MOST_FOUND
from dashboard.store.books import Book

MOST = MOST_FOUND
RECENT = 1_000
"""So many of the newest texts PostgreSQL looks at for a page, before it asks its index."""
MANY = 2_000
"""Of so many matches PostgreSQL finds a page sooner on the way through all by time."""
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
    """What the statement of a search depends on.

    It finds the newest ``most`` by so many words, so many of them ``short`` alternatives.
    """

    dialect: str
    words: int
    short: int
    most: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as the databases take it."""

    shape: Shape
    parameters: Mapping[str, Any]


def read(db: Connection, book: Book, query: str, most: int = MOST) -> Asked:
    """Return the search for the newest ``most`` that contain every word of ``query``.

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
    return Asked(Shape(dialect, len(words), len(ends), most), parameters)


def find(db: Connection, book: Book, kind: str, query: str, most: int = MOST) -> tuple[str, ...]:
    """Return the ids of the newest ``most`` objects of ``kind`` in which all of ``query`` occurs.

    Raises:
        BadInputError: no word has two letters.
    """
    asked = read(db, book, query, most)
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
def newest(kind: str, shape: Shape) -> CTE:
    """Return what such a statement reads: ``id`` and ``created_at`` of the newest, once."""
    build = _on_postgresql if shape.dialect == "postgresql" else _on_sqlite
    found = text(build(kind, shape)).columns(id=Text, created_at=BigInteger)
    return found.cte(f"newest_{kind}")


def _on_sqlite(kind: str, shape: Shape) -> str:
    """The index is read backwards by number, which is by time."""
    index = f"search_index_{kind}"
    also = "".join(
        f" AND document.text LIKE :pattern_{place} ESCAPE '\\'" for place in range(shape.words)
    )
    return (
        f"SELECT document.id, document.created_at FROM {index} JOIN search_documents AS document "  # noqa: S608
        f"ON document.number = {index}.rowid WHERE {index} MATCH :trigrams "
        f"AND document.book_id = :book{also} ORDER BY {index}.rowid DESC LIMIT {shape.most}"
    )


def _on_postgresql(kind: str, shape: Shape) -> str:
    """Look at the newest texts, then sort what the index finds; if that is much, look at all texts.

    What many texts hold is soon found by time, and the index would take long to tell of all.
    The kind stands in the statement, or its partial index is not seen.
    """
    ends = [f"CAST(:ends_{place} AS text[])" for place in range(shape.short)]
    indexed = "".join(f" AND search_trigrams(text) && {either}" for either in ends)
    inside = [
        f"(strpos(text, ({either})[1]) > 0 OR strpos(text, ({either})[2]) > 0)" for either in ends
    ]
    patterns = [f"text LIKE :pattern_{place}" for place in range(shape.words)]
    matches = " AND ".join(patterns + inside)
    documents = f"search_documents WHERE kind = '{kind}' AND book_id = :book"
    by_time = "ORDER BY created_at DESC, id DESC"
    is_recent = f"(SELECT count(*) FROM recent) = {shape.most}"  # noqa: S608
    recent = RECENT if shape.most < MOST else 0
    many = max(MANY, shape.most)
    is_much = f"(SELECT count(*) FROM few) = {many}"  # noqa: S608
    return (
        "WITH recent AS MATERIALIZED (SELECT id, created_at FROM "  # noqa: S608
        f"(SELECT * FROM {documents} {by_time} LIMIT {recent}) AS document "
        f"WHERE {matches} LIMIT {shape.most}), "
        f"few AS MATERIALIZED (SELECT id, created_at FROM {documents} AND NOT {is_recent} "
        f"AND search_trigrams(text) @> CAST(:trigrams AS text[]){indexed} "
        f"AND {' AND '.join(patterns)} LIMIT {many}) "
        f"(SELECT * FROM recent WHERE {is_recent}) "
        f"UNION ALL (SELECT * FROM few WHERE NOT {is_much} {by_time} LIMIT {shape.most}) "
        # OFFSET keeps the planner, who takes every text for a rare one, from sorting all of them.
        "UNION ALL (SELECT id, created_at FROM "
        f"(SELECT * FROM {documents} AND {is_much} {by_time} OFFSET 0) AS document "
        f"WHERE {matches} LIMIT {shape.most})"
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
