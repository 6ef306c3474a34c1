"""Fills the mirror of a whole account straight from the practice world, without a sync."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import Connection, Engine

from dashboard.core import clock, db
from dashboard.mirror import membership
from dashboard.mirror.apply import apply
from dashboard.mirror.registry import KINDS
from dashboard.sandbox.world import generate
from dashboard.store import books, inbox
from dashboard.store.books import Book
from dashboard.store.inbox import PAUSES_SECONDS, Arrival, Outcome

Raw = dict[str, Any]
DELIVERED = 60


def fill(engine: Engine, account_id: str, name: str, *, seed: int, payments: int) -> Book:
    """Mirror a practice world as the account; return its book."""
    now = clock.seconds()
    objects: dict[str, list[Raw]] = {}
    paid_out: dict[str, list[str]] = {}
    for each in generate(seed, payments, now):
        raw, hidden = each if isinstance(each, tuple) else (each, {})
        objects.setdefault(raw["object"], []).append(raw)
        if "payout" in hidden and raw["type"] != "payout":
            paid_out.setdefault(hidden["payout"], []).append(raw["id"])
    _tell_discounts(objects)
    with db.writing(engine) as connection:
        book = books.open_book(connection, account_id, livemode=False)
        book = books.describe(connection, book, timezone="UTC", currency="usd", name=name)
        for kind, many in objects.items():
            if kind in KINDS:
                apply(connection, book, KINDS[kind], many, seen_at=now)
        membership.link_all(connection, book, paid_out)
        _deliver(connection, book, objects["event"][-DELIVERED:])
    return book


def _deliver(connection: Connection, book: Book, events: Iterable[Raw]) -> None:
    """Deliver these events: the first fails for good, the last waits, the others are handled."""
    for event in events:
        thing = event["data"]["object"]
        told = (event["type"], thing.get("id"), event["api_version"], event["created"])
        inbox.receive(connection, book, Arrival(event["id"], *told, orjson.dumps(event)))
    first, *others, _last = inbox.due(connection, book, DELIVERED)
    inbox.handled(connection, book, [(one, Outcome.APPLIED) for one in others])
    worn_out = replace(first, attempts=len(PAUSES_SECONDS))
    inbox.failed(connection, worn_out, "Stripe did not answer. Try again later.")


def _tell_discounts(objects: dict[str, list[Raw]]) -> None:
    """Put whole discounts where Stripe gives their ids, as a sync asks it to."""
    known = {raw["id"]: raw for raw in objects.get("discount", [])}
    for raw in (*objects["subscription"], *objects["invoice"]):
        raw["discounts"] = _expanded(raw.get("discounts") or [], known)


def _expanded(discounts: Iterable[Any], known: dict[str, Raw]) -> list[Any]:
    return [known.get(each, each) if isinstance(each, str) else each for each in discounts]
