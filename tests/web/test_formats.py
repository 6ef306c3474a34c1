"""How moments are written: far and near, and in the account's time zone."""

from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask

from dashboard.core import db
from dashboard.store import books
from dashboard.store.roles import Permission, Role
from dashboard.web import formats
from dashboard.web.access import NEEDS
from tests.clients import signed_in

NOW = datetime(2026, 11, 20, 10, 29, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (0, "just now"),
        (9, "just now"),
        (40, "40 seconds ago"),
        (60, "1 minute ago"),
        (3 * 60 + 59, "3 minutes ago"),
        (3_600, "1 hour ago"),
        (86_400 * 6, "6 days ago"),
        (86_400 * 7, "1 week ago"),
        (86_400 * 45, "1 month ago"),
        (86_400 * 800, "2 years ago"),
        (-86_400 * 2, "in 2 days"),
        (-5, "just now"),
    ],
)
def test_how_far_a_moment_is(distance: int, words: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert formats.ago(int(NOW.timestamp()) - distance) == words


def test_moments_and_days_are_those_of_the_account(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = int(datetime(2026, 11, 20, 23, 30, tzinfo=UTC).timestamp())
    assert formats.moment(late) == "Nov 20, 2026, 23:30"
    with db.writing(app.extensions["dashboard"].engine) as connection:
        book = books.open_book(connection, "acct_1", livemode=True)
        books.describe(connection, book, timezone="Asia/Tokyo", currency="jpy", name="A")
    told = (formats.moment, formats.day, formats.iso)
    app.add_url_rule("/when", "when", lambda: " | ".join(each(late) for each in told))
    monkeypatch.setitem(NEEDS, "when", Permission.READ)
    ann = signed_in(app, "ann@example.com", Role.FINANCE)
    assert ann.get("/when").text == "Nov 21, 2026, 08:30 | Nov 21, 2026 | 2026-11-20T23:30:00Z"


def test_a_moment_of_today_is_written_without_its_day(app: Flask) -> None:
    now = int(NOW.timestamp())
    with time_machine.travel(NOW, tick=False), app.test_request_context("/"):
        assert formats.time_words(now - 3_600) == "09:29"
        assert formats.time_words(now - 86_400) == "Nov 19, 2026, 10:29"
        assert formats.month_words(1_555_000_000) == "April 2019"


def test_templates_know_every_filter(app: Flask) -> None:
    template = "{{ 98000|money('jpy') }} {{ 0|iso }} {{ 0|day }} {{ 0|moment }} {{ 0|ago }}"
    with app.test_request_context("/"):
        written = app.jinja_env.from_string(template).render()
    assert written.startswith("¥98,000 1970-01-01T00:00:00Z Jan 1, 1970 Jan 1, 1970, 00:00 ")
