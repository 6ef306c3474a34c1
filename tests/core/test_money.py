"""Money: exact, in the decimals that Stripe uses."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core import money
from dashboard.core.errors import BadInputError

CURRENCIES = ("usd", "jpy", "kwd", "ugx", "isk", "huf", "mga", "krw", "eur")


@pytest.mark.parametrize(
    ("amount_minor", "currency", "words"),
    [
        (123_450, "usd", "$1,234.50"),
        (-500, "eur", "-€5.00"),
        (98_000, "jpy", "¥98,000"),
        (1_250, "kwd", "KWD\N{NO-BREAK SPACE}1.250"),
        (500, "ugx", "UGX\N{NO-BREAK SPACE}5.00"),
        (0, "gbp", "£0.00"),
        (10**17 + 1, "usd", "$1,000,000,000,000,000.01"),
    ],
)
def test_an_amount_is_written_in_the_decimals_of_its_currency(
    amount_minor: int, currency: str, words: str
) -> None:
    assert money.written(amount_minor, currency) == words


@given(st.integers(-(10**13), 10**13), st.sampled_from(CURRENCIES))
def test_what_is_written_for_an_export_reads_back_to_the_same_minor_units(
    amount_minor: int, currency: str
) -> None:
    assert money.parse(money.decimal_string(amount_minor, currency), currency) == amount_minor


@pytest.mark.parametrize(("text", "minor"), [("1,234.50", 123_450), ("-1,234,567", -123_456_700)])
def test_commas_part_thousands(text: str, minor: int) -> None:
    assert money.parse(text, "usd") == minor


@pytest.mark.parametrize("text", ["1,5", "12,50", "1.234,50", "1,2345", ",5", "1,,000", "1,234,"])
def test_a_comma_anywhere_else_is_refused_and_not_passed_over(text: str) -> None:
    with pytest.raises(BadInputError):
        money.parse(text, "usd")


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "NaN", "Infinity", "12.345", "1e400"])
def test_what_is_no_amount_in_dollars_is_refused_with_the_field_and_an_example(text: str) -> None:
    with pytest.raises(BadInputError) as refusal:
        money.parse(text, "usd", "amount_min")
    assert refusal.value.field == "amount_min"
    assert "12.50" in str(refusal.value)


def test_yen_have_no_decimals_and_dinars_three() -> None:
    assert money.parse("1250", "jpy") == 1_250
    assert money.parse("1.25", "kwd") == 1_250
    with pytest.raises(BadInputError) as refusal:
        money.parse("12.5", "jpy")
    assert "without decimals" in str(refusal.value)


@pytest.mark.parametrize(
    ("value", "whole"), [(Fraction(5, 2), 3), (Fraction(-5, 2), -3), (Fraction(7, 3), 2), (0, 0)]
)
def test_halves_are_rounded_away_from_zero(value: Fraction, whole: int) -> None:
    assert money.rounded(Fraction(value)) == whole


def test_rounding_knows_no_largest_number() -> None:
    assert money.rounded(Fraction(10**40 + 1, 2)) == 5 * 10**39 + 1


def test_a_ratio_has_six_places_and_none_over_nothing() -> None:
    assert money.ratio(1, 3) == "0.333333"
    assert money.ratio(-1, 8) == "-0.125000"
    assert money.ratio(5, 0) is None
