"""What Stripe still says of objects that were deleted."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.asking import Asker


def _deleted(ask: Asker, kind: str) -> set[str]:
    events = ask.pages(f"/v1/events?type={kind}.deleted")
    assert events
    return {event["data"]["object"]["id"] for event in events}


@pytest.mark.parametrize("kind", ["customer", "product", "coupon"])
def test_lists_leave_out_what_was_deleted(ask_world: Asker, kind: str) -> None:
    listed = {one["id"] for one in ask_world.pages(f"/v1/{kind}s")}
    assert listed
    assert not listed & _deleted(ask_world, kind)


def test_a_deleted_customer_goes_on_answering_that_it_is_deleted(
    ask_world: Asker, fits: Callable[[Any], None]
) -> None:
    for customer in _deleted(ask_world, "customer"):
        answer = ask_world.get(f"/v1/customers/{customer}")
        assert answer == {"id": customer, "object": "customer", "deleted": True}
        fits(answer)


@pytest.mark.parametrize("kind", ["product", "coupon"])
def test_deleted_products_and_coupons_are_not_found(ask_world: Asker, kind: str) -> None:
    for deleted in _deleted(ask_world, kind):
        error = ask_world.refused(f"/v1/{kind}s/{deleted}", 404)
        assert (error["code"], error["message"]) == (
            "resource_missing",
            f"No such {kind}: '{deleted}'",
        )


def test_what_a_deleted_customer_paid_still_names_them(
    ask_world: Asker, fits: Callable[[Any], None]
) -> None:
    for customer in _deleted(ask_world, "customer"):
        charges = ask_world.get(f"/v1/charges?customer={customer}&expand[]=data.customer")
        assert charges["data"]
        for charge in charges["data"]:
            assert charge["customer"] == {"id": customer, "object": "customer", "deleted": True}
        fits(charges)


def test_the_discounts_of_a_deleted_coupon_still_show_it(
    ask_world: Asker, fits: Callable[[Any], None]
) -> None:
    shown = {
        discount["source"]["coupon"]["id"]: discount["source"]["coupon"]
        for one in ask_world.pages(
            "/v1/subscriptions?status=all&expand[]=data.discounts.source.coupon"
        )
        for discount in one["discounts"]
    }
    coupon = shown["EARLYBIRD"]
    assert (coupon["percent_off"], coupon["valid"]) == (10.0, False)
    fits(coupon)
    ask_world.refused("/v1/coupons/EARLYBIRD", 404)


def test_search_does_not_find_a_deleted_customer(ask_world: Asker) -> None:
    (event, *_) = ask_world.pages("/v1/events?type=customer.deleted")
    email = event["data"]["object"]["email"]
    assert ask_world.get(f"/v1/customers/search?query=email:'{email}'")["data"] == []
