"""What changed between two versions of an object, and how its values are to be written."""

from typing import Any

import pytest

from dashboard.mirror.changed_fields import LONGEST, Sort, Value, changed_fields

AT = 1_795_000_000


def between(before: object, after: object) -> list[tuple[str, str, str]]:
    """Return path, old and new text of each changed field below ``x``."""
    found = changed_fields({"x": before}, {"x": after})
    return [(each.path, each.old.text, each.new.text) for each in found]


def value(name: str, number: object, **around: Any) -> Value:
    (found,) = changed_fields({**around, name: None}, {**around, name: number})
    return found.new


def test_nested_fields_are_named_by_their_path() -> None:
    before = {"items": {"data": [{"id": "si_1", "price": {"nickname": "Old"}}]}}
    after = {"items": {"data": [{"id": "si_1", "price": {"nickname": "New"}}]}}
    (found,) = changed_fields(before, after)
    assert found.path == "items.data[0].price.nickname"


def test_members_of_a_list_are_matched_by_their_id() -> None:
    assert between([{"id": "a", "n": 1}, {"id": "b", "n": 2}], [{"id": "b", "n": 2}]) == [
        ("x[0]", "a", "")
    ]
    assert between([{"id": "b", "n": 2}], [{"id": "a", "n": 1}, {"id": "b", "n": 3}]) == [
        ("x[0]", "", "a"),
        ("x[1].n", "2", "3"),
    ]
    assert between([{"id": "a"}, {"id": "b"}], [{"id": "b"}, {"id": "a"}]) == []


def test_members_without_an_id_are_matched_by_their_place() -> None:
    assert between(["card"], ["card", "link"]) == [("x[1]", "", "link")]
    assert between([{"id": "a"}, {"id": "a"}], [{"id": "a"}]) == [("x[1]", "a", "")]


def test_an_object_named_by_its_id_only_is_the_same_object() -> None:
    assert between("ch_1", {"id": "ch_1", "amount": 5}) == []
    assert between({"id": "ch_1"}, "ch_1") == []
    assert between("ch_1", {"id": "ch_2"}) == [("x", "ch_1", "ch_2")]


def test_what_has_no_value_counts_as_absent() -> None:
    assert between(None, []) == between("", None) == between({}, None) == []
    assert list(changed_fields({"x": None}, {})) == []
    assert between(None, 0) == [("x", "", "0")]


@pytest.mark.parametrize(("flag", "word"), [(True, "yes"), (False, "no")])
def test_flags_are_words(flag: bool, word: str) -> None:  # noqa: FBT001  (pytest gives it)
    assert between(None, flag) == [("x", "", word)]


def test_what_appears_is_opened_field_by_field() -> None:
    assert between(None, {"behavior": "void", "resumes_at": None}) == [("x.behavior", "", "void")]
    assert between({"reason": "fraud"}, None) == [("x.reason", "fraud", "")]


@pytest.mark.parametrize(
    "name",
    ["amount", "amount_refunded", "unit_amount", "amount_off", "tax_amount", "total", "subtotal"],
)
def test_amounts_have_the_currency_around_them(name: str) -> None:
    assert value(name, 1999, currency="JPY") == Value(Sort.MONEY, number=1999, currency="jpy")


def test_an_amount_has_the_nearest_currency_before_and_after() -> None:
    before = {"currency": "usd", "price": {"currency": "eur", "unit_amount": 5}, "amount": 1}
    after = {"currency": "usd", "price": {"currency": "kwd", "unit_amount": 7}, "amount": 2}
    found = {each.path: each for each in changed_fields(before, after)}
    price, amount = found["price.unit_amount"], found["amount"]
    assert (price.old.currency, price.new.currency) == ("eur", "kwd")
    assert (amount.old.currency, amount.new.currency) == ("usd", "usd")


@pytest.mark.parametrize("number", [True, 2**60, "1999", 19.5])
def test_what_is_no_whole_amount_is_written_as_it_is(number: object) -> None:
    assert value("amount", number, currency="usd").sort is Sort.WORDS
    assert value("amount", 5).sort is Sort.WORDS


@pytest.mark.parametrize(
    "name", ["created", "canceled_at", "current_period_end", "due_date", "next_payment_attempt"]
)
def test_moments_are_known_by_their_names(name: str) -> None:
    assert value(name, AT) == Value(Sort.MOMENT, number=AT)


def test_small_numbers_and_other_names_are_no_moments() -> None:
    assert value("attempt_count", AT).sort is Sort.WORDS
    assert value("created", 12).sort is Sort.WORDS
    assert value("on_behalf_of", "acct_1").text == "acct_1"


def test_a_date_is_not_a_moment() -> None:
    assert value("arrival_date", AT).sort is Sort.DATE


def test_long_values_are_cut() -> None:
    text = value("description", "x" * 5_000).text
    assert (len(text), text[-1]) == (LONGEST, "…")
    assert len(value("lists", [["x" * 900]]).text) == LONGEST
