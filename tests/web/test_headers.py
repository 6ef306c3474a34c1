"""Headers stand on every kind of answer, cookies are locked, and each answer has its id."""

import json
from collections.abc import Callable

import pytest
from flask import Flask
from pydantic import SecretStr

from dashboard.core.config import Settings
from dashboard.web.access import NEEDS
from dashboard.web.headers import CONTENT_SECURITY_POLICY, POLICIES
from tests.clients import CheckedClient, signed_out

KINDS = [
    ("GET", "/login", {}, 200),
    ("GET", "/account", {}, 303),
    ("GET", "/static/css/base.css", {}, 200),
    ("GET", "/static/none.css", {}, 404),
    ("GET", "/none", {}, 404),
    ("GET", "/api/none", {}, 404),
    ("DELETE", "/login", {}, 405),
    ("POST", "/login", {}, 400),
    ("OPTIONS", "/login", {}, 200),
    ("GET", "/account", {"HX-Request": "true"}, 401),
    ("GET", "/fault", {}, 500),
]


@pytest.mark.parametrize(("method", "path", "headers", "status"), KINDS)
def test_every_kind_of_answer_carries_every_policy(
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    headers: dict[str, str],
    status: int,
) -> None:
    app.add_url_rule("/fault", "fault", lambda: str(1 // 0))
    monkeypatch.setitem(NEEDS, "fault", None)
    response = signed_out(app).open(path, method=method, headers=headers)
    assert response.status_code == status
    assert {name: response.headers.get(name) for name in POLICIES} == POLICIES
    assert len(response.headers.getlist("Content-Security-Policy")) == 1
    assert response.headers["X-Request-Id"].startswith("req_")
    assert response.headers["Cache-Control"]


def test_the_content_policy_allows_nothing_inline() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY


def test_two_answers_have_two_ids(client: CheckedClient) -> None:
    ids = {client.get("/login").headers["X-Request-Id"] for _ in range(3)}
    assert len(ids) == 3


def test_over_tls_the_cookie_is_locked_to_this_host(
    make_app: Callable[[Settings], Flask], settings: Settings
) -> None:
    app = make_app(settings.model_copy(update={"environment": "production"}))
    response = signed_out(app).get("/login", base_url="https://dashboard.example")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {part.strip() for part in cookie.split(";")[1:]} == {
        "Secure",
        "HttpOnly",
        "Path=/",
        "SameSite=Lax",
    }
    assert "max-age=63072000" in response.headers["Strict-Transport-Security"]


def test_on_ones_own_machine_tls_is_not_asked_for(client: CheckedClient) -> None:
    response = client.get("/login")
    assert "Strict-Transport-Security" not in response.headers
    assert "Secure" not in response.headers["Set-Cookie"]
    assert "HttpOnly" in response.headers["Set-Cookie"]


def test_pages_are_kept_by_nobody_and_versioned_files_for_ever(ann: CheckedClient) -> None:
    kept = {
        path: ann.get(path).headers["Cache-Control"]
        for path in (
            "/account",
            "/static/css/base.css",
            "/static/css/base.css?v=1",
            "/static/vendor/htmx-4.0.1/htmx.min.js",
        )
    }
    assert list(kept.values()) == [
        "no-store",
        "public, no-cache",
        "public, max-age=31536000, immutable",
        "public, max-age=31536000, immutable",
    ]


def test_a_static_file_that_did_not_change_is_not_sent_again(client: CheckedClient) -> None:
    first = client.get("/static/css/base.css")
    again = client.get("/static/css/base.css", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_behind_a_proxy_the_visitors_address_and_scheme_are_believed(
    make_app: Callable[[Settings], Flask], settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    forwarded = {
        "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
        "X-Forwarded-Proto": "https",
        # Over TLS a form must come from a page of ours.
        "Referer": "https://localhost/login",
    }
    seen = []
    for hops in (0, 1):
        client = signed_out(make_app(settings.model_copy(update={"proxy_hops": hops})))
        capsys.readouterr()
        client.post("/login", headers=forwarded, data=_wrong(client))
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        seen += [line["address"] for line in lines if line["event"] == "sign_in_refused"]
    assert seen == ["127.0.0.1", "198.51.100.7"]


def _wrong(client: CheckedClient) -> dict[str, str]:
    return {"csrf_token": client.csrf_token(), "email": "ann@example.com", "password": "wrong"}


def test_each_request_leaves_one_line_with_its_id_and_without_its_query(
    client: CheckedClient, capsys: pytest.CaptureFixture[str]
) -> None:
    response = client.get("/login?email=ann@example.com")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (line,) = [line for line in lines if line["event"] == "request"]
    assert line["request_id"] == response.headers["X-Request-Id"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/login", 200)
    assert "ann@" not in json.dumps(lines)


def test_no_secret_reaches_the_log(
    make_app: Callable[[Settings], Flask],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    canaries = ["sk_live_CANARY0123456789", "the canary is my password", "t" * 40]
    app = make_app(settings.model_copy(update={"stripe_secret_key": SecretStr(canaries[0])}))

    def fault() -> str:
        raise ValueError(f"Stripe said no to {canaries[0]}")

    app.add_url_rule("/fault", "fault", fault)
    monkeypatch.setitem(NEEDS, "fault", None)
    client = signed_out(app)
    assert canaries[0] not in client.get("/fault").text
    client.submit("/login", {"email": canaries[1], "password": canaries[1]})
    client.submit("/login", {"email": "ann@example.com", "password": canaries[1]})
    log = capsys.readouterr().err
    assert '"event": "fault"' in log
    assert '"event": "sign_in_refused"' in log
    assert not [canary for canary in canaries if canary in log]
