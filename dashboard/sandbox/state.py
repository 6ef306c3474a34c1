"""The practice Stripe's memory of one account: a SQLite file of objects ready to be served.

Contract with whoever makes a world:

- `State(path)` opens or makes the file, and raises OtherVersionError for one whose tables are not
  today's; `State(None)` uses a temporary one that goes with it.
- `state.load(items)` takes a whole world in one stream, fast, into an empty state. An item is
  a complete object (a dict with `object`, `id`, `created`), or `(object, hidden)` where `hidden`
  holds facts that Stripe filters by but does not show (`{"payout": "po_…"}` for a balance
  transaction; `state.link` can say it later). `{"deleted": "true"}` marks an object that was
  deleted: lists leave it out, and its id answers what Stripe answers. Objects may come in any
  order: lists sort by `created`, and within a second by arrival.
- Members of nested lists (invoice lines, subscription items, credit note lines) are stored as
  objects of their own; fields that Stripe shows only when expanded (price tiers) are set aside.
- `put`, `put_many`, `link`, `get` do the same in small, at any time.
- `later` puts the making of a world off until `complete` is called.
"""

from __future__ import annotations

import sqlite3
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any
from zlib import crc32

from dashboard.sandbox.agenda import RIPENING, Deed, remember
from dashboard.sandbox.filters import Match, columns_of
from dashboard.sandbox.shapes import SHAPES, Json
from dashboard.sandbox.shelf import Row, Shelf, column_names, rows_of

BATCH = 1_000
"""How many objects of one kind are written at once."""

Item = Json | tuple[Json, dict[str, str]]

_OTHER_TABLES = ("samples", "tombstones", "answers", "agenda", "deliveries", "signing_secrets")
_NUMBERS = {Match.RANGE, Match.FLAG, Match.DELIVERED}


class OtherVersionError(Exception):
    """A file's tables are those of another version of the practice Stripe."""


