"""Filters: what they let through, and clear refusals of what makes no sense."""

from datetime import date

import pytest
import time_machine
from werkzeug.datastructures import MultiDict

from dashboard.core import clock
from dashboard.core.errors import BadInputError
from dashboard.core.paging import Span
from dashboard.store.books import Book
from dashboard.web.filters import Amounts, Arguments, Choice, Dates, Text

BOOK = Book(1, "acct_1", livemode=False, timezone="America/New_York", currency="usd")
CREATED = Dates("created", "Created")
STATUS = Choice("status", "Status", (("failed", "Failed"), ("refunded", "Refunded")))
AMOUNT = Amounts("amount", "Amount")
NOON = "2026-11-20T12:00:00-05:00"


def asked(*pairs: tuple[str, str]) -> Arguments:
    return MultiDict(pairs)


@time_machine.travel(NOON)
@pytest.mark.parametrize(
    ("period", "first"),
    [
        ("today", date(2026, 11, 20)),
        ("7d", date(2026, 11, 14)),
        ("30d", date(2026, 10, 22)),
        ("mtd", date(2026, 11, 1)),
        ("qtd", date(2026, 10, 1)),
        ("ytd", date(2026, 1, 1)),
    ],
)
def test_a_period_begins_on_a_day_of_the_account_and_ends_with_today(
    period: str, first: date
) -> None:
    assert CREATED.read(asked(("created", period)), BOOK) == Span(
        clock.day_start(first, BOOK.timezone), clock.day_end(date(2026, 11, 20), BOOK.timezone)
    )


@time_machine.travel(NOON)
@pytest.mark.parametrize(
    ("pairs", "field"),
    [
        ([("created", "next-year")], "created"),
        ([("created", "30d"), ("created_from", "2026-11-01")], "created"),
        ([("created_from", "2026-13-01")], "created_from"),
        ([("created_to", "9999-12-31")], "created_to"),
        ([("created_from", "2026-11-21")], "created_from"),
        ([("created_from", "2026-11-10"), ("created_to", "2026-11-01")], "created_to"),
    ],
)
def test_days_that_make_no_sense_are_refused_by_name(
    pairs: list[tuple[str, str]], field: str
) -> None:
    with pytest.raises(BadInputError) as refusal:
        CREATED.read(asked(*pairs), BOOK)
    assert refusal.value.field == field
    assert refusal.value.remedy


def test_several_choices_are_all_let_through_and_named_on_the_chip() -> None:
    arguments = asked(("status", "failed"), ("status", "refunded"))
    assert STATUS.read(arguments, BOOK) == ("failed", "refunded")
    assert STATUS.words(arguments, BOOK) == "Failed, Refunded"


def test_an_unknown_choice_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInputError, match="failed, refunded"):
        STATUS.read(asked(("status", "lost")), BOOK)


@pytest.mark.parametrize(
    ("pairs", "span"),
    [
        ([("amount_min", "25")], Span(2_500, None)),
        ([("amount_max", "25")], Span(None, 2_501)),
        ([("amount_min", "1"), ("amount_max", "2.5"), ("currency", "kwd")], Span(1_000, 2_501)),
        ([("amount_min", "98000"), ("currency", "jpy")], Span(98_000, None)),
    ],
)
def test_amounts_are_meant_in_the_currency_of_the_list_both_ends_included(
    pairs: list[tuple[str, str]], span: Span
) -> None:
    assert AMOUNT.read(asked(*pairs), BOOK) == span


@pytest.mark.parametrize(
    "pairs", [[("amount_min", "abc")], [("amount_min", "9"), ("amount_max", "3")]]
)
def test_amounts_that_make_no_sense_are_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(BadInputError):
        AMOUNT.read(asked(*pairs), BOOK)


def test_what_is_not_set_lets_everything_through() -> None:
    for filter in (CREATED, STATUS, AMOUNT, Text("customer", "Customer")):
        assert filter.read(asked(), BOOK) is None
