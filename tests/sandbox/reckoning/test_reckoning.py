"""What things cost, by hand: periods, prices in every scheme, rebates and taxes."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from dashboard.sandbox.reckoning.bills import Entry, Rebate, Tax, reckon, totals
from dashboard.sandbox.reckoning.periods import moved, period_around, remaining
from dashboard.sandbox.reckoning.pricing import Pricing, Tier
from dashboard.sandbox.reckoning.retries import retry_days
from dashboard.sandbox.reckoning.rounding import rounded


def _at(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp())  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("anchor", "interval", "count", "at", "start", "end"),
    [
        ((2028, 1, 31), "month", 1, (2028, 2, 29), (2028, 2, 29), (2028, 3, 31)),
        ((2028, 2, 29), "year", 1, (2030, 5, 1), (2030, 2, 28), (2031, 2, 28)),
        ((2028, 1, 31), "month", 3, (2028, 5, 1), (2028, 4, 30), (2028, 7, 31)),
        ((2030, 6, 15), "month", 1, (2030, 5, 20), (2030, 5, 15), (2030, 6, 15)),
        ((2030, 6, 15), "week", 2, (2030, 6, 15), (2030, 6, 15), (2030, 6, 29)),
        ((2030, 6, 15), "day", 3, (2030, 6, 14), (2030, 6, 12), (2030, 6, 15)),
    ],
)
def test_every_period_is_counted_from_the_anchor(
    anchor: tuple[int, ...],
    interval: str,
    count: int,
    at: tuple[int, ...],
    start: tuple[int, ...],
    end: tuple[int, ...],
) -> None:
    found = period_around(_at(*anchor), interval, count, _at(*at))
    assert found == (_at(*start), _at(*end))


def test_what_is_left_of_a_period_costs_its_share() -> None:
    start = _at(2030, 6, 1)
    end = moved(start, "month", 1)
    assert remaining(3_000, _at(2030, 6, 16), start, end, "usd") == 1_500
    assert remaining(1_000, _at(2030, 6, 21), start, end, "kwd") == 330
    assert remaining(-1_000, _at(2030, 6, 21), start, end, "usd") == -333


def test_halves_are_rounded_away_from_nothing() -> None:
    assert (rounded(Fraction(5, 2), "usd"), rounded(Fraction(-5, 2), "usd")) == (3, -3)
    assert (rounded(Fraction(15), "kwd"), rounded(Fraction(14), "kwd")) == (20, 10)


_TIERS = (Tier(10, Fraction(100), Fraction(500)), Tier(None, Fraction(70), Fraction(50)))


@pytest.mark.parametrize(
    ("pricing", "quantity", "cost"),
    [
        (Pricing("usd", unit=Fraction("0.5")), 3, 2),
        (Pricing("usd", tiers=_TIERS, tiers_mode="volume"), 10, 1_500),
        (Pricing("usd", tiers=_TIERS, tiers_mode="volume"), 11, 820),
        (Pricing("usd", tiers=_TIERS, tiers_mode="graduated"), 0, 0),
        (Pricing("usd", tiers=_TIERS, tiers_mode="graduated"), 12, 1_500 + 190),
        (Pricing("usd", unit=Fraction(300), divide_by=5), 11, 900),
        (Pricing("usd", unit=Fraction(300), divide_by=5, rounds_down=True), 11, 600),
    ],
)
def test_every_scheme_has_its_price(pricing: Pricing, quantity: int, cost: int) -> None:
    assert pricing.cost(quantity) == cost


def test_an_amount_off_is_taken_once_and_shares_from_what_is_left() -> None:
    off = Rebate("di_1", amount_off=1_500)
    half = Rebate("di_2", percent_off=Fraction(50), products=frozenset({"prod_1"}))
    lines = reckon(
        [
            Entry(1_000, "prod_1", (off, half)),
            Entry(2_000, "prod_1", (off, half)),
            Entry(800, "prod_2", (half,)),
            Entry(-300, "prod_1", (half,)),
        ],
        "usd",
    )
    assert [line.rebates for line in lines] == [
        (("di_1", 1_000), ("di_2", 0)),
        (("di_1", 500), ("di_2", 750)),
        (("di_2", 0),),
        (("di_2", 0),),
    ]
    assert totals(lines, "usd").total == 0 + 750 + 800 - 300


def test_taxes_are_on_top_or_inside() -> None:
    on_top = Tax("txr_1", Fraction(19), inclusive=False)
    inside = Tax("txr_2", Fraction(20), inclusive=True)
    lines = reckon([Entry(1_000, taxes=(on_top,)), Entry(1_200, taxes=(inside,))], "usd")
    assert [line.tax for line in lines] == [190, 200]
    sums = totals(lines, "usd")
    assert (sums.subtotal, sums.total, sums.tax) == (2_200, 2_390, 390)
    assert (sums.total_excluding_tax, sums.subtotal_excluding_tax) == (2_000, 2_000)
    assert on_top.row(190, 1_000)["tax_behavior"] == "exclusive"


def test_short_periods_leave_less_time_to_pay() -> None:
    assert retry_days("month") == retry_days("year") == (0, 3, 8, 15)
    assert retry_days("week") == (0, 1, 3)
