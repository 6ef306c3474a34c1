"""Search finds any part of a word, and only what is there now."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from dashboard.core import db
from dashboard.core.errors import BadInputError
from dashboard.mirror import documents, search
from dashboard.store import books
from dashboard.store.books import Book


@pytest.fixture
def book(engine: Engine) -> Book:
    with db.writing(engine) as connection:
        return books.open_book(connection, "acct_1", livemode=False)


def keep(engine: Engine, book: Book, *pairs: tuple[str, str]) -> None:
    with db.writing(engine) as connection:
        documents.keep(connection, book, "payment", pairs)


def find(engine: Engine, book: Book, words: str, kind: str = "payment") -> list[str]:
    with db.reading(engine) as connection:
        return sorted(search.find(connection, book, kind, words))


def test_any_part_of_any_word_is_found_whatever_its_case(engine: Engine, book: Book) -> None:
    keep(engine, book, ("a", "zoe.q@example.com Zoë Quartermain"), ("b", "Walnut stool 4242"))
    assert find(engine, book, "ARTERM") == ["a"]
    assert find(engine, book, "q@exa") == ["a"]
    assert find(engine, book, "4242 walnut") == ["b"]
    assert find(engine, book, "walnut quarter") == []


def test_a_changed_text_is_found_by_its_new_words_only(engine: Engine, book: Book) -> None:
    keep(engine, book, ("a", "Walnut stool"), ("b", "Walnut shelf"))
    keep(engine, book, ("a", "Brass lamp"), ("b", "Walnut shelf"), ("c", "Brass bowl"))
    assert find(engine, book, "walnut") == ["b"]
    assert find(engine, book, "brass") == ["a", "c"]


def test_short_words_narrow_what_a_longer_one_finds(engine: Engine, book: Book) -> None:
    keep(engine, book, ("a", "Room 7 north"), ("b", "Room 8 north"))
    assert find(engine, book, "north 7") == ["a"]
    with pytest.raises(BadInputError, match="at least 2 letters"):
        find(engine, book, "7 8")


def test_a_word_of_two_letters_is_found_where_a_word_begins_or_ends_with_it(
    engine: Engine, book: Book
) -> None:
    keep(engine, book, ("a", "li.wu@example.com Li Wu"), ("b", "山田"), ("c", "山田太郎 Willis"))
    assert find(engine, book, "山田") == ["b", "c"]
    assert find(engine, book, "li wu") == ["a"]
    assert find(engine, book, "is") == ["c"]
    assert find(engine, book, "田太") == []
    assert find(engine, book, "田太郎") == ["c"]


def test_each_book_and_kind_is_searched_by_itself(engine: Engine, book: Book) -> None:
    keep(engine, book, ("a", "Walnut stool"))
    with db.writing(engine) as connection:
        other = books.open_book(connection, "acct_2", livemode=False)
    assert find(engine, other, "walnut") == []
    assert find(engine, book, "walnut", kind="customer") == []


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    words=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
)
def test_no_words_whatever_break_the_search(engine: Engine, book: Book, words: str) -> None:
    with suppress(BadInputError):
        find(engine, book, words)


@pytest.mark.parametrize(
    "words", ['"walnut"', "wal%nut", "wal_nut", "x AND y", "back\\slash", "co:lon"]
)
def test_signs_of_the_query_language_are_only_text(engine: Engine, book: Book, words: str) -> None:
    keep(engine, book, ("a", f"some {words} here"), ("b", "walnut wallnut slash colon"))
    assert find(engine, book, words) == ["a"]
