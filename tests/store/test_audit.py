"""The audit log: rows that are sealed one after the other, and what a check finds."""

from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError

from dashboard.core import db as database
from dashboard.store import audit, audit_check, audit_keys
from dashboard.store.audit import Actor, audit_log
from dashboard.store.audit_check import Verdict, Wrong
from dashboard.store.books import Book

ANN = Actor(7, "ann@example.com", "192.0.2.7")
BOOK = Book(1, "acct_1", livemode=False)


def write(engine: Engine, count: int, name: str = "bob") -> None:
    with database.writing(engine) as db:
        for number in range(1, count + 1):
            audit.record(db, ANN, "user.role_set", subject=f"{name}{number}@example.com")


def check(engine: Engine) -> Verdict:
    with database.snapshot(engine) as db:
        return audit_check.check(db)


@contextmanager
def tampering(engine: Engine) -> Iterator[Connection]:
    """Reach the rows past the fence, as somebody does who owns the database."""
    with database.writing(engine) as db:
        if engine.dialect.name == "postgresql":
            db.execute(text("ALTER TABLE audit_log DISABLE TRIGGER USER"))
        else:
            for deed in ("update", "delete"):
                db.execute(text(f"DROP TRIGGER IF EXISTS audit_log_no_{deed}"))
        yield db


def found(engine: Engine) -> list[tuple[Wrong, int, int]]:
    return [(each.wrong, each.first, each.last) for each in check(engine).faults]


def test_a_row_tells_who_did_what_when_and_from_where(engine: Engine) -> None:
    with database.writing(engine) as db:
        audit.record(
            db, ANN, "user.role_set", subject="bob", book=BOOK, before={"b": 1, "a": 2}, after={}
        )
    with database.reading(engine) as db:
        row = db.execute(select(audit_log)).one()
    assert (row.number, row.user_id, row.actor, row.address) == (1, 7, ANN.name, ANN.address)
    assert (row.deed, row.subject, row.account_id, row.mode) == (
        *("user.role_set", "bob"),
        *("acct_1", "test"),
    )
    assert (row.before, row.after) == ('{"a":2,"b":1}', "{}")
    assert check(engine).is_whole


def test_a_log_as_it_was_written_is_whole(engine: Engine) -> None:
    assert check(engine).is_whole
    write(engine, 30)
    verdict = check(engine)
    assert (verdict.is_whole, verdict.rows, verdict.number) == (True, 30, 30)


def test_what_is_rolled_back_leaves_no_gap(engine: Engine) -> None:
    write(engine, 2)
    with engine.connect() as db, db.begin() as transaction:
        audit.record(db, ANN, "user.added", subject="bob")
        transaction.rollback()
    write(engine, 2)
    assert (check(engine).is_whole, check(engine).rows) == (True, 4)


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log"])
def test_the_database_refuses_to_change_rows(engine: Engine, statement: str) -> None:
    write(engine, 1)
    with pytest.raises(DBAPIError, match="only be added to"), database.writing(engine) as db:
        db.execute(text(statement))


