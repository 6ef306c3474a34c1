"""Browsers for the tests: each checks the pages that it is given, and some are signed in."""

from functools import lru_cache
from typing import Any

from flask import Flask
from flask.cli import FlaskGroup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.core import db
from dashboard.store import passwords, sessions, users
from dashboard.store.roles import Role
from dashboard.store.users import User
from tests.html_rules import check_page

PASSWORD = "seven quiet otters"
DAY_SECONDS = 86_400


class CheckedClient(FlaskClient):
    """A browser without JavaScript that refuses pages which break the rules of ``html_rules``."""

    user: User | None = None

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        # Buffered: what follows when an answer is closed has happened before the test goes on.
        response = super().open(*args, **{"buffered": True, **kwargs})
        if response.mimetype == "text/html" and response.status_code not in (303, 304):
            check_page(response.text)
        return response

    def csrf_token(self) -> str:
        """Return the token of this browser's session, by reading a form."""
        form = self.get("/login")
        page = form if form.status_code == 200 else self.get("/account")
        return page.text.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]

    def submit(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """Post a form as its page would, with the token."""
        return self.post(path, data={"csrf_token": self.csrf_token(), **(data or {})}, **kwargs)


def run_jobs(app: Flask) -> int:
    """Run all jobs of ``app`` that are due and answer its bells, and return how many that was."""
    count: int = app.extensions["dashboard"].jobs.run_due()
    return count


def flask_command(app: Flask) -> FlaskGroup:
    """Return what ``flask --app wsgi`` is for ``app``, to be invoked by click's test runner."""
    return FlaskGroup(create_app=lambda: app, set_debug_flag=False)


def signed_out(app: Flask) -> CheckedClient:
    """Return a new browser."""
    client = app.test_client()
    assert isinstance(client, CheckedClient)
    return client


def signed_in(app: Flask, email: str, role: Role) -> CheckedClient:
    """Return a browser in which a user with the password ``PASSWORD`` is signed in."""
    client = signed_out(app)
    with db.writing(app.extensions["dashboard"].engine) as connection:
        client.user = user = users.create(connection, email, role, password_hash())
        token = sessions.start(
            connection,
            user.id,
            address="127.0.0.1",
            agent="a test",
            lifetime_seconds=DAY_SECONDS,
        )
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    return client


@lru_cache(maxsize=1)
def password_hash() -> str:
    """Return the hash of ``PASSWORD``, worked out once."""
    return passwords.hashed(PASSWORD)
