"""What can go wrong with deliveries when the control page asks for it."""

from collections import Counter
from typing import Any

import pytest
import stripe

from tests.sandbox.asking import Asker
from tests.sandbox.billing.customers import Billing
from tests.sandbox.deliveries.conftest import SECRET, Control
from tests.sandbox.deliveries.receiver import Receiver

OLD = "2024-06-20"


def _customers(ask: Asker, count: int) -> list[str]:
    return [ask.post("/v1/customers", {"name": f"No. {n}"})["id"] for n in range(count)]


def test_deliveries_are_repeated(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    control.post("/settings", repeat_up_to=5)
    _customers(ask, 30)
    control.drain()
    times = Counter(event["id"] for event in receiver.events)
    assert len(times) == 30
    assert set(times.values()) <= {1, 2, 3, 4, 5}
    assert max(times.values()) > 3
    pending = {ask.get(f"/v1/events/{event}")["pending_webhooks"] for event in times}
    assert pending == {0}


def test_deliveries_are_shuffled(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    control.post("/settings", shuffle_seconds=1, senders=1)
    made = _customers(ask, 30)
    control.drain()
    came = [event["data"]["object"]["id"] for event in receiver.events]
    assert came != made
    assert sorted(came) == sorted(made)


def test_one_sender_keeps_the_order(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    control.post("/settings", senders=1)
    made = _customers(ask, 30)
    control.drain()
    assert [event["data"]["object"]["id"] for event in receiver.events] == made


def test_changes_of_an_object_share_a_second(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    control.post("/settings", tie_seconds=3_600)
    (customer,) = _customers(ask, 1)
    for number in range(5):
        ask.post(f"/v1/customers/{customer}", {"name": f"Another {number}"})
    control.drain()
    created = {event["created"] for event in receiver.events}
    assert len(receiver.events) == 6
    assert created == {ask.get(f"/v1/customers/{customer}")["created"]}


def test_drops_are_for_good_and_the_same_for_a_seed(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    control.post("/settings", drop_share=0.5, seed=5)
    made = _customers(ask, 40)
    control.drain()
    came = {event["data"]["object"]["id"] for event in receiver.events}
    assert 8 < len(came) < 32
    outcomes = [one["outcome"] for one in control.deliveries()]
    assert outcomes == ["delivered" if one in came else "dropped" for one in made]
    failed = ask.get("/v1/events?delivery_success=false&limit=100")["data"]
    assert {event["data"]["object"]["id"] for event in failed} == set(made) - came
    assert [one[0] for one in outcomes[:6]] == ["d", "d", "d", "d", "d", "d"]


def test_some_deliveries_come_late(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    control.post("/settings", delay_share=1, delay_seconds=0.5)
    _customers(ask, 1)
    assert not control.get("/drained")["drained"]
    control.drain()
    (parcel,) = receiver.parcels
    assert parcel.came_at - parcel.event["created"] > 0.5
    stripe.Webhook.construct_event(parcel.body, parcel.signature, SECRET)


def test_forged_deliveries_come_beside_the_real_ones(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    control.post("/settings", forged_share=1)
    receiver.answer = lambda parcel: 400 if "forged" in parcel.event["id"] else 200
    (customer,) = _customers(ask, 1)
    control.drain()
    kinds = {one["kind"]: one["status"] for one in control.deliveries()}
    assert kinds == {"forged": 400, "planned": 200}
    (forged,) = [parcel for parcel in receiver.parcels if "forged" in parcel.event["id"]]
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(forged.body, forged.signature, SECRET)
    assert forged.event["data"]["object"]["id"] == customer


def test_a_forged_delivery_that_is_taken_counts_for_nothing(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    control.post("/settings", forged_share=1, drop_share=1)
    _customers(ask, 1)
    control.drain()
    assert len(receiver.parcels) == 1
    assert ask.get("/v1/events?delivery_success=false")["data"][0]["pending_webhooks"] == 1


def test_subscriptions_are_written_in_an_older_shape(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    control.post("/settings", old_version=OLD, old_version_share=1, senders=1)
    billing = Billing(ask)
    clock = billing.clock()
    made = billing.subscribe(billing.customer(clock=clock), billing.price(2_000))
    end = made["items"]["data"][0]["current_period_end"]
    billing.advance(clock, end + 7_200)
    control.drain()
    assert {event["api_version"] for event in receiver.events} == {OLD}
    renewed = _newest(receiver, "customer.subscription.updated")["data"]
    assert renewed["object"]["current_period_start"] == end
    assert "current_period_start" not in renewed["object"]["items"]["data"][0]
    assert any(
        event["data"].get("previous_attributes", {}).get("current_period_end") == end
        for event in receiver.events
    )
    _check_payment(ask, receiver, made["id"])


def _check_payment(ask: Asker, receiver: Receiver, subscription: str) -> None:
    invoice = _newest(receiver, "invoice.paid")["data"]["object"]
    assert invoice["subscription"] == subscription
    assert invoice["paid"] is True
    assert "parent" not in invoice
    line = invoice["lines"]["data"][0]
    assert (line["type"], line["subscription"]) == ("subscription", subscription)
    assert line["price"]["object"] == "price"
    intent = ask.get(f"/v1/payment_intents/{invoice['payment_intent']}")
    assert invoice["charge"] == intent["latest_charge"]
    charge = _newest(receiver, "charge.succeeded")["data"]["object"]
    assert charge["invoice"] == invoice["id"]


def _newest(receiver: Receiver, type_: str) -> Any:
    return [event for event in receiver.events if event["type"] == type_][-1]


def test_some_deliveries_only_are_written_in_an_older_shape(
    ask: Asker, control: Control, receiver: Receiver, endpoint: str
) -> None:
    control.post("/settings", old_version_share=0.5)
    _customers(ask, 30)
    control.drain()
    versions = Counter(event["api_version"] for event in receiver.events)
    assert set(versions) == {OLD, "2026-10-28.endive"}


def test_settings_are_told_changed_and_set_back(ask: Asker, control: Control) -> None:
    like_stripe = control.get("/settings")
    changed = control.post("/settings", drop_share=0.25, livemode=True)
    assert changed == like_stripe | {"drop_share": 0.25, "livemode": True}
    ask.session.delete(f"{ask.url}/_control/settings", timeout=5)
    assert control.get("/settings") == like_stripe


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"drop_share": 2}, "drop_share must be a number from 0 to 1"),
        ({"drop_share": "nan"}, "drop_share must be a number from 0 to 1"),
        ({"repeat_up_to": 0}, "repeat_up_to must be"),
        ({"repeat_up_to": [3]}, "repeat_up_to must be"),
        ({"livemode": "maybe"}, "livemode must be true or false"),
        ({"old_version": "old"}, "old_version must be an API version"),
        ({"colour": 1}, "There is no setting colour"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    control: Control, wanted: dict[str, Any], said: str
) -> None:
    assert said in control.post("/settings", 400, **wanted)["error"]


def test_a_storm_repeats_what_was_told_before(
    ask: Asker, control: Control, receiver: Receiver
) -> None:
    made = _customers(ask, 10)
    control.post("/endpoints", url=receiver.url, secret=SECRET)
    assert control.post("/resend", newest=5)["events"] == 5
    control.drain()
    assert {event["data"]["object"]["id"] for event in receiver.events} == set(made[5:])
