"""``flask make-embed-key`` and ``flask demo-portal``: what they make fits what we believe."""

import base64
import json
import re

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from flask import Flask
from pydantic import SecretStr

from dashboard.cli import demo_portal
from dashboard.cli.demo_portal import Signer
from dashboard.core.config import INSTANCE, Settings
from dashboard.store import portal, portal_tokens
from tests.cli.terminal import flask
from tests.portals import PORTAL, claims, signed


def test_a_key_that_was_made_signs_what_the_setting_believes(app: Flask) -> None:
    result = flask(app, "make-embed-key", "--id", "atom-1")
    assert result.exit_code == 0
    private = re.search(r"-----BEGIN.*KEY-----\n", result.output, re.DOTALL)
    setting = re.search(r"ATOM_EMBED_KEYS=(\S+)", result.output)
    assert private
    assert setting
    found = portal.read(
        Settings(_env_file=None, atom_embed_origins=PORTAL, atom_embed_keys=SecretStr(setting[1]))
    )
    assert found
    key = load_pem_private_key(private[0].encode(), None)
    assert portal_tokens.read(signed(claims(), key, kid="atom-1"), found).key_id == "atom-1"


def test_a_name_that_no_key_can_have_is_refused(app: Flask) -> None:
    result = flask(app, "make-embed-key", "--id", "a=b")
    assert result.exit_code == 1
    assert "--id" in result.output


def test_the_demo_portal_is_believed_by_the_dashboard_that_was_prepared(app: Flask) -> None:
    INSTANCE.mkdir(exist_ok=True)
    made = demo_portal.prepare("http://127.0.0.1:8000", "sqlite:///x")
    found = portal.read(
        Settings(
            _env_file=None,
            atom_embed_origins=made["ATOM_EMBED_ORIGINS"],
            atom_embed_keys=SecretStr(made["ATOM_EMBED_KEYS"]),
        )
    )
    file = INSTANCE / demo_portal.FILE
    assert file.stat().st_mode & 0o777 == 0o600
    secret = base64.b64decode(json.loads(file.read_text())["secret"])
    assert found
    for origin in found.origins:
        signer = Signer(secret, origin, "analyst", ["acct_1"])
        told = portal_tokens.read(signer.token("tom", {"theme": "dark", "path": "/x"}), found)
        assert (told.email, told.origin, told.theme) == ("tom@atom.example", origin, "dark")
    file.unlink()


def test_the_demo_portal_asks_for_the_dashboard_first(app: Flask) -> None:
    result = flask(app, "demo-portal")
    assert result.exit_code == 1
    assert "make run" in result.output


@pytest.mark.parametrize("path", ["/", "/portal.js", "/portal.css"])
def test_the_page_of_the_demo_portal_is_there(path: str) -> None:
    name = "portal.html" if path == "/" else path.removeprefix("/")
    assert (demo_portal.PAGES / name).exists()
