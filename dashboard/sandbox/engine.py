"""What every operation works with: the objects, the clock, new ids, events and the balance."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from dashboard.sandbox.agenda import RIPENING, Deed, remember
from dashboard.sandbox.deliveries.outbox import Outbox
from dashboard.sandbox.errors import missing_object
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.shapes import SHAPES, Json, build, part
from dashboard.sandbox.shelf import Shelf

_SETTLING_SECONDS = 2 * 86_400


REACTIONS: dict[str, list[Callable[[Engine, Json], None]]] = {}
"""What follows within the practice Stripe from the events that it tells, by their type."""


def react(type_: str, do: Callable[[Engine, Json], None]) -> None:
    """Let `do` follow from every event of a type: it is called with what the event tells of."""
    REACTIONS.setdefault(type_, []).append(do)


@dataclass(frozen=True, slots=True)
class Booking:
    """Money that moves on the balance; minor units of `currency`."""

    source: str
    type: str
    category: str
    amount: int
    currency: str
    fees: tuple[tuple[str, int], ...] = ()
    description: str | None = None
    exchange_rate: float | None = None
    available_at: int | None = None

    @classmethod
    def undoing(cls, row: Json, **facts: Any) -> Booking:
        """Return what takes a balance transaction back, fees and all; ``facts`` say the rest."""
        return cls(
            amount=-row["amount"],
            currency=row["currency"],
            fees=tuple((fee["type"], -fee["amount"]) for fee in row["fee_details"]),
            exchange_rate=row["exchange_rate"],
            **facts,
        )

    """When its money is available, UTC seconds; in two days unless it is said."""


@dataclass(slots=True)
class Engine:
    """One operation's hands on the state, within the transaction of its request."""

    shelf: Shelf
    request: str | None = None
    """The request that it answers; None for what Stripe does by itself."""
    idempotency_key: str | None = None
    now: int = field(default_factory=lambda: int(time.time()))
    real_now: int | None = None
    """The real time, where `now` is that of a test clock."""
    outbox: Outbox = field(default_factory=Outbox)
    """Where events go."""

    def at(self, now: int) -> Engine:
        """Return the engine at another time: objects are made then, money still moves today."""
        return replace(self, now=now, real_now=self.today)

    @property
    def today(self) -> int:
        """The real time, whatever a test clock says."""
        return self.now if self.real_now is None else self.real_now

    def find(self, kind: str, identity: str, param: str | None = None) -> Json:
        """Return an object; raises Stripe's 404 (400 when a parameter named it)."""
        found = self.shelf.get(kind, identity)
        if found is None:
            raise missing_object(kind, identity, param, status=400 if param else 404)
        return found

    def make(self, kind: str, **fields: Any) -> Json:
        """Build a new object with a fresh id; it is kept only once it is `put`."""
        shape = SHAPES[kind]
        identity = new_id(shape.prefix, shape.id_length, self.today)
        if shape.has_created:
            fields["created"] = self.now
        return build(kind, id=identity, **fields)

    def put(self, thing: Json, **hidden: str) -> Json:
        """Keep an object, new or changed, with facts beside it that it does not show; return it."""
        self.shelf.put(thing, hidden)
        return thing

    def change(self, thing: Json, type_: str, changes: Json) -> Json:
        """Keep `thing` with its `changes`, tell of it when it is another then, and return it."""
        changed = thing | changes
        before = previous(thing, changed)
        self.put(changed)
        if before:
            self.emit(type_, changed, before)
        return changed

    def emit(self, type_: str, thing: Json, before: Json | None = None) -> None:
        """Keep the event that tells of `thing`; `before` holds the old values that changed."""
        data: Json = {"object": thing}
        if before is not None:
            data["previous_attributes"] = before
        request = {"id": self.request, "idempotency_key": self.idempotency_key}
        event = self.make("event", type=type_, data=data, request=request)
        hearers = self.outbox.hearers(self.shelf, type_)
        created = self.outbox.created(thing, self.today)
        self.put(event | {"created": created, "pending_webhooks": len(hearers)})
        self.outbox.post(self.shelf, event["id"], hearers)
        for do in REACTIONS.get(type_, ()):
            do(self, thing)

    def later(self, at: int, do: Callable[..., None], identity: str) -> None:
        """Ask for a deed (see `operations/operation.py`) once it is `at`."""
        remember(self.shelf, Deed(at, do.__name__, identity))

    def book(self, booking: Booking) -> Json:
        """Write a balance transaction, move the balance, and return the transaction."""
        fee = sum(amount for _, amount in booking.fees)
        available_on = booking.available_at
        if available_on is None:
            available_on = self.today + _SETTLING_SECONDS
        status = "available" if available_on <= self.today else "pending"
        transaction = self.make(
            "balance_transaction",
            amount=booking.amount,
            available_on=available_on,
            currency=booking.currency,
            description=booking.description,
            exchange_rate=booking.exchange_rate,
            fee=fee,
            fee_details=[
                part("fee_detail", amount=amount, currency=booking.currency, type=kind)
                for kind, amount in booking.fees
            ],
            net=booking.amount - fee,
            reporting_category=booking.category,
            source=booking.source,
            status=status,
            type=booking.type,
        )
        self.move_balance(status, booking.currency, transaction["net"])
        if status == "pending":
            remember(self.shelf, Deed(available_on, RIPENING, transaction["id"]))
        return self.put(transaction)

    def move_balance(self, status: str, currency: str, net: int) -> None:
        """Add to the `available` or the `pending` balance of a currency, in minor units."""
        balance = self.find("balance", "balance")
        for one in ("available", "pending"):
            if currency not in {funds["currency"] for funds in balance[one]}:
                balance[one].append(part("funds", amount=0, currency=currency))
        for funds in balance[status]:
            if funds["currency"] == currency:
                funds["amount"] += net
                if "source_types" in funds:
                    funds["source_types"]["card"] = funds["source_types"].get("card", 0) + net
        self.put(balance)


def previous(before: Json, after: Json) -> Json:
    """Return what was otherwise before, as events tell it: null for what was not there."""
    changed: Json = {}
    for name in after.keys() | before.keys():
        old, new = before.get(name), after.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            inner = previous(old, new)
            if inner:
                changed[name] = inner
        elif old != new:
            changed[name] = old
    return changed
