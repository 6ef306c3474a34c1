"""Checkout sessions and payment links: opened, paid, left to expire."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.money.conftest import CheckedAsker

PATH = "/v1/checkout/sessions"
BOOTS = {
    "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": "1500",
    "line_items[0][price_data][product_data][name]": "Boots",
    "line_items[0][quantity]": "2",
}
CART = {"mode": "payment", "success_url": "https://shop.example/thanks", **BOOTS}
CARD = "pm_card_visa"


def _pay(ask: CheckedAsker, session: Any, method: str = CARD) -> Any:
    return ask.post(f"/v1/payment_pages/{session['id']}/confirm", {"payment_method": method})


def _method(ask: CheckedAsker, **details: str) -> str:
    body = {"type": "card", "card[token]": "tok_visa", "billing_details[email]": "a@example.com"}
    made = ask.post("/v1/payment_methods", details or body)
    return str(made["id"])


def _price(ask: CheckedAsker) -> str:
    product = ask.post("/v1/products", {"name": "Plan"})["id"]
    body = {"currency": "usd", "product": product, "recurring[interval]": "month"}
    return str(ask.post("/v1/prices", {**body, "unit_amount": "2000"})["id"])


def test_a_cart_is_opened_and_paid(ask: CheckedAsker) -> None:
    session = ask.post(PATH, {**CART, "customer_creation": "always", "metadata[a]": "b"})
    assert (session["status"], session["payment_status"]) == ("open", "unpaid")
    assert (session["amount_total"], session["currency"]) == (3000, "usd")
    assert session["url"].endswith(session["id"])
    assert "line_items" not in session
    items = ask.get(f"{PATH}/{session['id']}/line_items")["data"]
    assert [(one["description"], one["quantity"]) for one in items] == [("Boots", 2)]
    _pay(ask, session, _method(ask))
    paid = ask.get(f"{PATH}/{session['id']}?expand[]=payment_intent&expand[]=line_items")
    assert (paid["status"], paid["payment_status"], paid["url"]) == ("complete", "paid", None)
    assert paid["payment_intent"]["amount_received"] == 3000
    assert paid["customer_details"]["email"] == "a@example.com"
    assert len(paid["line_items"]["data"]) == 1
    assert ask.get(f"/v1/customers/{paid['customer']}")["email"] == "a@example.com"
    assert ask.told(3) == [
        "checkout.session.completed",
        "payment_intent.succeeded",
        "charge.succeeded",
    ]
    ask.refused(f"/v1/payment_pages/{session['id']}/confirm", 400, method="POST",
                body={"payment_method": CARD})  # fmt: skip
    ask.refused(f"{PATH}/{session['id']}/expire", 400, method="POST")


def test_a_declined_buyer_tries_again(ask: CheckedAsker) -> None:
    session = ask.post(PATH, CART)
    path = f"/v1/payment_pages/{session['id']}/confirm"
    declined = {"payment_method": "pm_card_chargeDeclined"}
    ask.refused(path, 402, method="POST", body=declined)
    assert ask.get(f"{PATH}/{session['id']}")["status"] == "open"
    assert _pay(ask, session)["status"] == "complete"


def test_another_amount_than_expected_is_refused(ask: CheckedAsker) -> None:
    session = ask.post(PATH, CART)
    body = {"payment_method": CARD, "expected_amount": "2999"}
    error = ask.refused(f"/v1/payment_pages/{session['id']}/confirm", 400, method="POST", body=body)
    assert error["param"] == "expected_amount"


@pytest.mark.parametrize(
    ("iban", "event", "status"),
    [
        ("AT611904300234573201", "checkout.session.async_payment_succeeded", "paid"),
        ("AT861904300235473202", "checkout.session.async_payment_failed", "unpaid"),
    ],
)
def test_a_debit_completes_the_session_before_it_is_paid(
    ask: CheckedAsker, wait: Callable[[int], None], iban: str, event: str, status: str
) -> None:
    method = _method(ask, **{"type": "sepa_debit", "sepa_debit[iban]": iban})
    body = {**CART, "allowed_payment_method_types[]": "sepa_debit"}
    session = _pay(ask, ask.post(PATH, body), method)
    assert (session["status"], session["payment_status"]) == ("complete", "unpaid")
    wait(300)
    assert ask.get(f"{PATH}/{session['id']}")["payment_status"] == status
    assert event in ask.told(4)


def test_a_session_ends_by_itself(ask: CheckedAsker, wait: Callable[[int], None]) -> None:
    session = ask.post(PATH, CART)
    other = ask.post(PATH, CART)
    gone = ask.post(f"{PATH}/{other['id']}/expire")
    assert (gone["status"], gone["url"]) == ("expired", None)
    wait(86_401)
    assert ask.get(f"{PATH}/{session['id']}")["status"] == "expired"
    assert ask.told(1) == ["checkout.session.expired"]


def test_a_subscription_begins_on_the_page(ask: CheckedAsker) -> None:
    body = {
        "mode": "subscription",
        "customer": "cus_0",
        "line_items[0][price]": _price(ask),
        "line_items[0][quantity]": "1",
        "success_url": "https://shop.example/thanks",
    }
    session = _pay(ask, ask.post(PATH, body))
    assert (session["status"], session["payment_status"]) == ("complete", "paid")
    subscription = ask.get(f"/v1/subscriptions/{session['subscription']}")
    assert (subscription["status"], subscription["customer"]) == ("active", "cus_0")
    assert ask.get(f"/v1/invoices/{session['invoice']}")["status"] == "paid"


def test_a_card_is_kept_on_the_page(ask: CheckedAsker) -> None:
    body = {"mode": "setup", "customer": "cus_0", "success_url": "https://shop.example/thanks"}
    session = ask.post(PATH, {**body, "currency": "usd"})
    assert session["setup_intent"]
    done = _pay(ask, session)
    assert (done["status"], done["payment_status"]) == ("complete", "no_payment_required")
    assert ask.get(f"/v1/setup_intents/{session['setup_intent']}")["status"] == "succeeded"


def test_a_coupon_makes_the_cart_cheaper(ask: CheckedAsker) -> None:
    coupon = ask.post("/v1/coupons", {"percent_off": "10", "duration": "once"})
    session = ask.post(PATH, {**CART, "discounts[0][coupon]": coupon["id"]})
    assert (session["amount_subtotal"], session["amount_total"]) == (3000, 2700)
    assert session["total_details"]["amount_discount"] == 300


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"mode": "payment"}, "line_items", "parameter_missing"),
        ({**CART, "mode": "subscription"}, "line_items", None),
        ({**CART, "expires_at": "100"}, "expires_at", None),
        ({**CART, "customer": "cus_x"}, "customer", "resource_missing"),
        ({**CART, "customer": "cus_0", "customer_email": "a@b.c"}, "customer_email", None),
        ({**CART, "line_items[0][price_data][color]": "red"},
         "line_items[0][price_data][color]", "parameter_unknown"),
        ({"mode": "payment", "line_items[0][quantity]": "1"}, "line_items[0][price]",
         "parameter_missing"),
    ],
)  # fmt: skip
def test_sessions_that_cannot_be_are_refused(
    ask: CheckedAsker, body: dict[str, str], param: str, code: str | None
) -> None:
    error = ask.refused(PATH, 400, method="POST", body=body)
    assert (error.get("param"), error.get("code")) == (param, code)


def test_a_link_is_made_and_switched_off(ask: CheckedAsker) -> None:
    body = {"line_items[0][price]": _price(ask), "line_items[0][quantity]": "3"}
    link = ask.post("/v1/payment_links", body)
    assert (link["active"], link["currency"]) == (True, "usd")
    items = ask.get(f"/v1/payment_links/{link['id']}/line_items")["data"]
    assert [one["amount_total"] for one in items] == [6000]
    changed = ask.post(f"/v1/payment_links/{link['id']}", {"active": "false"})
    assert changed["active"] is False
    assert ask.get("/v1/payment_links?active=true")["data"] == []
    assert ask.told(2) == ["payment_link.updated", "payment_link.created"]
