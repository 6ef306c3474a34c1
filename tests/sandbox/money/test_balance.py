"""What leaves the balance and comes to it by hand: payouts, top-ups, transfers, fees."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.money.conftest import CheckedAsker

DAYS = 86_400


def _available(ask: CheckedAsker) -> int:
    return int(ask.get("/v1/balance")["available"][0]["amount"])


def _account(ask: CheckedAsker, **more: str) -> Any:
    return ask.post("/v1/accounts", {"type": "express", "email": "a@example.com", **more})


def _bank(ask: CheckedAsker, number: str) -> Any:
    body = {
        "external_account[object]": "bank_account",
        "external_account[account_number]": number,
        "external_account[country]": "US",
        "external_account[currency]": "usd",
    }
    return ask.post("/v1/accounts/acct_shop/external_accounts", body)


def test_a_payout_leaves_and_arrives(ask: CheckedAsker, wait: Callable[[int], None]) -> None:
    before = _available(ask)
    payout = ask.post("/v1/payouts", {"amount": "1000", "currency": "usd"})
    assert (payout["status"], payout["automatic"]) == ("pending", False)
    assert payout["reconciliation_status"] == "not_applicable"
    assert _available(ask) == before - 1000
    wait(2 * 3_600)
    assert ask.get(f"/v1/payouts/{payout['id']}")["status"] == "in_transit"
    wait(5 * DAYS)
    assert ask.get(f"/v1/payouts/{payout['id']}")["status"] == "paid"
    assert ask.told(3) == ["payout.paid", "payout.updated", "payout.created"]
    assert ask.told_of("payout.paid")["data"]["previous_attributes"]["status"] == "in_transit"


def test_an_instant_payout_costs_a_hundredth(
    ask: CheckedAsker, wait: Callable[[int], None]
) -> None:
    before = _available(ask)
    payout = ask.post("/v1/payouts", {"amount": "1000", "currency": "usd", "method": "instant"})
    assert _available(ask) == before - 1010
    wait(5)
    assert ask.get(f"/v1/payouts/{payout['id']}")["status"] == "paid"


def test_a_payout_is_canceled_while_it_is_pending(
    ask: CheckedAsker, wait: Callable[[int], None]
) -> None:
    before = _available(ask)
    payout = ask.post("/v1/payouts", {"amount": "1000", "currency": "usd"})
    gone = ask.post(f"/v1/payouts/{payout['id']}/cancel")
    assert gone["status"] == "canceled"
    assert _available(ask) == before
    ask.refused(f"/v1/payouts/{payout['id']}/cancel", 400, method="POST")
    wait(9 * DAYS)
    assert ask.get(f"/v1/payouts/{payout['id']}")["status"] == "canceled"


def test_a_payout_to_a_closed_account_fails(ask: CheckedAsker, wait: Callable[[int], None]) -> None:
    before = _available(ask)
    bank = _bank(ask, "000111111113")
    body = {"amount": "1000", "currency": "usd", "destination": bank["id"]}
    payout = ask.post("/v1/payouts", body)
    wait(9 * DAYS)
    failed = ask.get(f"/v1/payouts/{payout['id']}?expand[]=failure_balance_transaction")
    assert (failed["status"], failed["failure_code"]) == ("failed", "account_closed")
    assert failed["failure_balance_transaction"]["reporting_category"] == "payout_reversal"
    assert _available(ask) == before
    assert ask.told(1) == ["payout.failed"]


def test_a_payout_is_taken_back_once(ask: CheckedAsker, wait: Callable[[int], None]) -> None:
    before = _available(ask)
    payout = ask.post("/v1/payouts", {"amount": "1000", "currency": "usd", "method": "instant"})
    path = f"/v1/payouts/{payout['id']}"
    ask.refused(f"{path}/reverse", 400, method="POST")
    wait(5)
    reversal = ask.post(f"{path}/reverse")
    assert (reversal["amount"], reversal["original_payout"]) == (-1000, payout["id"])
    assert ask.get(path)["reversed_by"] == reversal["id"]
    assert _available(ask) == before - 10
    ask.refused(f"{path}/reverse", 400, method="POST")


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"amount": "10000000", "currency": "usd"}, None, "balance_insufficient"),
        ({"amount": "0", "currency": "usd"}, "amount", "parameter_invalid_integer"),
        ({"currency": "usd"}, "amount", "parameter_missing"),
        ({"amount": "5", "currency": "usd", "destination": "ba_x"}, "destination",
         "resource_missing"),
        ({"amount": "5", "currency": "usd", "method": "slow"}, "method", None),
    ],
)  # fmt: skip
def test_payouts_that_cannot_be_are_refused(
    ask: CheckedAsker, body: dict[str, str], param: str | None, code: str | None
) -> None:
    error = ask.refused("/v1/payouts", 400, method="POST", body=body)
    assert (error.get("param"), error.get("code")) == (param, code)


def test_a_top_up_arrives_or_is_given_up(ask: CheckedAsker, wait: Callable[[int], None]) -> None:
    before = _available(ask)
    first = ask.post("/v1/topups", {"amount": "700", "currency": "usd", "description": "A"})
    second = ask.post("/v1/topups", {"amount": "500", "currency": "usd"})
    assert first["status"] == "pending"
    assert ask.post(f"/v1/topups/{second['id']}/cancel")["status"] == "canceled"
    assert ask.post(f"/v1/topups/{first['id']}", {"description": "B"})["description"] == "B"
    wait(2 * DAYS + 1)
    assert ask.get(f"/v1/topups/{first['id']}")["status"] == "succeeded"
    assert _available(ask) == before + 700
    ask.refused(f"/v1/topups/{first['id']}/cancel", 400, method="POST")


def test_a_transfer_goes_to_an_account_and_comes_back_in_parts(ask: CheckedAsker) -> None:
    before, account = _available(ask), _account(ask)
    body = {"amount": "1000", "currency": "usd", "destination": account["id"]}
    transfer = ask.post("/v1/transfers", body)
    assert _available(ask) == before - 1000
    path = f"/v1/transfers/{transfer['id']}"
    first = ask.post(f"{path}/reversals", {"amount": "400"})
    assert first["transfer"] == transfer["id"]
    assert ask.get(path)["reversed"] is False
    ask.post(f"{path}/reversals")
    whole = ask.get(path)
    assert (whole["amount_reversed"], whole["reversed"]) == (1000, True)
    assert [one["amount"] for one in ask.get(f"{path}/reversals")["data"]] == [600, 400]
    assert _available(ask) == before
    ask.refused(f"{path}/reversals", 400, method="POST")
    assert ask.told(3) == ["transfer.reversed", "transfer.reversed", "transfer.created"]
    assert ask.post(path, {"metadata[a]": "b"})["metadata"] == {"a": "b"}


def test_a_charge_goes_on_to_an_account_less_a_fee(ask: CheckedAsker) -> None:
    account = _account(ask)
    body = {
        "amount": "2000",
        "application_fee_amount": "300",
        "confirm": "true",
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "transfer_data[destination]": account["id"],
    }
    intent = ask.post("/v1/payment_intents", {**body, "expand[]": "latest_charge"})
    charge = intent["latest_charge"]
    transfer = ask.get(f"/v1/transfers/{charge['transfer']}")
    assert (transfer["amount"], transfer["source_transaction"]) == (2000, charge["id"])
    fee = ask.get(f"/v1/application_fees?charge={charge['id']}")["data"][0]
    assert (fee["amount"], fee["account"]) == (300, account["id"])
    back = ask.post(f"/v1/application_fees/{fee['id']}/refunds", {"amount": "100"})
    assert back["fee"] == fee["id"]
    assert ask.get(f"/v1/application_fees/{fee['id']}")["amount_refunded"] == 100
    error = ask.refused(
        f"/v1/application_fees/{fee['id']}/refunds", 400, method="POST", body={"amount": "201"}
    )
    assert error["param"] == "amount"
    refund = ask.post(
        "/v1/refunds",
        {"charge": charge["id"], "amount": "1000", "reverse_transfer": "true",
         "expand[]": "transfer_reversal"},
    )  # fmt: skip
    assert refund["transfer_reversal"]["amount"] == 1000


def test_an_account_is_changed_and_let_go(ask: CheckedAsker) -> None:
    account = _account(ask)
    path = f"/v1/accounts/{account['id']}"
    changed = ask.post(path, {"business_profile[name]": "Boots", "metadata[a]": "b"})
    assert changed["business_profile"]["name"] == "Boots"
    assert account["id"] in [one["id"] for one in ask.get("/v1/accounts")["data"]]
    assert ask.told(1) == ["account.updated"]
    assert ask.send("DELETE", path).json()["deleted"] is True
    ask.refused(path, 403)
