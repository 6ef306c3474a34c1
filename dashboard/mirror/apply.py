"""The one door through which Stripe's objects enter the mirror, wherever they come from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from dashboard.mirror import codec as codecs
from dashboard.mirror import rows, versions
from dashboard.mirror.changes import Change
from dashboard.mirror.codec import Codec
from dashboard.mirror.kinds.base import Kind, Part, Raw, Row
from dashboard.mirror.kinds.read import members, moment
from dashboard.mirror.kinds.read import text as text_of
from dashboard.mirror.registry import FOLLOWERS, KINDS
from dashboard.store.books import Book

TURN = "turn"
"""Where a connection notes in which transaction it holds the lock of which book."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of news: a raw object, and when Stripe said so (UTC seconds).

    ``event_id`` is the event that brought it, ``None`` where it was read.
    """

    raw: Raw
    seen_at: int
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Delivery:
    """Where news goes."""

    db: Connection
    book: Book
    codec: Codec


@dataclass(frozen=True, slots=True)
class _Item:
    """A part of a piece of news, or all of it, as of the same moment by the same event."""

    part: Part
    seen_at: int
    event_id: str | None


def apply(
    db: Connection,
    book: Book,
    kind: Kind,
    objects: Sequence[Raw],
    *,
    seen_at: int,
    codec: Codec | None = None,
) -> int:
    """Upsert raw ``objects`` of ``kind`` that Stripe told ``seen_at`` (UTC seconds).

    It is ``apply_pieces`` for what was read together.
    """
    return apply_pieces(db, book, kind, [Piece(raw, seen_at) for raw in objects], codec=codec)


def apply_pieces(
    db: Connection,
    book: Book,
    kind: Kind,
    pieces: Sequence[Piece],
    *,
    codec: Codec | None = None,
) -> int:
    """Upsert news of objects of ``kind``, what rides inside them and everything derived from them.

    What they replace is kept as a version.

    News older than a row is dropped, and so is news as old as a tombstone. Of several pieces for
    one object the last one counts: who wants each to be kept applies one after the other. Objects
    without an id, such as previews, are passed over. Returns how many objects were news. Runs in
    the caller's transaction; one writer a book at a time.
    """
    if not pieces:
        return 0
    _take_turn(db, book)
    items = [_Item(Part(kind.name, it.raw, {}), it.seen_at, it.event_id) for it in pieces]
    return _apply(_Delivery(db, book, codec or codecs.of(db)), kind, items)


def _take_turn(db: Connection, book: Book) -> None:
    """Let one writer a book in: derived sums are read, changed and written. SQLite has only one."""
    turn = (db.get_transaction(), book.id)
    if db.dialect.name == "postgresql" and db.info.get(TURN) != turn:
        db.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (book.id,))
        db.info[TURN] = turn


def _apply(delivery: _Delivery, kind: Kind, items: Iterable[_Item]) -> int:
    changes = _changes(delivery, kind, items)
    if changes:
        _store(delivery, kind, changes)
        for name, riding in _riding(delivery, kind, changes).items():
            _apply(delivery, KINDS[name], riding)
        for follow in FOLLOWERS.get(kind.name, ()):
            follow(delivery.db, delivery.book, changes)
    return len(changes)


def _changes(delivery: _Delivery, kind: Kind, items: Iterable[_Item]) -> list[Change]:
    latest = {name: item for item in items if (name := object_id(kind, item.part.raw))}
    known = rows.by_id(delivery.db, delivery.book, kind.table, list(latest))
    return [
        Change(before, _row(delivery, kind, name, item, before), item.part.raw, item.event_id)
        for name, item in latest.items()
        if (before := known.get(name)) is None or _is_news(before, item.seen_at)
    ]


def object_id(kind: Kind, raw: Raw) -> str | None:
    """Return the object's id; one that is the only one of its book, like a balance, needs none."""
    return text_of(raw.get("id")) or (kind.name if kind.single else None)


def _is_news(before: Row, seen_at: int) -> bool:
    """Within one second the later arrival wins, except over a tombstone: ids do not come back."""
    known_at: int = before["seen_at"]
    return known_at < seen_at or (known_at == seen_at and not before["deleted"])


