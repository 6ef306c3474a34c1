"""One connection to the state: puts objects away and finds them again."""

# ruff: noqa: S608 - table and column names come from the shapes, values are bound

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import orjson

from dashboard.sandbox.filters import column_value, columns_of
from dashboard.sandbox.packing import SAMPLE_SIZE, Packer
from dashboard.sandbox.shapes import SHAPES, Json

MEMBERS_SHOWN = 10
"""How many members Stripe shows of a list inside an object."""

Row = tuple[Any, ...]


class Shelf:
    """Objects as JSON bytes, one table for each kind, with the columns that its filters need.

    A table's `position` counts the objects as they came: with `created` it makes the order of a
    list, newest first. Not to be shared between threads at the same time.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._packer = Packer(self._sample)

    def get(self, kind: str, identity: str) -> Json | None:
        """Return one object without the fields that must be expanded; None when unknown."""
        body = self.body(kind, identity)
        return None if body is None else orjson.loads(body)

    def body(self, kind: str, identity: str) -> bytes | None:
        """Return one object as JSON, ready to be served; None when unknown."""
        row = self.db.execute(f'SELECT body FROM "{kind}" WHERE id = ?', (identity,)).fetchone()
        return None if row is None else self._packer.unpack(kind, row[0])

    def bodies(self, kind: str, tail: str, values: Sequence[Any] = ()) -> list[bytes]:
        """Return the objects that `tail` (WHERE … ORDER BY … LIMIT …) selects, as JSON."""
        unpack = self._packer.unpack
        found = self.db.execute(f'SELECT body FROM "{kind}" {tail}', values)
        return [unpack(kind, row[0]) for row in found]

    def stream(self, kind: str, tail: str, values: Sequence[Any] = ()) -> Iterator[bytes]:
        """Yield what `bodies` returns, one by one."""
        for row in self.db.execute(f'SELECT body FROM "{kind}" {tail}', values):
            yield self._packer.unpack(kind, row[0])

    def place(self, kind: str, identity: str) -> tuple[int, int] | None:
        """Return (created, position) of an object: its place in every list of its kind."""
        found: tuple[int, int] | None = self.db.execute(
            f'SELECT created, position FROM "{kind}" WHERE id = ?', (identity,)
        ).fetchone()
        return found

    def included(self, kind: str, identity: str) -> Json:
        """Return the fields of an object that are shown only when expanded."""
        row = self.db.execute(f'SELECT included FROM "{kind}" WHERE id = ?', (identity,)).fetchone()
        return {} if row is None or row[0] is None else orjson.loads(row[0])

    def count(self, kind: str) -> int:
        """Return how many objects of a kind there are."""
        return int(self.db.execute(f'SELECT count(*) FROM "{kind}"').fetchone()[0])

    def put(self, thing: Json, hidden: Json | None = None) -> None:
        """Put one object, over the older version of it where there is one.

        Fields that must be expanded, and hidden facts, stay as they were where none are given.
        """
        for kind, row in rows_of(thing, hidden or {}):
            self.learn(kind, [row[2]])
            self.db.execute(_upsert(kind), self.packed(kind, row))

    def insert_many(self, kind: str, rows: list[Row]) -> None:
        """Put new objects fast; none of them may be there already."""
        self.learn(kind, [row[2] for row in rows])
        self.db.executemany(_insert(kind), [self.packed(kind, row) for row in rows])

    def remove(self, thing: Json) -> Json:
        """Take an object away for good; return what its deletion answers."""
        kind, identity = thing["object"], thing["id"]
        gone = {"id": identity, "object": kind, "deleted": True}
        self.db.execute(f'DELETE FROM "{kind}" WHERE id = ?', (identity,))
        self.db.execute(
            "INSERT OR REPLACE INTO tombstones (kind, id, body) VALUES (?, ?, ?)",
            (kind, identity, orjson.dumps(_remains(thing, gone))),
        )
        return gone

    def tombstone(self, kind: str, identity: str) -> bytes | None:
        """Return what is shown of a deleted object where others name it."""
        row = self.db.execute(
            "SELECT body FROM tombstones WHERE kind = ? AND id = ?", (kind, identity)
        ).fetchone()
        return None if row is None else row[0]

    def knows(self, kind: str, identity: str) -> bool:
        """Return whether there is an object of this id, or was one that has been deleted."""
        return bool(self.place(kind, identity) or self.tombstone(kind, identity))

    def link(self, payout: str, transactions: Iterable[str]) -> None:
        """Say that these balance transactions were paid out by `payout`."""
        self.db.executemany(
            'UPDATE balance_transaction SET "payout" = ? WHERE id = ?',
            ((payout, transaction) for transaction in transactions),
        )

    def fact(self, name: str) -> Any:
        """Return a fact about the whole state, None when unknown."""
        row = self.db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else orjson.loads(row[0])

    def keep_fact(self, name: str, value: Any) -> None:
        """Remember a fact about the whole state."""
        self.db.execute(
            "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", (name, orjson.dumps(value))
        )

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo what was done within when it ends with an exception."""
        self.db.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK TO attempt")
            self.forget_samples()
            raise
        finally:
            self.db.execute("RELEASE attempt")

    def rehearse(self, do: Callable[[], Json]) -> Json:
        """Return what would come of it: all that `do` does is undone again."""
        self.db.execute("SAVEPOINT rehearsal")
        try:
            return do()
        finally:
            self.db.execute("ROLLBACK TO rehearsal")
            self.db.execute("RELEASE rehearsal")
            self.forget_samples()

    def learn(self, kind: str, bodies: Iterable[bytes]) -> None:
        """Keep a sample of the kind, if it has none, so that its objects can be packed."""
        if not self._packer.knows(kind):
            sample = b"".join(bodies)[-SAMPLE_SIZE:]
            self.db.execute("INSERT INTO samples (kind, body) VALUES (?, ?)", (kind, sample))

    def forget_samples(self) -> None:
        """Read the samples anew: one that was learnt may have been rolled back."""
        self._packer = Packer(self._sample)

    def packed(self, kind: str, row: Row) -> Row:
        """Return the row with its body compressed."""
        identity, created, body, *rest = row
        return (identity, created, self._packer.pack(kind, body), *rest)

    def _sample(self, kind: str) -> bytes | None:
        row = self.db.execute("SELECT body FROM samples WHERE kind = ?", (kind,)).fetchone()
        return None if row is None else row[0]


