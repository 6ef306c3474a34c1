"""Time passes: what falls due for customers' subscriptions and invoices is done in its order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import orjson

from dashboard.sandbox.agenda import Deed, is_planned
from dashboard.sandbox.engine import Engine, react
from dashboard.sandbox.operations.billing import standing
from dashboard.sandbox.operations.billing.collecting import collect, finalize_and_collect
from dashboard.sandbox.operations.billing.invoicing import DAY_SECONDS
from dashboard.sandbox.operations.billing.items import period_of, subscription_of_id
from dashboard.sandbox.operations.billing.renewing import renew
from dashboard.sandbox.operations.billing.scheduling import EXPIRING_SECONDS, next_step, step
from dashboard.sandbox.operations.operation import deed
from dashboard.sandbox.shapes import Json

_WARNED_SECONDS = 3 * DAY_SECONDS
_FOR_EVER = 2**40
_RUNNING = ("active", "trialing", "past_due", "unpaid")


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """Something that is to be done at UTC second `at`; of several the lowest `rank` comes first."""

    at: int
    rank: int
    kind: str
    identity: str
    name: str


def pass_time(engine: Engine, customers: Iterable[str], until: int) -> None:
    """Do for these customers all that falls due up to `until`, each deed at its own time."""
    customers = list(customers)
    since = engine.now
    while due := min(_all_due(engine, customers, since, until), default=None):
        since = max(since, due.at)
        _DEEDS[due.name](engine.at(since), due.identity)


def _all_due(engine: Engine, customers: list[str], since: int, until: int) -> Iterator[Due]:
    for customer in customers:
        for kind, find in _DUE.items():
            theirs = f"WHERE customer = ? AND {_ALIVE[kind]}"
            for body in engine.shelf.bodies(kind, theirs, (customer,)):
                for due in find(orjson.loads(body)):
                    # What only tells leaves nothing that says it was done: its time must be new.
                    begins = since + 1 if due.name in _TELLING else 0
                    if begins <= due.at <= until:
                        yield due


_ALIVE = {
    "invoice": "status IN ('draft', 'open')",
    "subscription": "status NOT IN ('canceled', 'incomplete_expired')",
    "subscription_schedule": "canceled_at IS NULL AND completed_at IS NULL AND released_at IS NULL",
}


def _due_of_invoice(invoice: Json) -> Iterator[Due]:
    def due(at: int | None, name: str) -> Iterator[Due]:
        if at is not None:
            yield Due(at, 0, "invoice", invoice["id"], name)

    if invoice["status"] == "draft" and invoice["auto_advance"]:
        yield from due(invoice["automatically_finalizes_at"], "finalize")
    if invoice["status"] == "open":
        yield from due(invoice["next_payment_attempt"], "retry")
        yield from due(invoice["due_date"], "overdue")


def _due_of_subscription(subscription: Json) -> Iterator[Due]:
    def due(at: int | None, name: str) -> Iterator[Due]:
        if at is not None:
            yield Due(at, 2, "subscription", subscription["id"], name)

    status, (_, end) = subscription["status"], period_of(subscription)
    if status == "incomplete":
        yield from due(standing.incomplete_until(subscription), "expire")
    if status in _RUNNING:
        yield from due(end, "renew")
        yield from due(subscription["cancel_at"], "cancel")
    if status == "trialing":
        yield from due(subscription["trial_end"] - _WARNED_SECONDS, "warn")
    pause = subscription["pause_collection"]
    if pause:
        yield from due(pause["resumes_at"], "resume_collection")


def _due_of_schedule(schedule: Json) -> Iterator[Due]:
    at = next_step(schedule)
    if at is None:
        return
    yield Due(at, 1, "subscription_schedule", schedule["id"], "step")
    end = schedule["phases"][-1]["end_date"]
    yield Due(end - EXPIRING_SECONDS, 1, "subscription_schedule", schedule["id"], "tell_expiring")


_DUE = {
    "invoice": _due_of_invoice,
    "subscription": _due_of_subscription,
    "subscription_schedule": _due_of_schedule,
}


def _finalize(engine: Engine, identity: str) -> None:
    finalize_and_collect(engine, engine.find("invoice", identity))


def _retry(engine: Engine, identity: str) -> None:
    collect(engine, engine.find("invoice", identity))


def _overdue(engine: Engine, identity: str) -> None:
    invoice = engine.find("invoice", identity)
    engine.emit("invoice.overdue", invoice)
    standing.note_overdue(engine, invoice)


def _renew(engine: Engine, identity: str) -> None:
    renew(engine, subscription_of_id(engine, identity))


def _cancel(engine: Engine, identity: str) -> None:
    standing.end(engine, engine.find("subscription", identity), "cancellation_requested")


def _expire(engine: Engine, identity: str) -> None:
    standing.expire(engine, engine.find("subscription", identity))


def _warn(engine: Engine, identity: str) -> None:
    subscription = engine.find("subscription", identity)
    engine.emit("customer.subscription.trial_will_end", subscription)


def _resume_collection(engine: Engine, identity: str) -> None:
    subscription = engine.find("subscription", identity)
    engine.change(subscription, "customer.subscription.updated", {"pause_collection": None})


def _tell_expiring(engine: Engine, identity: str) -> None:
    schedule = engine.find("subscription_schedule", identity)
    engine.emit("subscription_schedule.expiring", schedule)


def _step(engine: Engine, identity: str) -> None:
    step(engine, engine.find("subscription_schedule", identity))


_DEEDS: dict[str, Callable[[Engine, str], None]] = {
    "finalize": _finalize,
    "retry": _retry,
    "overdue": _overdue,
    "renew": _renew,
    "cancel": _cancel,
    "expire": _expire,
    "warn": _warn,
    "resume_collection": _resume_collection,
    "step": _step,
    "tell_expiring": _tell_expiring,
}
_TELLING = {"overdue", "warn", "tell_expiring"}


@deed
def bill_customer(engine: Engine, customer: str) -> None:
    """Do what has fallen due by now for a customer who lives in real time, and look ahead."""
    pass_time(engine.at(engine.now - 1), [customer], engine.now)
    following = _all_due(engine, [customer], engine.now, _FOR_EVER)
    _plan(engine, customer, [due.at for due in following if due.at > engine.now])


def resume(engine: Engine) -> None:
    """Let what stood still fall due again, for all customers who live in real time."""
    concerned = " UNION ".join(
        f"SELECT customer FROM {kind} WHERE {alive}"  # noqa: S608 - words of our own
        for kind, alive in _ALIVE.items()
    )
    rows = engine.shelf.db.execute(
        f"SELECT id FROM customer WHERE test_clock IS NULL AND id IN ({concerned})"  # noqa: S608
    )
    for (customer,) in rows.fetchall():
        following = _all_due(engine, [customer], engine.now, _FOR_EVER)
        _plan(engine, customer, [max(due.at, engine.now) for due in following])


def _remember(engine: Engine, thing: Json) -> None:
    """Put the next thing that falls due on the agenda, where no test clock keeps the time."""
    if not thing["test_clock"]:
        following = _DUE[thing["object"]](thing)
        times = [due.at for due in following if due.at > engine.now]
        _plan(engine, thing["customer"], times)


def _plan(engine: Engine, customer: str, times: list[int]) -> None:
    """Bill a customer at the first of these times, once."""
    at = min(times, default=None)
    if at is not None and not is_planned(engine.shelf, Deed(at, bill_customer.__name__, customer)):
        engine.later(at, bill_customer, customer)


for _kind in ("customer.subscription", "invoice", "subscription_schedule"):
    for _deed in ("created", "updated", "finalized", "payment_failed"):
        react(f"{_kind}.{_deed}", _remember)
