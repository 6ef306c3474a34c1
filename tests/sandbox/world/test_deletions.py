"""What was deleted: few things, and nothing that goes on as if it were still there."""

from tests.sandbox.world.chronicle import Chronicle


def test_some_customers_products_and_coupons_are_deleted_and_most_are_not(
    world: Chronicle,
) -> None:
    for kind, least in (("customer", 6), ("product", 2), ("coupon", 2)):
        deleted = world.kinds[kind].keys() & world.deleted
        assert least <= len(deleted) < len(world.kinds[kind]) / 2
    kinds = ("customer", "product", "coupon")
    assert world.deleted <= {one for kind in kinds for one in world.kinds[kind]}


def test_the_events_of_deletions_hold_the_whole_object(world: Chronicle) -> None:
    for kind in ("customer", "product", "coupon"):
        told = [event for event in world.all("event") if event["type"] == f"{kind}.deleted"]
        assert told
        for event in told:
            thing = event["data"]["object"]
            assert thing["id"] in world.deleted
            assert thing == world.kinds[kind][thing["id"]]
            assert "deleted" not in thing
            assert "previous_attributes" not in event["data"]


def test_deleted_customers_buy_nothing_any_more(world: Chronicle) -> None:
    left_at = {
        event["data"]["object"]["id"]: event["created"]
        for event in world.all("event")
        if event["type"] == "customer.deleted"
    }
    paid = {charge["customer"] for charge in world.all("charge")}
    assert left_at.keys() <= paid
    for kind in ("charge", "payment_intent", "invoice", "subscription"):
        for written in world.all(kind):
            if written["customer"] in left_at:
                assert written["created"] <= left_at[written["customer"]]


def test_payment_methods_of_deleted_customers_belong_to_nobody(world: Chronicle) -> None:
    assert not world.deleted & {one["customer"] for one in world.all("payment_method")}
    for customer in world.deleted & world.kinds["customer"].keys():
        settings = world.kinds["customer"][customer]["invoice_settings"]
        assert settings["default_payment_method"] in world.kinds["payment_method"]


def test_subscriptions_end_with_their_customer(world: Chronicle) -> None:
    left = [one for one in world.all("subscription") if one["customer"] in world.deleted]
    assert left
    assert {one["status"] for one in left} == {"canceled"}


def test_deleted_products_have_no_price_and_deleted_coupons_are_given_to_nobody_new(
    world: Chronicle,
) -> None:
    assert not world.deleted & {price["product"] for price in world.all("price")}
    gone = [one for one in world.all("product") if one["id"] in world.deleted]
    assert {one["active"] for one in gone} == {False}
    deleted = [one for one in world.all("coupon") if one["id"] in world.deleted]
    assert {one["valid"] for one in deleted} == {False}
    codes = [
        one for one in world.all("promotion_code") if one["promotion"]["coupon"] in world.deleted
    ]
    assert {one["active"] for one in codes} == {False}
    redeemed = {one["source"]["coupon"] for one in world.all("discount")}
    assert {one["id"] for one in deleted} <= redeemed
