"""The proof over every object that the practice Stripe lists, page by page."""

from typing import Any

import pytest
import stripe

from dashboard.sandbox.expansion import DEEPEST
from dashboard.sandbox.server import RunningServer
from dashboard.sandbox.shapes import SHAPES
from tests.sandbox.asking import KEY, Asker

LISTED = {
    kind: shape.path for kind, shape in SHAPES.items() if shape.path and not shape.required_filters
}
NEVER_EMPTY = {
    "balance_transaction",
    "charge",
    "checkout.session",
    "coupon",
    "customer",
    "dispute",
    "event",
    "invoice",
    "invoice_payment",
    "payment_intent",
    "payment_method",
    "payout",
    "plan",
    "price",
    "product",
    "refund",
    "setup_intent",
    "subscription",
    "subscription_schedule",
    "topup",
}


@pytest.mark.parametrize("kind", LISTED)
def test_every_object_is_valid_new_and_in_its_place(kind: str, ask_world: Asker, spec: Any) -> None:
    path = f"{LISTED[kind]}?status=all" if kind == "subscription" else LISTED[kind]
    found = ask_world.pages(path)
    unknown: list[str] = []
    wrong = [error for one in found for error in spec.check(one, unknown=unknown)]
    assert wrong == []
    assert unknown == []
    ids = [one["id"] for one in found]
    assert len(set(ids)) == len(ids)
    times = [one.get("created", one.get("date")) for one in found]
    assert times == sorted(times, reverse=True)
    assert found or kind not in NEVER_EMPTY


@pytest.mark.parametrize("kind", LISTED)
def test_every_object_is_valid_with_all_that_it_names(
    kind: str, ask_world: Asker, spec: Any
) -> None:
    shape = SHAPES[kind]
    paths = [word.partition(":")[0] for word in shape.expands.split()]
    paths += [*shape.children, *shape.included.split()]
    for path in paths:
        if path.count(".") < DEEPEST - 1:
            found = ask_world.get(f"{shape.path}?limit=100&expand[]=data.{path}")
            unknown: list[str] = []
            assert spec.check(found, unknown=unknown) == []
            assert unknown == []


def test_lines_of_every_invoice_and_items_of_every_subscription_are_valid(
    ask_world: Asker, spec: Any
) -> None:
    unknown: list[str] = []
    paths = [f"/v1/invoices/{one['id']}/lines" for one in ask_world.pages("/v1/invoices")[:100]]
    paths += [
        f"/v1/subscription_items?subscription={one['id']}"
        for one in ask_world.pages("/v1/subscriptions?status=all")[:100]
    ]
    for path in paths:
        for one in ask_world.pages(path):
            assert spec.check(one, unknown=unknown) == []
    assert unknown == []


def test_items_of_every_checkout_session_are_valid(ask_world: Asker, spec: Any) -> None:
    unknown: list[str] = []
    for session in ask_world.pages("/v1/checkout/sessions?expand[]=data.line_items"):
        items = ask_world.pages(f"/v1/checkout/sessions/{session['id']}/line_items")
        assert items == session["line_items"]["data"]
        assert [spec.check(one, unknown=unknown) for one in items] == [[]] * len(items)
    assert unknown == []


def test_the_account_and_its_balance_are_valid(ask_world: Asker, spec: Any) -> None:
    unknown: list[str] = []
    for path in ("/v1/account", "/v1/balance"):
        assert spec.check(ask_world.get(path), unknown=unknown) == []
    assert unknown == []


def test_the_official_sdk_reads_every_charge_once(sandbox: RunningServer) -> None:
    client = stripe.StripeClient(KEY, base_addresses={"api": sandbox.url})
    ids = [one.id for one in client.v1.charges.list({"limit": 100}).auto_paging_iter()]
    assert (
        len(ids)
        == len(set(ids))
        == sandbox.sandbox.accounts[sandbox.sandbox.own_account].counts()["charge"]
    )


def test_every_automatic_payout_lists_transactions_that_sum_to_it(ask_world: Asker) -> None:
    for payout in ask_world.get("/v1/payouts?limit=20")["data"]:
        if payout["automatic"] and payout["reconciliation_status"] == "completed":
            members = ask_world.pages(f"/v1/balance_transactions?payout={payout['id']}")
            paid = sum(one["net"] for one in members if one["type"] != "payout")
            assert paid == payout["amount"]
