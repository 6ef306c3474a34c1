"""Events reach those who asked for them, signed, and again where they were not taken."""

import time
from pathlib import Path
from typing import Any

import pytest
import stripe

from dashboard.sandbox.sandbox import Sandbox
from dashboard.sandbox.server import RunningServer, serve
from dashboard.sandbox.state import State
from tests.sandbox.asking import Asker
from tests.sandbox.deliveries.conftest import SECRET, Control
from tests.sandbox.deliveries.receiver import Receiver, slowly
from tests.sandbox.shop import shop_world

REFUNDED = {"charge": "ch_0", "amount": "100"}


def _customer(ask: Asker, number: int = 0) -> Any:
    return ask.post("/v1/customers", {"email": f"new{number}@example.com"})


def test_an_event_is_sent_signed_as_the_sdk_checks_it(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    made = _customer(ask)
    control.drain()
    (parcel,) = receiver.parcels
    event = stripe.Webhook.construct_event(parcel.body, parcel.signature, SECRET)
    assert event.type == "customer.created"
    assert event.data.object["id"] == made["id"]
    assert parcel.headers["User-Agent"].startswith("Stripe/1.0")
    assert parcel.headers["Content-Type"] == "application/json; charset=utf-8"
    assert parcel.body.startswith(b'{\n  "id": "evt_')


def test_a_body_is_the_event_as_the_api_tells_it(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    ask.post("/v1/customers/cus_0", {"name": "Ada L."})
    control.drain()
    (sent,) = receiver.events
    assert sent["data"]["previous_attributes"] == {"name": "Ada"}
    assert sent["pending_webhooks"] == 1
    assert sent["request"]["id"].startswith("req_")
    told = ask.get(f"/v1/events/{sent['id']}")
    assert told | {"pending_webhooks": 1} == sent


def test_an_endpoint_hears_only_of_what_it_asked_for(
    ask: Asker, control: Control, receiver: Receiver, official: stripe.StripeClient
) -> None:
    made = official.v1.webhook_endpoints.create(
        {"url": receiver.url, "enabled_events": ["refund.created", "charge.refunded"]}
    )
    ask.post("/v1/refunds", REFUNDED)
    _customer(ask)
    control.drain()
    assert receiver.types == {"refund.created": 1, "charge.refunded": 1}
    for parcel in receiver.parcels:
        stripe.Webhook.construct_event(parcel.body, parcel.signature, made.secret)


def test_endpoints_that_rest_or_are_gone_hear_nothing(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    ask.post(f"/v1/webhook_endpoints/{endpoint}", {"disabled": "true"})
    _customer(ask)
    ask.post(f"/v1/webhook_endpoints/{endpoint}", {"disabled": "false"})
    ask.send("DELETE", f"/v1/webhook_endpoints/{endpoint}")
    _customer(ask)
    control.drain()
    assert receiver.parcels == []
    assert control.deliveries() == []


def test_the_body_bears_the_version_of_the_endpoint(
    ask: Asker, control: Control, receiver: Receiver
) -> None:
    wanted = {"url": receiver.url, "enabled_events[]": "*", "api_version": "2025-09-30.clover"}
    ask.post("/v1/webhook_endpoints", wanted)
    _customer(ask)
    control.drain()
    assert receiver.events[0]["api_version"] == "2025-09-30.clover"


@pytest.mark.parametrize("status", [500, 404, 302])
def test_what_is_not_taken_is_tried_three_times_more_in_test_mode(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str, status: int
) -> None:
    control.post("/settings", retry_scale=0.0001)
    receiver.answer = lambda _: status
    _customer(ask)
    control.drain()
    assert len(receiver.parcels) == 4
    assert [one["attempt"] for one in control.deliveries()] == [1, 2, 3, 4]
    assert {one["status"] for one in control.deliveries(outcome="failed")} == {status}
    pauses = [
        b.came_at - a.came_at for a, b in zip(receiver.parcels, receiver.parcels[1:], strict=False)
    ]
    assert pauses == sorted(pauses)


def test_live_deliveries_are_tried_for_three_days(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    control.post("/settings", retry_scale=0.00001, livemode=True)
    receiver.answer = lambda _: 503
    _customer(ask)
    control.drain()
    assert len(receiver.parcels) == 10
    assert receiver.events[0]["livemode"] is True
    assert receiver.events[0]["data"]["object"]["livemode"] is True


def test_an_attempt_that_is_taken_ends_the_trying(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    control.post("/settings", retry_scale=0.0001)
    receiver.answer = lambda _: 500 if len(receiver.parcels) < 3 else 204
    _customer(ask)
    control.drain()
    assert [one["status"] for one in control.deliveries()] == [500, 500, 204]
    assert len({parcel.event["id"] for parcel in receiver.parcels}) == 1


def test_silence_is_a_failure(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    control.post("/settings", retry_scale=0, timeout_seconds=0.1)
    receiver.answer = slowly(0.4)
    _customer(ask)
    control.drain()
    found = control.deliveries()
    assert [one["outcome"] for one in found] == ["failed"] * 4
    assert "timed out" in found[0]["error"]


def test_a_receiver_that_is_away_is_a_failure(ask: Asker, control: Control) -> None:
    control.post("/settings", retry_scale=0)
    control.post("/endpoints", url="http://127.0.0.1:9/hooks")
    _customer(ask)
    control.drain()
    assert {one["outcome"] for one in control.deliveries()} == {"failed"}


def test_an_endpoint_that_is_disabled_meanwhile_is_not_tried_again(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    control.post("/settings", retry_scale=0.003)
    receiver.answer = lambda _: 500
    _customer(ask)
    while not control.deliveries(outcome="failed"):
        time.sleep(0.02)
    ask.post(f"/v1/webhook_endpoints/{endpoint}", {"disabled": "true"})
    control.drain()
    assert len(receiver.parcels) == 1
    assert "disabled or gone" in control.deliveries()[-1]["error"]


def test_delivery_success_tells_which_events_were_not_taken(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    control.post("/settings", retry_scale=0)
    receiver.answer = lambda parcel: 500 if b'"customer.updated"' in parcel.body else 200
    ask.post("/v1/customers/cus_0", {"name": "Ada L."})
    _customer(ask)
    control.drain()
    failed = ask.get("/v1/events?delivery_success=false")["data"]
    assert [event["type"] for event in failed] == ["customer.updated"]
    assert failed[0]["pending_webhooks"] == 1
    taken = ask.get("/v1/events?delivery_success=true&type=customer.created")["data"]
    assert [event["pending_webhooks"] for event in taken] == [0]


def test_both_secrets_sign_while_one_rolls(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    newer = control.post("/endpoints/roll", endpoint=endpoint, seconds=60)["secret"]
    _customer(ask)
    control.drain()
    (parcel,) = receiver.parcels
    assert parcel.signature.count("v1=") == 2
    for secret in (SECRET, newer):
        stripe.Webhook.construct_event(parcel.body, parcel.signature, secret)


def test_an_old_secret_ends_with_its_time(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    control.post("/endpoints/roll", endpoint=endpoint, seconds=0)
    _customer(ask)
    control.drain()
    (parcel,) = receiver.parcels
    assert parcel.signature.count("v1=") == 1
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(parcel.body, parcel.signature, SECRET)


def test_an_event_can_be_sent_again(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    _customer(ask)
    control.drain()
    event = receiver.events[0]["id"]
    assert control.post("/resend", event=event)["endpoints"] == [endpoint]
    control.drain()
    assert [one["id"] for one in receiver.events] == [event, event]
    assert [one["kind"] for one in control.deliveries(event=event)] == ["planned", "resent"]
    assert "event must be" in control.post("/resend", 400, event="evt_none")["error"]


def test_connections_are_kept_alive(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    control.post("/settings", senders=2)
    for number in range(12):
        _customer(ask, number)
    control.drain()
    assert len(receiver.parcels) == 12
    assert len({parcel.connection for parcel in receiver.parcels}) <= 2


def test_a_hanging_endpoint_holds_up_neither_the_api_nor_the_others(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    hanging = Receiver()
    hanging.answer = slowly(8)
    control.post("/endpoints", url=hanging.url)
    began = time.monotonic()
    for number in range(20):
        _customer(ask, number)
    while len(receiver.parcels) < 20:
        assert time.monotonic() - began < 7
        time.sleep(0.01)
    hanging.answer = lambda _: 200
    control.drain()
    hanging.close()


def test_connected_accounts_are_heard_by_connect_endpoints_alone(
    sandbox: RunningServer, receiver: Receiver
) -> None:
    ask = Asker(sandbox.url)
    control = Control(ask)
    _, connected, *_ = sandbox.sandbox.accounts
    elsewhere = Receiver()
    control.post("/endpoints", url=receiver.url, connect=True)
    own = control.post("/endpoints", url=elsewhere.url)["endpoint"]
    ask.post("/v1/customers", {"name": "Of the platform"})
    ask.post("/v1/customers", {"name": "Connected"}, Stripe_Account=connected)
    control.drain()
    elsewhere.close()
    assert [event["account"] for event in receiver.events] == [connected]
    assert ["account" in event for event in elsewhere.events] == [False]
    assert elsewhere.events[0]["data"]["object"]["name"] == "Of the platform"
    told = control.deliveries(account=connected)
    assert own not in {one["endpoint"] for one in told}
    for one in ask.get("/v1/webhook_endpoints")["data"]:
        ask.send("DELETE", f"/v1/webhook_endpoints/{one['id']}")


def test_what_waits_is_delivered_after_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    kept = State(tmp_path / "kept.db")
    kept.load(shop_world())
    server = serve(kept)
    ask = Asker(server.url)
    control = Control(ask)
    control.post("/endpoints", url=receiver.url, secret=SECRET)
    receiver.answer = lambda _: 500
    _customer(ask)
    while not control.deliveries(outcome="failed"):
        time.sleep(0.02)
    server.close()
    kept.close()
    receiver.answer = lambda _: 200
    again = State(tmp_path / "kept.db")
    sandbox = Sandbox({"acct_shop": again}, clock=lambda: time.time() + 600)
    later = serve(sandbox)
    Control(Asker(later.url)).drain()
    later.close()
    again.close()
    first, second = receiver.parcels
    assert first.event["id"] == second.event["id"]
