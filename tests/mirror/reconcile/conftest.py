"""A practice Stripe over HTTP, a mirror of it, and ways to plant faults between the two."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from sqlalchemy import Engine, func, select

from dashboard.core import db
from dashboard.core.config import Settings
from dashboard.gateway.reads import Reads, connect
from dashboard.mirror.measures import keeping
from dashboard.mirror.reconcile.outcome import Outcome
from dashboard.mirror.reconcile.run import Wish, reconcile
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.identity import from_environment
from dashboard.mirror.sync.run import sync
from dashboard.sandbox.command import Recipe, open_states
from dashboard.sandbox.server import RunningServer, serve
from dashboard.store import differences
from dashboard.store.books import Book
from dashboard.store.differences import Difference
from tests.stripe_like import KEY

PAYMENTS = 60


@pytest.fixture
def practice() -> Iterator[RunningServer]:
    """A small practice company of our own, that may be changed."""
    states = open_states(Recipe(seed=5, payments=PAYMENTS), None, accounts=0)
    server = serve(states)
    yield server
    server.close()
    for state in states.values():
        state.close()


class Mirror:
    """A mirror in ``engine`` of the server at ``url``."""

    def __init__(self, engine: Engine, url: str) -> None:
        self.engine = engine
        self.url = url
        self.settings = Settings(
            _env_file=None, environment="test", stripe_secret_key=KEY, stripe_api_base=url
        )
        self.book: Book = from_environment(engine, self.settings).book

    @property
    def reads(self) -> Reads:
        """Reads with next to no pause between tries."""
        pauses = itertools.repeat(None)
        return connect(
            self.settings, KEY, livemode=False, pause=lambda _seconds: next(pauses), tries=3
        )

    def sync(self) -> None:
        """Fill the mirror, or catch up."""
        assert sync(self.engine, self.book, self.reads).complete

    def reconcile(self, **wish: Any) -> Outcome:
        """Compare, with no patience unless it is wished for."""
        return reconcile(self.engine, self.book, self.reads, Wish(**{"patience": 0.0, **wish}))

    def some(self, kind: str) -> str:
        """Return the id of an object in the middle of the kind."""
        table = KINDS[kind].table
        with db.reading(self.engine) as connection:
            alive = select(table.c.id).where(table.c.deleted.is_(False))
            names = list(connection.scalars(alive.order_by(table.c.created_at, table.c.id)))
        return str(names[len(names) // 2])

    def count(self, kind: str) -> int:
        """Return how many objects of the kind are alive in the mirror."""
        table = KINDS[kind].table
        with db.reading(self.engine) as connection:
            query = select(func.count()).select_from(table).where(table.c.deleted.is_(False))
            return int(connection.scalar(query) or 0)

    def lose(self, kind: str) -> str:
        """Delete a row, and return its id."""
        table, name = KINDS[kind].table, self.some(kind)
        with db.writing(self.engine) as connection:
            connection.execute(table.delete().where(table.c.id == name))
        return name

    def alter(self, kind: str, name: str, **columns: Any) -> None:
        """Set columns of a row behind the product's back."""
        table = KINDS[kind].table
        with db.writing(self.engine) as connection:
            connection.execute(table.update().where(table.c.id == name).values(**columns))

    def column(self, kind: str, name: str, column: str) -> Any:
        """Return what a row holds."""
        table = KINDS[kind].table
        with db.reading(self.engine) as connection:
            return connection.scalar(select(table.c[column]).where(table.c.id == name))

    def open(self) -> list[Difference]:
        """Return the differences that are kept and stand."""
        with db.reading(self.engine) as connection:
            return differences.newest(connection, self.book, 100)

    def sums_are_right(self) -> bool:
        """Say whether all that is summed equals a scan."""
        with db.reading(self.engine) as connection:
            return not list(keeping.check(connection, self.book))

    def post(self, path: str, **data: Any) -> dict[str, Any]:
        """Change something at Stripe, and say nothing to the mirror."""
        return self._ask("POST", path, data)

    def delete(self, path: str) -> dict[str, Any]:
        """Delete something at Stripe, and say nothing to the mirror."""
        return self._ask("DELETE", path, {})

    def _ask(self, method: str, path: str, data: dict[str, Any]) -> dict[str, Any]:
        answer = requests.request(
            method, f"{self.url}{path}", data=data, auth=(KEY, ""), timeout=10
        )
        assert answer.ok, answer.text
        told: dict[str, Any] = answer.json()
        return told


@pytest.fixture
def mirror_of(engine: Engine) -> Callable[[str], Mirror]:
    """Make the mirror of a server, on SQLite and on PostgreSQL."""
    return lambda url: Mirror(engine, url)


@pytest.fixture
def mirror(mirror_of: Callable[[str], Mirror], practice: RunningServer) -> Mirror:
    """A mirror that equals the practice Stripe."""
    made = mirror_of(practice.url)
    made.sync()
    return made
