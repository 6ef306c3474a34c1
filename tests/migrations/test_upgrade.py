"""Migrations lead from nothing to exactly the tables that the code declares."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from dashboard import migrations
from dashboard.core import db
from dashboard.migrations import tables
from dashboard.mirror.documents import SEARCHED


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression")
def test_the_upgraded_database_is_what_the_code_declares(engine: Engine) -> None:
    with db.reading(engine) as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": tables.is_ours}
        )
        differences = compare_metadata(context, db.metadata)
    assert not [each for each in differences if "search_index" not in str(each)]


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    migrations.upgrade(engine)
    with db.reading(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1


def test_every_searched_kind_has_its_index(engine: Engine) -> None:
    names = (
        "SELECT indexname FROM pg_indexes"
        if engine.dialect.name == "postgresql"
        else "SELECT name FROM sqlite_master"
    )
    with db.reading(engine) as connection:
        found = set(connection.scalars(text(names)))
    assert {f"search_index_{kind}" for kind in SEARCHED} <= found
