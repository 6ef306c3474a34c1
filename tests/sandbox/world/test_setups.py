"""Setup intents save what trials are paid with afterwards."""

from tests.sandbox.world.chronicle import Chronicle


def test_setup_intents_of_every_kind_exist(world: Chronicle) -> None:
    assert {one["status"] for one in world.all("setup_intent")} == {
        "canceled",
        "requires_payment_method",
        "succeeded",
    }


def test_what_was_saved_belongs_to_the_customer_of_a_subscription(world: Chronicle) -> None:
    subscribers = {one["customer"] for one in world.all("subscription")}
    for one in world.all("setup_intent"):
        assert one["customer"] in subscribers
        assert (one["payment_method"] is not None) == (one["status"] == "succeeded")
        if one["payment_method"]:
            method = world.kinds["payment_method"][one["payment_method"]]
            assert method["customer"] == one["customer"]
            assert [method["type"]] == one["payment_method_types"]


def test_a_trial_without_a_card_waits_for_one(world: Chronicle) -> None:
    waiting = [one for one in world.all("subscription") if one["pending_setup_intent"]]
    assert waiting
    for subscription in waiting:
        setup = world.kinds["setup_intent"][subscription["pending_setup_intent"]]
        assert setup["status"] == "requires_payment_method"
        assert setup["customer"] == subscription["customer"]
