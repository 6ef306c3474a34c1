"""The deliveries of one account: written with the event that they carry, kept with their outcome.

Each row is one delivery of one event to one endpoint. A failed one is followed by a row of the next
attempt.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import orjson

from dashboard.sandbox.deliveries.endpoints import Endpoint, enabled
from dashboard.sandbox.deliveries.pauses import pause_after
from dashboard.sandbox.deliveries.settings import Settings
from dashboard.sandbox.shapes import Json
from dashboard.sandbox.shelf import Shelf


class Kind(StrEnum):
    """Why a delivery is made."""

    PLANNED = "planned"
    REPEATED = "repeated"
    RESENT = "resent"
    FORGED = "forged"


class Outcome(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST that is to be made."""

    event: str
    endpoint: str
    due_at: float
    """UTC seconds."""
    kind: Kind = Kind.PLANNED
    version: str | None = None
    """The API version that it is written in, where that is not the endpoint's."""
    attempt: int = 1
    outcome: Outcome = Outcome.WAITING


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a delivery went."""

    position: int
    delivery: Delivery
    sent_at: float
    seconds: float
    status: int | None
    """What was answered, None where nothing came."""
    error: str | None

    @classmethod
    def unsent(cls, position: int, delivery: Delivery, at: float, problem: Exception) -> Receipt:
        """Return the receipt of a delivery that never left."""
        return cls(position, delivery, at, 0, None, f"{type(problem).__name__}: {problem}")

    @property
    def outcome(self) -> Outcome:
        """Whether it was taken: every 2xx, and nothing else."""
        taken = self.status is not None and 200 <= self.status < 300
        return Outcome.DELIVERED if taken else Outcome.FAILED


@dataclass(frozen=True, slots=True)
class Outbox:
    """Where events go once they are kept, and when."""

    settings: Settings = field(default_factory=Settings)
    clock: Callable[[], float] = time.time
    beyond: Callable[[], list[Endpoint]] = list
    """The endpoints of the platform that hear of this account."""

    def created(self, thing: Json, at: int) -> int:
        """Return the second that an event about `thing` bears when it happens `at`."""
        if not self.settings.tie_seconds:
            return at
        return max(at - at % self.settings.tie_seconds, min(at, int(thing.get("created") or 0)))

    def hearers(self, shelf: Shelf, type_: str) -> list[Endpoint]:
        """Return the endpoints that an event of this type is sent to."""
        own = [one for one in enabled(shelf) if not one.connect]
        return [one for one in (*own, *self.beyond()) if one.hears(type_)]

    def post(self, shelf: Shelf, event: str, hearers: list[Endpoint]) -> None:
        """Write the deliveries of an event, with the mishaps that are to befall them."""
        for one in hearers:
            _write(shelf, self._deliveries(_next_position(shelf), event, one.id))

    def resend(self, shelf: Shelf, event: str, hearers: list[Endpoint]) -> None:
        """Write deliveries of an event once more, without mishaps."""
        now = self.clock()
        _write(shelf, [Delivery(event, one.id, now, Kind.RESENT) for one in hearers])

    def _deliveries(self, number: int, event: str, endpoint: str) -> Iterator[Delivery]:
        wanted = self.settings
        dice = random.Random(f"{wanted.seed} {number}")
        dropped = dice.random() < wanted.drop_share
        late = wanted.delay_seconds if dice.random() < wanted.delay_share else 0
        version = wanted.old_version if dice.random() < wanted.old_version_share else None
        forged = dice.random() < wanted.forged_share
        now = self.clock()
        if forged:
            yield Delivery(event, endpoint, now, Kind.FORGED, version)
        if dropped:
            yield Delivery(event, endpoint, now, Kind.PLANNED, version, outcome=Outcome.DROPPED)
            return
        for copy in range(dice.randint(1, wanted.repeat_up_to)):
            kind = Kind.REPEATED if copy else Kind.PLANNED
            due_at = now + late + dice.uniform(0, wanted.shuffle_seconds)
            yield Delivery(event, endpoint, due_at, kind, version)


def recover(shelf: Shelf) -> None:
    """Put back what was on its way when the practice Stripe stopped."""
    shelf.db.execute("UPDATE deliveries SET outcome = 'waiting' WHERE outcome = 'sending'")


def next_due(shelf: Shelf) -> float | None:
    """Return when the next delivery is due, UTC seconds; None when none waits."""
    found = shelf.db.execute("SELECT min(due_at) FROM deliveries WHERE outcome = 'waiting'")
    due_at: float | None = found.fetchone()[0]
    return due_at


def take(shelf: Shelf, endpoint: str, now: float, most: int) -> list[tuple[int, Delivery]]:
    """Take deliveries to an endpoint that are due, with their positions, the oldest first."""
    rows = shelf.db.execute(
        "SELECT position, event, endpoint, due_at, kind, version, attempt FROM deliveries"
        " WHERE outcome = 'waiting' AND endpoint = ? AND due_at <= ? ORDER BY due_at, position"
        " LIMIT ?",
        (endpoint, now, most),
    ).fetchall()
    shelf.db.executemany(
        "UPDATE deliveries SET outcome = 'sending' WHERE position = ?", [row[:1] for row in rows]
    )
    return [
        (position, Delivery(event, to, due_at, Kind(kind), version, attempt))
        for position, event, to, due_at, kind, version, attempt in rows
    ]


def give_up(shelf: Shelf, endpoints: Iterable[Endpoint], now: float) -> None:
    """Fail what is due to endpoints that are gone or rest: Stripe does not try those again."""
    known = orjson.dumps([one.id for one in endpoints]).decode()
    shelf.db.execute(
        "UPDATE deliveries SET outcome = 'failed', error = 'The endpoint is disabled or gone.'"
        " WHERE outcome = 'waiting' AND due_at <= ?"
        " AND endpoint NOT IN (SELECT value FROM json_each(?))",
        (now, known),
    )


def record(shelf: Shelf, receipt: Receipt, settings: Settings) -> None:
    """Keep how a delivery went, and ask for the next attempt where it failed."""
    if receipt.outcome is Outcome.DELIVERED:
        _count_as_delivered(shelf, receipt.delivery)
    shelf.db.execute(
        "UPDATE deliveries SET outcome = ?, status = ?, error = ?, sent_at = ?, seconds = ?"
        " WHERE position = ?",
        (
            receipt.outcome.value,
            receipt.status,
            receipt.error,
            receipt.sent_at,
            receipt.seconds,
            receipt.position,
        ),
    )
    if receipt.outcome is Outcome.FAILED:
        _try_again(shelf, receipt, settings)


def deliveries(shelf: Shelf, tail: str, values: tuple[object, ...]) -> list[Json]:
    """Return the deliveries that `tail` (WHERE … ORDER BY … LIMIT …) selects."""
    names = "position event endpoint kind version attempt due_at outcome status error sent_at"
    columns = [*names.split(), "seconds"]
    rows = shelf.db.execute(f"SELECT {', '.join(columns)} FROM deliveries {tail}", values)  # noqa: S608
    return [dict(zip(columns, row, strict=True)) for row in rows]


def counts(shelf: Shelf) -> dict[str, int]:
    """Return how many deliveries there are by their outcome."""
    found = shelf.db.execute("SELECT outcome, count(*) FROM deliveries GROUP BY outcome")
    return {one.value: 0 for one in Outcome} | dict(found.fetchall())


def still_open(shelf: Shelf) -> int:
    """Return how many deliveries wait or are on their way."""
    found = shelf.db.execute(
        "SELECT (SELECT count(*) FROM deliveries WHERE outcome = 'waiting')"
        " + (SELECT count(*) FROM deliveries WHERE outcome = 'sending')"
    )
    return int(found.fetchone()[0])


def _next_position(shelf: Shelf) -> int:
    return int(
        shelf.db.execute("SELECT coalesce(max(position), 0) + 1 FROM deliveries").fetchone()[0]
    )


def _write(shelf: Shelf, written: Iterable[Delivery]) -> None:
    shelf.db.executemany(
        "INSERT INTO deliveries (event, endpoint, due_at, kind, version, attempt, outcome)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (one.event, one.endpoint, one.due_at, one.kind, one.version, one.attempt, one.outcome)
            for one in written
        ],
    )


def _try_again(shelf: Shelf, receipt: Receipt, settings: Settings) -> None:
    failed = receipt.delivery
    if failed.kind is not Kind.PLANNED:
        return
    pause = pause_after(failed.attempt, livemode=settings.livemode)
    if pause is not None:
        due_at = receipt.sent_at + pause * settings.retry_scale
        again = (failed.event, failed.endpoint, due_at, failed.kind, failed.version)
        _write(shelf, [Delivery(*again, attempt=failed.attempt + 1)])


def _count_as_delivered(shelf: Shelf, delivery: Delivery) -> None:
    """Take one off the event's pending webhooks, once for each endpoint."""
    earlier = shelf.db.execute(
        "SELECT 1 FROM deliveries WHERE event = ? AND endpoint = ? AND outcome = 'delivered'"
        " AND kind <> 'forged'",
        (delivery.event, delivery.endpoint),
    ).fetchone()
    event = shelf.get("event", delivery.event)
    if earlier or delivery.kind is Kind.FORGED or event is None or not event["pending_webhooks"]:
        return
    shelf.put(event | {"pending_webhooks": event["pending_webhooks"] - 1})
