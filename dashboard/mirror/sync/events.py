"""What Stripe's events tell of changes and deletions that no list shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection

from dashboard.gateway.reads import Json
from dashboard.mirror.apply import Piece, apply_pieces
from dashboard.mirror.codec import Codec
from dashboard.mirror.kinds.base import Kind, unfinished
from dashboard.mirror.kinds.read import text
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.expansions import fill_in
from dashboard.store.books import Book

ALIVE = "subscription"
"""``customer.subscription.deleted`` is a status: the object lives on and is listed."""


@dataclass(frozen=True, slots=True)
class Short:
    """An ``event`` that tells less of its object than the lists do."""

    kind: Kind
    id: str
    event: Json


class News:
    """Brings the objects that events carry into the mirror, the newest of each only.

    Events come newest first, and within one second only their order tells which is newer. So of
    each object the first one met counts, and those that follow are older news. ``short`` holds
    the kind and id of objects that events tell with less than the lists do.
    """

    def __init__(self, book: Book, codec: Codec) -> None:
        self._book = book
        self._codec = codec
        self._met: set[tuple[str, str]] = set()

    def apply(self, db: Connection, events: Sequence[Json], known: set[str]) -> list[Short]:
        """Apply what ``events`` tell, newest first, in the caller's transaction.

        Those whose ids are ``known`` were applied before, and only say that others are older.
        Returns those that tell less of their objects than the lists do.
        """
        short: list[Short] = []
        for kind, told, event in self._newest(events):
            if event.get("id") in known:
                continue
            # A copy: what only lists expand is put into the object, and never into the event.
            thing = orjson.loads(orjson.dumps(told))
            is_short = bool(fill_in(db, self._book, self._codec, kind, [thing]))
            if is_short or any(True for _ in unfinished(kind, thing)):
                short.append(Short(kind, str(thing["id"]), event))
            piece = Piece(thing, int(event["created"]), text(event.get("id")))
            apply_pieces(db, self._book, kind, [piece], codec=self._codec)
        return short

    def _newest(self, events: Sequence[Json]) -> Iterable[tuple[Kind, Json, Json]]:
        for event in events:
            found = told(event)
            if found is None or not isinstance(event.get("created"), int):
                continue
            kind, thing = found
            name = kind.name, str(thing["id"])
            if name not in self._met:
                self._met.add(name)
                yield kind, thing, event


def told(event: Json) -> tuple[Kind, Json] | None:
    """Return the object in the event, marked when it is gone; ``None`` when we mirror no such."""
    data = event.get("data")
    thing = data.get("object") if isinstance(data, dict) else None
    if not isinstance(thing, dict):
        return None
    kind = KINDS.get(str(thing.get("object")))
    if kind is None or kind.path is None or kind.single or not thing.get("id"):
        return None
    is_gone = str(event.get("type")).endswith(".deleted") and kind.name != ALIVE
    return kind, {**thing, "deleted": True} if is_gone else thing
