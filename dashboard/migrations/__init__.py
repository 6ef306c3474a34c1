"""The history of the tables, and the two commands that follow it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from dashboard.core import db


def upgrade(engine: Engine) -> None:
    """Bring the database of ``engine`` to the newest tables, in one transaction."""
    with db.writing(engine) as connection:
        configuration = Config()
        configuration.set_main_option("script_location", str(Path(__file__).parent))
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")
