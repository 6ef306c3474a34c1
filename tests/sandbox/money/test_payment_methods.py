"""Payment methods, setup intents, and the older cards and tokens."""

import pytest

from tests.sandbox.money.conftest import CheckedAsker

CARD = {"card[number]": "4242424242424242", "card[exp_month]": "12", "card[exp_year]": "2040"}


def test_a_card_is_made_given_and_taken_away(ask: CheckedAsker) -> None:
    made = ask.post("/v1/payment_methods", {"type": "card", **CARD})
    assert (made["customer"], made["card"]["exp_year"]) == (None, 2040)
    path = f"/v1/payment_methods/{made['id']}"
    assert ask.post(f"{path}/attach", {"customer": "cus_0"})["customer"] == "cus_0"
    ask.post("/v1/customers/cus_0", {"invoice_settings[default_payment_method]": made["id"]})
    changed = ask.post(
        path, {"billing_details[name]": "Ada", "card[exp_year]": "2041", "metadata[a]": "b"}
    )
    assert changed["billing_details"]["name"] == "Ada"
    assert changed["card"]["exp_year"] == 2041
    event = ask.told_of("payment_method.updated")
    assert event["data"]["previous_attributes"] == {
        "billing_details": {"name": None},
        "card": {"exp_year": 2040},
        "metadata": {"a": None},
    }
    gone = ask.post(f"{path}/detach")
    assert gone["customer"] is None
    customer = ask.get("/v1/customers/cus_0")
    assert customer["invoice_settings"]["default_payment_method"] is None
    assert ask.told(1) == ["payment_method.detached"]


def test_what_belongs_to_nobody_is_neither_changed_nor_detached(ask: CheckedAsker) -> None:
    made = ask.post("/v1/payment_methods", {"type": "card", "card[token]": "tok_mastercard"})
    path = f"/v1/payment_methods/{made['id']}"
    ask.refused(path, 400, method="POST", body={"metadata[a]": "b"})
    ask.refused(f"{path}/detach", 400, method="POST")
    ask.post(f"{path}/attach", {"customer": "cus_0"})
    error = ask.refused(f"{path}/attach", 400, method="POST", body={"customer": "cus_1"})
    assert error["param"] == "payment_method"


@pytest.mark.parametrize(
    ("body", "status", "code", "param"),
    [
        ({}, 400, "parameter_missing", "type"),
        ({"type": "card"}, 400, "parameter_missing", "card[number]"),
        ({"type": "giropay"}, 400, None, "type"),
        ({"type": "card", **CARD, "card[exp_month]": "13"}, 402, "invalid_expiry_month",
         "exp_month"),
        ({"type": "card", **CARD, "card[exp_year]": "2019"}, 402, "invalid_expiry_year",
         "exp_year"),
        ({"type": "card", **CARD, "card[number]": "4929000000006"}, 402, "card_declined", None),
        ({"type": "sepa_debit", "sepa_debit[iban]": "DE1"}, 400, "invalid_bank_account_iban",
         "iban"),
        ({"type": "card", **CARD, "card[color]": "red"}, 400, "parameter_unknown", "card[color]"),
    ],
)  # fmt: skip
def test_methods_that_cannot_be_are_refused(
    ask: CheckedAsker, body: dict[str, str], status: int, code: str | None, param: str | None
) -> None:
    error = ask.refused("/v1/payment_methods", status, method="POST", body=body)
    assert (error.get("code"), error.get("param")) == (code, param)


def test_the_bank_is_asked_before_a_customer_keeps_a_card(ask: CheckedAsker) -> None:
    path = "/v1/payment_methods/pm_card_{}/attach"
    body = {"customer": "cus_0"}
    error = ask.refused(path.format("chargeDeclined"), 402, method="POST", body=body)
    assert error["decline_code"] == "generic_decline"
    assert ask.post(path.format("chargeCustomerFail"), body)["customer"] == "cus_0"


def test_a_setup_keeps_the_card(ask: CheckedAsker) -> None:
    body = {"customer": "cus_0", "payment_method": "pm_card_visa", "confirm": "true"}
    intent = ask.post("/v1/setup_intents", {**body, "expand[]": "payment_method"})
    assert intent["status"] == "succeeded"
    assert intent["payment_method"]["customer"] == "cus_0"
    assert ask.told() == [
        "setup_intent.succeeded",
        "payment_method.attached",
        "setup_intent.created",
    ]
    attempts = ask.get(f"/v1/setup_attempts?setup_intent={intent['id']}")["data"]
    assert [one["status"] for one in attempts] == ["succeeded"]
    error = ask.refused(f"/v1/setup_intents/{intent['id']}/cancel", 400, method="POST")
    assert error["code"] == "setup_intent_unexpected_state"