def _row(delivery: _Delivery, kind: Kind, name: str, item: _Item, before: Row | None) -> Row:
    """Return the row after the news; a tombstone keeps what was known: Stripe's own is empty."""
    part, gone = item.part, _is_gone(item.part.raw)
    if gone and before is not None:
        return {**before, "deleted": True, "seen_at": item.seen_at}
    row = kind.project(part.raw)
    row["book_id"] = delivery.book.id
    row["id"] = name
    row["created_at"] = moment(part.raw.get("created")) or (before["created_at"] if before else 0)
    row["deleted"] = gone
    row["seen_at"] = item.seen_at
    row.update(part.row)
    return row


def _is_gone(raw: Raw) -> bool:
    return raw.get("deleted") is True


def _store(delivery: _Delivery, kind: Kind, changes: Sequence[Change]) -> None:
    buried = [item for item in changes if item.before is not None and _is_gone(item.raw)]
    told = [item for item in changes if item.before is None or not _is_gone(item.raw)]
    frames = _frames(delivery, kind, told)
    versions.keep(delivery.db, delivery.book, kind, changes, frames, delivery.codec)
    if buried:
        _bury(delivery, kind, buried)
    written = [
        (item.before is None, {**item.after, "raw": frames[item.after["id"]]}) for item in told
    ]
    rows.insert(delivery.db, kind.table, [row for is_new, row in written if is_new])
    rows.write(delivery.db, kind.table, [row for is_new, row in written if not is_new])


def _frames(delivery: _Delivery, kind: Kind, changes: Sequence[Change]) -> Mapping[str, bytes]:
    """Return by id the raw objects of ``changes``, compressed."""
    if not changes:
        return {}
    raws = [item.raw for item in changes]
    frames = delivery.codec.compress(delivery.db, kind.name, raws)
    return {item.after["id"]: frame for item, frame in zip(changes, frames, strict=True)}


def _bury(delivery: _Delivery, kind: Kind, changes: Sequence[Change]) -> None:
    """Mark rows as deleted; their raw object stays as it was last told."""
    table = kind.table
    statement = (
        table.update()
        .where(table.c.book_id == delivery.book.id, table.c.id == bindparam("gone"))
        .values(deleted=True, seen_at=bindparam("since"))
    )
    buried = [{"gone": each.after["id"], "since": each.after["seen_at"]} for each in changes]
    delivery.db.execute(statement, buried)


def _riding(
    delivery: _Delivery, kind: Kind, changes: Sequence[Change]
) -> Mapping[str, Sequence[_Item]]:
    """Return by kind what rides inside, and tombstones for what no longer does."""
    riding: dict[str, list[_Item]] = {}
    if kind.parts is not None:
        for change in changes:
            for part in kind.parts(change.raw):
                riding.setdefault(part.kind, []).append(_item(part, change))
    for name, field in kind.embeds.items():
        riding.setdefault(name, []).extend(_missing(delivery, KINDS[name], field, changes))
    return riding


def _item(part: Part, owner: Change) -> _Item:
    return _Item(part, owner.after["seen_at"], owner.event_id)


def _missing(
    delivery: _Delivery, kind: Kind, field: str, changes: Sequence[Change]
) -> Iterator[_Item]:
    """Yield tombstones for the parts that owners whom we knew no longer carry."""
    owners = {
        change.after["id"]: change
        for change in changes
        if change.before is not None and _is_told_to_its_end(change.raw, field)
    }
    if not owners:
        return
    carried = {
        name: {text_of(part.get("id")) for part in members(change.raw.get(field))}
        for name, change in owners.items()
    }
    table = kind.table
    owner = table.c[kind.part_of or "id"]
    query = select(table.c.id, owner).where(
        table.c.book_id == delivery.book.id,
        rows.among(delivery.db, owner, carried),
        table.c.deleted.is_(False),
    )
    for name, owner_id in delivery.db.execute(query):
        if name not in carried[owner_id]:
            gone = {"id": name, "object": kind.name, "deleted": True}
            yield _item(Part(kind.name, gone, {}), owners[owner_id])


def _is_told_to_its_end(raw: Raw, field: str) -> bool:
    """Say whether ``field`` holds all there is; a deleted owner carries nothing any more."""
    told = raw.get(field)
    return _is_gone(raw) or (isinstance(told, Mapping) and told.get("has_more") is False)
