"""Creating and changing objects: what is kept, what follows, what is refused."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from dashboard.sandbox.identity import opening
from tests.sandbox.asking import Asker

PAY = {"amount": "2000", "currency": "usd", "confirm": "true", "customer": "cus_0"}


def _told(ask: Asker) -> list[str]:
    return [one["type"] for one in ask.get("/v1/events?limit=20")["data"]]


def test_a_created_customer_is_listed_and_told(
    official: stripe.StripeClient, ask: Asker, fits: Callable[[Any], None]
) -> None:
    made = official.v1.customers.create(
        {
            "name": "Zoë",
            "email": "zoe@example.com",
            "metadata": {"1": "one"},
            "address": {"city": "Köln", "country": "DE"},
            "shipping": {"name": "Zoë", "address": {"line1": "Dom 1"}},
        }
    )
    kept = ask.get(f"/v1/customers/{made.id}")
    assert (kept["name"], kept["metadata"]) == ("Zoë", {"1": "one"})
    assert kept["address"]["city"] == "Köln"
    assert kept["shipping"]["address"]["line1"] == "Dom 1"
    assert ask.get("/v1/customers?limit=1")["data"] == [kept]
    event = ask.get("/v1/events?type=customer.created")["data"][0]
    assert event["data"]["object"] == kept
    fits(kept)
    fits(event)


def test_a_customer_comes_with_a_payment_method(ask: Asker, fits: Callable[[Any], None]) -> None:
    body = {
        "payment_method": "pm_card_visa",
        "invoice_settings[default_payment_method]": "pm_card_visa",
        "expand[]": "invoice_settings.default_payment_method",
    }
    customer = ask.post("/v1/customers", body)
    listed = ask.get(f"/v1/customers/{customer['id']}/payment_methods")["data"]
    assert listed == [customer["invoice_settings"]["default_payment_method"]]
    assert listed[0]["card"]["last4"] == "4242"
    fits(customer)


def test_updating_changes_what_is_named_and_keeps_the_rest(
    ask: Asker, fits: Callable[[Any], None]
) -> None:
    body = {"metadata[color]": "red", "metadata[number]": "", "phone": "+49", "name": ""}
    changed = ask.post("/v1/customers/cus_0", body)
    assert changed["metadata"] == {"color": "red"}
    assert (changed["name"], changed["phone"]) == (None, "+49")
    assert changed["email"] == "customer0@example.com"
    event = ask.get("/v1/events?type=customer.updated")["data"][0]
    assert event["data"]["previous_attributes"]["name"] == "Ada"
    assert ask.post("/v1/customers/cus_0", {"metadata": ""})["metadata"] == {}
    fits(changed)


def test_a_deleted_customer_answers_that_it_is_deleted(
    ask: Asker, fits: Callable[[Any], None]
) -> None:
    ask.send("DELETE", "/v1/customers/cus_1")
    assert ask.get("/v1/customers/cus_1") == {
        "id": "cus_1",
        "object": "customer",
        "deleted": True,
    }
    assert "cus_1" not in [one["id"] for one in ask.pages("/v1/customers")]
    charge = ask.get("/v1/charges/ch_1?expand[]=customer")
    assert charge["customer"]["deleted"] is True
    assert ask.get("/v1/payment_methods/pm_1")["customer"] is None
    ask.refused("/v1/customers/cus_1", 404, method="POST")
    fits(charge)


def test_a_payment_leaves_charge_transaction_balance_and_events(
    official: stripe.StripeClient, ask: Asker, fits: Callable[[Any], None]
) -> None:
    intent = official.v1.payment_intents.create(
        {
            "amount": 2000,
            "currency": "usd",
            "confirm": True,
            "customer": "cus_0",
            "payment_method": "pm_card_visa",
        }
    )
    kept = ask.get(
        f"/v1/payment_intents/{intent.id}"
        "?expand[]=latest_charge.balance_transaction&expand[]=payment_method"
    )
    transaction = kept["latest_charge"]["balance_transaction"]
    assert (kept["status"], kept["amount_received"]) == ("succeeded", 2000)
    assert (transaction["amount"], transaction["fee"], transaction["net"]) == (2000, 88, 1912)
    assert ask.get("/v1/balance")["pending"][0]["amount"] == 1912
    assert _told(ask) == [
        "payment_intent.succeeded",
        "charge.succeeded",
        "payment_intent.created",
    ]
    fits(kept)
    fits(ask.get("/v1/events"))
    assert ask.get("/v1/charges?limit=1")["data"][0]["id"] == kept["latest_charge"]["id"]


def test_what_a_request_makes_has_ids_of_its_moment(ask: Asker) -> None:
    ask.post("/v1/customers")
    ask.post("/v1/payment_intents", PAY | {"payment_method": "pm_card_visa"})
    for path in ("customers", "payment_intents", "charges", "balance_transactions", "events"):
        made = ask.get(f"/v1/{path}?limit=1")["data"][0]
        prefix, _, rest = made["id"].rpartition("_")
        assert made["id"].startswith(opening(f"{prefix}_", len(rest), made["created"]))


@pytest.mark.parametrize(
    ("method", "code", "decline"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
        ("pm_card_radarBlock", "card_declined", "fraudulent"),
    ],
)
def test_the_well_known_cards_decline(
    ask: Asker, fits: Callable[[Any], None], method: str, code: str, decline: str | None
) -> None:
    error = ask.refused(
        "/v1/payment_intents", 402, method="POST", body={**PAY, "payment_method": method}
    )
    assert (error["type"], error["code"]) == ("card_error", code)
    assert error.get("decline_code") == decline
    charge = ask.get(f"/v1/charges/{error['charge']}")
    assert (charge["status"], charge["failure_code"]) == ("failed", code)
    assert charge["balance_transaction"] is None
    intent = ask.get(f"/v1/payment_intents/{error['payment_intent']['id']}")
    assert intent["status"] == "requires_payment_method"
    assert intent["last_payment_error"]["code"] == code
    assert _told(ask)[:2] == ["payment_intent.payment_failed", "charge.failed"]
    assert ask.get("/v1/balance")["pending"][0]["amount"] == 0
    fits(charge)
    fits(intent)
    fits(ask.get("/v1/events"))


def test_a_card_number_works_like_its_name(ask: Asker) -> None:
    body = {
        **PAY,
        "payment_method_data[type]": "card",
        "payment_method_data[card][exp_month]": "12",
        "payment_method_data[card][exp_year]": "2040",
    }
    declined = {**body, "payment_method_data[card][number]": "4000000000009995"}
    error = ask.refused("/v1/payment_intents", 402, method="POST", body=declined)
    assert error["decline_code"] == "insufficient_funds"
    paid = {**body, "payment_method_data[card][token]": "tok_mastercard"}
    assert ask.post("/v1/payment_intents", paid)["status"] == "succeeded"
    real = {**body, "payment_method_data[card][number]": "4929000000006"}
    assert (
        "non test card"
        in ask.refused("/v1/payment_intents", 402, method="POST", body=real)["message"]
    )


def test_a_declined_payment_succeeds_with_another_card(ask: Asker) -> None:
    body = {**PAY, "payment_method": "pm_card_chargeDeclined"}
    error = ask.refused("/v1/payment_intents", 402, method="POST", body=body)
    path = f"/v1/payment_intents/{error['payment_intent']['id']}/confirm"
    paid = ask.post(path, {"payment_method": "pm_card_visa"})
    assert paid["status"] == "succeeded"
    assert len(ask.get(f"/v1/charges?payment_intent={paid['id']}")["data"]) == 2
    error = ask.refused(path, 400, method="POST")
    assert error["code"] == "payment_intent_unexpected_state"


def test_a_card_may_want_its_holder(ask: Asker, fits: Callable[[Any], None]) -> None:
    intent = ask.post(
        "/v1/payment_intents", {**PAY, "payment_method": "pm_card_threeDSecure2Required"}
    )
    assert intent["status"] == "requires_action"
    assert intent["latest_charge"] is None
    fits(intent)


def test_a_manual_capture_waits(ask: Asker) -> None:
    body = {**PAY, "payment_method": "pm_card_visa", "capture_method": "manual"}
    intent = ask.post("/v1/payment_intents", body)
    assert (intent["status"], intent["amount_capturable"]) == ("requires_capture", 2000)
    charge = ask.get(f"/v1/charges/{intent['latest_charge']}")
    assert (charge["captured"], charge["balance_transaction"]) == (False, None)


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"currency": "usd"}, "amount", "parameter_missing"),
        ({"amount": "2000"}, "currency", "parameter_missing"),
        ({"amount": "-5", "currency": "usd"}, "amount", "parameter_invalid_integer"),
        ({"amount": "1.5", "currency": "usd"}, "amount", "parameter_invalid_integer"),
        ({"amount": "10", "currency": "usd"}, "amount", "amount_too_small"),
        ({"amount": "2000", "currency": "dollars"}, "currency", None),
        ({**PAY, "customer": "cus_nowhere"}, "customer", "resource_missing"),
        ({**PAY, "payment_method": "pm_nowhere"}, "payment_method", "resource_missing"),
        ({**PAY}, None, "payment_intent_unexpected_state"),
        ({**PAY, "color": "red"}, "color", "parameter_unknown"),
    ],
)
def test_payments_that_cannot_be_are_refused(
    ask: Asker, body: dict[str, str], param: str | None, code: str | None
) -> None:
    before = len(ask.pages("/v1/payment_intents"))
    error = ask.refused("/v1/payment_intents", 400, method="POST", body=body)
    assert (error.get("param"), error.get("code")) == (param, code)
    assert len(ask.pages("/v1/payment_intents")) == before
    assert _told(ask) == []


def test_a_full_refund_gives_everything_back_once(ask: Asker, fits: Callable[[Any], None]) -> None:
    refund = ask.post("/v1/refunds", {"payment_intent": "pi_3"})
    charge = ask.get("/v1/charges/ch_3")
    assert (refund["amount"], charge["refunded"]) == (1003, True)
    transaction = ask.get(f"/v1/balance_transactions/{refund['balance_transaction']}")
    assert (transaction["amount"], transaction["type"], transaction["source"]) == (
        -1003,
        "refund",
        refund["id"],
    )
    error = ask.refused("/v1/refunds", 400, method="POST", body={"charge": "ch_3"})
    assert error["code"] == "charge_already_refunded"
    assert _told(ask) == ["refund.created", "charge.refunded"]
    fits(refund)
    fits(transaction)
    fits(ask.get("/v1/events"))


def test_refunds_in_parts_stay_within_the_charge(ask: Asker) -> None:
    ask.post("/v1/refunds", {"charge": "ch_0", "amount": "500", "reason": "duplicate"})
    error = ask.refused("/v1/refunds", 400, method="POST", body={"charge": "ch_0", "amount": "201"})
    assert error["param"] == "amount"
    ask.post("/v1/refunds", {"charge": "ch_0", "amount": "200"})
    assert ask.get("/v1/charges/ch_0")["refunded"] is True


@pytest.mark.parametrize(
    "body",
    [{}, {"charge": "ch_5"}, {"charge": "ch_0", "amount": "0"}, {"charge": "ch_0", "reason": "x"}],
)
def test_refunds_that_cannot_be_are_refused(ask: Asker, body: dict[str, str]) -> None:
    ask.refused("/v1/refunds", 400, method="POST", body=body)
    assert ask.get("/v1/charges/ch_0")["amount_refunded"] == 300


def test_answers_to_writes_expand(ask: Asker) -> None:
    refund = ask.post("/v1/refunds", {"charge": "ch_3", "expand[]": "charge.customer"})
    assert refund["charge"]["customer"]["id"] == "cus_0"
