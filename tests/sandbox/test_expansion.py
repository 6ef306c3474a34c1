"""Expanding ids into objects, nested and in lists."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.asking import Asker


def test_an_id_becomes_its_object(ask: Asker, fits: Callable[[Any], None]) -> None:
    charge = ask.get("/v1/charges/ch_0?expand[]=customer&expand[]=balance_transaction")
    assert charge["customer"]["name"] == "Ada"
    assert charge["balance_transaction"]["net"] == 1000
    fits(charge)


def test_lists_expand_through_data(ask: Asker, fits: Callable[[Any], None]) -> None:
    page = ask.get("/v1/charges?expand[]=data.customer&limit=3")
    assert [one["customer"]["id"] for one in page["data"]] == ["cus_2", "cus_1", "cus_0"]
    fits(page)


def test_four_levels_expand(ask: Asker, fits: Callable[[Any], None]) -> None:
    page = ask.get("/v1/balance_transactions?limit=1&expand[]=data.source.payment_intent.customer")
    intent = page["data"][0]["source"]["payment_intent"]
    assert intent["customer"]["object"] == "customer"
    fits(page)


def test_five_levels_are_too_many(ask: Asker) -> None:
    path = "/v1/charges?expand[]=data.payment_intent.latest_charge.customer.default_source"
    error = ask.refused(path, 400)
    assert "more than 4 levels" in error["message"]
    assert error["code"] == "property_expansion_max_depth"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/charges?expand[]=customer",
        "/v1/charges/ch_0?expand[]=amount",
        "/v1/charges/ch_0?expand[]=nonsense",
        "/v1/charges/ch_0?expand[]=customer.nonsense",
    ],
)
def test_what_is_no_id_cannot_be_expanded(ask: Asker, path: str) -> None:
    error = ask.refused(path, 400)
    assert error["message"].startswith("This property cannot be expanded")


def test_the_whole_path_to_what_cannot_be_expanded_is_told(ask: Asker) -> None:
    error = ask.refused("/v1/charges/ch_0?expand[]=payment_intent.customer.nonsense", 400)
    assert error["message"] == (
        "This property cannot be expanded (payment_intent.customer.nonsense)."
    )


def test_the_data_of_a_list_are_there_already(ask: Asker) -> None:
    assert ask.get("/v1/charges?expand[]=data") == ask.get("/v1/charges")


def test_a_forgotten_data_is_hinted_at(ask: Asker) -> None:
    message = ask.refused("/v1/charges?expand[]=customer", 400)["message"]
    assert "You may want to try expanding 'data.customer' instead." in message


def test_nothing_to_expand_stays_null(ask: Asker) -> None:
    assert ask.get("/v1/charges/ch_5?expand[]=balance_transaction")["balance_transaction"] is None


def test_tiers_show_only_when_expanded(ask: Asker, fits: Callable[[Any], None]) -> None:
    assert "tiers" not in ask.get("/v1/prices/price_tiered")
    price = ask.get("/v1/prices/price_tiered?expand[]=tiers")
    assert [tier["up_to"] for tier in price["tiers"]] == [10, None]
    fits(price)
    listed = ask.get("/v1/prices?expand[]=data.tiers")["data"]
    assert [len(one.get("tiers", [])) for one in listed] == [0, 2]


def test_tiers_show_inside_a_subscription(ask: Asker, fits: Callable[[Any], None]) -> None:
    subscription = ask.get("/v1/subscriptions/sub_0?expand[]=items.data.price.tiers")
    assert len(subscription["items"]["data"][0]["price"]["tiers"]) == 2
    fits(subscription)


def test_a_subscription_expands_what_hangs_on_it(ask: Asker, fits: Callable[[Any], None]) -> None:
    subscription = ask.get(
        "/v1/subscriptions/sub_0?expand[]=discounts.source.coupon&expand[]=customer"
        "&expand[]=latest_invoice.payments&expand[]=items.data.price.product"
    )
    assert subscription["discounts"][0]["source"]["coupon"]["id"] == "WELCOME"
    assert subscription["latest_invoice"]["payments"]["data"][0]["id"] == "inpay_0"
    assert subscription["items"]["data"][0]["price"]["product"]["name"] == "Plan"
    fits(subscription)


def test_lists_that_an_object_has_show_when_expanded(
    ask: Asker, fits: Callable[[Any], None]
) -> None:
    charge = ask.get("/v1/charges/ch_0?expand[]=refunds.data.balance_transaction")
    assert [one["id"] for one in charge["refunds"]["data"]] == ["re_0"]
    assert charge["refunds"]["url"] == "/v1/charges/ch_0/refunds"
    customer = ask.get("/v1/customers/cus_0?expand[]=subscriptions")
    assert [one["id"] for one in customer["subscriptions"]["data"]] == ["sub_0"]
    fits(charge)


def test_prices_of_invoice_lines_expand(ask: Asker) -> None:
    page = ask.get("/v1/invoices/in_0/lines?expand[]=data.pricing.price_details.price&limit=1")
    assert page["data"][0]["pricing"]["price_details"]["price"]["lookup_key"] == "once"
