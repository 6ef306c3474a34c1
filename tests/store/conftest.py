"""A transaction of each database, at a moment that only tests move on."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine
from time_machine import Traveller, travel

from dashboard.core import db as database

NOW = 1_795_000_000


@pytest.fixture
def clock() -> Iterator[Traveller]:
    with travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def db(engine: Engine, clock: Traveller) -> Iterator[Connection]:
    """A transaction whose clock stands still at ``NOW``, or where ``clock`` is shifted."""
    with database.writing(engine) as connection:
        yield connection
