"""The section of every detail page that tells what changed, when, and what brought it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from dashboard.core import db
from dashboard.mirror import objects
from dashboard.mirror.apply import Piece, apply_pieces
from dashboard.mirror.registry import KINDS
from dashboard.sandbox.shapes import Json
from tests.clients import CheckedClient
from tests.features.make import DAY_SECONDS, Maker
from tests.features.pages import statements

NONE = "No changes seen since the first sync."

PAGES: dict[str, Callable[[Maker], str]] = {
    "payment_intent": lambda make: make.object(
        "payment_intent", "pi", amount=500, currency="usd", status="processing"
    ),
    "charge": lambda make: make.payment(),
    "customer": lambda make: make.customer(),
    "product": lambda make: make.product(),
    "coupon": lambda make: make.coupon(),
    "subscription": lambda make: make.subscription("cus_1", make.price(make.product())),
    "invoice": lambda make: make.invoice("cus_1"),
    "dispute": lambda make: make.object(
        "dispute",
        "du",
        charge=make.payment(),
        amount=500,
        currency="usd",
        reason="fraudulent",
        status="needs_response",
    ),
    "payout": lambda make: make.object(
        "payout", "po", amount=500, currency="usd", arrival_date=make.now, status="paid"
    ),
}
FOLDERS = {"payment_intent": "payments", "charge": "payments", "coupon": "products/coupons"}


def change(
    make: Maker, kind: str, id: str, *, event_id: str | None = None, days: int = 0, **fields: Any
) -> None:
    """Tell an object again with other ``fields``, some days from now."""
    with db.writing(make.engine) as connection:
        before = objects.find(connection, make.book, KINDS[kind].table, id)
        told: Json = {**(before or {}), **fields}
        at = make.now + days * DAY_SECONDS
        apply_pieces(connection, make.book, KINDS[kind], [Piece(told, at, event_id)])


def section(client: CheckedClient, kind: str, id: str) -> str:
    """Return the section of the object's page."""
    page = client.get(f"/{FOLDERS.get(kind, f'{kind}s')}/{id}").text
    found = re.search(r'<section class="panel" aria-label="History">.*?</section>', page, re.DOTALL)
    assert found is not None
    return found[0]


def words(html: str) -> str:
    """Return what a person reads."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize("kind", PAGES)
def test_every_page_says_that_nothing_changed_and_then_what_did(
    ann: CheckedClient, make: Maker, kind: str
) -> None:
    id = PAGES[kind](make)
    assert NONE in section(ann, kind, id)
    change(make, kind, id, metadata={"order": "A-17"})
    found = section(ann, kind, id)
    assert NONE not in found
    assert "metadata<wbr>.order" in found
    assert "A-17" in found


def test_a_change_names_the_event_that_brought_it(ann: CheckedClient, make: Maker) -> None:
    customer = make.customer(name="Ann")
    event = make.event("customer.updated", {"id": customer, "object": "customer"})
    change(make, "customer", customer, event_id=event, name="Bea")
    change(make, "customer", customer, name="Cleo")
    found = section(ann, "customer", customer)
    assert re.search(rf'<a href="/events/{event}">customer\.updated</a>', found)
    assert found.index("Sync") < found.index("customer.updated")
    assert "name Bea Cleo" in words(found)
    assert "name Ann Bea" in words(found)


def test_money_and_moments_are_written_as_such(ann: CheckedClient, make: Maker) -> None:
    make.synced()
    subscription = make.subscription("cus_1", make.price(make.product()))
    change(make, "subscription", subscription, cancel_at=1_795_000_000)
    assert "Nov 18, 2026, 11:06" in words(section(ann, "subscription", subscription))
    invoice = make.invoice("cus_1", total=98_000, currency="jpy")
    change(make, "invoice", invoice, total=99_000)
    found = words(section(ann, "invoice", invoice))
    assert "¥98,000 JPY" in found
    assert "¥99,000 JPY" in found


def test_a_payment_tells_of_its_intent_and_of_its_charges(ann: CheckedClient, make: Maker) -> None:
    intent = PAGES["payment_intent"](make)
    charge = make.payment(payment_intent=intent)
    change(make, "payment_intent", intent, status="succeeded")
    change(make, "charge", charge, amount_refunded=500, days=1)
    found = words(section(ann, "payment_intent", intent))
    assert f"Charge {charge} amount_refunded $0.00 USD $5.00 USD" in found
    assert f"Payment intent {intent} status" in found


def test_a_path_may_hold_anything(ann: CheckedClient, make: Maker) -> None:
    customer = make.customer()
    change(make, "customer", customer, metadata={"<i>": "x"})
    assert "metadata<wbr>.&lt;i&gt;" in section(ann, "customer", customer)


def test_what_is_written_in_a_field_is_escaped_and_cut(ann: CheckedClient, make: Maker) -> None:
    customer = make.customer(name="<b>Ann</b>")
    change(make, "customer", customer, name="<script>" + "x" * 5_000, event_id="evt_<i>")
    found = section(ann, "customer", customer)
    assert "&lt;b&gt;Ann&lt;/b&gt;" in found
    assert "&lt;script&gt;x" in found
    assert "evt_&lt;i&gt;" in found
    assert "x" * 200 not in found


def test_many_fields_are_folded_away(ann: CheckedClient, make: Maker) -> None:
    customer = make.customer()
    change(make, "customer", customer, metadata={f"key_{n}": "x" for n in range(6)})
    assert "<details" not in section(ann, "customer", customer)
    change(make, "customer", customer, metadata={f"key_{n}": "y" for n in range(50)})
    found = section(ann, "customer", customer)
    assert "50 fields changed" in found
    assert "And 10 more." in found
    assert "<details open" not in found


def test_at_most_twenty_changes_are_shown(ann: CheckedClient, make: Maker) -> None:
    customer = make.customer()
    for number in range(23):
        change(make, "customer", customer, name=f"Name {number}")
    found = section(ann, "customer", customer)
    assert found.count("timeline-title") == 20
    assert "The newest 20 of 23 changes." in words(found)
    assert "Name 22" in found
    assert "Name 1<" not in found


def test_a_deletion_is_told(ann: CheckedClient, make: Maker) -> None:
    customer = make.customer()
    change(make, "customer", customer, deleted=True, event_id="evt_gone", days=1)
    found = words(section(ann, "customer", customer))
    assert "evt_gone deleted" in found


def test_a_history_costs_one_statement(app: Flask, ann: CheckedClient, make: Maker) -> None:
    intent = PAGES["payment_intent"](make)
    for number in range(3):
        charge = make.payment(payment_intent=intent)
        change(make, "charge", charge, amount_refunded=number + 1)
        change(make, "payment_intent", intent, metadata={"number": str(number)})
    with statements(app.extensions["dashboard"].engine) as asked:
        ann.get(f"/payments/{intent}")
    assert sum("FROM versions" in statement for statement in asked) == 1


def test_nobody_sees_the_history_of_another_account(
    app: Flask, ann: CheckedClient, make: Maker
) -> None:
    other = Maker(app.extensions["dashboard"].engine, "acct_other")
    for maker in (make, other):
        maker.object("customer", "cus", id="cus_same", name="Ann")
    change(other, "customer", "cus_same", name="Secret")
    assert NONE in section(ann, "customer", "cus_same")
