"""``flask audit verify``: says that the log is whole, or where it is not, and keeps that."""

import json

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from dashboard.core import db as database
from dashboard.store import audit, audit_check
from tests.cli.terminal import flask


@pytest.fixture
def engine(app: Flask) -> Engine:
    found: Engine = app.extensions["dashboard"].engine
    with database.writing(found) as db:
        for number in range(5):
            audit.record(db, audit.TERMINAL, "user.created", subject=f"bob{number}@example.com")
    return found


def change(engine: Engine, statement: str) -> None:
    with database.writing(engine) as db:
        for deed in ("update", "delete"):
            db.execute(text(f"DROP TRIGGER IF EXISTS audit_log_no_{deed}"))
        db.execute(text(statement))


def test_a_whole_log_is_said_to_be(app: Flask, engine: Engine) -> None:
    answer = flask(app, "audit", "verify")
    assert (answer.exit_code, answer.stdout) == (0, "All 5 entries are as they were written.\n")
    with database.reading(engine) as db:
        kept = audit_check.latest(db)
    assert kept
    assert (kept.number, kept.faults) == (5, 0)


def test_the_place_of_a_change_is_named(app: Flask, engine: Engine) -> None:
    change(engine, "UPDATE audit_log SET actor = 'eve' WHERE number = 3")
    answer = flask(app, "audit", "verify")
    assert answer.exit_code == 1
    assert "entry 3 was changed after being written" in answer.stdout


def test_scripts_read_it_as_json(app: Flask, engine: Engine) -> None:
    change(engine, "DELETE FROM audit_log WHERE number IN (2, 3)")
    answer = flask(app, "audit", "verify", "--json")
    told = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert (told["whole"], told["rows"], told["faults_left_out"]) == (False, 3, 0)
    (fault,) = told["faults"]
    assert (fault["wrong"], fault["first"], fault["last"]) == ("missing", 2, 3)
    assert told["errors"] == ["Entries 2 to 3 were taken out."]


def test_a_seal_that_was_kept_elsewhere_shows_a_log_that_was_written_anew(
    app: Flask, engine: Engine
) -> None:
    seal = json.loads(flask(app, "audit", "verify", "--json").stdout)["last"]
    assert flask(app, "audit", "verify", "--seal", seal).exit_code == 0
    change(engine, "DELETE FROM audit_log")
    change(engine, "DELETE FROM audit_head")
    change(engine, "DELETE FROM audit_checks")
    with database.writing(engine) as db:
        audit.record(db, audit.TERMINAL, "user.created", subject="eve")
    assert flask(app, "audit", "verify").exit_code == 0
    answer = flask(app, "audit", "verify", "--seal", seal)
    assert answer.exit_code == 1
    assert "entries 2 to 5 were cut off the end" in answer.stdout
    assert flask(app, "audit", "verify", "--seal", "x").exit_code == 2


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "UPDATE audit_log SET subject = CAST(x'ff' AS TEXT) WHERE number = 4",
            "entry 4 was changed after being written",
        ),
        ("UPDATE audit_head SET last = CAST(x'ff' AS TEXT)", "entry 5 was the last when the end"),
    ],
)
def test_a_text_that_is_none_is_a_change_too(
    app: Flask, engine: Engine, statement: str, words: str
) -> None:
    change(engine, statement)
    answer = flask(app, "audit", "verify")
    assert answer.exit_code == 1
    assert words in answer.stdout
    with database.writing(engine) as db:
        audit.record(db, audit.TERMINAL, "user.created", subject="bob")
    assert flask(app, "audit", "verify").exit_code == 1
