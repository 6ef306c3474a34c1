"""Migrations lead from nothing to exactly the tables that the code declares."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, select, text

from dashboard import migrations
from dashboard.core import db
from dashboard.migrations import tables
from dashboard.mirror import search
from dashboard.mirror.apply import Piece, apply, apply_pieces
from dashboard.mirror.documents import SEARCHED
from dashboard.mirror.measures import keeping
from dashboard.mirror.payments import payments
from dashboard.mirror.registry import KINDS
from dashboard.mirror.versions import history
from dashboard.sandbox.world import generate
from dashboard.store import books, grants, sessions, users
from dashboard.store.roles import Role

NOW = 1_795_000_000
MOST = 500


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


def test_what_is_derived_is_made_of_the_rows_that_an_older_database_holds(engine: Engine) -> None:
    told = [each[0] if isinstance(each, tuple) else each for each in generate(11, 150, NOW)]
    with db.writing(engine) as connection:
        book = books.open_book(connection, "acct_1", livemode=False)
        for kind in KINDS.values():
            mirrored = [raw for raw in told if raw["object"] == kind.name]
            apply(connection, book, kind, mirrored, seen_at=NOW)
        names = connection.scalars(select(payments.c.email).where(payments.c.email.is_not(None)))
        email = str(names.first())
        found = search.find(connection, book, "payment", email)
    migrations.downgrade(engine, "0001")
    migrations.upgrade(engine)
    with db.reading(engine) as connection:
        assert list(keeping.check(connection, book)) == []
        assert search.find(connection, book, "payment", email) == found
        assert search.find(connection, book, "payment", email[:2])


def test_what_an_older_database_holds_is_found_by_its_time(engine: Engine) -> None:
    names = [f"cus_{place:03}" for place in range(MOST + 200)]
    told = [
        {"id": name, "object": "customer", "created": NOW - place, "name": "Zoe Quartermain"}
        for place, name in enumerate(names)
    ]
    with db.writing(engine) as connection:
        book = books.open_book(connection, "acct_1", livemode=False)
        apply(connection, book, KINDS["customer"], told, seen_at=NOW)
    migrations.downgrade(engine, "0002")
    with db.writing(engine) as connection:
        connection.execute(text("UPDATE search_documents SET number = -number"))
    migrations.upgrade(engine)
    with db.writing(engine) as connection:
        apply(connection, book, KINDS["customer"], [{**told[-1], "created": NOW + 1}], seen_at=NOW)
        found = search.find(connection, book, "customer", "quarter", MOST)
    assert sorted(found) == [*names[: MOST - 1], names[-1]]


def test_an_older_database_keeps_versions_from_its_upgrade_on(engine: Engine) -> None:
    told = {"id": "cus_1", "object": "customer", "created": NOW, "name": "Ann"}
    with db.writing(engine) as connection:
        book = books.open_book(connection, "acct_1", livemode=False)
        apply(connection, book, KINDS["customer"], [told], seen_at=NOW)
    migrations.downgrade(engine, "0006")
    migrations.upgrade(engine)
    with db.writing(engine) as connection:
        changed = {**told, "name": "Bea"}
        apply_pieces(connection, book, KINDS["customer"], [Piece(changed, NOW + 1, "evt_1")])
        (one,) = history(connection, book, {"customer": [changed]}).revisions
    assert [(each.old.text, each.new.text) for each in one.fields] == [("Ann", "Bea")]


def test_users_and_sessions_of_before_go_on_and_have_confirmed_nothing(engine: Engine) -> None:
    with db.writing(engine) as connection:
        ann = users.create(connection, "ann@example.com", Role.FINANCE, "hash")
        token = sessions.start(connection, ann.id, address="", agent="", lifetime_seconds=60)
        grants.replace(connection, ann.id, {"acct_1": Role.ADMIN})
    migrations.downgrade(engine, "0007")
    migrations.upgrade(engine)
    with db.reading(engine) as connection:
        found = sessions.find(connection, token, idle_seconds=60)
        assert found
        session, user = found
        assert (session.confirmed_at, user) == (0, ann)
        assert user.role_everywhere is Role.FINANCE
