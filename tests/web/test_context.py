"""The request's connection, and which book is open."""

from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import Connection

from dashboard.core import db
from dashboard.core.errors import BadInputError
from dashboard.store import books, users
from dashboard.store.books import Book
from dashboard.store.roles import Permission, Role
from dashboard.web import context
from dashboard.web.access import NEEDS
from tests.clients import CheckedClient


@pytest.fixture
def shelf(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[Book]:
    """Three books: one account in both modes, and another one in test mode; ``/which`` asks."""

    def which() -> dict[str, Any]:
        book = context.book()
        return {"book": book.id if book else None, "timezone": context.timezone()}

    app.add_url_rule("/which", "which", which)
    monkeypatch.setitem(NEEDS, "which", Permission.READ)
    with db.writing(app.extensions["dashboard"].engine) as connection:
        live = books.open_book(connection, "acct_1", livemode=True)
        test = books.open_book(connection, "acct_1", livemode=False)
        other = books.open_book(connection, "acct_2", livemode=False)
        for book, name in ((live, "Alpha"), (test, "Alpha"), (other, "Beta")):
            books.describe(connection, book, timezone="Asia/Tokyo", currency="usd", name=name)
    return [live, test, other]


def open_id(client: CheckedClient, query: str = "") -> Any:
    answer = client.get(f"/which{query}").json
    assert answer
    return answer["book"]


def test_without_an_account_there_is_no_book(ann: CheckedClient, app: Flask) -> None:
    with app.test_request_context("/"):
        assert context.book() is None
        assert context.timezone() == "UTC"
    assert "No account connected" in ann.get("/account").text


def test_the_first_book_is_open_until_another_is_chosen(
    ann: CheckedClient, shelf: list[Book]
) -> None:
    live, test, other = (book.id for book in shelf)
    assert open_id(ann) == live
    assert open_id(ann, "?account=acct_2") == other
    assert open_id(ann) == other
    assert open_id(ann, "?account=acct_1&mode=test") == test
    assert open_id(ann, "?account=acct_1") == live


def test_an_account_that_is_not_connected_is_not_found(
    ann: CheckedClient, shelf: list[Book]
) -> None:
    for query in ("?account=acct_9", "?account=acct_2&mode=live"):
        response = ann.get(f"/which{query}")
        assert response.status_code == 404
        assert "Choose one of the connected accounts" in response.text
    assert open_id(ann) == shelf[0].id


def test_a_mode_alone_is_meant_of_the_account_that_is_open(
    ann: CheckedClient, shelf: list[Book]
) -> None:
    live, test, other = (book.id for book in shelf)
    assert open_id(ann, "?account=acct_1") == live
    assert open_id(ann, "?mode=test") == test
    assert open_id(ann, "?mode=live") == live
    assert open_id(ann, "?account=acct_2") == other
    answer = ann.get("/which?mode=live")
    assert answer.status_code == 404
    assert "not connected here in live mode" in answer.text
    assert ann.get("/which?mode=odd").status_code == 400


def test_switching_by_form_opens_the_book_and_returns(
    ann: CheckedClient, shelf: list[Book]
) -> None:
    chosen = {"account": "acct_1", "mode": "test", "next": "/account"}
    response = ann.submit("/account/switch", chosen)
    assert (response.status_code, response.location) == (303, "/account")
    assert open_id(ann) == shelf[1].id
    assert ann.submit("/account/switch", {**chosen, "next": "//evil"}).location == "/"
    assert ann.submit("/account/switch", {"account": "acct_9"}).status_code == 404


def test_the_switcher_lists_every_book_and_marks_the_open_one(
    ann: CheckedClient, shelf: list[Book]
) -> None:
    page = ann.get("/account").text
    assert "/?account=acct_1&amp;mode=live" in page
    assert "/?account=acct_2&amp;mode=test" in page
    assert page.count('aria-current="true"') == 1


def test_a_request_reads_through_one_connection_that_is_closed(app: Flask) -> None:
    with app.app_context():
        connection = context.db()
        assert context.db() is connection
    assert connection.closed


def test_a_read_after_a_write_sees_it(app: Flask) -> None:
    with app.app_context():
        assert users.every(context.db()) == []
        with context.writing() as connection:
            users.create(connection, "ann@example.com", Role.VIEWER, "hash")
        assert len(users.every(context.db())) == 1


def test_a_write_that_fails_leaves_nothing(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(BadInputError), context.writing() as connection:
            _write_and_fail(connection)
        assert users.every(context.db()) == []
        assert "db" in g


def _write_and_fail(connection: Connection) -> None:
    users.create(connection, "ann@example.com", Role.VIEWER, "hash")
    raise BadInputError("Not this.")
