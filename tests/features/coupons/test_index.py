"""The list of coupons, a tab of the products."""

import pytest

from tests.clients import CheckedClient
from tests.features.make import Maker
from tests.features.pages import exported, statements


@pytest.mark.parametrize(
    "query", ["status=expired", "duration=repeating", "currency=USD", "q=five"]
)
def test_each_filter_finds_the_one_that_is_meant(
    query: str, rob: CheckedClient, make: Maker
) -> None:
    make.coupon(id="LOYAL")
    make.coupon(
        id="FIVE",
        percent_off=None,
        amount_off=500,
        currency="usd",
        duration="repeating",
        duration_in_months=6,
        valid=False,
    )

    rows = exported(rob, f"/products/coupons/export.csv?{query}")

    assert [(row["id"], row["terms"]) for row in rows] == [("FIVE", "$5.00 off for 6 months")]
    assert "LOYAL" not in rob.get(f"/products/coupons?{query}").text


def test_a_search_takes_signs_of_patterns_as_they_are(rob: CheckedClient, make: Maker) -> None:
    make.coupon(id="A_B", name="50% off")
    make.coupon(id="AXB", name="Half")

    assert [row["id"] for row in exported(rob, "/products/coupons/export.csv?q=a_b")] == ["A_B"]
    assert [row["id"] for row in exported(rob, "/products/coupons/export.csv?q=50%25")] == ["A_B"]


def test_a_list_costs_three_statements_at_most(rob: CheckedClient, make: Maker) -> None:
    make.coupon(id="FIVE")
    rob.get("/products/coupons")

    with statements(make.engine) as found:
        rob.get("/products/coupons?q=five&status=active")

    assert 2 <= len(found) <= 3, found


def test_the_sidebar_says_that_coupons_belong_to_products(rob: CheckedClient, make: Maker) -> None:
    page = rob.get("/products/coupons").text

    assert 'aria-current="page"' in page.partition('href="/products"')[2].partition(">")[0]


def test_nobody_reads_coupons_without_signing_in(client: CheckedClient) -> None:
    assert client.get("/products/coupons").status_code == 303