def test_a_setup_that_fails_takes_another_card(ask: CheckedAsker) -> None:
    body = {"payment_method": "pm_card_chargeDeclined", "confirm": "true"}
    error = ask.refused("/v1/setup_intents", 402, method="POST", body=body)
    path = f"/v1/setup_intents/{error['setup_intent']['id']}"
    failed = ask.get(path)
    assert failed["status"] == "requires_payment_method"
    assert failed["last_setup_error"]["code"] == "card_declined"
    assert ask.told(1) == ["setup_intent.setup_failed"]
    asked = ask.post(f"{path}/confirm", {"payment_method": "pm_card_authenticationRequired"})
    assert asked["status"] == "requires_action"
    noted = ask.post(path, {"description": "Later", "metadata[a]": "b"})
    assert (noted["description"], noted["metadata"]) == ("Later", {"a": "b"})
    gone = ask.post(f"{path}/cancel", {"cancellation_reason": "abandoned"})
    assert (gone["status"], gone["cancellation_reason"]) == ("canceled", "abandoned")


def test_a_setup_without_a_method_waits(ask: CheckedAsker) -> None:
    intent = ask.post("/v1/setup_intents", {"customer": "cus_0"})
    assert intent["status"] == "requires_payment_method"
    error = ask.refused(f"/v1/setup_intents/{intent['id']}/confirm", 400, method="POST")
    assert error["code"] == "setup_intent_unexpected_state"


def test_a_debit_is_set_up_with_a_mandate(ask: CheckedAsker) -> None:
    method = ask.post(
        "/v1/payment_methods", {"type": "us_bank_account", "us_bank_account[account_number]":
                                "000123456789", "us_bank_account[routing_number]": "110000000"},
    )  # fmt: skip
    body = {"customer": "cus_0", "payment_method": method["id"], "confirm": "true"}
    intent = ask.post("/v1/setup_intents", {**body, "expand[]": "mandate"})
    assert intent["mandate"]["payment_method"] == method["id"]


def test_a_token_is_good_once(ask: CheckedAsker) -> None:
    token = ask.post("/v1/tokens", CARD)
    assert (token["used"], token["card"]["last4"]) == (False, "4242")
    body = {"amount": "500", "currency": "usd", "source": token["id"]}
    ask.post("/v1/charges", body)
    assert ask.get(f"/v1/tokens/{token['id']}")["used"] is True
    error = ask.refused("/v1/charges", 400, method="POST", body=body)
    assert error["code"] == "token_already_used"


def test_a_customer_keeps_older_cards(ask: CheckedAsker) -> None:
    first = ask.post("/v1/customers/cus_0/sources", {"source": "tok_visa"})
    assert ask.get("/v1/customers/cus_0")["default_source"] == first["id"]
    second = ask.post("/v1/customers/cus_0/sources", {"source": "tok_mastercard"})
    changed = ask.post(
        f"/v1/customers/cus_0/sources/{second['id']}", {"name": "Ada", "exp_year": "2042"}
    )
    assert (changed["name"], changed["exp_year"]) == ("Ada", 2042)
    charge = ask.post("/v1/charges", {"amount": "500", "currency": "usd", "customer": "cus_0"})
    assert charge["source"]["id"] == charge["payment_method"] == first["id"]
    ask.send("DELETE", f"/v1/customers/cus_0/sources/{first['id']}")
    customer = ask.get("/v1/customers/cus_0?expand[]=sources")
    assert customer["default_source"] == second["id"]
    assert [one["id"] for one in customer["sources"]["data"]] == [second["id"]]
    ask.refused(f"/v1/customers/cus_1/sources/{second['id']}", 404)
    declined = {"source": "tok_chargeDeclined"}
    ask.refused("/v1/customers/cus_0/sources", 402, method="POST", body=declined)


def test_an_older_charge_waits_to_be_captured(ask: CheckedAsker) -> None:
    body = {"amount": "900", "currency": "usd", "source": "tok_visa", "capture": "false"}
    held = ask.post("/v1/charges", body)
    assert (held["captured"], held["balance_transaction"]) == (False, None)
    taken = ask.post(f"/v1/charges/{held['id']}/capture", {"amount": "600"})
    assert (taken["amount_captured"], taken["amount_refunded"]) == (600, 300)
    error = ask.refused(f"/v1/charges/{held['id']}/capture", 400, method="POST")
    assert error["code"] == "charge_already_captured"
    noted = ask.post(f"/v1/charges/{held['id']}", {"fraud_details[user_report]": "safe"})
    assert noted["fraud_details"] == {"user_report": "safe"}
    assert ask.told(1) == ["charge.updated"]


def test_an_older_charge_is_declined(ask: CheckedAsker) -> None:
    body = {"amount": "900", "currency": "usd", "source": "tok_chargeDeclined"}
    error = ask.refused("/v1/charges", 402, method="POST", body=body)
    charge = ask.get(f"/v1/charges/{error['charge']}")
    assert (charge["status"], charge["paid"]) == ("failed", False)
    without = {"amount": "900", "currency": "usd"}
    assert ask.refused("/v1/charges", 400, method="POST", body=without)["code"] == (
        "parameter_missing"
    )