class State:
    """One account's objects. Any thread may read; writes take turns."""

    def __init__(self, path: Path | None = None) -> None:
        self._temporary = None if path else tempfile.TemporaryDirectory(prefix="practice-stripe-")
        self.path = path or Path(self._temporary.name if self._temporary else "") / "state.db"
        self._turn = threading.RLock()
        self._fill: Callable[[State], None] | None = None
        self._idle: LifoQueue[Shelf] = LifoQueue()
        self._writer = Shelf(self._connect())
        self._writer.db.execute("PRAGMA journal_mode = WAL")
        self._make_tables()

    def close(self) -> None:
        """Close every connection; a temporary file goes away."""
        while True:
            try:
                self._idle.get_nowait().db.close()
            except Empty:
                break
        self._writer.db.close()
        if self._temporary:
            self._temporary.cleanup()

    @property
    def is_complete(self) -> bool:
        """Return whether nothing of the world is still to be made."""
        return self._fill is None

    def later(self, fill: Callable[[State], None]) -> None:
        """Let `fill` make the world when it is asked for."""
        self._fill = fill

    def complete(self) -> None:
        """Make the world now if it is still to be made."""
        if self._fill is None:
            return
        with self._turn:
            if self._fill is not None:
                self._fill(self)
                self._fill = None

    @contextmanager
    def reading(self) -> Iterator[Shelf]:
        """Lend a connection for reading."""
        try:
            shelf = self._idle.get_nowait()
        except Empty:
            shelf = Shelf(self._connect())
        try:
            yield shelf
        finally:
            self._idle.put(shelf)

    @contextmanager
    def writing(self) -> Iterator[Shelf]:
        """Lend the connection for writing; everything is kept at the end, or nothing."""
        with self._turn:
            self._writer.db.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.db.execute("ROLLBACK")
                self._writer.forget_samples()
                raise
            self._writer.db.execute("COMMIT")

    def get(self, kind: str, identity: str) -> Json | None:
        """Return one object, None when unknown."""
        with self.reading() as shelf:
            return shelf.get(kind, identity)

    def put(self, thing: Json, hidden: Json | None = None) -> None:
        """Put one object, over the older version of it where there is one."""
        with self.writing() as shelf:
            shelf.put(thing, hidden)

    def put_many(self, items: Iterable[Item]) -> None:
        """Put objects into a state that may hold them already, in one transaction."""
        deleted: list[Json] = []
        with self.writing() as shelf:
            for thing, hidden in _alive(items, deleted):
                shelf.put(thing, hidden)
            for thing in deleted:
                shelf.remove(thing)

    def link(self, payout: str, transactions: Iterable[str]) -> None:
        """Say that these balance transactions were paid out by `payout`."""
        with self.writing() as shelf:
            shelf.link(payout, transactions)

    def load(self, items: Iterable[Item]) -> None:
        """Take a whole world in place of what was there; indexes are made at the end.

        Raises sqlite3.IntegrityError when two objects of a kind have the same id; the state is
        empty then.
        """
        deleted: list[Json] = []
        deeds: list[Deed] = []
        try:
            self._clear()
            for kind, rows in _batches(_noting_deeds(_alive(items, deleted), deeds)):
                with self.writing() as shelf:
                    shelf.insert_many(kind, rows)
            self._make_indexes()
            with self.writing() as shelf:
                for thing in deleted:
                    shelf.remove(thing)
                for deed in deeds:
                    remember(shelf, deed)
        except BaseException:
            self._clear()
            self._make_indexes()
            raise
        self._writer.db.execute("ANALYZE")
        self._writer.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def counts(self) -> dict[str, int]:
        """Return how many objects of each kind there are."""
        with self.reading() as shelf:
            return {kind: shelf.count(kind) for kind in SHAPES}

    def fact(self, name: str) -> Any:
        """Return a fact about the whole state, None when unknown."""
        with self.reading() as shelf:
            return shelf.fact(name)

    def keep_fact(self, name: str, value: Any) -> None:
        """Remember a fact about the whole state."""
        with self.writing() as shelf:
            shelf.keep_fact(name, value)

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA synchronous = OFF")  # practice data: it can be made again from its seed
        db.execute("PRAGMA busy_timeout = 30000")
        db.execute("PRAGMA cache_size = -32000")
        return db

    def _make_tables(self) -> None:
        statements = list(_table_statements())
        layout = crc32("\n".join(statements).encode())
        with self.writing() as shelf:
            for statement in statements:
                shelf.db.execute(statement)
            if shelf.fact("format") not in {None, layout}:
                raise OtherVersionError(f"{self.path} was made by another version: remove it.")
            shelf.keep_fact("format", layout)
        self._make_indexes()

    def _clear(self) -> None:
        """Take everything off, indexes too: they cost less when they are made at once."""
        with self.writing() as shelf:
            for name in _index_statements():
                shelf.db.execute(f'DROP INDEX IF EXISTS "{name}"')
            for table in [*SHAPES, *_OTHER_TABLES]:
                shelf.db.execute(f'DELETE FROM "{table}"')  # noqa: S608 - names of our own
            shelf.forget_samples()

    def _make_indexes(self) -> None:
        for statement in _index_statements().values():
            with self.writing() as shelf:
                shelf.db.execute(statement)


def _alive(items: Iterable[Item], deleted: list[Json]) -> Iterator[tuple[Json, dict[str, str]]]:
    """Yield the objects with their hidden facts, and put those that were deleted aside."""
    for item in items:
        thing, hidden = item if isinstance(item, tuple) else (item, {})
        if "deleted" in hidden:
            deleted.append(thing)
        else:
            yield thing, hidden


def _noting_deeds(
    items: Iterable[tuple[Json, dict[str, str]]], deeds: list[Deed]
) -> Iterator[tuple[Json, dict[str, str]]]:
    """Pass the objects on, and note when the money of those that wait will be available."""
    for thing, hidden in items:
        if thing["object"] == "balance_transaction" and thing["status"] == "pending":
            deeds.append(Deed(thing["available_on"], RIPENING, thing["id"]))
        yield thing, hidden


