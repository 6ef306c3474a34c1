"""Values that no Stripe would write do not reach the columns."""

import pytest

from dashboard.mirror.kinds import read


@pytest.mark.parametrize("value", [2**53, 2**63, 10**30, -(2**64), 1.5, True, "7", None, [], {}])
def test_what_is_no_amount_counts_nothing(value: object) -> None:
    assert read.whole(value) == 0
    assert read.number(value) is None


@pytest.mark.parametrize("value", [-1, 2**53, 253_402_300_800, "2026", None, False])
def test_what_has_no_date_is_no_moment(value: object) -> None:
    assert read.moment(value) is None


def test_amounts_and_moments_are_taken_as_they_are() -> None:
    assert read.whole(-99_999_999_999) == -99_999_999_999
    assert read.moment(1_700_000_000) == 1_700_000_000


@pytest.mark.parametrize(
    ("told", "currency"), [("usd", "usd"), ("KWD", "kwd"), (None, ""), (7, ""), ("xau", "xau")]
)
def test_a_currency_is_a_word_in_lower_case_or_empty(told: object, currency: str) -> None:
    assert read.currency({"currency": told}) == currency


def test_a_text_comes_without_the_character_that_postgresql_cannot_keep() -> None:
    assert read.text("A\0da \u202e <b>") == "Ada \u202e <b>"
    assert read.text("\0") is None
