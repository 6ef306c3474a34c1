"""Money that goes back: refunds that arrive, wait or fail, and disputes that are won and lost."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.money.conftest import CheckedAsker

PAY = {"amount": "2000", "currency": "usd", "confirm": "true"}
CREDIT = {"evidence[uncategorized_text]": "winning_evidence"}


def _paid(ask: CheckedAsker, card: str, **more: str) -> Any:
    body = {**PAY, "payment_method": f"pm_card_{card}", **more}
    return ask.post("/v1/payment_intents", body)


def _disputed(ask: CheckedAsker, card: str = "createDispute") -> Any:
    intent = _paid(ask, card)
    (dispute,) = ask.get(f"/v1/disputes?payment_intent={intent['id']}")["data"]
    return dispute


def test_a_refund_that_waits_is_done_later(ask: CheckedAsker, wait: Callable[[int], None]) -> None:
    intent = _paid(ask, "pendingRefund")
    refund = ask.post("/v1/refunds", {"payment_intent": intent["id"], "amount": "500"})
    assert (refund["status"], refund["pending_reason"]) == ("pending", "processing")
    wait(10)
    done = ask.get(f"/v1/refunds/{refund['id']}")
    assert done["status"] == "succeeded"
    assert "pending_reason" not in done
    assert ask.told(2) == ["charge.refund.updated", "refund.updated"]


def test_a_refund_that_waits_can_be_taken_back(ask: CheckedAsker) -> None:
    intent = _paid(ask, "pendingRefund")
    refund = ask.post("/v1/refunds", {"payment_intent": intent["id"]})
    gone = ask.post(f"/v1/refunds/{refund['id']}/cancel")
    assert gone["status"] == "canceled"
    charge = ask.get(f"/v1/charges/{intent['latest_charge']}")
    assert (charge["refunded"], charge["amount_refunded"]) == (False, 0)
    ask.refused(f"/v1/refunds/{refund['id']}/cancel", 400, method="POST")
    assert ask.post("/v1/refunds", {"payment_intent": intent["id"]})["amount"] == 2000


def test_a_refund_that_the_bank_sends_back_is_on_the_balance_again(
    ask: CheckedAsker, wait: Callable[[int], None]
) -> None:
    intent = _paid(ask, "refundFail")
    refund = ask.post("/v1/refunds", {"payment_intent": intent["id"]})
    assert refund["status"] == "succeeded"
    wait(10)
    failed = ask.get(f"/v1/refunds/{refund['id']}")
    assert (failed["status"], failed["failure_reason"]) == ("failed", "expired_or_canceled_card")
    row = ask.get(f"/v1/balance_transactions/{failed['failure_balance_transaction']}")
    assert (row["net"], row["reporting_category"]) == (2000, "refund_failure")
    assert ask.told(2) == ["charge.refund.updated", "refund.failed"]


def test_what_is_noted_about_a_refund_is_told(ask: CheckedAsker) -> None:
    refund = ask.post("/v1/refunds", {"charge": "ch_3", "amount": "100"})
    ask.post(f"/v1/refunds/{refund['id']}", {"metadata[order]": "1"})
    assert ask.told(2) == ["charge.refund.updated", "refund.updated"]
    before = ask.told_of("refund.updated")["data"]["previous_attributes"]
    assert before == {"metadata": {"order": None}}


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({}, None, "parameter_missing"),
        ({"charge": "ch_3", "amount": "5000"}, "amount", "amount_too_large"),
        ({"charge": "ch_3", "reason": "because"}, "reason", None),
        ({"charge": "ch_5"}, "charge", None),
        ({"charge": "ch_3", "reverse_transfer": "true"}, "reverse_transfer", None),
    ],
)
def test_refunds_that_cannot_be_are_refused(
    ask: CheckedAsker, body: dict[str, str], param: str | None, code: str | None
) -> None:
    error = ask.refused("/v1/refunds", 400, method="POST", body=body)
    assert (error.get("param"), error.get("code")) == (param, code)


def test_a_dispute_takes_the_money_and_a_fee(ask: CheckedAsker) -> None:
    dispute = _disputed(ask)
    assert (dispute["status"], dispute["reason"]) == ("needs_response", "fraudulent")
    (row,) = dispute["balance_transactions"]
    assert (row["amount"], row["fee"], row["net"]) == (-2000, 1500, -3500)
    charge = ask.get(f"/v1/charges/{dispute['charge']}")
    assert charge["disputed"] is True
    assert ask.told()[:4] == [
        "charge.dispute.funds_withdrawn",
        "charge.dispute.created",
        "charge.updated",
        "payment_intent.succeeded",
    ]
    error = ask.refused("/v1/refunds", 400, method="POST", body={"charge": charge["id"]})
    assert error["code"] == "charge_disputed"


def test_winning_evidence_brings_the_money_back(ask: CheckedAsker) -> None:
    dispute = _disputed(ask)
    path = f"/v1/disputes/{dispute['id']}"
    kept = ask.post(path, {"evidence[customer_name]": "Ada", "submit": "false"})
    assert kept["status"] == "needs_response"
    assert kept["evidence_details"]["submission_count"] == 0
    won = ask.post(path, CREDIT)
    assert (won["status"], won["evidence"]["customer_name"]) == ("won", "Ada")
    assert won["evidence_details"]["submission_count"] == 1
    assert sum(row["net"] for row in won["balance_transactions"]) == 0
    assert ask.told(3) == [
        "charge.dispute.closed",
        "charge.dispute.funds_reinstated",
        "charge.dispute.updated",
    ]
    ask.refused(path, 400, method="POST", body=CREDIT)
    ask.refused(f"{path}/close", 400, method="POST")


def test_other_evidence_is_judged_two_months_later(
    ask: CheckedAsker, wait: Callable[[int], None]
) -> None:
    dispute = _disputed(ask, "createDisputeProductNotReceived")
    path = f"/v1/disputes/{dispute['id']}"
    answered = ask.post(path, {"evidence[product_description]": "Boots"})
    assert answered["status"] == "under_review"
    wait(30 * 86_400)
    assert ask.get(path)["status"] == "under_review"
    wait(31 * 86_400)
    assert ask.get(path)["status"] == "won"


def test_a_dispute_that_nobody_answers_is_lost(
    ask: CheckedAsker, wait: Callable[[int], None]
) -> None:
    dispute = _disputed(ask)
    wait(9 * 86_400)
    lost = ask.get(f"/v1/disputes/{dispute['id']}")
    assert (lost["status"], lost["evidence_details"]["past_due"]) == ("lost", True)


def test_a_dispute_is_given_up(ask: CheckedAsker) -> None:
    dispute = _disputed(ask)
    lost = ask.post(f"/v1/disputes/{dispute['id']}/close")
    assert lost["status"] == "lost"
    event = ask.told_of("charge.dispute.closed")
    assert event["data"]["previous_attributes"] == {"status": "needs_response"}


def test_an_inquiry_takes_no_money_and_leaves_the_charge_refundable(ask: CheckedAsker) -> None:
    inquiry = _disputed(ask, "createDisputeInquiry")
    assert (inquiry["status"], inquiry["balance_transactions"]) == ("warning_needs_response", [])
    assert ask.post("/v1/refunds", {"charge": inquiry["charge"]})["amount"] == 2000
    closed = ask.post(f"/v1/disputes/{inquiry['id']}/close")
    assert closed["status"] == "warning_closed"


def test_evidence_that_does_not_exist_is_refused(ask: CheckedAsker) -> None:
    dispute = _disputed(ask)
    error = ask.refused(
        f"/v1/disputes/{dispute['id']}", 400, method="POST", body={"evidence[alibi]": "home"}
    )
    assert (error["code"], error["param"]) == ("parameter_unknown", "evidence[alibi]")
