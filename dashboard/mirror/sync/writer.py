"""The one connection through which a run writes, set for loading much at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from dashboard.core import db as database

SETTINGS = {
    # The log is tidied up after 256 MB, not 4. The file is not mapped: it would count as memory.
    "sqlite": (
        "PRAGMA wal_autocheckpoint = 65536",
        "PRAGMA mmap_size = 0",
        "PRAGMA cache_size = -32768",
    ),
    # A commit is answered before it is on disk: a crash then repeats a few pages.
    "postgresql": ("SET synchronous_commit = off",),
}
GLANCE = {
    "sqlite": ("PRAGMA analysis_limit = 1000", "ANALYZE"),
    # A fifth of the usual sample takes a fifth of the time, and tells large from small.
    "postgresql": ("SET LOCAL default_statistics_target = 20", "ANALYZE"),
}
LOOK = {**GLANCE, "postgresql": ("ANALYZE",)}


@contextmanager
def writer(engine: Engine) -> Iterator[Connection]:
    """Open a connection for the length of a run; each ``begin()`` on it is a transaction."""
    options = {database.WRITING: True, database.BULK: True}
    with engine.connect().execution_options(**options) as db:
        # It never goes back to the pool with these settings.
        db.detach()
        raw = db.connection
        for statement in SETTINGS[db.dialect.name]:
            raw.cursor().execute(statement)
        raw.commit()
        yield db


def analyze(db: Connection, *, glance: bool = False) -> None:
    """Let the planner look at the tables again, or only glance at them while they grow."""
    with db.begin():
        for statement in (GLANCE if glance else LOOK)[db.dialect.name]:
            db.exec_driver_sql(statement)
