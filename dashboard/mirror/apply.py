"""The one door through which Stripe's objects enter the mirror, wherever they come from."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from dashboard.mirror import rows
from dashboard.mirror.changes import Change
from dashboard.mirror.codec import Codec
from dashboard.mirror.kinds.base import Kind, Part, Raw, Row
from dashboard.mirror.kinds.read import moment
from dashboard.mirror.registry import FOLLOWERS, KINDS
from dashboard.store.books import Book


def apply(
    connection: Connection,
    book: Book,
    kind: Kind,
    objects: Sequence[Raw],
    *,
    seen_at: int,
    codec: Codec | None = None,
) -> int:
    """Upsert raw ``objects`` of ``kind``, what rides inside them and everything derived from them.

    ``seen_at`` is when Stripe said so (UTC seconds): news older than a row is dropped. Returns how
    many objects were news. Runs in the caller's transaction; one writer a book at a time.
    """
    if not objects:
        return 0
    _take_turn(connection, book)
    news = [Part(kind.name, raw, {}) for raw in objects]
    return _apply(connection, book, kind, news, seen_at, codec or Codec())


def _apply(
    connection: Connection, book: Book, kind: Kind, news: Sequence[Part], seen_at: int, codec: Codec
) -> int:
    changes = _changes(connection, book, kind, news, seen_at)
    _store(connection, kind, changes, codec)
    _apply_parts(connection, book, kind, changes, seen_at, codec)
    for follow in FOLLOWERS.get(kind.name, ()):
        follow(connection, book, changes)
    return len(changes)


def _take_turn(connection: Connection, book: Book) -> None:
    """Let one writer a book in: derived sums are read, changed and written. SQLite has only one."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:book)"), {"book": book.id})


def object_id(raw: Raw) -> str:
    """Return the object's id; a balance has none and is the only one of its book."""
    return str(raw.get("id") or raw.get("object"))


def _changes(
    connection: Connection, book: Book, kind: Kind, news: Sequence[Part], seen_at: int
) -> list[Change]:
    latest = {object_id(part.raw): part for part in news}
    known = rows.by_id(connection, book, kind.table, list(latest))
    return [
        Change(before, _row(book, kind, part, seen_at, before), part.raw)
        for name, part in latest.items()
        if (before := known.get(name)) is None or before["seen_at"] <= seen_at
    ]


def _row(book: Book, kind: Kind, part: Part, seen_at: int, before: Row | None) -> Row:
    """Return the row after the news; a tombstone keeps what was known: Stripe's own is empty."""
    if before is not None and _is_gone(part.raw):
        return {**before, "deleted": True, "seen_at": seen_at}
    return {
        "book_id": book.id,
        "id": object_id(part.raw),
        "created_at": moment(part.raw.get("created")) or (before["created_at"] if before else 0),
        **kind.project(part.raw),
        **part.row,
        "deleted": _is_gone(part.raw),
        "seen_at": seen_at,
    }


def _is_gone(raw: Raw) -> bool:
    return raw.get("deleted") is True


def _store(connection: Connection, kind: Kind, changes: Sequence[Change], codec: Codec) -> None:
    told = [change for change in changes if change.before is None or not _is_gone(change.raw)]
    if told:
        frames = codec.compress(connection, kind.name, [change.raw for change in told])
        written = [{**item.after, "raw": frame} for item, frame in zip(told, frames, strict=True)]
        connection.execute(rows.upsert(connection, kind.table), written)
    for change in changes:
        if change.before is not None and _is_gone(change.raw):
            _bury(connection, kind, change.after)


def _bury(connection: Connection, kind: Kind, row: Row) -> None:
    table = kind.table
    connection.execute(
        table.update()
        .where(table.c.book_id == row["book_id"], table.c.id == row["id"])
        .values(deleted=True, seen_at=row["seen_at"])
    )


def _apply_parts(
    connection: Connection,
    book: Book,
    kind: Kind,
    changes: Sequence[Change],
    seen_at: int,
    codec: Codec,
) -> None:
    """Apply what rides inside, kind by kind, and bury what its owner no longer carries."""
    if kind.parts is None:
        return
    riding: dict[str, list[Part]] = {}
    for change in changes:
        for part in kind.parts(change.raw):
            riding.setdefault(part.kind, []).append(part)
    for name, parts in riding.items():
        _apply(connection, book, KINDS[name], parts, seen_at, codec)
