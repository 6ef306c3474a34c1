"""The history of the tables: following it, and writing its next step."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from dashboard.core import db as database


def upgrade(engine: Engine) -> None:
    """Bring the database of ``engine`` to the newest tables, in one transaction."""
    with database.writing(engine) as db:
        command.upgrade(_configuration(db), "head")


def downgrade(engine: Engine, number: str) -> None:
    """Take the database of ``engine`` back to an older migration, in one transaction."""
    with database.writing(engine) as db:
        command.downgrade(_configuration(db), number)


def write_next(engine: Engine, message: str) -> None:
    """Write the step from the newest migration to the tables that the code declares.

    The database of ``engine`` is upgraded first: it is what the code is compared with.
    """
    upgrade(engine)
    with database.writing(engine) as db:
        configuration = _configuration(db)
        newest = ScriptDirectory.from_config(configuration).get_current_head()
        number = f"{int(newest or 0) + 1:04d}"
        command.revision(configuration, message, autogenerate=True, rev_id=number)


def _configuration(db: Connection) -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent))
    configuration.attributes["connection"] = db
    return configuration
