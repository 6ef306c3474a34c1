"""The conventions of every list: order, pages, cursors and limits."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from dashboard.sandbox.server import RunningServer
from dashboard.sandbox.shapes import build, part
from tests.sandbox.asking import Asker
from tests.sandbox.shop import CHARGES, START

NEWEST_FIRST = CHARGES[::-1]


def _ids(page: Any) -> list[str]:
    return [one["id"] for one in page["data"]]


def test_a_list_is_newest_first_and_says_where_it_is(ask: Asker) -> None:
    page = ask.get("/v1/charges")
    assert _ids(page) == NEWEST_FIRST
    assert (page["object"], page["url"], page["has_more"]) == ("list", "/v1/charges", False)


def test_within_one_second_the_later_object_comes_first(ask: Asker) -> None:
    page = ask.get(f"/v1/charges?created={START + 100}")
    assert _ids(page) == ["ch_1", "ch_0"]


@pytest.mark.parametrize("limit", [1, 2, 4, 100])
def test_pages_of_any_size_hold_every_object_once(ask: Asker, limit: int) -> None:
    assert [one["id"] for one in ask.pages("/v1/charges", limit)] == NEWEST_FIRST


def test_ten_objects_come_when_no_limit_is_given(ask: Asker) -> None:
    assert len(ask.get("/v1/invoices/in_0/lines")["data"]) == 10


def test_ending_before_gives_the_page_above_newest_first(ask: Asker) -> None:
    page = ask.get("/v1/charges?limit=2&ending_before=ch_1")
    assert _ids(page) == ["ch_3", "ch_2"]
    assert page["has_more"] is True
    assert ask.get("/v1/charges?limit=2&ending_before=ch_3")["has_more"] is False


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        (f"created[gt]={START + 200}", ["ch_5", "ch_4"]),
        (f"created[gte]={START + 200}", ["ch_5", "ch_4", "ch_3", "ch_2"]),
        (f"created[lt]={START + 200}", ["ch_1", "ch_0"]),
        (f"created[lte]={START + 200}", ["ch_3", "ch_2", "ch_1", "ch_0"]),
        (f"created[gte]={START + 200}&created[lt]={START + 300}", ["ch_3", "ch_2"]),
        (f"created={START + 300}", ["ch_5", "ch_4"]),
    ],
)
def test_created_narrows_a_list(ask: Asker, created: str, expected: list[str]) -> None:
    assert _ids(ask.get(f"/v1/charges?{created}")) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/charges?customer=cus_0", ["ch_3", "ch_0"]),
        ("/v1/charges?payment_intent=pi_4", ["ch_4"]),
        ("/v1/charges?customer=cus_0&starting_after=ch_3", ["ch_0"]),
        ("/v1/customers?email=customer1@example.com", ["cus_1"]),
        ("/v1/customers/cus_2/payment_methods", ["pm_2"]),
        ("/v1/payment_methods?customer=cus_2&type=card", ["pm_2"]),
        ("/v1/payment_methods?customer=cus_2&type=sepa_debit", []),
        ("/v1/balance_transactions?payout=po_0", ["txn_2", "txn_1", "txn_0"]),
        ("/v1/balance_transactions?source=ch_3", ["txn_3"]),
        ("/v1/balance_transactions?type=refund", []),
        ("/v1/refunds?charge=ch_0", ["re_0"]),
        ("/v1/charges/ch_0/refunds", ["re_0"]),
        ("/v1/charges/ch_1/refunds", []),
        ("/v1/payouts?status=paid&arrival_date[gte]=1", ["po_0"]),
        ("/v1/payouts?status=bogus", []),
        ("/v1/prices?active=true&type=one_time", ["price_once"]),
        ("/v1/plans?product=prod_0", []),
        ("/v1/prices?active=false", []),
        ("/v1/prices?recurring[interval]=month", ["price_tiered"]),
        ("/v1/prices?lookup_keys[]=once&lookup_keys[]=twice", ["price_once"]),
        ("/v1/products?ids[]=prod_0&ids[]=prod_1", ["prod_0"]),
        ("/v1/subscriptions", ["sub_0"]),
        ("/v1/subscriptions?status=all", ["sub_1", "sub_0"]),
        ("/v1/subscriptions?status=canceled", ["sub_1"]),
        ("/v1/subscriptions?status=ended", ["sub_1"]),
        ("/v1/subscriptions?price=price_tiered", ["sub_0"]),
        ("/v1/subscriptions?price=price_once", []),
        ("/v1/subscription_items?subscription=sub_0", ["si_0"]),
        ("/v1/customers/cus_0/subscriptions?status=all", ["sub_1", "sub_0"]),
        ("/v1/invoices?subscription=sub_0", ["in_0"]),
        ("/v1/invoices?status=open", []),
        ("/v1/invoice_payments?payment[type]=payment_intent", ["inpay_0"]),
        ("/v1/invoice_payments?invoice=in_0", ["inpay_0"]),
        ("/v1/disputes", []),
        ("/v1/webhook_endpoints", []),
    ],
)
def test_filters_of_each_object(ask: Asker, path: str, expected: list[str]) -> None:
    assert _ids(ask.get(path)) == expected


def test_lines_come_in_the_order_of_the_invoice(ask: Asker) -> None:
    assert [line["id"] for line in ask.pages("/v1/invoices/in_0/lines", 5)] == [
        f"il_{number}" for number in range(12)
    ]
    shown = ask.get("/v1/invoices/in_0")["lines"]
    assert (len(shown["data"]), shown["has_more"]) == (10, True)


def test_every_kind_in_the_shop_is_valid(ask: Asker, fits: Callable[[Any], None]) -> None:
    for path in ("/v1/subscriptions", "/v1/invoices", "/v1/invoices/in_0/lines", "/v1/coupons"):
        fits(ask.get(path))


@pytest.mark.parametrize(
    ("path", "noun", "param"),
    [
        ("charges", "charge", "id"),
        ("customers", "customer", "id"),
        ("events", "event", "id"),
        ("payment_intents", "payment_intent", "intent"),
        ("setup_intents", "setupintent", "intent"),
        ("payment_methods", "PaymentMethod", "payment_method"),
        ("prices", "price", "price"),
        ("promotion_codes", "promotion code", "promotion_code"),
        ("balance_transactions", "balance transaction", "id"),
        ("invoices", "invoice", "invoice"),
        ("subscriptions", "subscription", "id"),
    ],
)
def test_what_is_not_there_is_named_in_stripes_words(
    ask: Asker, path: str, noun: str, param: str
) -> None:
    error = ask.refused(f"/v1/{path}/nowhere", 404)
    assert (error["message"], error["param"]) == (f"No such {noun}: 'nowhere'", param)
    assert error["code"] == "resource_missing"


def test_an_object_is_found_under_its_own_parent_only(ask: Asker) -> None:
    assert ask.get("/v1/customers/cus_1/payment_methods/pm_1")["id"] == "pm_1"
    error = ask.refused("/v1/customers/cus_0/payment_methods/pm_1", 404)
    assert error["message"] == "No such PaymentMethod: 'pm_1'"
    error = ask.refused("/v1/customers/cus_nowhere/payment_methods/pm_1", 404)
    assert error["message"] == "No such customer: 'cus_nowhere'"


def test_types_of_events_take_a_star_for_anything(shop: RunningServer, ask: Asker) -> None:
    now = int(time.time())
    for number, name in enumerate(("charge.failed", "charge.refunded", "customer.created")):
        event = build("event", id=f"evt_{number}", created=now, type=name, data={"object": {}})
        shop.sandbox.accounts["acct_shop"].put(event)
    assert _ids(ask.get("/v1/events?type=charge.*")) == ["evt_1", "evt_0"]
    assert _ids(ask.get("/v1/events?type=charge.fail??")) == []
    assert _ids(ask.get("/v1/events?types[]=charge.failed&types[]=x")) == ["evt_0"]


def test_codes_are_found_in_any_case(shop: RunningServer, ask: Asker) -> None:
    code = build(
        "promotion_code",
        id="promo_0",
        created=START,
        code="WELCOME",
        promotion=part("coupon_source", coupon="WELCOME"),
    )
    shop.sandbox.accounts["acct_shop"].put(code)
    assert _ids(ask.get("/v1/promotion_codes?code=Welcome&coupon=WELCOME")) == ["promo_0"]


def test_events_are_shown_for_thirty_days(shop: RunningServer, ask: Asker) -> None:
    now = int(time.time())
    for name, days in (("old", 30.1), ("recent", 29.9)):
        told = ask.get("/v1/customers/cus_0")
        at = now - int(days * 86_400)
        event = build(
            "event", id=f"evt_{name}", created=at, type="customer.updated", data={"object": told}
        )
        shop.sandbox.accounts["acct_shop"].put(event)
    assert _ids(ask.get("/v1/events")) == ["evt_recent"]
    assert ask.get("/v1/events/evt_recent")["id"] == "evt_recent"
    assert ask.refused("/v1/events/evt_old", 404)["code"] == "resource_missing"


def test_a_list_under_an_unknown_parent_is_not_found(ask: Asker) -> None:
    assert ask.refused("/v1/charges/ch_nowhere/refunds", 404)["code"] == "resource_missing"
