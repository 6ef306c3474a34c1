"""How soon deliveries were handled, day by day: a few rows where scanning the inbox takes long."""

from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Integer, String, Table

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.store.books import Book

DIGITS = 2
"""So many digits of a time are kept: enough to see it within a tenth."""

delivery_times = Table(
    "delivery_times",
    database.metadata,
    Column("book_id", ForeignKey("books.id"), primary_key=True),
    # The day of the account's time zone on which they were received.
    Column("day", String(10), primary_key=True),
    # From being received to being handled, in milliseconds, rounded up to two digits.
    Column("within_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
)


def add(db: Connection, book: Book, times: Iterable[tuple[int, int]]) -> None:
    """Count deliveries by when they were received and handled, both in UTC milliseconds."""
    day_of = clock.DayFinder(book.timezone)
    counted = Counter(
        (day_of(received_ms // 1000), rounded_up(handled_ms - received_ms))
        for received_ms, handled_ms in times
    )
    if not counted:
        return
    statement = database.insert(db, delivery_times)
    statement = statement.on_conflict_do_update(
        index_elements=["book_id", "day", "within_ms"],
        set_={"count": delivery_times.c.count + statement.excluded["count"]},
    )
    rows = [
        {"book_id": book.id, "day": day, "within_ms": within_ms, "count": count}
        for (day, within_ms), count in sorted(counted.items())
    ]
    db.execute(statement, rows)


def rounded_up(milliseconds: int) -> int:
    """Return the time with two digits that is no shorter: 499 becomes 500."""
    unit = int(10 ** max(0, len(str(milliseconds)) - DIGITS))
    return max(1, -(-milliseconds // unit) * unit)


def percentile(counts: Mapping[int, int], percent: int) -> int | None:
    """Return within how many milliseconds so many percent were handled; ``None`` without any.

    ``counts`` is by ``within_ms``.
    """
    left = -(-sum(counts.values()) * percent // 100)
    for within_ms in sorted(counts):
        left -= counts[within_ms]
        if left <= 0:
            return within_ms
    return None
