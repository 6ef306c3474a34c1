"""The page of the audit log: what it shows, to whom, and what it says of the last check."""

import re
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, text

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.features.audit import actions
from dashboard.store import audit
from dashboard.store.audit import Actor
from dashboard.store.books import Book
from dashboard.store.roles import Role
from tests.clients import CheckedClient, signed_in
from tests.features.pages import exported, listed, statements

ANN = Actor(7, "ann@example.com", "192.0.2.7")
BOOK = Book(1, "acct_1", livemode=False)


@pytest.fixture
def engine(app: Flask) -> Engine:
    found: Engine = app.extensions["dashboard"].engine
    return found


@pytest.fixture
def ada(app: Flask) -> CheckedClient:
    """Ada, who reads everything and changes nothing."""
    return signed_in(app, "ada@example.com", Role.AUDITOR)


def note(engine: Engine, count: int = 1, **told: Any) -> None:
    values = {"actor": ANN, "deed": "user.role_changed", "subject": "bob@example.com", **told}
    with database.writing(engine) as db:
        for _ in range(count):
            audit.record(db, **values)


def test_an_empty_log_says_so(ada: CheckedClient) -> None:
    page = ada.get("/audit").text
    assert "Audit log" in page
    assert "Not checked yet" in page


def test_a_line_tells_who_did_what_to_whom_from_where(ada: CheckedClient, engine: Engine) -> None:
    note(engine, book=BOOK)
    page = ada.get("/audit").text
    for each in ("Role changed", "ann@example.com", "bob@example.com", "192.0.2.7", "acct_1"):
        assert each in page


def test_an_entry_shows_what_was_before_and_after(ada: CheckedClient, engine: Engine) -> None:
    note(engine, before={"role": "viewer"}, after={"role": "finance"})
    page = ada.get("/audit/1").text
    assert "<del>viewer</del>" in page
    assert "<ins>finance</ins>" in page
    assert ada.get("/audit/2").status_code == 404


def test_a_deed_without_words_is_written_as_it_is_kept(ada: CheckedClient, engine: Engine) -> None:
    note(engine, deed="moon.was_landed_on")
    assert "Moon was landed on" in ada.get("/audit").text


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", ["3", "2", "1"]),
        ("deed=session.started", ["2"]),
        ("deed=session.started&deed=sync.started", ["3", "2"]),
        ("who=terminal", ["3"]),
        ("subject=bob@example.com", ["1"]),
        ("account_id=acct_1", ["3"]),
        ("when=today", ["3", "2", "1"]),
        ("when_from=2020-01-01&when_to=2020-01-02", []),
        ("direction=asc", ["1", "2", "3"]),
    ],
)
def test_filters_narrow_the_list_and_its_export(
    ada: CheckedClient, engine: Engine, query: str, numbers: list[str]
) -> None:
    note(engine)
    note(engine, deed="session.started", subject="ann@example.com")
    note(engine, actor=audit.TERMINAL, deed="sync.started", subject="acct_1", book=BOOK)
    assert listed(ada, f"/audit?{query}", "entry") == numbers
    rows = exported(ada, f"/audit/export.csv?{query}")
    # That the list was taken away is noted before its first row is read.
    assert [row["number"] for row in rows if row["deed"] != "export.taken"] == numbers


@pytest.mark.parametrize("query", ["deed=x", "cursor=WzEsIngiLDBd", "cursor=broken", "who=a%00"])
def test_bad_input_is_refused_by_name(ada: CheckedClient, engine: Engine, query: str) -> None:
    note(engine)
    assert ada.get(f"/audit?{query}").status_code == 400


def test_pages_go_to_the_end_and_back(ada: CheckedClient, engine: Engine) -> None:
    note(engine, 120)
    seen, url = listed(ada, "/audit", "entry"), "/audit"
    while match := re.search(r'rel="next"\s+href="([^"]+)"', ada.get(url).text):
        url = match[1].replace("&amp;", "&")
        seen += listed(ada, url, "entry")
    assert seen == [str(number) for number in range(120, 0, -1)]


@pytest.mark.parametrize("role", [role for role in Role if role not in ("auditor", "admin")])
def test_only_auditors_and_admins_find_it(app: Flask, role: Role) -> None:
    client = signed_in(app, "eve@example.com", role)
    for path in ("/audit", "/audit/1", "/audit/export.csv"):
        assert client.get(path).status_code == 403
    assert 'href="/audit"' not in client.get("/account").text


def test_it_stands_in_the_navigation_of_those_who_may(ada: CheckedClient) -> None:
    assert 'href="/audit"' in ada.get("/account").text


def test_the_page_says_when_it_was_checked_and_what_was_found(
    ada: CheckedClient, engine: Engine
) -> None:
    note(engine, 3)
    actions.verify(engine)
    assert "All 3 entries are as they were written." in ada.get("/audit").text
    with database.writing(engine) as db:
        db.execute(text("DROP TRIGGER audit_log_no_update"))
        db.execute(text("UPDATE audit_log SET subject = 'eve' WHERE number = 2"))
    actions.verify(engine)
    page = ada.get("/audit").text
    assert "The log was changed outside of the dashboard" in page
    assert "Entry 2 was changed after being written." in page


def test_the_page_says_when_nobody_checks(ada: CheckedClient, engine: Engine) -> None:
    with time_machine.travel(clock.seconds() - 3 * clock.DAY_SECONDS, tick=False):
        actions.verify(engine)
    assert "was not checked for days" in ada.get("/audit").text


def test_the_page_asks_little_of_the_database(ada: CheckedClient, engine: Engine) -> None:
    note(engine, 60)
    with statements(engine) as asked:
        ada.get("/audit")
    assert len(asked) <= 3
