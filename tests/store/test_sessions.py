"""Sessions end by revocation, idleness and age, and the table cannot be used to continue them."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import Connection, Engine, select

from dashboard.core import db
from dashboard.store import sessions, users
from dashboard.store.roles import Role
from dashboard.store.users import User

BEGAN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
IDLE_SECONDS = 30 * 60
LIFETIME_SECONDS = 12 * 3_600


@pytest.fixture
def user(engine: Engine) -> User:
    with db.writing(engine) as connection:
        return users.create(connection, "ann@example.com", Role.VIEWER, "hash")


def start(connection: Connection, user: User, address: str = "192.0.2.1") -> str:
    return sessions.start(
        connection, user.id, address=address, agent="a" * 500, lifetime_seconds=LIFETIME_SECONDS
    )


def is_open(connection: Connection, token: str) -> bool:
    return sessions.find(connection, token, idle_seconds=IDLE_SECONDS) is not None


def test_the_token_is_long_and_the_table_holds_only_its_hash(engine: Engine, user: User) -> None:
    with db.writing(engine) as connection:
        token = start(connection, user)
        row = connection.execute(select(sessions.sessions)).one()
    assert len(token) >= 43
    assert token not in str(row)
    with db.reading(engine) as connection:
        assert is_open(connection, token)
        assert not is_open(connection, row.token_hash)


def test_a_session_ends_when_it_is_idle_and_when_it_is_old(engine: Engine, user: User) -> None:
    with time_machine.travel(BEGAN, tick=False) as clock, db.writing(engine) as connection:
        idle, busy = start(connection, user), start(connection, user)
        found = sessions.find(connection, busy, idle_seconds=IDLE_SECONDS)
        assert found
        for minutes in range(29, 12 * 60, 29):
            clock.move_to(BEGAN + timedelta(minutes=minutes))
            assert is_open(connection, busy)
            assert is_open(connection, idle) == (minutes == 29)
            sessions.touch(connection, found[0].id)
        clock.move_to(BEGAN + timedelta(hours=12))
        assert not is_open(connection, busy)


def test_revoking_ends_one_session_all_of_them_or_all_but_one(engine: Engine, user: User) -> None:
    with db.writing(engine) as connection:
        first, second, third, fourth = (start(connection, user) for _ in range(4))
        ids = [each.id for each in sessions.of_user(connection, user.id, idle_seconds=60)]
        assert sessions.revoke(connection, user.id, ids[-1])
        assert not sessions.revoke(connection, user.id, ids[-1])
        assert not is_open(connection, first)
        assert sessions.revoke_all(connection, user.id, but=ids[0]) == 2
        assert [is_open(connection, token) for token in (second, third, fourth)] == [0, 0, 1]
        assert sessions.revoke_all(connection, user.id) == 1
        assert not is_open(connection, fourth)


def test_nobody_revokes_the_session_of_somebody_else(engine: Engine, user: User) -> None:
    with db.writing(engine) as connection:
        eve = users.create(connection, "eve@example.com", Role.ADMIN, "hash")
        token = start(connection, user)
        (session,) = sessions.of_user(connection, user.id, idle_seconds=60)
        assert not sessions.revoke(connection, eve.id, session.id)
        assert is_open(connection, token)


def test_disabling_a_user_ends_their_sessions(engine: Engine, user: User) -> None:
    with db.writing(engine) as connection:
        token = start(connection, user)
        users.disable(connection, user.id)
        assert not is_open(connection, token)


def test_purging_deletes_only_what_ended_long_ago(engine: Engine, user: User) -> None:
    with time_machine.travel(BEGAN, tick=False) as clock, db.writing(engine) as connection:
        start(connection, user)
        clock.shift(timedelta(days=20))
        start(connection, user)
        clock.shift(timedelta(days=11))
        assert sessions.purge(connection, keep_seconds=30 * 86_400) == 1
        assert sessions.has_known_address(connection, user.id, "192.0.2.1")
        assert not sessions.has_known_address(connection, user.id, "192.0.2.2")