def rows_of(thing: Json, hidden: Json) -> Iterator[tuple[str, Row]]:
    """Yield (kind, row) for the object and for every member of the lists that it holds.

    A row is (id, created, body, included fields, filter columns in order).
    """
    kind = thing["object"]
    shape = SHAPES[kind]
    for held, member_kind in shape.holds.items():
        if held not in thing:
            continue
        members = thing[held]["data"]
        for member in reversed(members):
            inherited = {kind: thing["id"], "created": thing.get("created", 0)}
            yield from rows_of({**member, "object": member_kind}, inherited)
        if len(members) > MEMBERS_SHOWN:
            shown = {"data": members[:MEMBERS_SHOWN], "has_more": True}
            thing = {**thing, held: {**thing[held], **shown}}
    yield kind, _row(kind, thing, hidden)


def _row(kind: str, thing: Json, hidden: Json) -> Row:
    included = None
    names = [name for name in _included(kind) if name in thing]
    if names:
        included = orjson.dumps({name: thing[name] for name in names})
        thing = {name: value for name, value in thing.items() if name not in names}
    created = thing.get("created") or thing.get("date") or thing.get("start")
    return (
        thing.get("id", kind),
        created or hidden.get("created", 0),
        orjson.dumps(thing),
        included,
        *[
            hidden[name] if name in hidden else column_value(column, thing)
            for name, column in columns_of(kind).items()
        ],
    )


def _remains(thing: Json, gone: Json) -> Json:
    kind = thing["object"]
    if not SHAPES[kind].outlives_deletion:
        return gone
    return {name: value for name, value in thing.items() if name not in _included(kind)}


@cache
def _included(kind: str) -> tuple[str, ...]:
    return tuple(SHAPES[kind].included.split())


def column_names(kind: str) -> list[str]:
    """Return the columns of a kind's table in the order of a row."""
    return ["id", "created", "body", "included", *columns_of(kind)]


@cache
def _insert(kind: str) -> str:
    names = column_names(kind)
    quoted = ", ".join(f'"{name}"' for name in names)
    return f'INSERT INTO "{kind}" ({quoted}) VALUES ({", ".join("?" * len(names))})'


@cache
def _upsert(kind: str) -> str:
    kept = {*SHAPES[kind].hidden.split(), "included"}
    changed = ", ".join(
        f'"{name}" = coalesce(excluded."{name}", "{name}")'
        if name in kept
        else f'"{name}" = excluded."{name}"'
        for name in column_names(kind)[1:]
    )
    return f"{_insert(kind)} ON CONFLICT (id) DO UPDATE SET {changed}"
