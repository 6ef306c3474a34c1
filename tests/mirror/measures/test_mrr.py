"""The monthly amount of one subscription, by the definitions, as exact as they say."""

from fractions import Fraction
from typing import Any

import pytest

from dashboard.mirror.measures.mrr import ChurnTiming, DiscountRule, Rules, monthly, monthly_minor
from dashboard.mirror.measures.terms import Library, read
from tests.mirror.measures.make import Object, at, discount, item, price, subscription

FEBRUARY = at("2026-02-01")
TIERS = [
    {"up_to": 5, "unit_amount": 1000, "flat_amount": 500},
    {"up_to": 10, "unit_amount": 800, "flat_amount": 200},
    {"up_to": None, "unit_amount_decimal": "612.5", "unit_amount": None, "flat_amount": None},
]


def amount(told: Object, rules: Rules | None = None, when: int = FEBRUARY) -> int:
    return monthly_minor(read(told), when, rules or Rules())


def tiered(mode: str) -> Object:
    return price(None, billing_scheme="tiered", tiers_mode=mode, tiers=TIERS)


@pytest.mark.parametrize(
    ("interval", "every", "expected"),
    [
        ("month", 1, Fraction(1000)),
        ("month", 3, Fraction(1000, 3)),
        ("year", 1, Fraction(1000, 12)),
        ("year", 2, Fraction(1000, 24)),
        ("week", 1, Fraction(52_000, 12)),
        ("week", 2, Fraction(52_000, 24)),
        ("day", 1, Fraction(365_000, 12)),
        ("day", 30, Fraction(365_000, 360)),
    ],
)
def test_an_interval_counts_for_its_share_of_a_month(
    interval: str, every: int, expected: Fraction
) -> None:
    terms = read(subscription(item(price(1000, interval, every))))
    assert monthly(terms, FEBRUARY) == expected


def test_half_a_minor_unit_is_rounded_away_from_zero() -> None:
    assert amount(subscription(item(price("0.5")))) == 1
    assert amount(subscription(item(price("2.5")))) == 3


def test_a_subscription_is_rounded_once_and_not_by_item() -> None:
    assert amount(subscription(item(price("0.4")), item(price("0.4")))) == 1


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [(1, 1500), (5, 5500), (6, 6 * 800 + 200), (10, 8200), (11, 6738), (20, 12250)],
)
def test_by_volume_all_units_stand_in_one_tier(quantity: int, expected: int) -> None:
    assert amount(subscription(item(tiered("volume"), quantity))) == expected


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [(1, 1500), (5, 5500), (6, 5500 + 800 + 200), (10, 9700), (11, 10313), (12, 10925)],
)
def test_graduated_units_stand_each_in_its_tier(quantity: int, expected: int) -> None:
    assert amount(subscription(item(tiered("graduated"), quantity))) == expected


@pytest.mark.parametrize(("rounding", "expected"), [("up", 3000), ("down", 2000)])
def test_units_are_packed_before_they_are_priced(rounding: str, expected: int) -> None:
    packed = price(1000, transform_quantity={"divide_by": 10, "round": rounding})
    assert amount(subscription(item(packed, 25))) == expected


def test_metered_and_one_off_prices_are_left_out() -> None:
    metered = price(1000)
    metered["recurring"]["usage_type"] = "metered"
    once = {**price(1000), "recurring": None}
    assert amount(subscription(item(metered, None), item(once), item(price(300)))) == 300


def test_inclusive_tax_is_taken_out_and_exclusive_tax_was_never_in() -> None:
    rates = [
        {"percentage": 20.0, "inclusive": True},
        {"percentage": 5, "inclusive": True},
        {"percentage": 8.875, "inclusive": False},
    ]
    assert amount(subscription(item(price(12_500)), default_tax_rates=rates)) == 10_000
    assert amount(subscription(item(price(12_500), tax_rates=rates[:1]))) == 10_417


@pytest.mark.parametrize("currency", ["jpy", "ugx", "isk", "kwd"])
def test_amounts_stay_in_the_minor_units_of_the_api(currency: str) -> None:
    yearly = price(120_000, "year", currency=currency)
    assert amount(subscription(item(yearly), currency=currency)) == 10_000


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        ("active", True),
        ("past_due", True),
        ("trialing", False),
        ("incomplete", False),
        ("incomplete_expired", False),
        ("unpaid", False),
        ("canceled", False),
        ("paused", False),
        ("a_status_of_tomorrow", False),
    ],
)
def test_only_running_subscriptions_count(status: str, *, counts: bool) -> None:
    assert bool(amount(subscription(status=status))) is counts


@pytest.mark.parametrize(
    ("behavior", "counts"),
    [("void", False), ("mark_uncollectible", False), ("keep_as_draft", True)],
)
def test_a_pause_stops_mrr_unless_invoices_are_kept(behavior: str, *, counts: bool) -> None:
    told = subscription(pause_collection={"behavior": behavior, "resumes_at": at("2026-03-01")})
    assert bool(amount(told)) is counts
    assert amount(told, when=at("2026-03-01")) == 1000


def test_who_has_asked_to_leave_counts_until_the_end_or_until_the_request() -> None:
    leaving = subscription(cancel_at_period_end=True, canceled_at=at("2026-01-20"))
    early = Rules(churn=ChurnTiming.CANCELED)
    assert amount(leaving) == 1000
    assert amount(leaving, early) == 0
    assert amount(leaving, early, at("2026-01-19")) == 1000
    assert amount(subscription(cancel_at=at("2026-09-01")), early) == 0


