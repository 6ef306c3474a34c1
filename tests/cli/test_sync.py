import json
from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask

from dashboard.core import db
from dashboard.core.config import Settings
from dashboard.core.crypto import Vault, make_key
from dashboard.store import books, connections
from dashboard.store.connections import How
from tests.cli import terminal
from tests.stripe_like import KEY, Misfortune, StripeLike

Invoke = Callable[..., Result]


@pytest.fixture
def flask(make_app: Callable[[Settings], Flask]) -> Invoke:
    """Run ``flask --app wsgi`` with settings and arguments."""

    def run(settings: Settings, *arguments: str) -> Result:
        return terminal.flask(make_app(settings), *arguments)

    return run


def test_the_last_line_of_a_sync_is_one_json_object(
    flask: Invoke, point_at: Callable[..., Settings], stripe_like: StripeLike
) -> None:
    result = flask(point_at(stripe_like), "sync", "--json")
    told = json.loads(result.stdout.splitlines()[-1])
    assert result.exit_code == 0
    assert set(told) == {"account", "complete", "seconds", "objects", "errors"}
    assert told["account"] == "acct_like"
    assert told["complete"] is True
    assert told["objects"]["customer"] == 120
    assert told["errors"] == []


def test_an_incomplete_sync_ends_with_status_one(
    flask: Invoke, point_at: Callable[..., Settings], stripe_like: StripeLike
) -> None:
    stripe_like.meet = lambda asked: Misfortune(403) if "payouts" in asked.path else None
    result = flask(point_at(stripe_like), "sync", "--json")
    told = json.loads(result.stdout.splitlines()[-1])
    assert result.exit_code == 1
    assert told["complete"] is False
    assert told["errors"][0].startswith("payout: ")
    assert told["objects"]["customer"] == 120


@pytest.mark.parametrize("is_known", [True, False])
def test_a_wrong_key_is_told_in_json_too_and_is_not_shown(
    flask: Invoke, point_at: Callable[..., Settings], stripe_like: StripeLike, *, is_known: bool
) -> None:
    settings = point_at(stripe_like)
    if is_known:
        flask(settings, "sync")
    words = f'{{"error": {{"message": "Invalid API Key provided: {KEY}"}}}}'
    stripe_like.meet = lambda _asked: Misfortune(401, words.encode())
    result = flask(settings, "sync", "--json")
    told = json.loads(result.stdout.splitlines()[-1])
    assert result.exit_code == 1
    assert told["account"] == ("acct_like" if is_known else None)
    assert told["complete"] is False
    assert "STRIPE_SECRET_KEY" in told["errors"][0]
    assert KEY not in result.output


def test_an_unknown_account_is_refused(
    flask: Invoke, point_at: Callable[..., Settings], stripe_like: StripeLike
) -> None:
    result = flask(point_at(stripe_like), "sync", "--account", "acct_other")
    assert result.exit_code == 1
    assert "acct_other" in result.stderr


def test_without_a_key_the_message_names_the_setting(
    flask: Invoke, point_at: Callable[..., Settings], stripe_like: StripeLike
) -> None:
    result = flask(point_at(stripe_like, stripe_secret_key=""), "sync")
    assert result.exit_code == 1
    assert "STRIPE_SECRET_KEY" in result.stderr


def test_a_server_without_accounts_still_syncs(
    flask: Invoke, point_at: Callable[..., Settings], stripe_like: StripeLike
) -> None:
    del stripe_like.singles["/v1/account"]
    told = json.loads(flask(point_at(stripe_like), "sync", "--json").stdout.splitlines()[-1])
    assert told["account"].startswith("acct_unknown_")
    assert told["objects"]["customer"] == 120


def test_a_restricted_key_is_known_by_the_account_that_the_refusal_names(
    flask: Invoke, point_at: Callable[..., Settings], stripe_like: StripeLike
) -> None:
    words = b'{"error": {"message": "The provided key may not read account \'acct_named\'."}}'
    stripe_like.meet = lambda asked: Misfortune(403, words) if "account" in asked.path else None
    told = json.loads(flask(point_at(stripe_like), "sync", "--json").stdout.splitlines()[-1])
    assert told["account"] == "acct_named"


def test_a_key_kept_in_the_database_is_sealed_and_used(
    flask: Invoke, point_at: Callable[..., Settings], stripe_like: StripeLike
) -> None:
    key = make_key()
    settings = point_at(stripe_like, stripe_secret_key="", atom_oauth_encryption_key=key)
    sealed = Vault(key).seal("sk_test_kept")
    engine = db.connect(settings.database_url)
    with db.writing(engine) as connection:
        book = books.open_book(connection, "acct_kept", livemode=False)
        connections.keep(connection, book, How.KEY, fingerprint="kept", sealed_secret=sealed)
    engine.dispose()
    assert "sk_test_kept" not in sealed
    assert flask(settings, "sync", "--account", "acct_kept").exit_code == 0
    assert stripe_like.log[-1].headers["Authorization"] == "Bearer sk_test_kept"


def test_the_doctor_finds_nothing_wrong_with_a_good_server(
    flask: Invoke, point_at: Callable[..., Settings], stripe_like: StripeLike
) -> None:
    settings = point_at(stripe_like, atom_oauth_encryption_key=make_key())
    result = flask(settings, "doctor")
    assert result.exit_code == 0, result.stdout
    assert "fail" not in result.stdout
    assert "customers" in result.stdout


def test_the_doctor_names_what_the_key_may_not_read(
    flask: Invoke, point_at: Callable[..., Settings], stripe_like: StripeLike
) -> None:
    stripe_like.meet = lambda asked: Misfortune(403) if "payouts" in asked.path else None
    result = flask(point_at(stripe_like), "doctor")
    assert result.exit_code == 1
    assert any("fail" in line and "payouts" in line for line in result.stdout.splitlines())


def test_the_doctor_tells_of_a_wrong_key_without_showing_it(
    flask: Invoke, point_at: Callable[..., Settings], stripe_like: StripeLike
) -> None:
    words = f'{{"error": {{"message": "Invalid API Key provided: {KEY}"}}}}'
    stripe_like.meet = lambda _asked: Misfortune(401, words.encode())
    result = flask(point_at(stripe_like), "doctor")
    assert result.exit_code == 1
    assert "provided: [secret]" in " ".join(result.stdout.split())
    assert KEY not in result.output


def test_the_doctor_survives_a_server_that_does_not_answer(
    flask: Invoke, point_at: Callable[..., Settings], stripe_like: StripeLike
) -> None:
    result = flask(point_at(stripe_like, stripe_api_base="http://127.0.0.1:9"), "doctor")
    assert result.exit_code == 1
    assert "Stripe" in result.stdout


def test_the_doctor_notices_a_wrong_clock(
    flask: Invoke, point_at: Callable[..., Settings], stripe_like: StripeLike
) -> None:
    stripe_like.date = "Sun, 01 Jan 2023 00:00:00 GMT"
    result = flask(point_at(stripe_like), "doctor")
    assert any("warn" in line and "clock" in line for line in result.stdout.splitlines())
