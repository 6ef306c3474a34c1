"""A guess at what is still to come stands on the time that has been read."""

from sqlalchemy import Engine

from dashboard.core import clock, db
from dashboard.mirror.apply import apply
from dashboard.mirror.outlook import expected
from dashboard.mirror.registry import KINDS
from dashboard.sandbox.shapes import build
from dashboard.store import books, sync_runs
from dashboard.store.books import Book
from dashboard.store.sync_runs import KindState, KindStatus, Window

YEAR = 365 * clock.DAY_SECONDS


def filling(engine: Engine, objects: int, *windows: Window) -> Book:
    """Return a book, a year old, whose charges are being filled."""
    with db.writing(engine) as connection:
        book = books.open_book(connection, "acct_1", livemode=False)
        account = build("account", id="acct_1", created=clock.seconds() - YEAR)
        apply(connection, book, KINDS["account"], [account], seen_at=clock.seconds())
        status = KindStatus("charge", KindState.FILLING, objects=objects)
        sync_runs.save_statuses(connection, book, [status])
        sync_runs.save_windows(connection, book, windows)
    return book


def guess(engine: Engine, book: Book) -> dict[str, int]:
    with db.reading(engine) as connection:
        return expected(connection, book)


def test_half_of_the_time_read_promises_twice_the_objects(engine: Engine) -> None:
    half = Window("charge", cursor="ch_1", cursor_at=clock.seconds() - YEAR // 2)
    book = filling(engine, 1_000, half)
    assert abs(guess(engine, book)["charge"] - 2_000) <= 1


def test_several_windows_are_added_up(engine: Engine) -> None:
    now = clock.seconds()
    quarters = [
        Window("charge", n, now - (n + 1) * YEAR // 4, now - n * YEAR // 4) for n in range(3)
    ]
    assert abs(guess(engine, filling(engine, 500, *quarters))["charge"] - 2_000) <= 2


def test_nothing_is_guessed_from_nothing(engine: Engine) -> None:
    assert guess(engine, filling(engine, 0, Window("charge"))) == {}