@pytest.mark.parametrize(
    ("rule", "expected"), [("none", 1000), ("forever", 900), ("recurring", 720), ("all", 360)]
)
def test_the_setting_says_which_discounts_count(rule: str, expected: int) -> None:
    listed = [
        discount(percent_off=10),
        discount(percent_off=20, duration="repeating", end="2026-05-01"),
        discount(percent_off=50, duration="once"),
    ]
    rules = Rules(discounts=DiscountRule(rule))
    assert amount(subscription(discounts=listed), rules) == expected


def test_a_discount_begins_with_its_start_and_is_over_at_its_end() -> None:
    told = subscription(discounts=[discount("2026-01-10", "2026-04-10", percent_off=50)])
    moments = [at("2026-01-10") - 1, at("2026-01-10"), at("2026-04-10") - 1, at("2026-04-10")]
    assert [amount(told, when=when) for when in moments] == [1000, 500, 500, 1000]


def test_a_once_discount_ends_with_the_period_that_it_falls_in() -> None:
    period: Object = {
        "current_period_start": at("2026-02-01"),
        "current_period_end": at("2026-03-01"),
    }
    rules = Rules(discounts=DiscountRule.ALL)
    falls_in = discount("2026-02-10", amount_off=300, currency="usd", duration="once")
    before = discount("2026-01-10", amount_off=300, currency="usd", duration="once")
    for told in (subscription(item(**period)), subscription(**period)):
        for given, expected in ((falls_in, 700), (before, 1000)):
            discounted = {**told, "discounts": [given]}
            assert amount(discounted, rules, at("2026-02-20")) == expected
            assert amount(discounted, rules, at("2026-03-01")) == 1000


def test_item_discounts_come_first_then_the_subscriptions_in_order() -> None:
    first = item(price(10_000), discounts=[discount(amount_off=1000, currency="usd")])
    second = item(price(5000))
    shared = [discount(percent_off=50), discount(amount_off=700, currency="usd")]
    assert amount(subscription(first, second, discounts=shared)) == (9000 + 5000) // 2 - 700


def test_a_customers_discount_counts_only_when_no_other_is_in_force() -> None:
    customer = {"id": "cus_1", "discount": discount(percent_off=50)}
    own = discount("2026-03-01", percent_off=10)
    told = subscription(customer=customer, discounts=[own])
    assert amount(told) == 500
    assert amount(told, when=at("2026-03-01")) == 900


def test_an_amount_off_is_taken_off_each_invoice() -> None:
    yearly = subscription(
        item(price(120_000, "year")), discounts=[discount(amount_off=12_000, currency="usd")]
    )
    assert amount(yearly) == 9000


def test_an_amount_off_goes_to_the_shortest_interval_and_never_below_zero() -> None:
    monthly_one, yearly_one = item(price(1000)), item(price(12_000, "year"))
    listed = [discount(amount_off=1500, currency="usd")]
    assert amount(subscription(monthly_one, yearly_one, discounts=listed)) == 1000


def test_an_amount_off_in_another_currency_takes_nothing_off() -> None:
    assert amount(subscription(discounts=[discount(amount_off=100, currency="eur")])) == 1000


def test_a_coupon_of_some_products_leaves_the_others_alone() -> None:
    other = item(price(2000, product={"id": "prod_2"}))
    limited = discount(percent_off=50, applies_to={"products": ["prod_2"]})
    assert amount(subscription(item(), other, discounts=[limited])) == 2000


def test_a_whole_discount_leaves_nothing() -> None:
    assert amount(subscription(discounts=[discount(percent_off=100)])) == 0


def test_fractions_of_a_percent_are_exact() -> None:
    told = subscription(item(price(30_000)), discounts=[discount(percent_off=33.33)])
    assert amount(told) == 20_001


@pytest.mark.parametrize(
    "form",
    [
        {"discount": discount(percent_off=25)},
        {"discount": discount(percent_off=25), "discounts": []},
        {"discounts": [{"source": {"coupon": {"percent_off": 25, "duration": "forever"}}}]},
        {"discounts": ["di_known"]},
    ],
)
def test_discounts_of_every_version_say_the_same(form: dict[str, Any]) -> None:
    known = {"di_known": {"id": "di_known", "source": {"coupon": "half"}}}
    coupons = {"half": {"percent_off": 25, "duration": "forever"}}
    shelf = Library(lambda _: None, coupons.get, known.get, lambda _: None)
    assert monthly_minor(read(subscription(**form), shelf), FEBRUARY) == 750


def test_a_plan_of_older_versions_is_a_price() -> None:
    plan = {
        "id": "gold",
        "object": "plan",
        "amount": 12_000,
        "currency": "usd",
        "interval": "year",
        "interval_count": 1,
        "usage_type": "licensed",
        "billing_scheme": "per_unit",
        "product": "prod_1",
    }
    assert amount(subscription({"id": "si_1", "plan": plan, "quantity": 3})) == 3000


def test_tiers_that_an_item_does_not_carry_are_looked_up() -> None:
    whole = tiered("volume")
    bare = {name: value for name, value in whole.items() if name != "tiers"}
    shelf = Library({whole["id"]: whole}.get, lambda _: None, lambda _: None, lambda _: None)
    assert monthly_minor(read(subscription(item(bare, 6)), shelf), FEBRUARY) == 5000


def test_a_price_of_several_currencies_counts_in_the_subscriptions_one() -> None:
    both = price(1000, currency_options={"eur": {"unit_amount": 900}})
    assert amount(subscription(item(both), currency="eur")) == 900
