"""The page of one coupon."""

import pytest

from tests.clients import CheckedClient
from tests.features.make import Maker


def test_a_coupon_says_what_it_takes_off_and_from_what(rob: CheckedClient, make: Maker) -> None:
    product = make.product(name="Team")
    make.coupon(
        id="TEAM15",
        percent_off=12.5,
        duration="forever",
        applies_to={"products": [product]},
        max_redemptions=40,
        times_redeemed=3,
    )

    page = rob.get("/products/coupons/TEAM15").text

    for words in ("12.5% off forever", "3 of 40 times", f"/products/{product}", "Team"):
        assert words in page


@pytest.mark.parametrize("id", ["10% off?", "a b", "ÄÖÜ", "x/y"])
def test_ids_that_people_made_up_have_pages(id: str, rob: CheckedClient, make: Maker) -> None:
    make.coupon(id=id, name="By hand")
    link = rob.get("/products/coupons").text.partition('row-link trunc" href="')[2]

    assert rob.get(link.partition('"')[0]).status_code == 200


def test_an_unknown_coupon_or_one_of_another_account_is_not_found(
    rob: CheckedClient, make: Maker
) -> None:
    Maker(make.engine, "acct_other").coupon(id="ELSEWHERE")

    assert rob.get("/products/coupons/NONE").status_code == 404
    assert rob.get("/products/coupons/ELSEWHERE").status_code == 404
