"""What people do here stands in the audit log: who, to whom, from where, and never a secret."""

import pytest
from flask import Flask
from sqlalchemy import Engine

from dashboard.core import db as database
from dashboard.features.people import actions as people
from dashboard.store import jobs
from dashboard.store.roles import Role
from tests.clients import PASSWORD, CheckedClient, flask_command, signed_out
from tests.features.audited import entries
from tests.features.make import Maker

NEW_PASSWORD = "nine loud herons"


@pytest.fixture
def engine(app: Flask) -> Engine:
    found: Engine = app.extensions["dashboard"].engine
    return found


def test_signing_in_and_out_are_noted(client: CheckedClient, engine: Engine) -> None:
    people.create(engine, "ann@example.com", Role.FINANCE, PASSWORD)
    client.submit("/login", {"email": "ann@example.com", "password": PASSWORD})
    client.submit("/logout")
    (began,), (ended,) = entries(engine, "session.started"), entries(engine, "session.ended")
    assert began["actor"] == began["subject"] == ended["actor"] == "ann@example.com"
    assert (began["user_id"], began["address"]) == (1, "127.0.0.1")


def test_a_refused_sign_in_names_whom_it_was_tried_for(
    client: CheckedClient, engine: Engine
) -> None:
    people.create(engine, "ann@example.com", Role.FINANCE, PASSWORD)
    client.submit("/login", {"email": "ann@example.com", "password": "wrong"})
    client.submit("/login", {"email": "my secret@typed.here", "password": "wrong"})
    known, unknown = entries(engine, "session.refused")
    assert (known["actor"], known["subject"]) == ("visitor", "ann@example.com")
    assert unknown["subject"] == "somebody unknown"


def test_what_people_do_to_their_own_account_is_noted(
    app: Flask, engine: Engine, client: CheckedClient
) -> None:
    people.create(engine, "ann@example.com", Role.FINANCE, PASSWORD)
    for each in (client, signed_out(app), signed_out(app)):
        each.submit("/login", {"email": "ann@example.com", "password": PASSWORD})
    client.submit("/account/sessions/2/revoke")
    client.submit("/account/sessions/revoke")
    client.submit(
        "/account/password",
        {"current": PASSWORD, "password": NEW_PASSWORD, "again": NEW_PASSWORD},
    )
    assert [each["after"] for each in entries(engine, "session.revoked")] == [None, {"sessions": 1}]
    assert [each["actor"] for each in entries(engine, "user.password_changed")] == [
        "ann@example.com"
    ]


def test_what_the_terminal_does_to_people_is_noted(app: Flask, engine: Engine) -> None:
    run = app.test_cli_runner()
    command, ann = flask_command(app), ("--email", "ann@example.com")
    typed = ("--password-stdin",)
    for arguments in (
        ("create", *ann, "--role", "viewer", *typed),
        ("role", *ann, "--role", "finance"),
        ("password", *ann, *typed),
        ("disable", *ann),
        ("enable", *ann),
    ):
        result = run.invoke(command, ["users", *arguments], input=NEW_PASSWORD)
        assert result.exit_code == 0, result.output
    (role,) = entries(engine, "user.role_changed")
    assert (role["actor"], role["before"], role["after"]) == (
        "terminal",
        {"role": "viewer"},
        {"role": "finance"},
    )
    for deed in ("created", "password_changed", "disabled", "enabled"):
        (one,) = entries(engine, f"user.{deed}")
        assert (one["actor"], one["subject"]) == ("terminal", "ann@example.com")


def test_syncs_and_repairs_that_are_started_are_noted_once(
    ann: CheckedClient, boss: CheckedClient, make: Maker
) -> None:
    boss.submit("/sync/start")
    boss.submit("/sync/start")
    ann.submit("/sync/check/repair")
    (sync,), (repair,) = (
        entries(make.engine, "sync.started"),
        entries(make.engine, "repair.started"),
    )
    assert (sync["actor"], sync["account_id"]) == ("boss@example.com", make.book.account_id)
    assert (repair["actor"], repair["mode"]) == ("ann@example.com", "test")


def test_a_job_that_is_tried_again_is_noted(boss: CheckedClient, make: Maker) -> None:
    with database.writing(make.engine) as db:
        id = jobs.queue(db, "sync", book_id=make.book.id)
        job = jobs.claim(db, id or 0, "worker host:17:ab12cd")
        assert job
        jobs.fail(db, job, "Stripe is silent.", pauses=[])
    boss.submit(f"/jobs/{id}/retry")
    boss.submit(f"/jobs/{id}/retry")
    assert [each["subject"] for each in entries(make.engine, "job.retried")] == [str(id)]


def test_an_export_is_noted_with_its_filters_and_rows(rob: CheckedClient, make: Maker) -> None:
    make.payment(status="failed")
    make.payment()
    rob.get("/payments/export.csv?status=failed")
    (one,) = entries(make.engine, "export.taken")
    assert (one["actor"], one["subject"]) == ("rob@example.com", "payments")
    assert one["after"] == {
        "format": "csv",
        "rows": 1,
        "filters": {"status": "failed"},
    }
