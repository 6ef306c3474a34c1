"""An unsafe request without the token of its own session is refused, with words that help."""

import re

import pytest
from flask import Flask

from dashboard.web.access import NEEDS
from tests.clients import CheckedClient, signed_out


@pytest.fixture(autouse=True)
def _unsafe_endpoint(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    app.add_url_rule(
        "/unsafe", "unsafe", lambda: "done", methods=["POST", "PUT", "PATCH", "DELETE"]
    )
    monkeypatch.setitem(NEEDS, "unsafe", None)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_every_unsafe_method_needs_the_token(client: CheckedClient, method: str) -> None:
    token = client.csrf_token()
    refused = client.open("/unsafe", method=method)
    assert refused.status_code == 400
    assert "reload the page" in refused.text
    allowed = client.open("/unsafe", method=method, headers={"X-CSRFToken": token})
    assert allowed.text == "done"


@pytest.mark.parametrize("token", ["", "made up", "ü", "x" * 10_000])
def test_a_made_up_token_is_refused(client: CheckedClient, token: str) -> None:
    client.csrf_token()
    assert client.post("/unsafe", data={"csrf_token": token}).status_code == 400


def test_the_token_of_another_session_is_refused(app: Flask, client: CheckedClient) -> None:
    foreign = signed_out(app).csrf_token()
    client.csrf_token()
    assert client.post("/unsafe", data={"csrf_token": foreign}).status_code == 400


def test_a_token_without_a_session_is_refused(app: Flask, client: CheckedClient) -> None:
    token = client.csrf_token()
    assert signed_out(app).post("/unsafe", data={"csrf_token": token}).status_code == 400


def test_htmx_gets_the_refusal_as_a_part(client: CheckedClient) -> None:
    response = client.post("/unsafe", headers={"HX-Request": "true"})
    assert response.status_code == 400
    assert "<html" not in response.text
    assert "reload the page" in response.text


def test_over_tls_the_form_must_come_from_a_page_of_ours(client: CheckedClient) -> None:
    base = "https://dashboard.example"
    page = client.get("/login", base_url=base).text
    (token,) = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    answers = [
        client.post(
            "/unsafe", base_url=base, data={"csrf_token": token}, headers={"Referer": referer}
        ).status_code
        for referer in ("https://evil.example/", f"{base}/login")
    ]
    assert answers == [400, 200]


def test_the_token_stays_the_same_through_a_session(ann: CheckedClient) -> None:
    assert ann.csrf_token() == ann.csrf_token()
