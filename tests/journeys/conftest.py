"""The real application over HTTP with a small practice world, and people who look at it."""

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, StorageState
from sqlalchemy import Engine
from werkzeug.serving import make_server

from dashboard.app import create_app
from dashboard.core import db
from dashboard.core.config import Settings
from dashboard.core.crypto import make_key
from dashboard.store import books, users
from dashboard.store.books import Book
from dashboard.store.roles import Role
from tests.browsers import Quiet, heard
from tests.clients import PASSWORD, password_hash
from tests.journeys.worlds import fill

ANN, BOSS = "ann@example.com", "boss@example.com"
PAYMENTS = 600
Look = Callable[..., Page]


@dataclass(frozen=True, slots=True)
class Site:
    """A running dashboard: where it is, its database and its first account."""

    url: str
    engine: Engine
    book: Book | None = None
    second: Book | None = None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a browser go away before a file is sent: werkzeug's server then leaves it to Python."""
    leaving = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(leaving)


@pytest.fixture(scope="session")
def site(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A dashboard with two accounts: one of about 600 payments and one of about 40."""
    with _served(_sqlite_template, tmp_path_factory.mktemp("site")) as (url, engine):
        book = fill(engine, "acct_practiceAlpha1", "Alder & Finch", seed=7, payments=PAYMENTS)
        second = fill(engine, "acct_practiceBravo2", "Birch Labs", seed=11, payments=40)
        yield Site(url, engine, book, second)


@pytest.fixture(scope="session")
def bare_site(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A dashboard to which no account is connected yet."""
    with _served(_sqlite_template, tmp_path_factory.mktemp("bare")) as (url, engine):
        yield Site(url, engine)


@pytest.fixture(scope="session")
def fresh_site(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A dashboard with an account that was never synced."""
    with _served(_sqlite_template, tmp_path_factory.mktemp("fresh")) as (url, engine):
        with db.writing(engine) as connection:
            book = books.open_book(connection, "acct_practiceFresh3", livemode=False)
        yield Site(url, engine, book)


@contextmanager
def _served(template: Path, folder: Path) -> Iterator[tuple[str, Engine]]:
    path = folder / "dashboard.sqlite"
    shutil.copyfile(template, path)
    settings = Settings(
        _env_file=None,
        environment="test",
        database_url=f"sqlite:///{path}",
        secret_key="j" * 40,
        atom_oauth_encryption_key=make_key(),
    )
    app = create_app(settings)
    logging.disable(logging.INFO)
    engine: Engine = app.extensions["dashboard"].engine
    with db.writing(engine) as connection:
        users.create(connection, ANN, Role.FINANCE, password_hash())
        users.create(connection, BOSS, Role.ADMIN, password_hash())
    with _listening(app) as url:
        yield url, engine
    engine.dispose()


@contextmanager
def _listening(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def sign_in(page: Page, url: str, who: str = ANN) -> None:
    """Sign Ann in by the form, as she does in the morning, or somebody else."""
    page.goto(url + "/login")
    page.get_by_label("Email").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(url + "/")


@pytest.fixture(scope="session")
def _kept(chromium: Browser) -> Callable[[Site, str], StorageState]:
    """Sign everybody in once at each site and keep the cookies for all tests."""
    states: dict[tuple[str, str], StorageState] = {}

    def state_of(site: Site, who: str) -> StorageState:
        if (site.url, who) not in states:
            context = chromium.new_context()
            sign_in(context.new_page(), site.url, who)
            states[site.url, who] = context.storage_state()
            context.close()
        return states[site.url, who]

    return state_of


@pytest.fixture
def look(
    chromium: Browser,
    site: Site,
    _kept: Callable[[Site, str], StorageState],
    complaints: list[str],
) -> Iterator[Look]:
    """Open a path as Ann, or ``who``, in a fresh browser profile; keywords go to the profile."""
    contexts: list[BrowserContext] = []

    def open_page(
        path: str, width: int = 1360, at: Site = site, who: str = ANN, **options: Any
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            **{"storage_state": _kept(at, who), "base_url": at.url, **options},
        )
        contexts.append(context)
        page = context.new_page()
        heard(page, complaints)
        page.goto(path, wait_until="load")
        return page

    yield open_page
    for context in contexts:
        context.close()
