"""What a delivery tells, and whether it can be believed as it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import orjson
from sqlalchemy import Connection, select

from dashboard.gateway.reads import Json
from dashboard.mirror import rows
from dashboard.mirror.kinds.base import Kind, unfinished
from dashboard.mirror.kinds.read import dig, moment, ref, text
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.events import told
from dashboard.store.books import Book
from dashboard.store.inbox import Due

THIN = "v2.core.event"
"""Such an event names its object and does not hold it."""


Key: TypeAlias = tuple[str, str]
"""The kind and id of an object."""


class Verdict(Enum):
    """What to do with news of an object.

    ``DOUBT``: which of two is newer, or what the object is like, only Stripe can tell.
    """

    NEWS = "news"
    OLDER = "older"
    DOUBT = "doubt"
    STRANGE = "strange"


@dataclass(frozen=True, slots=True)
class Known:
    """How new our row of an object is (UTC seconds), and whether it is a tombstone.

    ``is_newborn`` says that all we know was told when it was created; a row does not tell that.
    """

    seen_at: int
    deleted: bool
    is_newborn: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """A delivery that was opened: the event, and of which object of which kind it tells.

    ``thing`` is that object where the event holds it. ``created_at`` is Stripe's time of the
    event (UTC seconds), ``kind`` is ``None`` for objects that are not mirrored.
    """

    due: Due
    event: Json
    kind: Kind | None
    name: str
    thing: Json | None
    created_at: int | None

    @property
    def key(self) -> Key:
        """The kind and id of the object."""
        return (self.kind.name if self.kind else "", self.name)

    @property
    def is_birth(self) -> bool:
        """Whether it says that the object is new: all other news of it are newer."""
        return str(self.event.get("type")).endswith(".created")

    @property
    def is_deletion(self) -> bool:
        """Whether the object is gone; ids do not come back."""
        return self.thing is not None and self.thing.get("deleted") is True


def opened(due: Due) -> News:
    """Return what the delivery tells."""
    event: Json = orjson.loads(due.body)
    created_at = moment(event.get("created"))
    # Read twice: what only lists expand is put into the object, and never into the event.
    found = told(orjson.loads(due.body))
    if found is not None:
        kind, thing = found
        return News(due, event, kind, str(thing["id"]), thing, created_at)
    return News(due, event, *_named(event), None, created_at)


def _named(event: Json) -> tuple[Kind | None, str]:
    """Return kind and id of an object that must be read: of thin events, and single ones."""
    if event.get("object") == THIN:
        kind = KINDS.get(text(dig(event, "related_object", "type")) or "")
        name = ref(event.get("related_object")) or ""
        return (kind if kind and kind.path and name else None), name
    kind = KINDS.get(text(dig(event, "data", "object", "object")) or "")
    return (kind if kind and kind.single else None), kind.name if kind else ""


def verdict(news: News, known: Known | None, version: str) -> Verdict:
    """Judge news of an object of which we know so much; ``version`` is the one that we speak.

    Within one second Stripe's ``created`` does not tell which of two events came first, except
    that nothing comes before the object's creation.
    """
    if news.kind is None:
        return Verdict.STRANGE
    if news.is_deletion:
        return Verdict.OLDER if known and known.deleted else Verdict.NEWS
    if news.thing is None or news.created_at is None:
        return Verdict.DOUBT
    if known and news.created_at < known.seen_at + news.is_birth:
        return Verdict.OLDER
    is_tie = known is not None and (
        known.deleted or (news.created_at == known.seen_at and not known.is_newborn)
    )
    is_other_shape = text(news.event.get("api_version")) != version
    is_cut_off = any(True for _ in unfinished(news.kind, news.thing))
    return Verdict.DOUBT if is_tie or is_other_shape or is_cut_off else Verdict.NEWS


def known_of(db: Connection, book: Book, those: Iterable[News]) -> dict[Key, Known]:
    """Return what we know of the objects in the news, by kind and id."""
    names: dict[str, set[str]] = {}
    for news in those:
        if news.kind is not None and not news.kind.single:
            names.setdefault(news.kind.name, set()).add(news.name)
    return {
        (kind, name): found
        for kind, ids in names.items()
        for name, found in _known(db, book, KINDS[kind], ids).items()
    }


def _known(db: Connection, book: Book, kind: Kind, ids: set[str]) -> Mapping[str, Known]:
    table = kind.table
    query = select(table.c.id, table.c.seen_at, table.c.deleted).where(
        table.c.book_id == book.id, rows.among(db, table.c.id, ids)
    )
    return {name: Known(seen_at, deleted) for name, seen_at, deleted in db.execute(query)}
