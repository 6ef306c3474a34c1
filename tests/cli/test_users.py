"""``flask users``: add, list, disable, enable, give roles and passwords; refusals in one line."""

import json

import pytest
from click.testing import Result
from flask import Flask

from tests.cli.terminal import flask
from tests.clients import CheckedClient, signed_out

PASSWORD = "seven quiet otters"


def run(app: Flask, *arguments: str, password: str | None = None) -> Result:
    """Run the command as the terminal does; the password comes on standard input."""
    piped = [] if password is None else ["--password-stdin"]
    given = "" if password is None else f"{password}\n"
    return flask(app, "users", *arguments, *piped, typed=given)


def create(app: Flask, email: str, role: str = "finance", password: str = PASSWORD) -> Result:
    return run(app, "create", "--email", email, "--role", role, password=password)


def status(app: Flask, email: str, password: str) -> int:
    form = {"email": email, "password": password}
    return signed_out(app).submit("/login", form).status_code


def test_nobody_exists_by_default(app: Flask) -> None:
    answer = run(app, "list")
    assert "There is nobody yet" in answer.output
    assert answer.exit_code == 0


def test_who_is_created_can_sign_in(app: Flask) -> None:
    answer = create(app, "Ann@Example.com")
    assert answer.exit_code == 0
    assert "ann@example.com can sign in now, as finance." in answer.output
    assert status(app, "ann@example.com", PASSWORD) == 303
    assert "ann@example.com" in run(app, "list").output


@pytest.mark.parametrize(
    ("email", "role", "password", "words"),
    [
        ("ann", "finance", PASSWORD, "email: is not an e-mail address."),
        ("ann@example.com", "finance", "short", "password: has fewer than 12 characters."),
        ("ann@example.com", "finance", "ann@example.com", "password: is the e-mail address."),
        ("ann@example.com", "finance", "password1234", "password: is one of those"),
        ("ann@example.com", "finance", "", "password: is missing on standard input."),
        ("ann@example.com", "king", PASSWORD, "'viewer', 'analyst', 'support'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    app: Flask, email: str, role: str, password: str, words: str
) -> None:
    answer = create(app, email, role, password)
    assert answer.exit_code in (1, 2)
    assert words in answer.output
    assert "Traceback" not in answer.output
    assert "There is nobody yet" in run(app, "list").output


def test_nobody_is_created_twice(app: Flask) -> None:
    create(app, "ann@example.com")
    answer = create(app, "ANN@example.com", "admin")
    assert answer.exit_code == 1
    assert "ann@example.com is a user already." in answer.output


def test_who_is_disabled_is_out_at_once(app: Flask, ann: CheckedClient) -> None:
    assert run(app, "disable", "--email", "ann@example.com").exit_code == 0
    assert ann.get("/account").status_code == 303
    assert status(app, "ann@example.com", PASSWORD) == 422


def test_who_is_enabled_again_signs_in_as_before(app: Flask) -> None:
    create(app, "ann@example.com")
    run(app, "disable", "--email", "ann@example.com")
    assert status(app, "ann@example.com", PASSWORD) == 422
    answer = run(app, "enable", "--email", "Ann@example.com")
    assert answer.exit_code == 0
    assert "ann@example.com can sign in again, as finance." in answer.output
    assert status(app, "ann@example.com", PASSWORD) == 303


def test_another_role_holds_at_once_in_sessions_that_run(app: Flask, rob: CheckedClient) -> None:
    assert "Sync now" not in rob.get("/sync").text
    answer = run(app, "role", "--email", "rob@example.com", "--role", "admin")
    assert answer.exit_code == 0
    assert "rob@example.com is admin now and was analyst before." in answer.output
    assert "Sync now" in rob.get("/sync").text


def test_a_new_password_replaces_the_old_and_ends_the_sessions(
    app: Flask, ann: CheckedClient
) -> None:
    new = "four slow green tortoises"
    answer = run(app, "password", "--email", "ann@example.com", password=new)
    assert answer.exit_code == 0
    assert ann.get("/account").status_code == 303
    assert [status(app, "ann@example.com", each) for each in (PASSWORD, new)] == [422, 303]


def test_a_link_of_the_terminal_invites_and_gives_a_new_password(app: Flask) -> None:
    chosen = {"name": "Bob", "password": PASSWORD, "again": PASSWORD}
    answer = run(app, "invite", "--email", "bob@example.com", "--role", "support")
    path = answer.stdout.splitlines()[-1]
    assert path.startswith("/invitation?token=")
    token = path.partition("=")[2]
    assert signed_out(app).submit("/invitation", {**chosen, "token": token}).status_code == 303
    answer = run(app, "reset-link", "--email", "bob@example.com")
    path = answer.stdout.splitlines()[-1]
    new = {"password": "four slow green tortoises", "again": "four slow green tortoises"}
    form = {**new, "token": path.partition("=")[2]}
    assert signed_out(app).submit("/login/reset", form).status_code == 303
    assert status(app, "bob@example.com", new["password"]) == 303


def test_a_person_who_does_not_exist_is_not_found(app: Flask) -> None:
    answer = run(app, "password", "--email", "eve@example.com", password=PASSWORD)
    assert answer.exit_code == 1
    assert "Nobody has the address eve@example.com." in answer.output


def test_the_log_of_a_command_names_no_password(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = create(app, "ann@example.com")
    lines = [json.loads(line) for line in answer.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["user_created"]
    assert PASSWORD not in answer.output
