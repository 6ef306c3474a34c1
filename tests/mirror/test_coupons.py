"""Coupons and discounts in words."""

import pytest

from dashboard.mirror.coupons import discount, in_words
from dashboard.mirror.kinds.base import Raw


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"percent_off": 20, "duration": "once"}, "20% off once"),
        ({"percent_off": 12.5, "duration": "forever"}, "12.5% off forever"),
        ({"percent_off": "100.0"}, "100% off"),
        (
            {"amount_off": 500, "currency": "usd", "duration_in_months": 1},
            "$5.00 off for 1 month",
        ),
        ({"amount_off": 500, "currency": "jpy", "duration_in_months": 6}, "¥500 off for 6 months"),
        ({}, "Discount"),
    ],
)
def test_a_coupon_says_what_it_takes_off_and_for_how_long(raw: Raw, words: str) -> None:
    assert in_words(raw) == words


COUPON = {"id": "SPRING", "name": "Spring", "percent_off": 25, "duration": "once"}


@pytest.mark.parametrize(
    "raw", [{"coupon": COUPON}, {"source": {"type": "coupon", "coupon": COUPON}}]
)
def test_a_discount_is_read_in_old_and_new_shapes(raw: Raw) -> None:
    found = discount({"id": "di_1", "start": 5, "end": None, **raw})

    assert (found.coupon, found.coupon_id) == ("Spring (25% off once)", "SPRING")
    assert (found.start, found.end) == (5, None)


def test_a_discount_that_names_its_coupon_only_shows_the_name() -> None:
    assert discount({"id": "di_1", "source": {"coupon": "SPRING"}}).coupon == "SPRING"
    assert discount({"id": "di_1"}).coupon == "di_1"
