"""Products, prices, plans, coupons, promotion codes and tax rates: made, changed, deleted."""

from collections.abc import Callable
from typing import Any

from tests.sandbox.asking import Asker

Fits = Callable[[Any], None]


def _told(ask: Asker, type_: str) -> Any:
    return ask.get(f"/v1/events?type={type_}&limit=1")["data"][0]["data"]


def test_a_product_comes_with_its_default_price(ask: Asker, fits: Fits) -> None:
    product = ask.post(
        "/v1/products",
        {
            "name": "Kiln",
            "images[]": "https://example.com/kiln.png",
            "metadata[shelf]": "7",
            "default_price_data[currency]": "EUR",
            "default_price_data[unit_amount]": "4200",
            "default_price_data[recurring][interval]": "month",
        },
    )
    price = ask.get(f"/v1/prices/{product['default_price']}?expand[]=currency_options")
    assert (price["product"], price["currency"], price["unit_amount"]) == (
        product["id"],
        "eur",
        4200,
    )
    assert price["currency_options"]["eur"]["unit_amount_decimal"] == "4200"
    assert ask.get(f"/v1/plans/{price['id']}")["amount"] == 4200
    fits(product)
    fits(price)
    fits(_told(ask, "price.created")["object"])


def test_a_product_changes_and_tells_what_it_was(ask: Asker, fits: Fits) -> None:
    changed = ask.post("/v1/products/prod_0", {"name": "Plan B", "metadata[a]": "b"})
    assert (changed["name"], changed["metadata"]) == ("Plan B", {"a": "b"})
    assert _told(ask, "product.updated")["previous_attributes"]["name"] == "Plan"
    fits(changed)


def test_a_product_with_prices_is_not_deleted(ask: Asker) -> None:
    refused = ask.refused("/v1/products/prod_0", 400, method="DELETE")
    assert "prices" in refused["message"]
    made = ask.post("/v1/products", {"name": "Short-lived"})
    gone = ask.send("DELETE", f"/v1/products/{made['id']}").json()
    assert gone == {"id": made["id"], "object": "product", "deleted": True}
    assert ask.refused(f"/v1/products/{made['id']}", 404)["code"] == "resource_missing"


def test_tiers_and_other_currencies_are_shown_when_asked_for(ask: Asker, fits: Fits) -> None:
    body = {
        "product": "prod_0",
        "currency": "usd",
        "recurring[interval]": "month",
        "billing_scheme": "tiered",
        "tiers_mode": "graduated",
        "tiers[0][up_to]": "10",
        "tiers[0][unit_amount]": "500",
        "tiers[1][up_to]": "inf",
        "tiers[1][unit_amount_decimal]": "250.5",
        "tiers[1][flat_amount]": "100",
        "currency_options[jpy][tiers][0][up_to]": "inf",
        "currency_options[jpy][tiers][0][unit_amount]": "70",
        "tax_behavior": "exclusive",
    }
    price = ask.post("/v1/prices", body)
    assert "tiers" not in price
    fits(price)
    ask.post(f"/v1/prices/{price['id']}", {"nickname": "Stairs"})
    shown = ask.get(f"/v1/prices/{price['id']}?expand[]=tiers&expand[]=currency_options")
    assert [tier["up_to"] for tier in shown["tiers"]] == [10, None]
    assert shown["tiers"][1]["unit_amount_decimal"] == "250.5"
    assert shown["tiers"][1]["unit_amount"] is None
    assert set(shown["currency_options"]) == {"usd", "jpy"}
    assert shown["nickname"] == "Stairs"
    fits(shown)


def test_a_price_must_say_what_it_costs(ask: Asker) -> None:
    body = {"product": "prod_0", "currency": "usd"}
    assert ask.refused("/v1/prices", 400, method="POST", body=body)["param"] == "unit_amount"
    negative = ask.refused("/v1/prices", 400, method="POST", body={**body, "unit_amount": "-1"})
    assert (negative["code"], negative["param"]) == ("parameter_invalid_integer", "unit_amount")
    unknown = ask.refused("/v1/prices", 400, method="POST", body={**body, "product": "prod_x"})
    assert (unknown["code"], unknown["param"]) == ("resource_missing", "product")
    both = {**body, "unit_amount": "1", "unit_amount_decimal": "1.5"}
    assert ask.refused("/v1/prices", 400, method="POST", body=both)["param"] == "unit_amount"
    tiers = {**body, "tiers[0][up_to]": "5", "tiers[0][unit_amount]": "1", "tiers_mode": "volume"}
    assert ask.refused("/v1/prices", 400, method="POST", body=tiers)["param"] == "tiers"


