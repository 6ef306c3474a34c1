"""One error, three faces: a page, a part of a page, or JSON; and never more than it should say."""

from datetime import datetime

import pytest
from flask import Flask, abort
from sqlalchemy import text

from dashboard.core.errors import BadInputError, ConflictError, NotFoundError, UnavailableError
from dashboard.store import attempts
from dashboard.web import context
from dashboard.web.access import NEEDS
from tests.clients import CheckedClient
from tests.features.make import Maker

HTMX = {"HX-Request": "true"}


@pytest.fixture
def make(app: Flask) -> Maker:
    return Maker(app.extensions["dashboard"].engine)


@pytest.fixture(autouse=True)
def _failing_endpoints(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    errors: dict[str, Exception] = {
        "bad": BadInputError("is no status.", field="status", remedy="Choose one of the list."),
        "lost": NotFoundError("There is no <b>such</b> payment."),
        "clash": ConflictError("It is refunded already."),
        "waiting": attempts.too_many(61),
        "away": UnavailableError("Stripe does not answer."),
        "fault": RuntimeError("a detail of ours"),
    }

    def fail(name: str) -> str:
        raise errors[name.partition(".")[0]]

    def decline(status: int) -> str:
        abort(status)

    def break_database() -> str:
        context.db().execute(text("SELECT nothing FROM nowhere"))
        return ""

    for rule, view in (("/fail/<name>", fail), ("/decline/<int:status>", decline)):
        app.add_url_rule(rule, view.__name__, view)
        monkeypatch.setitem(NEEDS, view.__name__, None)
    app.add_url_rule("/broken", "broken", break_database)
    monkeypatch.setitem(NEEDS, "broken", None)


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("bad", 400, ["status: is no status.", "Choose one of the list."]),
        ("lost", 404, ["There is no &lt;b&gt;such&lt;/b&gt; payment."]),
        ("clash", 409, ["It is refunded already."]),
        ("waiting", 429, ["Wait 2 minutes"]),
        ("away", 503, ["Stripe does not answer."]),
        ("fault", 500, []),
    ],
)
def test_an_error_is_a_page_a_part_or_json(
    client: CheckedClient, name: str, status: int, words: list[str]
) -> None:
    page, part = client.get(f"/fail/{name}"), client.get(f"/fail/{name}", headers=HTMX)
    assert page.status_code == part.status_code == status
    assert "<html" in page.text
    assert "<html" not in part.text
    for answer in (page, part):
        assert all(word in answer.text for word in words)
        assert answer.headers["X-Request-Id"] in answer.text
    answer = client.get(f"/fail/{name}.json")
    assert answer.status_code == status
    assert answer.json
    assert set(answer.json) == {"ok", "error", "timestamp"}
    assert set(answer.json["error"]) == {"code", "message", "service"}
    assert answer.json["ok"] is False
    assert datetime.fromisoformat(answer.json["timestamp"]).tzinfo


def test_a_fault_says_nothing_of_its_cause(client: CheckedClient) -> None:
    for path in ("/fail/fault", "/fail/fault.json"):
        assert "a detail of ours" not in client.get(path).text


def test_too_many_tries_says_when_to_come_back(client: CheckedClient) -> None:
    assert client.get("/fail/waiting").headers["Retry-After"] == "61"


@pytest.mark.parametrize(
    "status", [400, 403, 404, 405, 406, 409, 413, 415, 418, 422, 429, 500, 503]
)
def test_what_flask_declines_has_the_same_faces(client: CheckedClient, status: int) -> None:
    for headers in ({}, HTMX, {"Accept": "application/json"}):
        response = client.get(f"/decline/{status}", headers=headers)
        assert response.status_code == status
    assert response.json
    assert response.json["error"]["message"]


def test_a_wrong_method_names_the_right_ones(client: CheckedClient) -> None:
    assert "GET" in client.delete("/login").headers["Allow"]


def test_a_body_that_is_too_large_is_refused(client: CheckedClient) -> None:
    response = client.post("/login", data={"email": "a" * 2_000_000})
    assert response.status_code == 413


def test_a_broken_read_still_gives_a_whole_page(ann: CheckedClient) -> None:
    response = ann.get("/broken")
    assert response.status_code == 500
    assert "<html" in response.text
    assert "nowhere" not in response.text


def test_without_a_database_the_error_is_still_told(ann: CheckedClient, app: Flask) -> None:
    with app.extensions["dashboard"].engine.begin() as connection:
        connection.execute(text("DROP TABLE sessions"))
    response = ann.get("/account")
    assert response.status_code == 500
    assert response.headers["X-Request-Id"] in response.text


def test_htmx_is_sent_to_sign_in_and_back_to_the_page_it_is_on(client: CheckedClient) -> None:
    shown = {**HTMX, "HX-Current-URL": "http://localhost/payments?status=failed"}
    response = client.get("/account", headers=shown)
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/login?next=/payments?status%3Dfailed"


def test_htmx_is_never_sent_back_to_another_site(client: CheckedClient) -> None:
    shown = {**HTMX, "HX-Current-URL": "https://evil.example/payments"}
    assert client.get("/account", headers=shown).headers["HX-Redirect"] == "/login"


def test_json_that_needs_a_sign_in_says_so(client: CheckedClient) -> None:
    response = client.get("/account", headers={"Accept": "application/json"})
    assert response.status_code == 401
    assert response.json
    assert response.json["error"]["code"] == "not_signed_in"


@pytest.mark.parametrize(
    ("path", "room"),
    [
        ("/payments/export.csv?status=gone", "payments"),
        ("/balance/export.csv?created=always", "balance"),
        ("/payments/pi_nowhere", "payments"),
        ("/payouts?account=acct_nowhere", "payouts"),
        ("/products/coupons/nothing", "coupons"),
        ("/balance/txn_nowhere", "balance"),
    ],
)
def test_an_error_leads_back_to_the_list_that_it_happened_in(
    ann: CheckedClient, make: Maker, path: str, room: str
) -> None:
    assert make.book
    for headers in ({}, HTMX):
        page = ann.get(path, headers=headers)
        assert page.status_code in (400, 404)
        action = {"coupons": "/products/coupons"}.get(room, f"/{room}")
        assert f'<a class="btn btn-primary" href="{action}">Back to {room}</a>' in page.text
        assert '<a class="btn" href="/">Overview</a>' in page.text


def test_an_error_of_the_first_page_leads_there_once(ann: CheckedClient, make: Maker) -> None:
    assert make.book
    page = ann.get("/?account=acct_none").text
    assert '<a class="btn btn-primary" href="/">Back to overview</a>' in page
    assert ">Overview</a>" not in page


def test_an_error_without_a_room_leads_to_the_first_page_alone(
    ann: CheckedClient, client: CheckedClient
) -> None:
    for page in (ann.get("/nowhere").text, client.get("/nowhere").text):
        assert "Back to" not in page
        assert '<a class="btn" href="/">Overview</a>' in page
