"""Subscription schedules agree with the subscriptions that they speak of."""

from itertools import pairwise

from tests.sandbox.world.chronicle import Chronicle


def test_schedules_of_every_kind_exist(world: Chronicle) -> None:
    found = {one["status"] for one in world.all("subscription_schedule")}
    assert found == {"active", "canceled", "not_started", "released"}


def test_a_schedule_and_its_subscription_name_each_other(world: Chronicle) -> None:
    running = {one["id"]: one for one in world.all("subscription_schedule") if one["subscription"]}
    scheduled = {one["schedule"]: one for one in world.all("subscription") if one["schedule"]}
    assert running.keys() == scheduled.keys()
    for name, schedule in running.items():
        subscription = scheduled[name]
        assert schedule["status"] == "active"
        assert schedule["subscription"] == subscription["id"]
        assert schedule["customer"] == subscription["customer"]
        item = subscription["items"]["data"][0]
        first, second = schedule["phases"]
        assert schedule["current_phase"] == {
            "end_date": item["current_period_end"],
            "start_date": item["current_period_start"],
        }
        assert (first["start_date"], first["end_date"]) == (
            item["current_period_start"],
            item["current_period_end"],
        )
        assert first["items"][0]["price"] == item["price"]["id"]
        assert first["items"][0]["quantity"] == item["quantity"]
        assert second["items"][0]["quantity"] > item["quantity"]


def test_phases_follow_each_other(world: Chronicle) -> None:
    for schedule in world.all("subscription_schedule"):
        for phase in schedule["phases"]:
            assert phase["start_date"] < phase["end_date"]
        for first, second in pairwise(schedule["phases"]):
            assert first["end_date"] == second["start_date"]


def test_what_ended_says_when_and_what_is_to_begin_has_no_subscription(world: Chronicle) -> None:
    for schedule in world.all("subscription_schedule"):
        status = schedule["status"]
        assert (schedule["canceled_at"] is not None) == (status == "canceled")
        assert (schedule["released_at"] is not None) == (status == "released")
        assert (schedule["current_phase"] is not None) == (status == "active")
        if status == "not_started":
            assert schedule["phases"][0]["start_date"] > world.now
        if status == "released":
            assert schedule["released_subscription"] in world.kinds["subscription"]
