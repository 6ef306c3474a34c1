"""A list shows the same rows in the same order however the database gets at them."""

import random
from collections.abc import Sequence

import pytest
from sqlalchemy import Engine

from dashboard.core import db as database
from dashboard.core.paging import PAGE_SIZE, Cursor, Span, Wanted, Wish
from dashboard.features.payments.queries import LISTING, PaymentRow
from dashboard.mirror import listing, rows, search
from dashboard.mirror.changes import Change
from dashboard.mirror.kinds.base import Row
from dashboard.mirror.measures.counts import payment_counts
from dashboard.mirror.measures.daily import daily_payments
from dashboard.mirror.payments import BLANK, payments
from dashboard.store import books
from dashboard.store.books import Book

COUNT = listing.FEW + 500
STATUSES = ("succeeded", "succeeded", "succeeded", "failed", "refunded")


@pytest.fixture
def book(engine: Engine) -> Book:
    """A book of payments of some hours, whose amounts have nothing to do with their time."""
    chance = random.Random(5)  # noqa: S311
    with database.writing(engine) as db:
        book = books.open_book(db, "acct_list", livemode=False)
        made = [_payment(book, number, chance) for number in range(COUNT)]
        rows.insert(db, payments, made)
        for summary in (payment_counts, daily_payments):
            summary.follow(db, book, [Change(None, row, {}) for row in made])
    return book


def _payment(book: Book, number: int, chance: random.Random) -> Row:
    return {
        **BLANK,
        "book_id": book.id,
        "id": f"pi_{number:06}",
        "created_at": 1_700_000_000 + number * 7,
        "status": chance.choice(STATUSES),
        "currency": chance.choice(("usd", "jpy")) if number % 9 == 0 else "usd",
        "amount_minor": chance.randrange(1_000),
        "method": chance.choice(("card", "sepa_debit", None)),
    }


def _all(engine: Engine, book: Book) -> list[PaymentRow]:
    with database.reading(engine) as db:
        return list(LISTING.every(db, book, Wish()))


def _pages(engine: Engine, book: Book, where: dict[str, Wanted], sort: str) -> list[PaymentRow]:
    """Return the rows of every page, from the first to the last."""
    shown: list[PaymentRow] = []
    wish = Wish(where, sort=sort)
    with database.reading(engine) as db:
        while True:
            page = LISTING.page(db, book, wish, size=400)
            shown += page.rows
            if page.older is None:
                return shown
            wish = Wish(where, sort=sort, cursor=page.older)


@pytest.mark.parametrize("sort", ["created", "amount"])
@pytest.mark.parametrize(("low", "high"), [(0, 1_000), (100, 990), (500, 503), (2_000, None)])
def test_a_range_of_amounts_finds_the_same_rows_whether_many_or_few(
    engine: Engine, book: Book, low: int, high: int | None, sort: str
) -> None:
    every = _all(engine, book)
    wanted = [
        row
        for row in every
        if row.currency == "usd" and low <= row.amount_minor < (high or row.amount_minor + 1)
    ]
    wanted.sort(
        key=lambda row: (row.created_at if sort == "created" else row.amount_minor, row.id),
        reverse=True,
    )
    where: dict[str, Wanted] = {"currency": ("usd",), "amount": Span(low, high)}
    assert _pages(engine, book, where, sort) == wanted
    assert (len(wanted) > listing.FEW) == (high in (1_000, 990))


CHOSEN: Sequence[dict[str, Wanted]] = (
    {},
    {"status": ("succeeded",)},
    {"status": ("failed", "refunded"), "currency": ("jpy",)},
    {"method": ("card",), "currency": ("usd",), "status": ("succeeded",)},
    {"currency": ("eur",)},
)


@pytest.mark.parametrize("where", CHOSEN)
def test_the_count_of_choices_is_kept_and_is_the_number_of_rows(
    engine: Engine, book: Book, where: dict[str, Wanted]
) -> None:
    with database.reading(engine) as db:
        counted = LISTING.count(db, book, Wish(where))
    assert counted == (len(_pages(engine, book, where, "created")), False)


DAYS = (Span(1_700_006_400, None), Span(1_699_920_000, 1_700_006_400), Span(None, 1_700_092_800))
WITHIN_A_DAY = (Span(1_700_000_100, None), Span(None, 1_700_006_300))


@pytest.mark.parametrize("created", [*DAYS, *WITHIN_A_DAY])
@pytest.mark.parametrize("others", [{}, {"currency": ("jpy",)}, {"method": ("card",)}])
def test_the_count_of_days_is_the_number_of_rows(
    engine: Engine, book: Book, created: Span, others: dict[str, Wanted]
) -> None:
    where = {"created": created, **others}
    with database.reading(engine) as db:
        counted = LISTING.count(db, book, Wish(where))
    assert counted == (len(_pages(engine, book, where, "created")), False)


def test_a_count_that_nobody_kept_is_that_of_the_rows(engine: Engine, book: Book) -> None:
    where: dict[str, Wanted] = {"created": Span(1_700_000_000, None)}
    with database.reading(engine) as db:
        assert LISTING.count(db, book, Wish(where)) == (COUNT, False)
        one = Wish({**where, "amount": Span(0, 10)})
        assert LISTING.count(db, book, one)[0] < COUNT


@pytest.mark.parametrize("needed", [PAGE_SIZE, 60])
def test_a_search_that_found_more_than_is_needed_says_so(
    engine: Engine, book: Book, needed: int
) -> None:
    found = tuple(row.id for row in _all(engine, book))
    more, all_of_them = found[: needed + 1], found[:needed]
    with database.reading(engine) as db:
        assert LISTING.count(db, book, Wish(ids=more, needed=needed)) == (needed, True)
        assert LISTING.count(db, book, Wish(ids=all_of_them, needed=needed)) == (needed, False)


@pytest.mark.parametrize(
    "wish",
    [
        Wish({"status": ("failed",)}),
        Wish(cursor=Cursor(1, "a")),
        Wish(sort="amount"),
        Wish(descending=False),
    ],
    ids=["filtered", "deep", "by amount", "oldest first"],
)
def test_only_the_first_page_by_time_needs_no_more_than_itself(wish: Wish) -> None:
    assert LISTING.needed(wish) == search.MOST
    assert LISTING.needed(Wish()) == PAGE_SIZE