def test_secrets_are_masked(engine: Engine) -> None:
    told = {"key": "sk_test_abcdefgh1234", "password": "four words nobody", "name": "Ann"}
    with database.writing(engine) as db:
        audit.record(db, ANN, "secret.added", subject="whsec_abcdef123456", before=told, after=told)
    with database.reading(engine) as db:
        row = db.execute(select(audit_log)).one()
    kept = "".join(str(each) for each in row)
    assert not any(part in kept for part in ("abcdefgh1234", "four words", "abcdef123456"))
    assert "Ann" in kept


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE audit_log SET subject = 'x' WHERE number = 4", (Wrong.CHANGED, 4, 4)),
        ("UPDATE audit_log SET after = '{}' WHERE number = 4", (Wrong.CHANGED, 4, 4)),
        ("UPDATE audit_log SET seal = 'x' WHERE number = 10", (Wrong.CHANGED, 10, 10)),
        ("UPDATE audit_log SET previous = '' WHERE number = 4", (Wrong.CHANGED, 4, 4)),
        ("DELETE FROM audit_log WHERE number IN (4, 5)", (Wrong.MISSING, 4, 5)),
        ("DELETE FROM audit_log WHERE number = 1", (Wrong.MISSING, 1, 1)),
        ("DELETE FROM audit_log WHERE number > 7", (Wrong.CUT_OFF, 8, 10)),
        ("DELETE FROM audit_log", (Wrong.CUT_OFF, 1, 10)),
        ("DELETE FROM audit_head", (Wrong.HEAD, 10, 10)),
        ("UPDATE audit_head SET number = 9", (Wrong.HEAD, 10, 10)),
        ("UPDATE audit_log SET number = -number WHERE number = 10", (Wrong.ADDED, -10, -10)),
    ],
)
def test_a_change_is_found_and_its_place_named(
    engine: Engine, statement: str, expected: tuple[Wrong, int, int]
) -> None:
    write(engine, 10)
    with tampering(engine) as db:
        db.execute(text(statement))
    assert found(engine)[0] == expected
    write(engine, 1)
    assert not check(engine).is_whole


def test_rows_that_changed_places_are_told_from_changed_ones(engine: Engine) -> None:
    write(engine, 10)
    with tampering(engine) as db:
        for old, new in ((3, 99), (7, 3), (99, 7)):
            db.execute(audit_log.update().where(audit_log.c.number == old).values(number=new))
    assert [(each.wrong, each.first, each.told) for each in check(engine).faults] == [
        (Wrong.REORDERED, 3, 7),
        (Wrong.REORDERED, 7, 3),
    ]


def test_another_key_is_told_from_tampering(engine: Engine) -> None:
    audit_keys.use(engine, "a" * 40)
    write(engine, 2)
    audit_keys.use(engine, "b" * 40 + "," + "a" * 40)
    write(engine, 2)
    assert check(engine).is_whole
    audit_keys.use(engine, "b" * 40)
    assert found(engine) == [(Wrong.OTHER_KEY, 1, 2)]


def test_the_end_that_an_older_head_hides_was_seen_by_the_last_check(engine: Engine) -> None:
    write(engine, 3)
    with database.reading(engine) as db:
        old = db.execute(select(audit.audit_head)).mappings().one()
    write(engine, 3)
    with database.writing(engine) as db:
        audit_check.keep(db, audit_check.check(db))
    with tampering(engine) as db:
        db.execute(text("DELETE FROM audit_log WHERE number > 3"))
        db.execute(audit.audit_head.update().values(**old))
    assert found(engine) == [(Wrong.CUT_OFF, 4, 6)]
    write(engine, 3, "eve")
    assert found(engine) == [(Wrong.REPLACED, 6, 6)]


def _append(url: str, count: int) -> None:
    engine = database.connect(url)
    audit_keys.use(engine, "t" * 40)
    for _ in range(count):
        with database.writing(engine) as db:
            audit.record(db, ANN, "user.role_set", subject="bob")


def test_two_processes_append_without_gap_or_fork(engine: Engine) -> None:
    audit_keys.use(engine, "t" * 40)
    url = engine.url.render_as_string(hide_password=False)
    processes = [get_context("spawn").Process(target=_append, args=(url, 25)) for _ in range(2)]
    for each in processes:
        each.start()
    for each in processes:
        each.join(60)
    verdict = check(engine)
    assert (verdict.is_whole, verdict.rows, verdict.number) == (True, 50, 50)


def test_the_key_is_made_once_and_readable_by_us_alone(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    write(sqlite_engine, 1)
    file = tmp_path / audit_keys.FILE
    first = file.read_text()
    assert (len(first), file.stat().st_mode & 0o777) == (64, 0o600)
    audit_keys.use(sqlite_engine, "")
    write(sqlite_engine, 1)
    assert file.read_text() == first
    assert check(sqlite_engine).is_whole
