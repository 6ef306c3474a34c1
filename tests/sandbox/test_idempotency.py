"""Idempotency keys: replay, mismatch, conflict."""

import threading

import pytest
import stripe

from dashboard.sandbox.server import RunningServer
from tests.sandbox.asking import Asker

REFUND = {"charge": "ch_3", "amount": "100"}


def test_refunding_twice_with_one_key_refunds_once(ask: Asker) -> None:
    first = ask.send("POST", "/v1/refunds", REFUND, Idempotency_Key="key-1")
    again = ask.send("POST", "/v1/refunds", REFUND, Idempotency_Key="key-1")
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Original-Request"] == first.headers["Request-Id"]
    assert "Idempotent-Replayed" not in first.headers
    assert ask.get("/v1/charges/ch_3")["amount_refunded"] == 100


def test_refunding_twice_with_two_keys_refunds_twice(ask: Asker) -> None:
    ask.post("/v1/refunds", REFUND, Idempotency_Key="key-1")
    ask.post("/v1/refunds", REFUND, Idempotency_Key="key-2")
    assert ask.get("/v1/charges/ch_3")["amount_refunded"] == 200


def test_one_key_with_other_parameters_is_refused(ask: Asker) -> None:
    ask.post("/v1/refunds", REFUND, Idempotency_Key="key-1")
    error = ask.refused(
        "/v1/refunds", 400, method="POST", body={**REFUND, "amount": "5"}, Idempotency_Key="key-1"
    )
    assert error["type"] == "idempotency_error"
    assert ask.get("/v1/charges/ch_3")["amount_refunded"] == 100


def test_a_refused_request_leaves_its_key_free(ask: Asker) -> None:
    bad = {"charge": "ch_nowhere"}
    ask.refused("/v1/refunds", 400, method="POST", body=bad, Idempotency_Key="key-1")
    ask.post("/v1/refunds", REFUND, Idempotency_Key="key-1")


def test_a_decline_is_replayed(ask: Asker) -> None:
    pay = {
        "amount": "2000",
        "currency": "usd",
        "confirm": "true",
        "payment_method": "pm_card_chargeDeclined",
    }
    first = ask.refused(
        "/v1/payment_intents", 402, method="POST", body=pay, Idempotency_Key="key-1"
    )
    again = ask.refused(
        "/v1/payment_intents", 402, method="POST", body=pay, Idempotency_Key="key-1"
    )
    assert again == first
    assert len(ask.pages("/v1/charges")) == 7


def test_a_500_is_replayed_and_did_nothing(ask: Asker) -> None:
    ask.session.post(f"{ask.url}/_control/faults", json={"kind": "500", "count": 1}, timeout=5)
    body = {"email": "a@example.com"}
    for _ in range(2):
        ask.refused("/v1/customers", 500, method="POST", body=body, Idempotency_Key="key-1")
    assert ask.get("/v1/customers?email=a@example.com")["data"] == []


def test_requests_at_once_with_one_key_make_one_customer(shop: RunningServer, ask: Asker) -> None:
    statuses: list[int] = []

    def create() -> None:
        response = Asker(shop.url).send(
            "POST", "/v1/customers", {"email": "once@example.com"}, Idempotency_Key="key-1"
        )
        statuses.append(response.status_code)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 409}
    assert len(ask.get("/v1/customers?email=once@example.com")["data"]) == 1


def test_a_key_that_is_at_work_is_a_conflict(shop: RunningServer, ask: Asker) -> None:
    state = shop.sandbox.accounts[shop.sandbox.own_account]
    outcome: list[int] = []

    def create() -> None:
        answer = Asker(shop.url).send("POST", "/v1/customers", {}, Idempotency_Key="key-1")
        outcome.append(answer.status_code)

    waiting = threading.Thread(target=create)
    with state.writing():
        waiting.start()
        while not shop.sandbox.busy_keys():
            pass
        error = ask.refused("/v1/customers", 409, method="POST", Idempotency_Key="key-1")
    waiting.join()
    assert error["code"] == "idempotency_key_in_use"
    assert outcome == [200]


def test_too_long_a_key_is_refused(ask: Asker) -> None:
    ask.refused("/v1/customers", 400, method="POST", Idempotency_Key="k" * 256)


def test_the_official_sdk_sees_the_mismatch(official: stripe.StripeClient) -> None:
    official.v1.customers.create({"name": "A"}, {"idempotency_key": "key-1"})
    with pytest.raises(stripe.IdempotencyError):
        official.v1.customers.create({"name": "B"}, {"idempotency_key": "key-1"})
