"""Keeping what only expanded answers hold when an event, which is never expanded, brings news."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, select

from dashboard.gateway.reads import Json, Params
from dashboard.mirror.codec import Codec
from dashboard.mirror.kinds.base import Kind
from dashboard.store.books import Book

PREFIX = "data."


def paths(kind: Kind) -> list[list[str]]:
    """Return the fields of one object that the list of ``kind`` expands, step by step."""
    return [
        value.removeprefix(PREFIX).split(".")
        for name, value in kind.params.items()
        if name.startswith("expand")
    ]


def retrieve_params(kind: Kind) -> Params:
    """Return the parameters that make one object as full as the list shows it."""
    return {
        name: value.removeprefix(PREFIX)
        for name, value in kind.params.items()
        if name.startswith("expand")
    }


def fill_in(
    db: Connection, book: Book, codec: Codec, kind: Kind, things: Iterable[Json]
) -> set[str]:
    """Put into ``things``, which events told, what only lists expand and the mirror holds.

    Return the ids of those that are still not as full as a list would show them.
    """
    steps = paths(kind)
    living = {str(each["id"]): each for each in things if steps and not each.get("deleted")}
    known = dict(known_objects(db, book, kind, list(living), codec)) if living else {}
    return {
        name
        for name, thing in living.items()
        if not _is_whole(thing, orjson.loads(known.get(name, b"{}")), steps)
    }


def _is_whole(thing: Json, before: Json, steps: Iterable[Sequence[str]]) -> bool:
    """Fill in along every step, and say whether nothing is left short."""
    return not [path for path in steps if not enrich(thing, before, path)]


def known_objects(
    db: Connection, book: Book, kind: Kind, names: Sequence[str], codec: Codec
) -> Iterator[tuple[str, bytes]]:
    """Yield the ids and JSON of those of the objects that the mirror holds."""
    table = kind.table
    query = select(table.c.id, table.c.raw).where(table.c.book_id == book.id, table.c.id.in_(names))
    for name, frame in db.execute(query).all():
        yield name, codec.expand(db, frame)


def enrich(news: Json, known: Mapping[str, Any], path: Sequence[str]) -> bool:
    """Put into ``news`` what ``known`` holds along ``path``; say whether nothing is left short."""
    field, rest = path[0], path[1:]
    if field not in news:
        if field in known:
            news[field] = known[field]
        return field in known
    value, old = news[field], known.get(field)
    if isinstance(value, list):
        filled = [_filled(item, _match(item, old), rest) for item in value]
        news[field] = [item for item, _ in filled]
        return all(full for _, full in filled)
    news[field], full = _filled(value, old, rest)
    return full


def _filled(value: Any, old: Any, rest: Sequence[str]) -> tuple[Any, bool]:
    if isinstance(value, str):
        is_known = isinstance(old, Mapping) and old.get("id") == value
        return (old, True) if is_known else (value, False)
    if isinstance(value, dict) and rest:
        return value, enrich(value, old if isinstance(old, Mapping) else {}, rest)
    return value, True


def _match(item: Any, old: Any) -> Any:
    """Return the member of the list ``old`` that is the same object as ``item``."""
    name = item.get("id") if isinstance(item, dict) else item
    members = old if isinstance(old, list) else []
    return next((one for one in members if isinstance(one, dict) and one.get("id") == name), None)
