"""Payment intents from their making to their end, and what is refused on the way."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.sandbox.shapes import API_VERSION
from tests.sandbox.money.conftest import CheckedAsker

PATH = "/v1/payment_intents"
PAY = {"amount": "2000", "currency": "usd", "confirm": "true", "payment_method": "pm_card_visa"}
HOLD = {**PAY, "capture_method": "manual"}
IBAN = "payment_method_data[sepa_debit][iban]"
DEBIT = {
    "amount": "3000",
    "currency": "eur",
    "confirm": "true",
    "payment_method_data[type]": "sepa_debit",
    "allowed_payment_method_types[]": "sepa_debit",
}


def test_a_payment_is_changed_until_it_is_paid(ask: CheckedAsker) -> None:
    made = ask.post(PATH, {"amount": "500", "currency": "usd", "metadata[a]": "1"})
    assert made["status"] == "requires_payment_method"
    changed = ask.post(
        f"{PATH}/{made['id']}",
        {"amount": "700", "payment_method": "pm_card_visa", "metadata[b]": "2"},
    )
    assert (changed["amount"], changed["status"]) == (700, "requires_confirmation")
    assert changed["metadata"] == {"a": "1", "b": "2"}
    paid = ask.post(f"{PATH}/{made['id']}/confirm")
    assert (paid["status"], paid["amount_received"]) == ("succeeded", 700)
    error = ask.refused(f"{PATH}/{made['id']}", 400, method="POST", body={"amount": "900"})
    assert error["code"] == "payment_intent_unexpected_state"
    assert error["payment_intent"]["id"] == made["id"]
    noted = ask.post(f"{PATH}/{made['id']}", {"description": "Boots"})
    assert (noted["description"], noted["amount"]) == ("Boots", 700)


def test_a_part_is_captured_and_the_rest_let_go(ask: CheckedAsker) -> None:
    held = ask.post(PATH, HOLD)
    assert (held["status"], held["amount_capturable"]) == ("requires_capture", 2000)
    assert ask.get("/v1/balance")["pending"][0]["amount"] == 0
    paid = ask.post(f"{PATH}/{held['id']}/capture", {"amount_to_capture": "1500"})
    assert (paid["status"], paid["amount_received"]) == ("succeeded", 1500)
    charge = ask.get(f"/v1/charges/{paid['latest_charge']}?expand[]=balance_transaction")
    assert (charge["amount_captured"], charge["amount_refunded"]) == (1500, 500)
    assert charge["balance_transaction"]["amount"] == 1500
    assert not charge["refunded"]
    assert ask.told()[:4] == [
        "payment_intent.succeeded",
        "charge.refunded",
        "refund.created",
        "charge.captured",
    ]
    refund = ask.post("/v1/refunds", {"payment_intent": held["id"]})
    assert refund["amount"] == 1500


def test_more_than_is_held_cannot_be_captured(ask: CheckedAsker) -> None:
    held = ask.post(PATH, HOLD)
    path = f"{PATH}/{held['id']}/capture"
    error = ask.refused(path, 400, method="POST", body={"amount_to_capture": "2001"})
    assert (error["code"], error["param"]) == ("amount_too_large", "amount_to_capture")
    ask.post(path)
    assert ask.refused(path, 400, method="POST")["code"] == "payment_intent_unexpected_state"


def test_an_authorisation_grows(ask: CheckedAsker) -> None:
    held = ask.post(PATH, HOLD)
    path = f"{PATH}/{held['id']}/increment_authorization"
    grown = ask.post(path, {"amount": "2500"})
    assert (grown["amount"], grown["amount_capturable"]) == (2500, 2500)
    ask.refused(path, 400, method="POST", body={"amount": "2500"})
    assert ask.post(f"{PATH}/{held['id']}/capture")["amount_received"] == 2500


def test_a_canceled_authorisation_moves_no_money(ask: CheckedAsker) -> None:
    held = ask.post(PATH, HOLD)
    gone = ask.post(f"{PATH}/{held['id']}/cancel", {"cancellation_reason": "abandoned"})
    assert (gone["status"], gone["cancellation_reason"]) == ("canceled", "abandoned")
    assert gone["canceled_at"]
    charge = ask.get(f"/v1/charges/{held['latest_charge']}?expand[]=refunds")
    assert (charge["refunded"], charge["captured"]) == (True, False)
    assert charge["refunds"]["data"][0]["balance_transaction"] is None
    for deed in ("cancel", "confirm", "capture"):
        error = ask.refused(f"{PATH}/{held['id']}/{deed}", 400, method="POST")
        assert error["code"] == "payment_intent_unexpected_state"


def test_an_authorisation_is_let_go_after_a_week(
    ask: CheckedAsker, wait: Callable[[int], None]
) -> None:
    held, taken = ask.post(PATH, HOLD), ask.post(PATH, HOLD)
    ask.post(f"{PATH}/{taken['id']}/capture")
    wait(7 * 86_400 + 1)
    gone = ask.get(f"{PATH}/{held['id']}")
    assert (gone["status"], gone["cancellation_reason"]) == ("canceled", "automatic")
    assert ask.get(f"{PATH}/{taken['id']}")["status"] == "succeeded"
    assert "charge.expired" in ask.told(5)


@pytest.mark.parametrize(
    ("extra", "status"),
    [({}, "requires_action"), ({"off_session": "true"}, 402), ({"off_session": "one_off"}, 402)],
)
def test_the_bank_asks_only_who_is_there(
    ask: CheckedAsker, extra: dict[str, str], status: str | int
) -> None:
    body = {**PAY, "payment_method": "pm_card_authenticationRequired", **extra}
    if status == 402:
        error = ask.refused(PATH, 402, method="POST", body=body)
        assert error["code"] == "authentication_required"
        assert error["payment_intent"]["status"] == "requires_payment_method"
    else:
        intent = ask.post(PATH, body)
        assert intent["status"] == status
        assert ask.post(f"{PATH}/{intent['id']}/cancel")["status"] == "canceled"


def test_the_customer_convinces_the_bank_or_not(ask: CheckedAsker) -> None:
    body = {**PAY, "payment_method": "pm_card_threeDSecure2Required"}
    first, second = ask.post(PATH, body), ask.post(PATH, body)
    page = "/v1/payment_pages/{}/authenticate".format
    assert ask.post(page(first["id"]), {"outcome": "succeeded"})["status"] == "succeeded"
    failed = ask.post(page(second["id"]), {"outcome": "failed"})
    assert failed["status"] == "requires_payment_method"
    assert failed["last_payment_error"]["code"] == "payment_intent_authentication_failure"
    ask.refused(page(second["id"]), 400, method="POST", body={"outcome": "succeeded"})
    setup = ask.post("/v1/setup_intents", {"confirm": "true", "payment_method":
                                           "pm_card_authenticationRequired"})  # fmt: skip
    assert ask.post(page(setup["id"]), {"outcome": "succeeded"})["status"] == "succeeded"


def test_asking_may_be_refused_in_advance(ask: CheckedAsker) -> None:
    body = {
        **PAY,
        "payment_method": "pm_card_authenticationRequired",
        "error_on_requires_action": "true",
    }
    assert ask.refused(PATH, 402, method="POST", body=body)["code"] == "authentication_required"


def test_a_card_that_was_set_up_is_not_asked_again(ask: CheckedAsker) -> None:
    body = {"payment_method": "pm_card_authenticationRequiredOnSetup", "customer": "cus_0"}
    attached = ask.post(
        f"/v1/payment_methods/{body['payment_method']}/attach", {"customer": "cus_0"}
    )
    later = {
        **PAY,
        "customer": "cus_0",
        "off_session": "true",
        "payment_method": attached["id"],
    }
    assert ask.post(PATH, later)["status"] == "succeeded"
    now = {**PAY, "customer": "cus_0", "payment_method": attached["id"]}
    assert ask.post(PATH, now)["status"] == "requires_action"


def test_a_method_is_kept_only_when_it_is_asked_for(ask: CheckedAsker) -> None:
    body = {**PAY, "customer": "cus_0"}
    once = ask.post(PATH, body)
    assert ask.get(f"/v1/payment_methods/{once['payment_method']}")["customer"] is None
    kept = ask.post(PATH, {**body, "setup_future_usage": "off_session"})
    assert ask.get(f"/v1/payment_methods/{kept['payment_method']}")["customer"] == "cus_0"


def test_nobody_pays_with_the_card_of_another(ask: CheckedAsker) -> None:
    body = {**PAY, "customer": "cus_0", "payment_method": "pm_1"}
    error = ask.refused(PATH, 400, method="POST", body=body)
    assert error["param"] == "payment_method"


def test_money_that_waits_for_nothing_is_available_at_once(ask: CheckedAsker) -> None:
    before = ask.get("/v1/balance")["available"][0]["amount"]
    ask.post(PATH, {**PAY, "payment_method": "pm_card_bypassPending"})
    assert ask.get("/v1/balance")["available"][0]["amount"] == before + 1912


def test_other_money_is_available_after_two_days(
    ask: CheckedAsker, wait: Callable[[int], None]
) -> None:
    before = ask.get("/v1/balance")
    ask.post(PATH, PAY)
    wait(2 * 86_400 + 1)
    after = ask.get("/v1/balance")
    assert after["pending"][0]["amount"] == 0
    assert after["available"][0]["amount"] == before["available"][0]["amount"] + 1912
    assert ask.told(1) == ["balance.available"]


def test_a_debit_is_paid_when_the_bank_says_so(
    ask: CheckedAsker, wait: Callable[[int], None]
) -> None:
    intent = ask.post(PATH, {**DEBIT, IBAN: "AT321904300235473204"})
    charge = ask.get(f"/v1/charges/{intent['latest_charge']}")
    assert (intent["status"], charge["status"], charge["paid"]) == ("processing", "pending", False)
    assert charge["id"].startswith("py_")
    mandate = charge["payment_method_details"]["sepa_debit"]["mandate"]
    assert ask.get(f"/v1/mandates/{mandate}")["status"] == "active"
    wait(100)
    assert ask.get(f"{PATH}/{intent['id']}")["status"] == "processing"
    wait(100)
    assert ask.get(f"{PATH}/{intent['id']}")["status"] == "succeeded"
    assert ask.told(2) == ["payment_intent.succeeded", "charge.succeeded"]
    refund = ask.post("/v1/refunds", {"charge": charge["id"]})
    assert refund["id"].startswith("pyr_")
    expanded = ask.get(f"{PATH}/{intent['id']}?expand[]=latest_charge")
    assert expanded["latest_charge"]["refunded"] is True


def test_a_refused_debit_takes_its_money_back(
    ask: CheckedAsker, wait: Callable[[int], None]
) -> None:
    intent = ask.post(PATH, {**DEBIT, IBAN: "AT861904300235473202"})
    wait(5)
    refused = ask.get(f"{PATH}/{intent['id']}")
    assert refused["status"] == "requires_payment_method"
    charge = ask.get(f"/v1/charges/{intent['latest_charge']}")
    assert (charge["status"], charge["failure_code"]) == ("failed", "debit_not_authorized")
    returned = ask.get(f"/v1/balance_transactions/{charge['failure_balance_transaction']}")
    taken = ask.get(f"/v1/balance_transactions/{charge['balance_transaction']}")
    assert returned["net"] == -taken["net"]
    assert returned["reporting_category"] == "charge_failure"


def test_a_method_must_be_of_an_allowed_type(ask: CheckedAsker) -> None:
    body = {"amount": "500", "currency": "eur", "allowed_payment_method_types[]": "sepa_debit"}
    intent = ask.post(PATH, body)
    path = f"{PATH}/{intent['id']}/confirm"
    error = ask.refused(path, 400, method="POST", body={"payment_method": "pm_card_visa"})
    assert error["param"] == "payment_method"


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"capture_method": "later"}, "capture_method", None),
        ({"confirm": "maybe"}, "confirm", None),
        ({"automatic_payment_methods[enabled]": "true", "automatic_payment_methods[x]": "1"},
         "automatic_payment_methods[x]", "parameter_unknown"),
        ({"shipping[name]": "A"}, "shipping[address]", "parameter_missing"),
        ({"amount": "100000000"}, "amount", "amount_too_large"),
        ({"currency": "gbp", "amount": "29"}, "amount", "amount_too_small"),
        ({"transfer_data[destination]": "acct_x"}, "transfer_data[destination]",
         "resource_missing"),
        ({"payment_method_types[]": "card"}, "payment_method_types", "parameter_unknown"),
    ],
)  # fmt: skip
def test_what_the_newest_version_does_not_take_is_refused(
    ask: CheckedAsker, body: dict[str, Any], param: str, code: str | None
) -> None:
    error = ask.refused(PATH, 400, method="POST", body={**PAY, **body}, Stripe_Version=API_VERSION)
    assert (error.get("param"), error.get("code")) == (param, code)


def test_yen_have_no_cents_and_dinars_three_decimals(ask: CheckedAsker) -> None:
    yen = ask.post(
        PATH, {**PAY, "currency": "jpy", "expand[]": "latest_charge.balance_transaction"}
    )
    assert yen["latest_charge"]["balance_transaction"]["amount"] == 2000
    dinars = ask.post(
        PATH,
        {**PAY, "amount": "10000", "currency": "kwd",
         "expand[]": "latest_charge.balance_transaction"},
    )  # fmt: skip
    row = dinars["latest_charge"]["balance_transaction"]
    assert row["currency"] == "usd"
    assert 3_000 < row["amount"] < 3_500
    kroner = ask.post(
        PATH, {**PAY, "currency": "sek", "expand[]": "latest_charge.balance_transaction"}
    )
    row = kroner["latest_charge"]["balance_transaction"]
    assert (row["currency"], row["exchange_rate"]) == ("sek", None)
