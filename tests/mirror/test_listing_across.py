"""A list of several books: one order, one count, and every row once."""

import random
from collections.abc import Sequence

import pytest
from sqlalchemy import Engine

from dashboard.core import db as database
from dashboard.core.paging import Cursor, Page, Span, Wanted, Wish
from dashboard.features.payments.queries import LISTING, PaymentRow
from dashboard.mirror import rows
from dashboard.mirror.changes import Change
from dashboard.mirror.measures.counts import payment_counts
from dashboard.mirror.measures.daily import daily_payments
from dashboard.mirror.payments import BLANK, payments
from dashboard.store import books
from dashboard.store.books import Book
from tests.features.pages import statements

ACCOUNTS = {"acct_a": "usd", "acct_b": "jpy", "acct_c": "eur"}
EACH = 60
MIDNIGHT = 1_700_006_400

Place = tuple[int, str, int]


@pytest.fixture
def shelf(engine: Engine) -> list[Book]:
    """Three books of three currencies, whose payments share moments, amounts and ids."""
    chance = random.Random(7)  # noqa: S311
    found = []
    with database.writing(engine) as db:
        for account, currency in ACCOUNTS.items():
            book = books.open_book(db, account, livemode=False)
            made = [
                {
                    **BLANK,
                    "book_id": book.id,
                    "id": f"pi_{chance.randrange(20):02}_{number}",
                    "created_at": MIDNIGHT - 20 + chance.randrange(40),
                    "status": chance.choice(("succeeded", "failed")),
                    "currency": currency,
                    "amount_minor": chance.randrange(9),
                }
                for number in range(EACH)
            ]
            same = {"id": "pi_everywhere", "created_at": MIDNIGHT, "status": "failed"}
            made.append({**made[0], **same})
            rows.insert(db, payments, made)
            for summary in (payment_counts, daily_payments):
                summary.follow(db, book, [Change(None, row, {}) for row in made])
            found.append(book)
    return found


def _pages(
    engine: Engine, shelf: Sequence[Book], where: dict[str, Wanted], sort: str, *, down: bool
) -> tuple[list[Place], list[Place]]:
    """Return the places of all rows on the way to the last page, and on the way back."""
    wish = Wish(where, sort=sort, descending=down)
    there: list[Place] = []
    back: list[Place] = []
    with database.reading(engine) as db:
        page = LISTING.across(db, dict.fromkeys(shelf, wish), size=17)
        there += _places(page, sort)
        while page.older:
            page = LISTING.across(db, dict.fromkeys(shelf, _from(wish, page.older)), size=17)
            there += _places(page, sort)
        back += reversed(_places(page, sort))
        while page.newer:
            page = LISTING.across(db, dict.fromkeys(shelf, _from(wish, page.newer)), size=17)
            back += reversed(_places(page, sort))
    assert page.count == len(there)
    return there, back


def _from(wish: Wish, cursor: Cursor) -> Wish:
    carried = Cursor.decode(cursor.encode())
    return Wish(wish.where, sort=wish.sort, descending=wish.descending, cursor=carried)


def _places(page: Page[PaymentRow], sort: str) -> list[Place]:
    return [_place(row, book, sort) for row, book in zip(page.rows, page.books, strict=True)]


def _place(row: PaymentRow, book: int, sort: str) -> Place:
    return (row.created_at if sort == "created" else row.amount_minor, row.id, book)


@pytest.mark.parametrize("direction", ["desc", "asc"])
@pytest.mark.parametrize("sort", ["created", "amount"])
@pytest.mark.parametrize("where", [{}, {"status": ("failed",)}, {"created": Span(MIDNIGHT, None)}])
def test_pages_hold_every_row_of_every_book_once_in_one_order(
    engine: Engine, shelf: list[Book], where: dict[str, Wanted], sort: str, direction: str
) -> None:
    down = direction == "desc"
    wish = Wish(where, sort=sort, descending=down)
    with database.reading(engine) as db:
        wanted = [
            _place(row, book.id, sort) for book in shelf for row in LISTING.every(db, book, wish)
        ]
        exported = [
            _place(row, book, sort)
            for book, row in LISTING.every_across(db, dict.fromkeys(shelf, wish))
        ]
    wanted.sort(reverse=down)
    there, back = _pages(engine, shelf, where, sort, down=down)
    assert there == wanted
    assert back == wanted[::-1]
    assert exported == wanted
    assert sum(id == "pi_everywhere" for _value, id, _book in there) == len(ACCOUNTS)


def test_the_number_of_books_changes_nothing_about_that_of_the_statements(
    engine: Engine, shelf: list[Book]
) -> None:
    for where in ({}, {"status": ("failed",)}, {"created": Span(MIDNIGHT, None)}):
        with database.reading(engine) as db, statements(engine) as made:
            LISTING.across(db, dict.fromkeys(shelf, Wish(where)))
        assert len(made) <= 3, made
