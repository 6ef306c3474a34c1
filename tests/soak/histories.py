"""R2: once things are quiet the mirror equals Stripe, whatever the order, repeats and ties."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import count
from random import Random
from typing import Any

import hypothesis.strategies as st
import orjson
import time_machine
from hypothesis import HealthCheck, Phase, given, seed, settings
from sqlalchemy import Connection, Engine, select

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.errors import ConflictError
from dashboard.gateway.errors import GatewayError
from dashboard.gateway.reads import Reads, connect
from dashboard.mirror.codec import Codec
from dashboard.mirror.live.handling import Handling
from dashboard.mirror.measures import keeping
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.run import sync
from dashboard.store import books, inbox
from dashboard.store.books import Book
from dashboard.store.inbox import Arrival
from tests.soak.source import KIND_NAMES, VERSION, Source
from tests.soak.tally import Tally
from tests.stripe_like import KEY, Json, StripeLike, serving

BEGINNING = datetime(2026, 11, 1, tzinfo=UTC)
TRIES_SECONDS = 7
"""What is tried again after a failure is due by then."""

HURRY_SECONDS = 0.005

PARTS = {"invoice": ("lines", "line_item"), "subscription": ("items", "subscription_item")}
numbers = count(1)


class Step(Enum):
    """What may happen in a history, the first things more often than the last."""

    CHANGE = "change"
    TICK = "tick"
    DELIVER = "deliver"
    HURRY = "hurry"
    SURPRISE = "surprise"
    FAIL = "fail"
    STUMBLE = "stumble"
    SYNC = "sync"
    SYNC_BESIDE = "sync beside"


WEIGHTS = [Step.CHANGE] * 12 + [Step.TICK] * 4 + [Step.DELIVER] * 5 + list(Step)
histories = st.tuples(
    st.lists(st.sampled_from(WEIGHTS), min_size=12, max_size=40), st.integers(0, 2**32)
)


@dataclass(slots=True)
class History:
    """One history under way: a source, a book of its own, and what is still to be delivered."""

    engine: Engine
    book: Book
    source: Source
    dice: Random
    time: Any
    way: Reads
    told: int = 0
    under_way: list[bytes] = field(default_factory=list)
    stumbles: bool = False

    def do(self, step: Step) -> None:
        """Let one thing happen."""
        match step:
            case Step.CHANGE:
                for _ in range(self.dice.randint(1, 4)):
                    self.source.change()
            case Step.TICK:
                self.time.shift(timedelta(seconds=self.dice.choice((1, 1, 2, 30))))
            case Step.DELIVER | Step.HURRY:
                self.deliver(in_a_hurry=step is Step.HURRY)
            case Step.SURPRISE:
                self.source.surprises.append(self.source.change)
            case Step.FAIL:
                self.source.is_failing = not self.source.is_failing
            case Step.STUMBLE:
                self.stumbles = not self.stumbles
            case Step.SYNC | Step.SYNC_BESIDE:
                self.sync() if step is Step.SYNC else self.sync_beside()

    def send(self) -> None:
        """Send what has happened since, each event one to five times, some in an old shape."""
        news, self.told = self.source.events[self.told :], len(self.source.events)
        for event in news:
            body = self.source.body(event, old=self.dice.random() < 0.1)
            self.under_way += [body] * self.dice.randint(1, 5)
        self.dice.shuffle(self.under_way)

    def deliver(self, *, in_a_hurry: bool) -> None:
        """Deliver half of what is under way and handle it, in the same second or in the next."""
        self.send()
        self._deliver(len(self.under_way) // 2)
        if not in_a_hurry:
            self.time.shift(timedelta(seconds=1))
        self.handle()

    def handle(self) -> None:
        """Handle what is due, as a worker does that has just been started."""
        reactions = {"customer.updated": [self._react]}
        with hurrying(self.time):
            Handling(self.engine, self.book, self.reads, VERSION, reactions).run()

    def sync(self) -> None:
        """Sync, however that ends."""
        with suppress(ConflictError, GatewayError):
            sync(self.engine, self.book, self.reads())

    def sync_beside(self) -> None:
        """Sync while deliveries are handled."""
        beside = threading.Thread(target=self.sync)
        beside.start()
        self.send()
        self._deliver(len(self.under_way))
        self.handle()
        beside.join()

    def end(self) -> None:
        """Let all that is under way arrive, and what failed be tried again."""
        self.source.is_failing = self.stumbles = False
        while self.source.surprises or self.told < len(self.source.events) or self.under_way:
            self.send()
            self._deliver(len(self.under_way))
            self.time.shift(timedelta(seconds=1))
            self.handle()
            for surprise in self.source.surprises:
                surprise()
            self.source.surprises.clear()
        for _ in range(2):
            self.time.shift(timedelta(seconds=TRIES_SECONDS * 100))
            self.handle()

    def reads(self) -> Reads:
        """Return the way to the source."""
        return self.way

    def _deliver(self, most: int) -> None:
        arriving, self.under_way = self.under_way[:most], self.under_way[most:]
        with database.writing(self.engine) as db:
            for body in arriving:
                event = orjson.loads(body)
                inbox.receive(
                    db,
                    self.book,
                    Arrival(event["id"], event["type"], None, None, event["created"], body),
                )

    def _react(self, _db: Connection, _book: Book, _events: Sequence[Mapping[str, Any]]) -> None:
        if self.stumbles:
            raise RuntimeError("The handler was restarted in the middle.")


@contextmanager
def hurrying(time: Any) -> Iterator[None]:
    """Let made-up time go by twenty times as fast: whoever waits for the next second is quick."""
    enough = threading.Event()

    def hurry() -> None:
        while not enough.wait(HURRY_SECONDS):
            time.shift(timedelta(seconds=HURRY_SECONDS * 20))

    clock = threading.Thread(target=hurry)
    clock.start()
    try:
        yield
    finally:
        enough.set()
        clock.join()


@contextmanager
def beginning(engine: Engine, server: StripeLike, way: Reads, number: int) -> Iterator[History]:
    """Begin a history in a book of its own, in made-up time that goes on by itself."""
    dice = Random(number)  # noqa: S311  (chooses what happens)
    account = f"{next(numbers)}n"
    server.singles |= {
        "/v1/account": {"id": f"acct_{account}", "object": "account", "created": 1},
        "/v1/balance": {"object": "balance", "available": [], "pending": []},
    }
    with time_machine.travel(BEGINNING, tick=True) as time:
        with database.writing(engine) as db:
            book = books.open_book(db, f"acct_{account}", livemode=False)
        source = Source(account, server, dice)
        yield History(engine, book, source, dice, time, way)


def differing(history: History) -> list[str]:
    """Return a line for each row of the history's book that is not as the source has it."""
    source, book = history.source, history.book
    found: list[str] = []
    with database.reading(history.engine) as db:
        for kind in KIND_NAMES:
            found += _kind(db, book, source, kind)
        found += _events(db, book, source)
        found += [str(each) for each in keeping.check(db, book)]
        found += _open_deliveries(db, book)
    return found


