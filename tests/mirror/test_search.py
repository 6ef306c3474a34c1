"""Search finds any part of a word, and only what is there now."""

from collections.abc import Iterable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from dashboard.core import db
from dashboard.core.errors import BadInputError
from dashboard.core.paging import ALL_FOUND
from dashboard.mirror import documents, search
from dashboard.mirror.apply import apply
from dashboard.mirror.documents import Document
from dashboard.mirror.registry import KINDS
from dashboard.store import books
from dashboard.store.books import Book

NOW = 1_795_000_000
MOST = 500


@pytest.fixture
def book(engine: Engine) -> Book:
    with db.writing(engine) as connection:
        return books.open_book(connection, "acct_1", livemode=False)


def keep(engine: Engine, book: Book, *pairs: tuple[str, str], created_at: int = NOW) -> None:
    told = [Document(id, created_at, words) for id, words in pairs]
    with db.writing(engine) as connection:
        documents.keep(connection, book, "payment", told)


def find(engine: Engine, book: Book, words: str, kind: str = "payment") -> list[str]:
    with db.reading(engine) as connection:
        return sorted(search.find(connection, book, kind, words, MOST))


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


def tell(engine: Engine, book: Book, times: Iterable[int]) -> list[str]:
    """Apply customers who were created then, a page of a list at a time; return their ids."""
    told = [
        {"id": f"cus_{place:05}", "object": "customer", "created": at, "name": "Zoë Quartermain"}
        for place, at in enumerate(times)
    ]
    for start in range(0, len(told), 100):
        with db.writing(engine) as connection:
            page = told[start : start + 100]
            apply(connection, book, KINDS["customer"], page, seen_at=NOW)
    return [str(raw["id"]) for raw in told]


def test_of_many_matches_the_newest_are_found_though_they_were_told_first(
    engine: Engine, book: Book
) -> None:
    ids = tell(engine, book, range(NOW, NOW - 700, -1))
    assert find(engine, book, "quarter", kind="customer") == ids[:MOST]


def test_of_one_second_the_last_by_id_are_found_and_older_ones_after_them(
    engine: Engine, book: Book
) -> None:
    keep(engine, book, *((f"b{place:03}", "Walnut stool") for place in range(MOST - 3)))
    keep(engine, book, *((f"a{place}", "Walnut shelf") for place in range(9)), created_at=NOW - 1)
    found = find(engine, book, "walnut")
    assert found[:3] == ["a6", "a7", "a8"]
    assert len(found) == MOST


def test_a_second_may_hold_more_documents_than_it_has_numbers(engine: Engine, book: Book) -> None:
    full = 1 << documents.BITS
    keep(engine, book, ("late", "Walnut shelf"), created_at=NOW + 1)
    for part in range(3):
        keep(engine, book, *((f"{part}-{place}", "Walnut stool") for place in range(full // 2)))
    keep(engine, book, ("early", "Walnut shelf"), created_at=NOW - 1)
    assert find(engine, book, "shelf") == ["early", "late"]
    assert "late" in find(engine, book, "walnut")
    keep(engine, book, *((f"2-{place}", "Brass lamp") for place in range(9)))
    assert len(find(engine, book, "brass")) == 9


def test_a_document_moves_with_the_time_of_its_object(engine: Engine, book: Book) -> None:
    keep(engine, book, ("a", "Walnut stool"), ("b", "Walnut stool"))
    keep(engine, book, *((f"c{place}", "Walnut") for place in range(MOST)), created_at=5)
    keep(engine, book, ("a", "Walnut stool"), created_at=4)
    keep(engine, book, ("b", "Walnut shelf"), created_at=6)
    found = find(engine, book, "walnut")
    assert "a" not in found
    assert "b" in found
    assert find(engine, book, "stool") == ["a"]
    assert find(engine, book, "shelf") == ["b"]


def test_the_newest_of_very_many_matches_are_found(engine: Engine, book: Book) -> None:
    places = range(search.MANY + 9)
    told = [Document(f"c{place:05}", NOW - place, "Li Walnut") for place in places]
    with db.writing(engine) as connection:
        documents.keep(connection, book, "payment", told)
    newest = [each.id for each in told[:MOST]]
    assert find(engine, book, "walnut") == newest
    assert find(engine, book, "li") == newest
    with db.reading(engine) as connection:
        every = search.find(connection, book, "payment", "walnut", ALL_FOUND)
    assert every == tuple(each.id for each in told)
    assert find(engine, book, "stool") == []
