"""What events tell, and what a payout is made of."""

import time
from collections import Counter
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from dashboard.core import clock, db
from dashboard.mirror.codec import Codec
from dashboard.mirror.kinds.balance_transaction import balance_transactions
from dashboard.mirror.membership import payout_transactions
from dashboard.mirror.registry import KINDS
from dashboard.mirror.versions import versions
from dashboard.store.sync_runs import sync_kinds
from tests.mirror.sync.conftest import START, Syncing, charges
from tests.stripe_like import Asked, Json, Misfortune, StripeLike

CHARGES, CUSTOMERS, EVENTS = "/v1/charges", "/v1/customers", "/v1/events"


def _event(kind: str, thing: Json, number: int = 0, created: int | None = None) -> Json:
    return {
        "id": f"evt_{number:04d}",
        "object": "event",
        "type": kind,
        "created": created or clock.seconds() + 5,
        "data": {"object": thing},
    }


def _column(syncing: Syncing, kind: str, column: str) -> list[Any]:
    table = KINDS[kind].table
    with db.reading(syncing.engine) as connection:
        return list(connection.scalars(select(table.c[column]).order_by(table.c.id)))


def test_a_change_that_no_list_shows_is_learned_from_its_event(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    stripe_like.lists[CHARGES] = charges(3)
    syncing()
    changed = {**stripe_like.lists[CHARGES][0], "amount_refunded": 300}
    stripe_like.lists[EVENTS] = [_event("charge.refunded", changed)]
    stripe_like.log.clear()
    assert syncing().complete
    assert _column(syncing, "charge", "amount_refunded_minor") == [300, 0, 0]
    assert len(stripe_like.calls(EVENTS)) == 1
    assert not [asked for asked in stripe_like.log if asked.path.startswith(CHARGES + "/")]


def test_what_an_event_replaced_is_kept_with_its_name(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    stripe_like.lists[CHARGES] = charges(3)
    syncing()
    changed = {**stripe_like.lists[CHARGES][0], "amount_refunded": 300}
    stripe_like.lists[EVENTS] = [_event("charge.refunded", changed, 7)]
    for _again in range(2):
        assert syncing().complete
    with db.reading(syncing.engine) as connection:
        kept = connection.execute(select(versions.c.object_id, versions.c.replaced_by)).all()
    assert [tuple(row) for row in kept] == [(changed["id"], "evt_0007")]


def test_news_of_several_pages_are_read_to_their_end_after_a_stop_among_them(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    stripe_like.lists[CHARGES] = charges(10)
    syncing()
    stripe_like.lists[CHARGES] += charges(350, start=clock.seconds() + 1, step=1)
    stripe_like.log.clear()

    def stop(asked: Asked) -> Misfortune | None:
        return Misfortune() if len(stripe_like.calls(CHARGES)) > 2 else None

    stripe_like.meet = stop
    assert not syncing().complete
    assert 0 < syncing.count("charge") - 10 < 350
    stripe_like.meet = lambda _asked: None
    assert syncing().complete
    assert syncing.count("charge") == 360


def test_of_several_events_in_one_second_the_newest_wins(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    stripe_like.lists[CHARGES] = charges(1)
    syncing()
    at = clock.seconds() + 5
    stripe_like.lists[EVENTS] = [
        _event("charge.updated", {**stripe_like.lists[CHARGES][0], "amount_refunded": n}, n, at)
        for n in range(250)
    ]
    syncing()
    assert _column(syncing, "charge", "amount_refunded_minor") == [249]


def test_what_happened_while_the_first_sync_ran_is_learned_at_its_end(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    stripe_like.lists[CHARGES] = charges(300)
    oldest = stripe_like.lists[CHARGES][-1]

    def change_late(asked: Asked) -> Misfortune | None:
        if asked.path == CHARGES and len(stripe_like.calls(CHARGES)) == 3:
            later = {**oldest, "amount_refunded": 77}
            stripe_like.lists[EVENTS] = [_event("charge.refunded", later)]
            stripe_like.lists[CHARGES] += charges(1, start=START + 10_000_000)
        return None

    stripe_like.meet = change_late
    outcome = syncing()
    assert outcome.objects["charge"] == 301
    assert 77 in _column(syncing, "charge", "amount_refunded_minor")


def test_an_invoice_whose_event_shows_ten_lines_is_read_to_its_end(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    def invoice(amount: int) -> Json:
        path = "/v1/invoices/in_1/lines"
        lines = [
            {"id": f"il_{n:02d}", "object": "line_item", "created": START - n, "amount": amount}
            for n in range(13)
        ]
        stripe_like.lists[path] = lines
        shown = {"object": "list", "data": lines[:10], "has_more": True, "url": path}
        return {"id": "in_1", "object": "invoice", "created": START, "lines": shown}

    stripe_like.lists["/v1/invoices"] = [invoice(100)]
    syncing()
    stripe_like.lists["/v1/invoices"] = [changed := invoice(700)]
    stripe_like.lists[EVENTS] = [_event("invoice.updated", changed, created=clock.seconds())]
    syncing()
    assert _column(syncing, "line_item", "amount_minor") == [700] * 13


def test_a_deleted_customer_is_buried_and_stays_so(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    customer = {"id": "cus_1", "object": "customer", "created": START, "email": "a@example.com"}
    stripe_like.lists[CUSTOMERS] = [customer]
    syncing()
    stripe_like.lists[CUSTOMERS] = []
    stripe_like.lists[EVENTS] = [_event("customer.deleted", customer)]
    syncing()
    assert syncing.count("customer") == 0
    assert _column(syncing, "customer", "email") == ["a@example.com"]
    syncing()
    assert syncing.count("customer") == 0


def test_a_canceled_subscription_is_not_buried(syncing: Syncing, stripe_like: StripeLike) -> None:
    subscription = {
        "id": "sub_1",
        "object": "subscription",
        "created": START,
        "status": "active",
        "items": {"object": "list", "data": [], "has_more": False},
    }
    stripe_like.lists["/v1/subscriptions"] = [subscription]
    syncing()
    ended = {**subscription, "status": "canceled"}
    stripe_like.lists[EVENTS] = [_event("customer.subscription.deleted", ended)]
    syncing()
    assert syncing.count("subscription") == 1
    assert _column(syncing, "subscription", "status") == ["canceled"]


def test_an_event_does_not_take_away_what_only_the_list_expands(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    price = {"id": "price_1", "object": "price", "created": START, "currency": "usd"}
    stripe_like.lists["/v1/prices"] = [{**price, "tiers": [{"up_to": None, "flat_amount": 5}]}]
    syncing()
    stripe_like.lists[EVENTS] = [_event("price.updated", {**price, "nickname": "Gold"})]
    syncing()
    assert _column(syncing, "price", "nickname") == ["Gold"]
    with db.reading(syncing.engine) as connection:
        frame = connection.scalar(select(KINDS["price"].table.c.raw)) or b""
        assert b'"tiers"' in Codec().expand(connection, frame)


@pytest.mark.parametrize("status", [403, 500])
def test_what_an_event_tells_too_little_of_is_read_by_the_next_run_where_this_one_cannot(
    syncing: Syncing, stripe_like: StripeLike, status: int
) -> None:
    now = int(time.time())
    price = {"id": "price_1", "object": "price", "created": now - 3_000, "currency": "usd"}
    syncing()
    with db.writing(syncing.engine) as connection:
        connection.execute(sync_kinds.update().values(abreast_at=now - 2_000))
    # It is not listed: the list would show its tiers.
    stripe_like.singles["/v1/prices/price_1"] = {**price, "tiers": [{"up_to": None}]}
    stripe_like.lists[EVENTS] = [_event("price.updated", price, created=now - 1_000)]
    stripe_like.meet = lambda asked: Misfortune(status) if asked.path.endswith("price_1") else None
    assert not syncing().complete
    stripe_like.meet = lambda _asked: None
    assert syncing().complete
    with db.reading(syncing.engine) as connection:
        frame = connection.scalar(select(KINDS["price"].table.c.raw)) or b""
        is_whole = b'"tiers"' in Codec().expand(connection, frame)
    # What Stripe refuses it refuses for good: nothing waits for it.
    assert is_whole is (status == 500)
    stripe_like.log.clear()
    syncing()
    assert [asked.path for asked in stripe_like.log].count("/v1/prices/price_1") == 0


def _payouts_and_transactions() -> tuple[list[Json], list[Json]]:
    payouts = [
        {
            "id": f"po_{number}",
            "object": "payout",
            "created": START + number,
            "automatic": number != 2,
            "status": "paid",
            "reconciliation_status": "completed" if number < 2 else "in_progress",
            "amount": 100,
            "currency": "usd",
        }
        for number in range(4)
    ]
    transactions = [
        {
            "id": f"txn_{payout}_{number:03d}",
            "object": "balance_transaction",
            "created": START,
            "type": "charge" if number else "payout",
            "source": f"ch_{number}" if number else f"po_{payout}",
            "amount": 1,
            "currency": "usd",
            "_payout": f"po_{payout}",
        }
        for payout in range(2)
        for number in range(130)
    ]
    return payouts, transactions


def test_automatic_payouts_are_linked_once_to_their_transactions(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    payouts, transactions = _payouts_and_transactions()
    stripe_like.lists |= {"/v1/payouts": payouts, "/v1/balance_transactions": transactions}
    assert syncing().complete
    table = payout_transactions
    with db.reading(syncing.engine) as connection:
        links = connection.execute(select(table.c.payout_id, table.c.transaction_id)).all()
    assert sorted({payout for payout, _ in links}) == ["po_0", "po_1"]
    assert len(links) == 2 * 129
    stripe_like.log.clear()
    syncing()
    assert not [a for a in stripe_like.calls("/v1/balance_transactions") if "payout" in a.params]


def test_a_server_that_ignores_the_payout_filter_is_named(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    payouts, transactions = _payouts_and_transactions()
    for transaction in transactions:
        transaction["_payout"] = None
    stripe_like.lists |= {"/v1/payouts": payouts, "/v1/balance_transactions": transactions}
    stripe_like.ignores.add("payout")
    outcome = syncing()
    assert outcome.errors
    assert "does not filter by payout" in outcome.errors[0]


def test_transactions_that_became_available_are_read_again(
    syncing: Syncing, stripe_like: StripeLike
) -> None:
    now = int(time.time())
    pending = {
        "object": "balance_transaction",
        "amount": 700,
        "currency": "usd",
        "status": "pending",
        "type": "charge",
    }
    stripe_like.lists["/v1/balance_transactions"] = [
        {**pending, "id": f"txn_{number:03d}", "created": now - 9_000 - number, "available_on": at}
        for number in range(150)
        for at in [now - 50 if number >= 20 else now + 9_000]
    ]
    syncing()
    with db.writing(syncing.engine) as connection:
        connection.execute(sync_kinds.update().values(abreast_at=now - 100))
    for each in stripe_like.lists["/v1/balance_transactions"]:
        each["status"] = "available" if each["available_on"] < now else "pending"
    stripe_like.log.clear()
    syncing()
    with db.reading(syncing.engine) as connection:
        frames = connection.scalars(select(balance_transactions.c.raw)).all()
        raws = [orjson.loads(Codec().expand(connection, frame)) for frame in frames]
    assert Counter(raw["status"] for raw in raws) == {"available": 130, "pending": 20}
    assert len(stripe_like.calls("/v1/balance_transactions")) == 3
    stripe_like.log.clear()
    syncing()
    assert len(stripe_like.calls("/v1/balance_transactions")) == 1
