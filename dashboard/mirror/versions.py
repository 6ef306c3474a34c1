"""The versions that objects had before: what news replaced, when, and which event brought it.

Nothing is kept of an object that is new, so a first sync costs nothing here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    Text,
    and_,
    func,
    or_,
    select,
)

from dashboard.core.db import metadata
from dashboard.mirror import codec as codecs
from dashboard.mirror import rows
from dashboard.mirror.changed_fields import ChangedField, changed_fields
from dashboard.mirror.changes import Change
from dashboard.mirror.codec import Codec
from dashboard.mirror.kinds.base import Kind, Raw
from dashboard.mirror.kinds.event import events
from dashboard.store.books import Book

MOST = 20

versions = Table(
    "versions",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("book_id", Integer, ForeignKey("books.id"), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("object_id", Text, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("replaced_at", BigInteger, nullable=False),
    Column("replaced_by", Text),
    Column("buried", Boolean, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Index("ix_versions_object", "book_id", "kind", "object_id", "id"),
)
"""``seen_at`` is when Stripe last told the version, ``replaced_at`` when it told the next one (UTC
seconds); ``replaced_by`` is the event that brought that, ``None`` where it was read. ``buried``
says that a tombstone came next. Versions of one object follow each other by ``id``."""


def keep(
    db: Connection,
    book: Book,
    kind: Kind,
    changes: Sequence[Change],
    frames: Mapping[str, bytes],
    codec: Codec,
) -> None:
    """Keep what ``changes`` are about to replace, in the caller's transaction.

    ``frames`` holds the new raw objects by id; a change without one is a tombstone. Where the
    same object is told again, nothing is kept, except when it comes back from the dead.
    """
    if not kind.versioned:
        return
    replaced = {
        change.after["id"]: (before, change.after, change.event_id)
        for change in changes
        if (before := change.before) and not (before["deleted"] and change.after["deleted"])
    }
    old = rows.frames(db, book, kind.table, list(replaced))
    kept = [
        {
            "book_id": book.id,
            "kind": kind.name,
            "object_id": name,
            "seen_at": before["seen_at"],
            "replaced_at": after["seen_at"],
            "replaced_by": event_id,
            "buried": name not in frames,
            "raw": old[name],
        }
        for name, (before, after, event_id) in replaced.items()
        if before["deleted"] or not _is_same(db, codec, old[name], frames.get(name))
    ]
    rows.insert(db, versions, kept)


def _is_same(db: Connection, codec: Codec, old: bytes, new: bytes | None) -> bool:
    """Say whether two frames hold one object, also with other dictionaries or in another order."""
    if new is None:
        return False
    return old == new or _expanded(db, codec, old) == _expanded(db, codec, new)


def _expanded(db: Connection, codec: Codec, frame: bytes) -> Raw:
    raw: Raw = orjson.loads(codec.expand(db, frame))
    return raw


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of an object: which ``fields`` changed ``at`` a UTC second, and what brought it.

    ``event_type`` is ``None`` where the mirror does not hold the event, ``event_id`` where no
    event brought the change. ``buried`` says that the object was deleted.
    """

    kind: str
    object_id: str
    at: int
    event_id: str | None
    event_type: str | None
    buried: bool
    fields: Sequence[ChangedField]


@dataclass(frozen=True, slots=True)
class History:
    """The newest ``revisions`` of so many ``objects``, newest first, of ``total`` there are."""

    objects: int
    revisions: Sequence[Revision]
    total: int


def history(
    db: Connection, book: Book, kinds: Mapping[str, Sequence[Raw | None]], limit: int = MOST
) -> History:
    """Return what changed of objects, given by kind as the mirror holds them now."""
    now = {(kind, str(raw["id"])): raw for kind, raws in kinds.items() for raw in raws if raw}
    found = _newest(db, book, list(now), limit) if now else []
    codec, revisions = codecs.of(db), []
    for row in found:
        before, after = _expanded(db, codec, row.raw), now[row.kind, row.object_id]
        revisions.append(_revision(row, before, after))
        now[row.kind, row.object_id] = before
    return History(len(now), revisions, found[0].total if found else 0)


def _newest(
    db: Connection, book: Book, names: Sequence[tuple[str, str]], limit: int
) -> Sequence[Row[Any]]:
    of_them = and_(
        versions.c.book_id == book.id,
        or_(*(and_(versions.c.kind == kind, versions.c.object_id == id) for kind, id in names)),
    )
    total = select(func.count()).select_from(versions).where(of_them).scalar_subquery()
    brought = versions.outerjoin(events, rows.referred(events, versions.c.replaced_by))
    query = (
        select(versions, events.c.type, total.label("total"))
        .select_from(brought)
        .where(of_them)
        .order_by(versions.c.id.desc())
        .limit(limit)
    )
    return db.execute(query).all()


def _revision(row: Row[Any], before: Raw, after: Raw) -> Revision:
    return Revision(
        kind=row.kind,
        object_id=row.object_id,
        at=row.replaced_at,
        event_id=row.replaced_by,
        event_type=row.type,
        buried=row.buried,
        fields=list(changed_fields(before, after)),
    )