def _batches(
    items: Iterable[tuple[Json, dict[str, str]]],
) -> Iterator[tuple[str, list[Row]]]:
    """Yield the rows of a world in batches of one kind; of single objects the last that came."""
    waiting: dict[str, list[Row]] = defaultdict(list)
    for thing, hidden in items:
        for kind, row in rows_of(thing, hidden):
            if not SHAPES[kind].has_id:
                waiting[kind].clear()
            waiting[kind].append(row)
            if len(waiting[kind]) == BATCH:
                yield kind, waiting.pop(kind)
    yield from waiting.items()


def _table_statements() -> Iterator[str]:
    yield "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value BLOB)"
    yield "CREATE TABLE IF NOT EXISTS samples (kind TEXT PRIMARY KEY, body BLOB)"
    yield (
        "CREATE TABLE IF NOT EXISTS tombstones"
        " (kind TEXT, id TEXT, body BLOB, PRIMARY KEY (kind, id))"
    )
    yield (
        "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, fingerprint TEXT,"
        " status INTEGER, body BLOB, request TEXT, answered_at INTEGER)"
    )
    yield (
        "CREATE TABLE IF NOT EXISTS agenda"
        " (position INTEGER PRIMARY KEY, at INTEGER, name TEXT, identity TEXT)"
    )
    yield (
        "CREATE TABLE IF NOT EXISTS signing_secrets"
        " (position INTEGER PRIMARY KEY, endpoint TEXT, secret TEXT, until REAL)"
    )
    yield (
        "CREATE TABLE IF NOT EXISTS deliveries"
        " (position INTEGER PRIMARY KEY, event TEXT, endpoint TEXT, kind TEXT, version TEXT,"
        " attempt INTEGER, due_at REAL, outcome TEXT, status INTEGER, error TEXT, sent_at REAL,"
        " seconds REAL)"
    )
    for kind in SHAPES:
        columns = columns_of(kind)
        types = {
            name: "INTEGER" if name in columns and columns[name].test in _NUMBERS else "TEXT"
            for name in column_names(kind)
        }
        types |= {"created": "INTEGER", "body": "BLOB", "included": "BLOB"}
        declared = ", ".join(f'"{name}" {kind_of}' for name, kind_of in types.items())
        yield f'CREATE TABLE IF NOT EXISTS "{kind}" (position INTEGER PRIMARY KEY, {declared})'


def _index_statements() -> dict[str, str]:
    """Return every index by name: each filter column leads one that keeps the order of lists."""
    made = {
        "agenda:at": 'CREATE INDEX IF NOT EXISTS "agenda:at" ON agenda (at)',
        "deliveries:event": 'CREATE INDEX IF NOT EXISTS "deliveries:event" ON deliveries (event)',
        "deliveries:due": (
            'CREATE INDEX IF NOT EXISTS "deliveries:due" ON deliveries (due_at)'
            " WHERE outcome = 'waiting'"
        ),
        "deliveries:waiting": (
            'CREATE INDEX IF NOT EXISTS "deliveries:waiting" ON deliveries (endpoint, due_at)'
            " WHERE outcome = 'waiting'"
        ),
        "deliveries:sending": (
            'CREATE INDEX IF NOT EXISTS "deliveries:sending" ON deliveries (position)'
            " WHERE outcome = 'sending'"
        ),
    }
    for kind in SHAPES:
        made[f"{kind}:id"] = f'CREATE UNIQUE INDEX IF NOT EXISTS "{kind}:id" ON "{kind}" (id)'
        made[f"{kind}:created"] = (
            f'CREATE INDEX IF NOT EXISTS "{kind}:created" ON "{kind}" (created)'
        )
        for name, column in columns_of(kind).items():
            if column.test is Match.AMONG:
                continue
            made[f"{kind}:{name}"] = (
                f'CREATE INDEX IF NOT EXISTS "{kind}:{name}" ON "{kind}" ("{name}", created)'
                f' WHERE "{name}" IS NOT NULL'
            )
    return made
