"""Attempts are counted by account and by address, across processes, and waiting ends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import Engine, func, select

from dashboard.core import db
from dashboard.store import attempts

BEGAN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def attempt(engine: Engine, email: str, address: str, *, known: bool = False) -> int:
    """Try once and return the seconds to wait."""
    with db.writing(engine) as connection:
        id = attempts.record(connection, email, address)
    with db.writing(engine) as connection:
        wait_seconds = attempts.wait_seconds(connection, email, address, known=known)
        if wait_seconds:
            attempts.forget(connection, id)
    return wait_seconds


def test_an_account_is_tried_ten_times_in_fifteen_minutes(engine: Engine) -> None:
    with time_machine.travel(BEGAN, tick=False) as clock:
        for number in range(10):
            assert attempt(engine, "ann@example.com", f"192.0.2.{number}") == 0
        clock.shift(60)
        assert attempt(engine, " ANN@example.com", "192.0.2.99") == 14 * 60
        assert attempt(engine, "bob@example.com", "192.0.2.99") == 0
        clock.shift(14 * 60)
        assert attempt(engine, "ann@example.com", "192.0.2.99") == 0


def test_a_refused_attempt_does_not_lengthen_the_wait(engine: Engine) -> None:
    with time_machine.travel(BEGAN, tick=False) as clock:
        for _ in range(10):
            attempt(engine, "ann@example.com", "192.0.2.1")
        for minutes in range(15):
            assert attempt(engine, "ann@example.com", "192.0.2.1") == (15 - minutes) * 60
            clock.shift(60)
        assert attempt(engine, "ann@example.com", "192.0.2.1") == 0


def test_a_stranger_does_not_lock_the_user_out_of_a_known_address(engine: Engine) -> None:
    for number in range(20):
        attempt(engine, "ann@example.com", f"198.51.100.{number}")
    assert attempt(engine, "ann@example.com", "192.0.2.1", known=True) == 0
    assert attempt(engine, "ann@example.com", "192.0.2.1") > 0


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("", "not an address", True),
    ],
)
def test_an_address_tries_fifty_accounts(
    sqlite_engine: Engine, first: str, second: str, *, together: bool
) -> None:
    for number in range(50):
        assert attempt(sqlite_engine, f"{number}@example.com", first) == 0
    assert bool(attempt(sqlite_engine, "next@example.com", second)) == together


def test_the_right_password_starts_the_count_anew(engine: Engine) -> None:
    for _ in range(10):
        attempt(engine, "ann@example.com", "192.0.2.1")
    with db.writing(engine) as connection:
        attempts.forget_account(connection, "ann@example.com", "192.0.2.1")
    assert attempt(engine, "ann@example.com", "192.0.2.1") == 0


def test_a_race_lets_no_more_through_than_the_limit(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: attempt(engine, "ann@example.com", "192.0.2.1"), range(40)))
    assert waits.count(0) <= 10


def test_old_attempts_are_deleted(engine: Engine) -> None:
    with time_machine.travel(BEGAN, tick=False) as clock:
        for _ in range(5):
            attempt(engine, "ann@example.com", "192.0.2.1")
        clock.shift(15 * 60)
        attempt(engine, "bob@example.com", "192.0.2.1")
    with db.reading(engine) as connection:
        count = connection.execute(select(func.count()).select_from(attempts.attempts)).scalar()
    assert count == 1


def test_what_was_typed_as_address_is_kept_as_a_hash_only(sqlite_engine: Engine) -> None:
    attempt(sqlite_engine, "my password by mistake", "192.0.2.1")
    with db.reading(sqlite_engine) as connection:
        row = connection.execute(select(attempts.attempts)).one()
    assert "password" not in str(row)
