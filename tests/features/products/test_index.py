"""The list of products: filters, search and exports."""

import pytest

from tests.clients import CheckedClient
from tests.features.make import Maker
from tests.features.pages import exported, listed, statements


@pytest.mark.parametrize("query", ["status=archived", "q=wheel", "created=today"])
def test_each_filter_finds_the_one_that_is_meant(
    query: str, rob: CheckedClient, make: Maker
) -> None:
    make.product(name="Mug", created=make.now - 90 * 86_400)
    meant = make.product(name="Throwing wheel", active=False, created=make.now)

    assert listed(rob, f"/products?{query}", "product") == [meant]


def test_a_product_shows_its_default_price_in_words(rob: CheckedClient, make: Maker) -> None:
    product = make.product(id="prod_messages", name="Messages")
    price = make.price(
        product, unit_amount=500, transform_quantity={"divide_by": 1_000, "round": "up"}
    )
    make.product(id=product, name="Messages", default_price=price["id"])

    assert "$5.00 per 1,000 units / month" in rob.get("/products").text


def test_the_id_of_a_price_jumps_to_its_product(rob: CheckedClient, make: Maker) -> None:
    product = make.product()
    price = make.price(product)

    assert rob.get(f"/products?q={price['id']}").location == f"/products/{product}"


def test_an_export_holds_exactly_the_rows_of_the_list(rob: CheckedClient, make: Maker) -> None:
    for number in range(4):
        make.product(name=f"Product {number}", active=number % 2 == 0)

    rows = exported(rob, "/products/export.csv?status=active")

    assert [row["id"] for row in rows] == listed(rob, "/products?status=active", "product")
    assert {row["status"] for row in rows} == {"active"}


def test_a_list_costs_three_statements_at_most(rob: CheckedClient, make: Maker) -> None:
    make.product()
    rob.get("/products")

    with statements(make.engine) as found:
        rob.get("/products?q=Studio&status=active")

    assert 2 <= len(found) <= 3, found


def test_an_unknown_status_is_refused(rob: CheckedClient, make: Maker) -> None:
    assert rob.get("/products?status=sold").status_code == 400


def test_an_empty_shop_says_so(rob: CheckedClient, make: Maker) -> None:
    make.synced()
    assert 'data-empty="nothing-yet"' in rob.get("/products").text
    assert 'data-empty="nothing-matches"' in rob.get("/products?status=active").text


def test_nobody_reads_products_without_signing_in(client: CheckedClient) -> None:
    assert client.get("/products").status_code == 303
