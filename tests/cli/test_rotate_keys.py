"""The command that seals everything anew."""

import json
from collections.abc import Callable

from flask import Flask

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.crypto import Vault, make_key
from dashboard.store import books, connections
from dashboard.store.connections import How
from tests.cli.terminal import flask
from tests.features.audited import entries

OLD, NEW = make_key(), make_key()


def _app(make_app: Callable[[Settings], Flask], settings: Settings, keys: str) -> Flask:
    return make_app(Settings(**{**dict(settings), "atom_oauth_encryption_key": keys}))


def test_all_is_sealed_with_the_newest_key_and_said(
    make_app: Callable[[Settings], Flask], settings: Settings
) -> None:
    app = _app(make_app, settings, f"{NEW},{OLD}")
    engine = app.extensions["dashboard"].engine
    with database.writing(engine) as db:
        book = books.open_book(db, "acct_1", livemode=False)
        sealed = Vault(OLD).seal("sk_test_1")
        connections.keep(db, book, How.KEY, fingerprint="f", sealed_secret=sealed)
    ended = flask(app, "rotate-keys", "--json")
    assert ended.exit_code == 0, ended.output
    told = json.loads(ended.output)
    assert told["complete"]
    assert told["columns"][0] == {
        "column": "connections.sealed_secret",
        "resealed": 1,
        "already": 0,
        "unopened": 0,
    }
    assert len(entries(engine, "keys.rotated")) == 1
    assert "newest key" in flask(_app(make_app, settings, NEW), "rotate-keys").output
    wrong = flask(_app(make_app, settings, make_key()), "rotate-keys")
    assert wrong.exit_code == 1
    assert "1 values can be opened with none" in wrong.output
    assert len(entries(engine, "keys.rotated")) == 1


def test_without_a_key_it_says_so(app: Flask) -> None:
    ended = flask(app, "rotate-keys")
    assert ended.exit_code == 1
    assert "ATOM_OAUTH_ENCRYPTION_KEY" in ended.output
