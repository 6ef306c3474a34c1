"""The list of entries reads the same on both databases."""

from sqlalchemy import Engine

from dashboard.core import db as database
from dashboard.core.paging import Span, Wish
from dashboard.features.audit.queries import EVERYTHING, Entries
from dashboard.store import audit


def test_pages_filters_and_streams_agree(engine: Engine) -> None:
    with database.writing(engine) as db:
        for number in range(70):
            audit.record(db, audit.TERMINAL, "sync.started", subject=f"acct_{number % 2}")
    wish = Wish({"subject": ("acct_1",), "when": Span(1, None)}, sort="when")
    with database.reading(engine) as db:
        first = Entries().page(db, EVERYTHING, Wish(sort="when"))
        second = Entries().page(db, EVERYTHING, Wish(sort="when", cursor=first.older))
        back = Entries().page(db, EVERYTHING, Wish(sort="when", cursor=second.newer))
        wanted = Entries().page(db, EVERYTHING, wish)
        streamed = list(Entries().every(db, EVERYTHING, wish))
    assert [row.number for row in first.rows + second.rows] == list(range(70, 0, -1))
    assert (back.rows, second.older, first.newer) == (first.rows, None, None)
    assert (wanted.count, wanted.rows) == (35, streamed)
