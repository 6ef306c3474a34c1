"""To Stripe's page and back: what connects an account, and all that must not."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import time_machine
from flask import Flask

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.features.connections.api import BROWSERS_RETURN_TO, PREFIXES
from dashboard.store import jobs
from dashboard.store.connections import How, Scope
from dashboard.store.roles import Role
from tests.clients import CheckedClient, signed_in
from tests.features.connections.conftest import HTML, Traveller


@pytest.mark.parametrize("scope", list(Scope))
def test_consent_connects_an_account_and_its_first_sync_begins(
    traveller: Traveller, scope: Scope
) -> None:
    account = traveller.platform.accounts[0]
    answer = traveller.connect(account, scope)
    assert answer.status_code == 303
    assert answer.location.startswith(f"/connections/{account}?")
    (found,) = traveller.every()
    assert (found.book.account_id, found.how, found.scope) == (account, How.OAUTH, scope)
    assert found.book.currency == "jpy"
    assert found.expires_at is None
    with database.reading(traveller.engine) as db:
        assert len(jobs.due(db)) == 1
    assert traveller.deeds() == [("connection.connected", account)]
    page = traveller.client.get(answer.location).text
    assert "is read for the first time now" in page
    assert "••••" in page
    assert "Asia/Tokyo" in page


def test_whoever_declines_at_stripe_connects_nothing(traveller: Traveller) -> None:
    account = traveller.platform.accounts[0]
    path = traveller.consent(traveller.leave(scope="read_only"), account, "deny")
    answer = traveller.arrive(path)
    assert answer.status_code == 400
    assert "declined" in answer.text
    assert "OAUTH_ERROR" in answer.text
    assert traveller.every() == []
    assert traveller.deeds() == [("connection.refused", "an account at Stripe")]


def test_a_way_back_counts_once(traveller: Traveller) -> None:
    account = traveller.platform.accounts[0]
    path = traveller.consent(traveller.leave(scope="read_only"), account)
    assert traveller.arrive(path).status_code == 303
    (before,) = traveller.every()
    answer = traveller.arrive(path)
    assert answer.status_code == 400
    assert "CALLBACK_ERROR" in answer.text
    # Stripe did not see the code again: it would have revoked the token.
    assert traveller.every() == [before]
    page = traveller.client.post(
        "/api/v1/stripe/oauth/status", headers={"X-CSRFToken": traveller.client.csrf_token()}
    )
    assert page.status_code == 405


def test_a_code_counts_once_whatever_state_it_comes_with(traveller: Traveller) -> None:
    account = traveller.platform.accounts[0]
    path = traveller.consent(traveller.leave(scope="read_only"), account)
    assert traveller.arrive(path).status_code == 303
    code = parse_qs(urlsplit(path).query)["code"][0]
    state = parse_qs(urlsplit(traveller.leave(scope="read_only")).query)["state"][0]
    answer = traveller.arrive(f"/auth/stripe/callback?code={code}&state={state}")
    assert answer.status_code == 400
    assert "used before" in answer.text
    assert code not in answer.text


def test_after_ten_minutes_nobody_comes_back(traveller: Traveller) -> None:
    path = traveller.consent(traveller.leave(scope="read_only"), traveller.platform.accounts[0])
    with time_machine.travel(clock.now() + timedelta(minutes=10, seconds=1)):
        answer = traveller.arrive(path)
    assert answer.status_code == 400
    assert "ten minutes" in answer.text
    assert traveller.every() == []


def test_a_code_that_expired_at_stripe_is_refused(
    traveller: Traveller, later: Callable[[float], None]
) -> None:
    path = traveller.consent(traveller.leave(scope="read_only"), traveller.platform.accounts[0])
    later(301)
    answer = traveller.arrive(path)
    assert answer.status_code == 400
    assert "expired" in answer.text
    assert traveller.every() == []


def test_nobody_ends_what_somebody_else_began(traveller: Traveller, app: Flask) -> None:
    path = traveller.consent(traveller.leave(scope="read_only"), traveller.platform.accounts[0])
    other = signed_in(app, "eve@example.com", Role.ADMIN)
    answer = other.get(path, headers=HTML)
    assert answer.status_code == 400
    assert "somebody else" in answer.text
    assert traveller.every() == []
    assert traveller.arrive(path).status_code == 400


@pytest.mark.parametrize(
    "query", ["", "?code=ac_x", "?state=made-up&code=ac_x", "?error=access_denied"]
)
def test_what_was_not_begun_here_is_refused(traveller: Traveller, query: str) -> None:
    answer = traveller.arrive(f"/auth/stripe/callback{query}")
    assert answer.status_code == 400
    assert "CALLBACK_ERROR" in answer.text
    assert traveller.every() == []


def test_the_same_account_twice_is_refused_and_stays_as_it_was(traveller: Traveller) -> None:
    account = traveller.platform.accounts[0]
    traveller.connect(account)
    (before,) = traveller.every()
    answer = traveller.connect(account, "read_write")
    assert answer.status_code == 409
    assert "connected already" in answer.text
    assert traveller.every() == [before]


def test_another_account_is_not_taken_for_the_one_to_connect_again(traveller: Traveller) -> None:
    first, second, *_ = traveller.platform.accounts
    traveller.connect(first)
    (before,) = traveller.every()
    answer = traveller.connect(second, again=first)
    assert answer.status_code == 409
    assert first in answer.text
    assert traveller.every() == [before]
    assert traveller.deeds()[-1] == ("connection.refused", second)
    assert traveller.connect(first, "read_write", again=first).status_code == 303
    (after,) = traveller.every()
    assert after.scope is Scope.READ_WRITE
    assert traveller.deeds()[-1] == ("connection.reconnected", first)


def test_a_token_of_the_other_mode_is_refused(
    traveller: Traveller, make_app: Callable[[Settings], Flask], linked: Settings
) -> None:
    path = traveller.consent(traveller.leave(scope="read_only"), traveller.platform.accounts[0])
    values = {**dict(linked), "stripe_client_secret": "sk_live_practice"}
    live = make_app(Settings(**values))
    with traveller.client.session_transaction() as cookie:
        token = cookie["_user_id"]
    browser = live.test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = token
    answer = browser.get(path, headers=HTML)
    assert answer.status_code == 400
    assert "live token" in answer.text
    assert traveller.every() == []


def test_each_mode_needs_its_own_key(traveller: Traveller) -> None:
    answer = traveller.client.get("/connections/authorize?scope=read_only&mode=live", headers=HTML)
    assert answer.status_code == 400
    assert "AUTH_INIT_FAILED" in answer.text


def test_without_its_settings_oauth_says_what_is_missing(
    make_app: Callable[[Settings], Flask], linked: Settings
) -> None:
    for name in ("stripe_client_id", "stripe_secret_key", "atom_oauth_encryption_key"):
        app = make_app(Settings(**{**dict(linked), name: ""}))
        answer = signed_in(app, f"{name}@example.com", Role.ADMIN).get(f"{PREFIXES[0]}/authorize")
        assert answer.status_code == 503
        assert answer.get_json()["error"]["code"] == "AUTH_INIT_FAILED"


def test_stripe_that_does_not_answer_is_said_and_nothing_kept(
    traveller: Traveller,
    make_app: Callable[[Settings], Flask],
    linked: Settings,
) -> None:
    path = traveller.consent(traveller.leave(scope="read_only"), traveller.platform.accounts[0])
    away = make_app(Settings(**{**dict(linked), "stripe_connect_base": "http://127.0.0.1:9"}))
    with traveller.client.session_transaction() as cookie:
        token = cookie["_user_id"]
    browser = away.test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = token
    answer = browser.get(path, headers=HTML)
    assert answer.status_code == 503
    assert "OAUTH_ERROR" in answer.text
    assert traveller.every() == []


def test_an_account_that_stripe_does_not_show_is_not_connected(
    traveller: Traveller, make_app: Callable[[Settings], Flask], linked: Settings
) -> None:
    path = traveller.consent(traveller.leave(scope="read_only"), traveller.platform.accounts[0])
    away = make_app(Settings(**{**dict(linked), "stripe_api_base": "http://127.0.0.1:9"}))
    with traveller.client.session_transaction() as cookie:
        token = cookie["_user_id"]
    browser = away.test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = token
    answer = browser.get(path.replace("/auth/stripe/", "/api/v1/stripe/oauth/"))
    assert answer.status_code == 502
    assert answer.get_json()["error"]["code"] == "USER_INFO_FAILED"
    assert traveller.every() == []


ROUTES = [
    *(("GET", "authorize"), ("POST", "authorize"), ("GET", "callback"), ("POST", "callback")),
    *(("GET", "status"), ("POST", "disconnect"), ("POST", "refresh")),
]


@pytest.mark.parametrize("prefix", PREFIXES[1:])
@pytest.mark.parametrize(("method", "name"), ROUTES)
def test_each_alias_answers_like_its_canonical_route(
    traveller: Traveller, app: Flask, prefix: str, method: str, name: str
) -> None:
    stranger = app.test_client()
    for client, headers in (
        (traveller.client, {"X-CSRFToken": traveller.client.csrf_token()}),
        (signed_in(app, "ann@example.com", Role.FINANCE), {}),
        (stranger, {}),
    ):
        told = []
        for path in (PREFIXES[0], prefix):
            answer = client.open(f"{path}/{name}", method=method, headers=headers)
            body = answer.get_json()
            changing = {"url", "auth_url", "state", "expires_at"}
            data = body.get("data") or {}
            told.append(
                (
                    answer.status_code,
                    body["ok"],
                    body.get("error"),
                    {key: value for key, value in data.items() if key not in changing},
                )
            )
        assert told[0] == told[1]


@pytest.mark.parametrize("path", [*BROWSERS_RETURN_TO, *(f"{each}/callback" for each in PREFIXES)])
def test_browsers_come_back_to_any_of_its_addresses(
    make_app: Callable[[Settings], Flask], linked: Settings, traveller: Traveller, path: str
) -> None:
    app = make_app(Settings(**{**dict(linked), "stripe_redirect_uri": f"http://localhost{path}"}))
    other = Traveller(signed_in(app, "ann@example.com", Role.ADMIN), traveller.platform)
    account = traveller.platform.accounts[0]
    back = other.consent(other.leave(scope="read_only"), account)
    assert urlsplit(back).path == path
    assert other.arrive(back).status_code == 303
    assert [each.book.account_id for each in other.every()] == [account]


def test_a_script_goes_the_same_way_in_json(traveller: Traveller) -> None:
    client, account = traveller.client, traveller.platform.accounts[0]
    headers = {"X-CSRFToken": client.csrf_token()}
    begun = client.post(
        f"{PREFIXES[0]}/authorize", json={"scope": "read_write"}, headers=headers
    ).get_json()["data"]
    assert begun["url"].startswith(traveller.platform.url)
    assert begun["state"] in begun["url"]
    query = parse_qs(urlsplit(traveller.consent(begun["url"], account)).query)
    sent = {"code": query["code"][0], "state": query["state"][0]}
    done = client.post(f"{PREFIXES[0]}/callback", json=sent, headers=headers)
    assert done.status_code == 200
    assert done.get_json()["data"]["account_id"] == account
    assert "sk_test" not in done.text
    again = client.post(f"{PREFIXES[0]}/callback", json=sent, headers=headers)
    assert (again.status_code, again.get_json()["error"]["code"]) == (400, "CALLBACK_ERROR")
    status = client.get(f"{PREFIXES[0]}/status").get_json()
    assert status["ok"]
    assert [each["account_id"] for each in status["data"]["connections"]] == [account]
    refreshed = client.post(f"{PREFIXES[0]}/refresh", json={"account": account}, headers=headers)
    assert refreshed.get_json()["data"]["refreshed"] is True
    gone = client.post(f"{PREFIXES[0]}/disconnect", json={"account": account}, headers=headers)
    assert gone.get_json()["data"]["state"] == "disconnected"
    token = {"Authorization": "Bearer sk_test_practice", "Stripe-Account": account}
    left = requests.get(f"{traveller.platform.url}/v1/balance", headers=token, timeout=10)
    assert left.status_code == 403


@pytest.mark.parametrize(
    "sent", [{"account": 7}, {"account": "x" * 5000}, {"account": "acct_nobody"}, {}, []]
)
def test_odd_json_is_refused_clearly(traveller: Traveller, sent: object) -> None:
    headers = {"X-CSRFToken": traveller.client.csrf_token()}
    for name in ("disconnect", "refresh"):
        answer = traveller.client.post(f"{PREFIXES[0]}/{name}", json=sent, headers=headers)
        assert answer.status_code in (400, 404)
        assert answer.get_json()["ok"] is False


def test_a_script_without_the_token_of_its_session_changes_nothing(boss: CheckedClient) -> None:
    assert boss.post(f"{PREFIXES[0]}/authorize").status_code == 400