def test_a_lookup_key_moves_only_when_asked_to(ask: Asker) -> None:
    body = {"product": "prod_0", "currency": "usd", "unit_amount": "5", "lookup_key": "once"}
    assert ask.refused("/v1/prices", 400, method="POST", body=body)["param"] == "lookup_key"
    made = ask.post("/v1/prices", body | {"transfer_lookup_key": "true"})
    assert made["lookup_key"] == "once"
    assert ask.get("/v1/prices/price_once")["lookup_key"] is None


def test_a_plan_is_a_price_too(ask: Asker, fits: Fits) -> None:
    plan = ask.post(
        "/v1/plans",
        {"amount": "900", "currency": "usd", "interval": "week", "product[name]": "Weekly"},
    )
    price = ask.get(f"/v1/prices/{plan['id']}")
    assert (price["unit_amount"], price["recurring"]["interval"]) == (900, "week")
    changed = ask.post(f"/v1/plans/{plan['id']}", {"nickname": "Seven days"})
    assert ask.get(f"/v1/prices/{plan['id']}")["nickname"] == "Seven days"
    fits(plan)
    fits(changed)
    gone = ask.send("DELETE", f"/v1/plans/{plan['id']}").json()
    assert gone["deleted"] is True
    assert ask.refused(f"/v1/plans/{plan['id']}", 404)["code"] == "resource_missing"


def test_coupons_are_of_a_percentage_or_of_an_amount(ask: Asker, fits: Fits) -> None:
    tenth = ask.post("/v1/coupons", {"percent_off": "10.5", "duration": "forever"})
    body = {"id": "FIVER", "amount_off": "500", "currency": "usd", "duration": "repeating"}
    assert (
        ask.refused("/v1/coupons", 400, method="POST", body=body)["param"] == "duration_in_months"
    )
    fiver = ask.post("/v1/coupons", body | {"duration_in_months": "3"})
    assert (tenth["percent_off"], fiver["amount_off"]) == (10.5, 500)
    taken = ask.refused("/v1/coupons", 400, method="POST", body={"id": "FIVER", "percent_off": "1"})
    assert taken["code"] == "resource_already_exists"
    for wrong in ({}, {"percent_off": "101"}, {"percent_off": "1", "amount_off": "1"}):
        ask.refused("/v1/coupons", 400, method="POST", body=wrong)
    fits(tenth)
    fits(fiver)


def test_the_codes_of_a_deleted_coupon_are_good_no_more(ask: Asker, fits: Fits) -> None:
    coupon = ask.post("/v1/coupons", {"percent_off": "20"})
    code = ask.post(
        "/v1/promotion_codes",
        {
            "promotion[type]": "coupon",
            "promotion[coupon]": coupon["id"],
            "code": "Twenty",
            "restrictions[first_time_transaction]": "true",
        },
    )
    assert code["restrictions"]["first_time_transaction"] is True
    fits(code)
    same = {"promotion[type]": "coupon", "promotion[coupon]": coupon["id"], "code": "TWENTY"}
    ask.refused("/v1/promotion_codes", 400, method="POST", body=same)
    ask.send("DELETE", f"/v1/coupons/{coupon['id']}")
    assert ask.get(f"/v1/promotion_codes/{code['id']}")["active"] is False
    assert _told(ask, "coupon.deleted")["object"]["valid"] is False


def test_a_tax_rate_keeps_its_percentage(ask: Asker, fits: Fits) -> None:
    rate = ask.post(
        "/v1/tax_rates", {"display_name": "VAT", "inclusive": "true", "percentage": "7.5"}
    )
    changed = ask.post(f"/v1/tax_rates/{rate['id']}", {"active": "false", "country": "IE"})
    assert (changed["active"], changed["country"], changed["percentage"]) == (False, "IE", 7.5)
    refused = ask.refused(
        f"/v1/tax_rates/{rate['id']}", 400, method="POST", body={"percentage": "8"}
    )
    assert refused["code"] == "parameter_unknown"
    fits(rate)
    fits(changed)
