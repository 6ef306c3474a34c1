"""Every row of the mirror against the source: read page by page, compared field by field.

It shares nothing with ``flask reconcile`` but the registry of kinds, so that each proves the other.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, select

from dashboard.core import db as database
from dashboard.mirror.codec import Codec
from dashboard.mirror.kinds.base import Kind
from dashboard.mirror.measures import keeping
from dashboard.mirror.registry import KINDS
from dashboard.store import books, inbox
from dashboard.store.books import Book
from dashboard.store.inbox import DeliveryState
from tests.sandbox.asking import Asker

Json = dict[str, Any]

UNTOLD: Mapping[str, tuple[str, ...]] = {
    "balance_transaction": ("status",),
    "charge": ("receipt_url",),
    "event": ("pending_webhooks",),
    "invoice": ("hosted_invoice_url", "invoice_pdf"),
}
"""Fields that change without an event, see Stripe's documents of each object."""

LONGEST = 80

RIDING = {"invoice": ("lines", "line_item"), "subscription": ("items", "subscription_item")}


def differing(engine: Engine, ask: Asker) -> list[str]:
    """Return a line for each row, part or sum that is not what the source tells."""
    with database.reading(engine) as db:
        (book,) = books.every(db)
        found: list[str] = []
        for kind in KINDS.values():
            if kind.path and not kind.single:
                found += _kind(db, book, kind, ask)
        found += _balance(db, book, ask)
        return found + [str(each) for each in keeping.check(db, book)]


def unhandled(engine: Engine) -> list[str]:
    """Return a line for each delivery that is in the inbox and not handled."""
    table = inbox.deliveries.c
    query = select(table.event_id, table.state, table.error).where(
        table.state != DeliveryState.HANDLED
    )
    with database.reading(engine) as db:
        return [f"{event} is {state}: {error}" for event, state, error in db.execute(query)]


def kept(engine: Engine) -> set[str]:
    """Return the ids of the events that are in the inbox."""
    with database.reading(engine) as db:
        return set(db.scalars(select(inbox.deliveries.c.event_id)))


def rows_of(engine: Engine, kind: str) -> dict[str, tuple[bool, Json]]:
    """Return by id whether a row is a tombstone, and its raw object."""
    with database.reading(engine) as db:
        (book,) = books.every(db)
        return _rows(db, book, KINDS[kind])


def _kind(db: Connection, book: Book, kind: Kind, ask: Asker) -> Iterator[str]:
    wanted = "&".join(f"{name}={value}" for name, value in kind.params.items())
    told = {one["id"]: one for one in ask.pages(f"{kind.path}?{wanted}" if wanted else kind.path)}  # type: ignore[arg-type]
    ours = _rows(db, book, kind)
    for name, thing in told.items():
        if name not in ours:
            yield f"{kind.name} {name} is missing"
            continue
        _complete(kind, thing, ask)
        deleted, raw = ours[name]
        if deleted:
            yield f"{kind.name} {name} is buried alive"
        if fields := _unlike(kind.name, raw, thing):
            yield f"{kind.name} {name} differs in {fields}"
        if kind.name in RIDING:
            yield from _riding(db, book, kind, thing)
    for name in ours.keys() - told.keys():
        yield from _unlisted(kind, name, *ours[name], ask)


def _complete(kind: Kind, thing: Json, ask: Asker) -> None:
    """Read the rest of a list that the source cut short."""
    field, _part = RIDING.get(kind.name, ("", ""))
    if field and thing[field]["has_more"]:
        thing[field] |= {"data": ask.pages(thing[field]["url"]), "has_more": False}


def _unlisted(kind: Kind, name: str, deleted: bool, raw: Json, ask: Asker) -> Iterator[str]:  # noqa: FBT001
    """Yield what is wrong with a row that no list shows: it must be gone, or as Stripe has it."""
    answer = ask.send("GET", f"{kind.path}/{name}")
    is_gone = answer.status_code == 404 or answer.json().get("deleted") is True
    if is_gone != deleted and kind.name != "event":
        yield f"{kind.name} {name} is {'gone' if is_gone else 'there'} at the source, not here"
    elif not is_gone and (fields := _unlike(kind.name, raw, answer.json())):
        yield f"{kind.name} {name}, which is not listed, differs in {fields}"


def _rows(db: Connection, book: Book, kind: Kind) -> dict[str, tuple[bool, Json]]:
    table, codec = kind.table, Codec()
    query = select(table.c.id, table.c.deleted, table.c.raw).where(table.c.book_id == book.id)
    return {
        name: (deleted, orjson.loads(codec.expand(db, frame)))
        for name, deleted, frame in db.execute(query).all()
    }


def _unlike(kind: str, ours: Json, theirs: Json) -> list[str]:
    """Return the paths of the fields that differ, with both values."""
    passed_over = UNTOLD.get(kind, ())
    names = sorted({*ours, *theirs} - {*passed_over})
    return [path for name in names for path in _paths(name, ours.get(name), theirs.get(name))]


def _paths(path: str, ours: Any, theirs: Any) -> Iterator[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in sorted({*ours, *theirs}):
            yield from _paths(f"{path}.{name}", ours.get(name), theirs.get(name))
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _paths(f"{path}[{number}]", one, other)
    elif ours != theirs:
        yield f"{path}: {str(ours)[:LONGEST]} is {str(theirs)[:LONGEST]}"


def _riding(db: Connection, book: Book, kind: Kind, thing: Json) -> Iterator[str]:
    field, part = RIDING[kind.name]
    table = KINDS[part].table
    owner = table.c[KINDS[part].part_of or "id"]
    query = select(table.c.id).where(
        table.c.book_id == book.id, owner == thing["id"], table.c.deleted.is_(False)
    )
    ours, theirs = set(db.scalars(query)), {each["id"] for each in thing[field]["data"]}
    if ours != theirs:
        yield f"{kind.name} {thing['id']} carries other {field}: {sorted(ours ^ theirs)}"


def _balance(db: Connection, book: Book, ask: Asker) -> Iterator[str]:
    told = ask.get("/v1/balance")
    for _deleted, raw in _rows(db, book, KINDS["balance"]).values():
        if fields := _unlike("balance", raw, told):
            yield f"balance differs in {fields}"
