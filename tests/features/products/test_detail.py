"""The page of one product."""

from tests.clients import CheckedClient
from tests.features.make import Maker
from tests.features.pages import listed


def test_tiers_stand_in_a_table(rob: CheckedClient, make: Maker) -> None:
    product = make.product()
    make.price(
        product,
        unit_amount=None,
        billing_scheme="tiered",
        tiers_mode="graduated",
        tiers=[
            {"up_to": 10, "unit_amount": 150, "unit_amount_decimal": "150", "flat_amount": 1_000},
            {"up_to": None, "unit_amount": None, "unit_amount_decimal": "0.5"},
        ],
    )

    page = rob.get(f"/products/{product}").text
    rows = page.partition('<caption class="visually-hidden">Price tiers</caption>')[2]

    assert "Graduated tiers / month" in page
    for cell in ("$1.50", "$10.00", "11", "and above", "$0.005"):
        assert cell in rows


def test_counts_of_subscriptions_lead_to_exactly_them(rob: CheckedClient, make: Maker) -> None:
    product = make.product()
    price, other = make.price(product), make.price(product, unit_amount=900)
    customer = make.customer()
    used = [make.subscription(customer, price), make.subscription(customer, other, price)]
    make.subscription(customer, other, status="canceled")

    page = rob.get(f"/products/{product}").text

    assert f'<a href="/subscriptions?price={price["id"]}">2</a>' in page
    assert listed(rob, f"/subscriptions?price={price['id']}", "subscription") == used
    assert len(listed(rob, f"/subscriptions?product={product}&status=active", "subscription")) == 2
    assert len(listed(rob, f"/subscriptions?product={product}", "subscription")) == 3


def test_hostile_words_are_only_words(rob: CheckedClient, make: Maker) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    product = make.product(name=hostile, description=hostile, unit_label=hostile)
    make.price(product, nickname=hostile)

    for page in (rob.get("/products").text, rob.get(f"/products/{product}").text):
        assert "<img" not in page
        assert "&lt;img" in page


def test_prices_that_cannot_be_read_still_have_a_page(rob: CheckedClient, make: Maker) -> None:
    product = make.product(id="prod_odd")
    make.keep({"id": "price_bare", "object": "price", "product": product})
    make.keep(
        {
            "id": "price_odd",
            "object": "price",
            "product": product,
            "currency": "usd",
            "unit_amount_decimal": "a lot",
            "billing_scheme": "tiered",
            "tiers": [{}, None, {"up_to": "inf"}],
        }
    )

    assert rob.get("/products/prod_odd").status_code == 200


def test_an_unknown_product_or_one_of_another_account_is_not_found(
    rob: CheckedClient, make: Maker
) -> None:
    foreign = Maker(make.engine, "acct_other").product(name="Elsewhere")

    assert rob.get("/products/prod_none").status_code == 404
    assert rob.get(f"/products/{foreign}").status_code == 404
