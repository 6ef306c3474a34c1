"""Prices in words."""

import pytest

from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.prices import Price, tiers


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"currency": "usd", "unit_amount": 2_900}, "$29.00"),
        ({"currency": "jpy", "unit_amount": 2_900}, "¥2,900"),
        ({"currency": "usd", "unit_amount_decimal": "0.125"}, "$0.00125"),
        ({"currency": "eur", "unit_amount": 0}, "€0.00"),
        ({"currency": "usd", "custom_unit_amount": {}}, "Customer chooses"),
        ({"currency": "usd", "unit_amount": 5, "recurring": {"interval": "week"}}, "$0.05 / week"),
        (
            {
                "currency": "gbp",
                "unit_amount": 900,
                "recurring": {"interval": "month", "interval_count": 3, "usage_type": "metered"},
            },
            "£9.00 every 3 months, metered",
        ),
        ({"currency": "eur", "amount": 900, "interval": "year"}, "€9.00 / year"),
        (
            {"currency": "usd", "billing_scheme": "tiered", "tiers_mode": "volume"},
            "Volume tiers",
        ),
        (
            {"currency": "usd", "unit_amount": 500, "transform_quantity": {"divide_by": 1_000}},
            "$5.00 per 1,000 units",
        ),
        ({}, "Customer chooses"),
        ({"unit_amount": 5}, "5"),
    ],
)
def test_a_price_says_what_it_asks_for(raw: Raw, words: str) -> None:
    assert str(Price.of(raw)) == words


def test_each_tier_begins_after_the_one_before() -> None:
    raw = {
        "currency": "usd",
        "tiers": [
            {"up_to": 10, "flat_amount": 1_000, "unit_amount": 500},
            {"up_to": 50, "unit_amount_decimal": "450.5"},
            {"up_to": None, "amount": 400},
        ],
    }

    read = [(tier.first, tier.last, tier.unit, tier.flat) for tier in tiers(raw)]

    assert read == [
        (1, 10, "$5.00", "$10.00"),
        (11, 50, "$4.505", None),
        (51, None, "$4.00", None),
    ]


def test_a_price_without_tiers_has_none() -> None:
    assert tiers({"currency": "usd", "unit_amount": 5}) == []
