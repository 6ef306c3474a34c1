"""What every operation works with: the objects, the clock, new ids, events and the balance."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from dashboard.sandbox.errors import missing_object
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.shapes import SHAPES, Json, build, part
from dashboard.sandbox.shelf import Shelf

_SETTLING_SECONDS = 2 * 86_400


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


@dataclass(slots=True)
class Engine:
    """One operation's hands on the state, within the transaction of its request."""

    shelf: Shelf
    request: str
    idempotency_key: str | None = None
    now: int = field(default_factory=lambda: int(time.time()))

    def find(self, kind: str, identity: str, param: str | None = None) -> Json:
        """Return an object; raises Stripe's 404 (400 when a parameter named it)."""
        found = self.shelf.get(kind, identity)
        if found is None:
            raise missing_object(kind, identity, param, status=400 if param else 404)
        return found

    def make(self, kind: str, **fields: Any) -> Json:
        """Build a new object with a fresh id; it is kept only once it is `put`."""
        shape = SHAPES[kind]
        identity = new_id(shape.prefix, shape.id_length)
        return build(kind, id=identity, created=self.now, **fields)

    def put(self, thing: Json) -> Json:
        """Keep an object, new or changed, and return it."""
        self.shelf.put(thing)
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
        self.put(self.make("event", type=type_, data=data, request=request))

    def book(self, booking: Booking) -> Json:
        """Write a balance transaction, move the pending balance, and return the transaction."""
        fee = sum(amount for _, amount in booking.fees)
        transaction = self.make(
            "balance_transaction",
            amount=booking.amount,
            available_on=self.now + _SETTLING_SECONDS,
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
            status="pending",
            type=booking.type,
        )
        self._move_balance(booking.currency, transaction["net"])
        return self.put(transaction)

    def _move_balance(self, currency: str, net: int) -> None:
        balance = self.find("balance", "balance")
        for funds in balance["pending"]:
            if funds["currency"] == currency:
                funds["amount"] += net
                if "source_types" in funds:
                    funds["source_types"]["card"] = funds["source_types"].get("card", 0) + net
                break
        else:
            balance["available"].append(part("funds", amount=0, currency=currency))
            balance["pending"].append(part("funds", amount=net, currency=currency))
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
