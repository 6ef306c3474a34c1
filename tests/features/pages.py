"""What tests ask of every list page: its rows, its export, and what it costs the database."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from tests.clients import CheckedClient

OF_EVERY_PAGE = re.compile(r"\b(?:FROM|UPDATE|INTO) (?:sessions|users|books|(?:sync|check)_\w+)\b")


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements of a page, sign-in, book and freshness apart."""
    found: list[str] = []

    def note(*arguments: object) -> None:
        statement = str(arguments[2])
        if statement.startswith(("SELECT", "WITH")) and not OF_EVERY_PAGE.search(statement):
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def steps(engine: Engine) -> Iterator[list[int]]:
    """Count the steps that SQLite's machine takes for the mirror's statements of a page."""
    counted = [0]

    def step() -> None:
        counted[0] += 1

    def begin(connection: Any, _cursor: object, statement: str, *_rest: object) -> None:
        watched = step if "daily_" in statement else None
        connection.connection.driver_connection.set_progress_handler(watched, 1)

    event.listen(engine, "before_cursor_execute", begin)
    try:
        yield counted
    finally:
        event.remove(engine, "before_cursor_execute", begin)


def exported(client: CheckedClient, url: str) -> list[dict[str, str]]:
    """Return the lines of a CSV export."""
    response = client.get(url)
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"))))


def listed(client: CheckedClient, url: str, kind: str) -> list[str]:
    """Return the ids of the rows of ``kind`` that a list shows, in their order."""
    response = client.get(url)
    assert response.status_code == 200, response.text
    return re.findall(rf'<tr id="{kind}-([^"]+)"', response.text)