def _kind(db: Connection, book: Book, source: Source, kind: str) -> Iterator[str]:
    rows = _rows(db, book, kind)
    for name, thing in source.things[kind].items():
        row = rows.pop(name, None)
        if row is None or row["deleted"]:
            yield f"{kind} {name} is {'buried' if row else 'missing'}"
            continue
        told = _whole(source.shown(thing), thing)
        raw = row["raw"]
        if raw != told:
            unlike = [n for n in {**told, **raw} if told.get(n) != raw.get(n)]
            yield f"{kind} {name} differs in {unlike}"
        columns = KINDS[kind].project(told)
        yield from (
            f"{kind} {name}: column {column} is {row[column]}, not {value}"
            for column, value in columns.items()
            if row[column] != value
        )
        if kind in PARTS:
            yield from _members(db, book, thing, *PARTS[kind])
    for name, row in rows.items():
        if (kind, name) not in source.gone or not row["deleted"]:
            yield f"{kind} {name} is here and not at the source"


def _whole(told: Json, thing: Json) -> Json:
    """Return an object with its lists told to their end, as the mirror keeps them."""
    for name in ("lines", "items", "payments"):
        if name in told:
            told[name] |= {"data": thing[name], "has_more": False}
    return told


def _members(db: Connection, book: Book, thing: Json, field: str, kind: str) -> Iterator[str]:
    table = KINDS[kind].table
    owner = table.c[KINDS[kind].part_of or "id"]
    query = select(table.c.id).where(
        table.c.book_id == book.id, owner == thing["id"], table.c.deleted.is_(False)
    )
    ours, theirs = set(db.scalars(query)), {member["id"] for member in thing[field]}
    if ours != theirs:
        yield f"{thing['id']} carries other {field}: {sorted(ours ^ theirs)}"


def _events(db: Connection, book: Book, source: Source) -> Iterator[str]:
    rows = _rows(db, book, "event")
    for event in source.events:
        row = rows.get(event["id"])
        if row is None:
            yield f"event {event['id']} is missing"
        elif row["raw"] != event and row["raw"]["api_version"] == VERSION:
            yield f"event {event['id']} differs"


def _rows(db: Connection, book: Book, kind: str) -> dict[str, dict[str, Any]]:
    table, codec = KINDS[kind].table, Codec()
    found = db.execute(select(table).where(table.c.book_id == book.id)).mappings().all()
    return {row["id"]: {**row, "raw": orjson.loads(codec.expand(db, row["raw"]))} for row in found}


def _open_deliveries(db: Connection, book: Book) -> list[str]:
    table = inbox.deliveries.c
    query = select(table.event_id, table.state, table.error).where(
        table.book_id == book.id, table.state != inbox.DeliveryState.HANDLED
    )
    return [f"{event} is {state}: {error}" for event, state, error in db.execute(query)]


def run(engine: Engine, *, count: int, seed_number: int) -> Tally:
    """Try so many histories and tell of the first that ends wrong, made as short as it can be."""
    tally = Tally(f"R2 {engine.dialect.name}")
    events = 0

    @seed(seed_number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
        print_blob=False,
    )
    @given(history=histories)
    def ends_equal(history: tuple[list[Step], int]) -> None:
        nonlocal events
        steps, number = history
        tally.cases += 1
        with beginning(engine, server, way, number) as under_way:
            for step in steps:
                under_way.do(step)
            under_way.end()
            events += len(under_way.source.events)
            found = differing(under_way)
        assert not found, (found[:5], [step.value for step in steps], number)

    with serving(StripeLike()) as server:
        way = _way_to(server)
        try:
            ends_equal()
        except (AssertionError, BaseExceptionGroup) as error:
            # A history that does not end wrong each time comes as a group.
            tally.failures.append(str(error) + str(getattr(error, "exceptions", "")))
    tally.figures |= {"events": events}
    return tally


def _way_to(server: StripeLike) -> Reads:
    """Return reads that do not try again by themselves: that is the inbox's business."""
    wanted = Settings(
        _env_file=None, environment="test", stripe_secret_key=KEY, stripe_api_base=server.url
    )
    return connect(wanted, KEY, livemode=False, pause=lambda _seconds: None, tries=1)
