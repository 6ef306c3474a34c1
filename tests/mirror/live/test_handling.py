"""From the inbox into the mirror: newer news only, doubts are settled, nothing is lost."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from sqlalchemy import Connection, Engine, Row, select
from sqlalchemy import event as engine_events

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.gateway.client import version
from dashboard.gateway.reads import Reads, connect
from dashboard.mirror import codec as codecs
from dashboard.mirror.live.handling import Handling
from dashboard.mirror.live.reactions import Reactions
from dashboard.mirror.registry import KINDS
from dashboard.mirror.versions import versions
from dashboard.store import inbox
from dashboard.store.books import Book
from dashboard.store.inbox import PAUSES_SECONDS, Arrival, deliveries
from dashboard.store.sync_runs import sync_kinds
from tests.deliveries import Json, event
from tests.mirror.sync.conftest import Syncing, settings_for, stripe_like, syncing
from tests.stripe_like import KEY, Asked, Misfortune, StripeLike

__all__ = ["settings_for", "stripe_like", "syncing"]

CUSTOMERS = "/v1/customers"
THEN = 1_790_000_000


def customer(name: str, **fields: Any) -> Json:
    """Return our one customer, called ``name`` now."""
    return {"id": "cus_1", "object": "customer", "created": THEN, "name": name, **fields}


def updated(name: str, created: int, object_id: str = "cus_1", **fields: Any) -> Json:
    """Return the event that the customer is called ``name``."""
    thing = customer(name) | {"id": object_id}
    return event("customer.updated", thing, created=created, **fields)


class Live:
    """Delivers to the inbox of one book and handles what is there."""

    def __init__(self, engine: Engine, settings: Settings, book: Book) -> None:
        self.engine = engine
        self.book = book
        self.settings = settings
        self.reads: Callable[[], Reads | None] = lambda: connect(
            settings, KEY, livemode=False, pause=lambda _seconds: None, tries=2
        )

    def deliver(self, *events: Json) -> None:
        """Put events into the inbox."""
        for told in events:
            created = told.get("created")
            arrival = Arrival(
                told["id"],
                told["type"],
                None,
                told.get("api_version"),
                created if isinstance(created, int) else None,
                orjson.dumps(told),
            )
            with database.writing(self.engine) as db:
                inbox.receive(db, self.book, arrival)

    def handle(self, *events: Json, reactions: Reactions | None = None) -> int:
        """Deliver events and handle all that is due."""
        self.deliver(*events)
        handling = Handling(
            self.engine, self.book, self.reads, version(self.settings), reactions or {}
        )
        return handling.run()

    def row(self, kind: str, name: str) -> Row[Any] | None:
        """Return the row of an object."""
        table = KINDS[kind].table
        with database.reading(self.engine) as db:
            return db.execute(select(table).where(table.c.id == name)).first()

    def raw(self, kind: str, name: str) -> Json:
        """Return the object as the mirror holds it."""
        row = self.row(kind, name)
        assert row is not None
        with database.reading(self.engine) as db:
            told: Json = orjson.loads(codecs.of(db).expand(db, row.raw))
        return told

    def name(self) -> str | None:
        """Return what the customer is called in the mirror."""
        row = self.row("customer", "cus_1")
        return None if row is None else row.name

    def inbox(self) -> Sequence[Row[Any]]:
        """Return all deliveries."""
        with database.reading(self.engine) as db:
            return db.execute(select(deliveries).order_by(deliveries.c.id)).all()

    def outcomes(self) -> list[str | None]:
        """Return what came of each delivery."""
        return [row.outcome for row in self.inbox()]


@pytest.fixture
def live(syncing: Syncing) -> Live:
    """Live news of the account of the Stripe-like server, on both databases."""
    return Live(syncing.engine, syncing.settings, syncing.book())


def test_news_are_applied_and_older_news_dropped_in_any_order(
    live: Live, stripe_like: StripeLike
) -> None:
    first, second, third = (updated(name, THEN + at) for at, name in enumerate("ABC"))
    live.handle(second)
    live.handle(third, first)
    assert live.name() == "C"
    assert live.outcomes() == ["applied", "applied", "older"]
    assert stripe_like.calls(f"{CUSTOMERS}/cus_1") == []


def test_events_of_one_batch_are_applied_in_the_order_of_their_time(live: Live) -> None:
    events = [updated(name, THEN + at) for at, name in enumerate("ABCD")]
    assert live.handle(*reversed(events)) == 4
    assert live.name() == "D"
    assert live.outcomes() == ["applied"] * 4


def test_of_two_events_in_one_second_stripe_is_asked(live: Live, stripe_like: StripeLike) -> None:
    stripe_like.lists[CUSTOMERS] = [customer("as it is")]
    live.handle(updated("A", THEN), updated("B", THEN))
    assert live.name() == "as it is"
    assert len(stripe_like.calls(f"{CUSTOMERS}/cus_1")) == 1
    live.handle(updated("C", THEN))
    assert live.name() == "as it is"


def test_nothing_comes_before_the_creation_of_its_object(
    live: Live, stripe_like: StripeLike
) -> None:
    live.handle(updated("B", THEN), event("customer.created", customer("A"), created=THEN))
    assert live.name() == "B"
    live.handle(event("customer.created", customer("A"), created=THEN))
    assert live.name() == "B"
    assert live.outcomes() == ["applied", "applied", "older"]
    assert stripe_like.calls(f"{CUSTOMERS}/cus_1") == []


def test_news_that_are_applied_together_keep_their_own_moments_and_events(live: Live) -> None:
    live.handle(updated("A", THEN), updated("A", THEN + 3, id="evt_2", object_id="cus_2"))
    events = [
        updated("B", THEN + 5, id="evt_b"),
        updated("C", THEN + 6, id="evt_c"),
        updated("D", THEN + 7, id="evt_d", object_id="cus_2"),
    ]
    live.handle(*events)
    moments = {
        name: row.seen_at for name in ("cus_1", "cus_2") if (row := live.row("customer", name))
    }
    assert moments == {"cus_1": THEN + 6, "cus_2": THEN + 7}
    with database.reading(live.engine) as db:
        query = select(versions.c.object_id, versions.c.replaced_by, versions.c.replaced_at)
        kept = [tuple(row) for row in db.execute(query.order_by(versions.c.replaced_at))]
    assert kept == [
        ("cus_1", "evt_b", THEN + 5),
        ("cus_1", "evt_c", THEN + 6),
        ("cus_2", "evt_d", THEN + 7),
    ]


def test_an_answer_settles_all_news_of_its_second(live: Live, stripe_like: StripeLike) -> None:
    """Asked within the second it would not: something may still happen before it is over."""
    stripe_like.lists[CUSTOMERS] = [customer("as it is")]
    now = int(time.time())
    live.handle(updated("A", now), updated("B", now))
    row = live.row("customer", "cus_1")
    assert row is not None
    assert row.seen_at > now
    stripe_like.log.clear()
    live.handle(updated("C", now))
    assert (live.name(), stripe_like.log) == ("as it is", [])


@pytest.mark.parametrize("shape", ["2022-11-15", None])
def test_an_event_in_another_version_is_read_in_ours(
    live: Live, stripe_like: StripeLike, shape: str | None
) -> None:
    stripe_like.lists[CUSTOMERS] = [customer("as it is")]
    live.handle(updated("in an old shape", THEN, api_version=shape))
    assert live.name() == "as it is"
    assert live.outcomes() == ["re_read"]


def test_a_clock_behind_stripes_does_not_keep_an_answer_out(
    live: Live, stripe_like: StripeLike
) -> None:
    stripe_like.lists[CUSTOMERS] = [customer("as it is")]
    ahead = int(time.time()) + 250
    live.handle(updated("A", ahead), updated("B", ahead))
    assert live.name() == "as it is"


def test_a_deletion_is_the_last_word(live: Live, stripe_like: StripeLike) -> None:
    gone = event("customer.deleted", customer("A"), created=THEN + 5)
    live.handle(updated("A", THEN))
    live.handle(gone)
    live.handle(updated("late", THEN + 5), updated("later still", THEN + 4))
    row = live.row("customer", "cus_1")
    assert row is not None
    assert (row.deleted, row.name) == (True, "A")


def test_a_deletion_in_the_same_second_is_no_doubt(live: Live, stripe_like: StripeLike) -> None:
    live.handle(updated("A", THEN), event("customer.deleted", customer("A"), created=THEN))
    row = live.row("customer", "cus_1")
    assert row is not None
    assert row.deleted
    assert stripe_like.calls(f"{CUSTOMERS}/cus_1") == []


def test_a_deletion_that_comes_first_leaves_a_tombstone(live: Live) -> None:
    live.handle(event("customer.deleted", customer("A"), created=THEN + 5))
    live.handle(updated("late", THEN))
    row = live.row("customer", "cus_1")
    assert row is not None
    assert row.deleted


def test_an_object_that_is_gone_when_we_ask_is_buried(live: Live, stripe_like: StripeLike) -> None:
    missing = {"error": {"type": "invalid_request_error", "code": "resource_missing"}}
    missing["error"]["message"] = "No such customer: 'cus_1'"
    stripe_like.meet = lambda asked: (
        Misfortune(404, orjson.dumps(missing)) if asked.path.endswith("/cus_1") else None
    )
    live.handle(updated("A", THEN), updated("B", THEN))
    row = live.row("customer", "cus_1")
    assert row is not None
    assert row.deleted


def test_where_stripe_refuses_to_tell_the_event_is_believed(
    live: Live, stripe_like: StripeLike
) -> None:
    stripe_like.meet = lambda _asked: Misfortune(403, b'{"error": {"message": "No."}}')
    live.handle(updated("in an old shape", THEN, api_version="2022-11-15"))
    assert live.name() == "in an old shape"
    live.reads = lambda: None
    live.handle(updated("of a closed account", THEN + 1, api_version="2022-11-15"))
    assert live.name() == "of a closed account"


def test_what_fails_is_tried_later_and_holds_up_no_other(
    live: Live, stripe_like: StripeLike
) -> None:
    def down(asked: Asked) -> Misfortune | None:
        return Misfortune(500) if asked.path == f"{CUSTOMERS}/cus_1" else None

    stripe_like.meet = down
    other = {"id": "cus_2", "object": "customer", "created": THEN, "name": "Other"}
    doubtful = updated("A", THEN, api_version="2022-11-15")
    live.handle(doubtful, event("customer.created", other, created=THEN))
    failing, done = live.inbox()
    assert (done.state, failing.state, failing.attempts) == ("handled", "waiting", 1)
    assert failing.due_at - time.time() == pytest.approx(PAUSES_SECONDS[0], abs=2)
    assert "HTTP status 500" in failing.error or "Something went wrong" in failing.error
    stripe_like.meet = lambda _asked: None
    stripe_like.lists[CUSTOMERS] = [customer("as it is")]
    _make_due(live)
    live.handle()
    assert live.name() == "as it is"
    assert live.inbox()[0].error is None


def test_what_fails_again_and_again_is_set_aside_and_can_be_replayed(live: Live) -> None:
    def fail(_db: Connection, _book: Book, _events: Sequence[Mapping[str, Any]]) -> None:
        raise ValueError("It cannot be done.")

    live.deliver(updated("A", THEN), event("customer.created", customer("B"), created=THEN - 1))
    for _ in range(len(PAUSES_SECONDS) + 1):
        _make_due(live)
        live.handle(reactions={"customer.updated": [fail]})
    dead, done = live.inbox()
    assert (dead.state, dead.due_at, dead.error) == ("dead", None, "It cannot be done.")
    assert (done.state, live.name()) == ("handled", "B")
    with database.writing(live.engine) as db:
        assert inbox.replay(db, live.book, [dead.id]) == 1
    live.handle()
    assert live.name() == "A"
    assert live.inbox()[0].state == "handled"


def test_a_dead_event_that_stripe_sends_again_is_tried_again(live: Live) -> None:
    told = updated("A", THEN)
    live.deliver(told)
    with database.writing(live.engine) as db:
        db.execute(deliveries.update().values(state="dead", due_at=None, attempts=11))
    live.handle(told)
    assert live.name() == "A"
    assert len(live.inbox()) == 1


def test_a_reaction_and_what_it_reacts_to_are_one_transaction(live: Live) -> None:
    def fail(db: Connection, book: Book, _events: Sequence[Mapping[str, Any]]) -> None:
        db.execute(deliveries.update().values(outcome="half done"))
        raise ValueError

    live.handle(updated("A", THEN), reactions={"customer.updated": [fail]})
    assert (live.name(), live.outcomes()) == (None, [None])


def test_a_batch_costs_the_same_statements_however_many_events_it_holds(live: Live) -> None:
    stirred: list[int] = []

    def react(_db: Connection, _book: Book, events: Sequence[Mapping[str, Any]]) -> None:
        stirred.append(len(events))

    reactions = {"customer.updated": [react], "customer.created": [react]}
    live.handle(*_about("cus_known"), reactions=reactions)
    live.deliver(*_about("cus_a"))
    with _statements(live.engine) as asked_of_one:
        live.handle(reactions=reactions)
    live.deliver(*_about(*(f"cus_b{number}" for number in range(10))))
    with _statements(live.engine) as asked_of_ten:
        live.handle(reactions=reactions)
    assert stirred == [2, 2, 20]
    assert len(asked_of_ten) == len(asked_of_one)


@contextmanager
def _statements(engine: Engine) -> Iterator[list[str]]:
    found: list[str] = []

    def note(*arguments: object) -> None:
        found.append(str(arguments[2]))

    engine_events.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        engine_events.remove(engine, "before_cursor_execute", note)


def _about(*names: str) -> list[Json]:
    """Return two events of each customer: its creation, and a change."""
    return [
        told
        for name in names
        for told in (
            event("customer.created", customer("A") | {"id": name}, created=THEN),
            updated("B", THEN + 1, name),
        )
    ]


def test_objects_that_come_without_news_of_their_own_are_read(
    live: Live, stripe_like: StripeLike
) -> None:
    balance = {"object": "balance", "available": [{"amount": 700, "currency": "usd"}]}
    stripe_like.singles["/v1/balance"] = {**balance, "pending": []}
    live.handle(event("balance.available", {"object": "balance"}, created=THEN))
    assert live.raw("balance", "balance")["available"][0]["amount"] == 700


def test_a_thin_event_is_read(live: Live, stripe_like: StripeLike) -> None:
    stripe_like.lists[CUSTOMERS] = [customer("as it is")]
    thin = {
        "id": "evt_thin",
        "object": "v2.core.event",
        "type": "v1.customer.updated",
        "created": "2026-11-20T10:00:00Z",
        "related_object": {"id": "cus_1", "type": "customer", "url": "/v1/customers/cus_1"},
    }
    live.handle(thin)
    assert live.name() == "as it is"


def test_an_event_about_what_we_do_not_mirror_is_kept_and_done(live: Live) -> None:
    told = event("issuing_card.created", {"id": "ic_1", "object": "issuing.card"}, created=THEN)
    live.handle(told)
    assert live.outcomes() == ["not_mirrored"]
    assert live.row("event", told["id"]) is not None


@pytest.mark.parametrize("data", [None, [], {}, {"object": None}, {"object": []}, "x", 7])
def test_an_event_of_an_odd_shape_is_done_and_harms_nobody(live: Live, data: Any) -> None:
    odd = {**updated("A", THEN), "data": data}
    live.handle(odd, updated("B", THEN + 1))
    assert live.name() == "B"
    assert [row.state for row in live.inbox()] == ["handled", "handled"]


def test_a_sync_after_it_reads_on_from_where_all_is_known(
    syncing: Syncing, live: Live, stripe_like: StripeLike
) -> None:
    """A delivered event is newer than those that were lost, and must not hide them."""
    syncing()
    now = int(time.time())
    lost = {"id": "cus_2", "object": "customer", "created": now - 3_000, "name": "Lost"}
    missed = event("customer.created", lost, created=now - 3_000)
    told = [updated(f"{number}", now - 200 + number) for number in range(150)]
    live.handle(*told)
    stripe_like.lists["/v1/events"] = [missed, *told]
    stripe_like.lists[CUSTOMERS] = [customer("149")]
    with database.writing(live.engine) as db:
        db.execute(sync_kinds.update().values(abreast_at=now - 4_000))
    assert syncing().complete
    assert live.row("customer", "cus_2") is not None
    assert live.name() == "149"


def _make_due(live: Live) -> None:
    with database.writing(live.engine) as db:
        waiting = deliveries.c.due_at.is_not(None)
        db.execute(deliveries.update().where(waiting).values(due_at=int(time.time())))


def test_a_stripe_that_hangs_holds_up_nothing_that_is_clear(
    live: Live, stripe_like: StripeLike
) -> None:
    stripe_like.latency = 3
    hasty = live.settings.model_copy(update={"stripe_request_timeout": 1})
    live.reads = lambda: connect(hasty, KEY, livemode=False, pause=lambda _seconds: None, tries=1)
    doubtful = [
        event(
            "customer.updated",
            {**customer("?"), "id": f"cus_d{n}"},
            created=THEN,
            api_version="old",
        )
        for n in range(60)
    ]
    began = time.monotonic()
    live.handle(*doubtful, updated("Ada", THEN))
    assert live.raw("customer", "cus_1")["name"] == "Ada"
    assert time.monotonic() - began < 5
    with database.reading(live.engine) as db:
        waiting = db.scalars(select(deliveries.c.state).where(deliveries.c.due_at.is_not(None)))
        assert len(list(waiting)) == 60


def test_what_comes_while_a_question_is_open_is_handled_meanwhile(
    live: Live, stripe_like: StripeLike
) -> None:
    def late(asked: Asked) -> Misfortune | None:
        if asked.path == f"{CUSTOMERS}/cus_1" and not live.row("customer", "cus_2"):
            other = {"id": "cus_2", "object": "customer", "created": THEN, "name": "Other"}
            live.deliver(event("customer.created", other, created=THEN))
            give_up_at = time.monotonic() + 10
            while not live.row("customer", "cus_2") and time.monotonic() < give_up_at:
                time.sleep(0.02)
        return None

    stripe_like.lists[CUSTOMERS] = [customer("as it is")]
    stripe_like.meet = late
    began = time.monotonic()
    live.handle(updated("A", THEN, api_version="2022-11-15"))
    assert (live.name(), live.outcomes()) == ("as it is", ["re_read", "applied"])
    assert time.monotonic() - began < 10
