"""Codes and refresh tokens become access tokens, once, in time, and no more than was allowed."""

from collections.abc import Callable

import pytest
import requests
import stripe
from stripe.oauth_error import (
    InvalidClientError,
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    UnsupportedGrantTypeError,
)

from dashboard.sandbox.access import Access
from dashboard.sandbox.connect.permissions import Scope
from dashboard.sandbox.sandbox import Sandbox
from dashboard.sandbox.server import serve
from tests.sandbox.asking import KEY
from tests.sandbox.connect.conftest import Platform


@pytest.mark.parametrize("scope", ["read_only", "read_write"])
def test_a_code_becomes_a_token_of_its_account(platform: Platform, scope: str) -> None:
    account = platform.accounts[0]
    token = platform.token(account, scope).to_dict()
    assert token["access_token"].startswith("sk_test_")
    assert token["refresh_token"].startswith("rt_")
    assert token["stripe_publishable_key"].startswith("pk_test_")
    assert token["stripe_user_id"] == account
    assert (token["scope"], token["token_type"], token["livemode"]) == (scope, "bearer", False)
    assert "expires_in" not in token
    own = platform.client(token["access_token"]).v1.accounts.retrieve_current()
    assert (own.id, own.country, own.default_currency) == (account, "JP", "jpy")


def test_a_code_works_once_and_then_revokes_what_it_gave(platform: Platform) -> None:
    code = platform.code(platform.accounts[0])
    params: stripe.OAuth.OAuthTokenParams = {"grant_type": "authorization_code", "code": code}
    token = platform.client().oauth.token(params)
    with pytest.raises(InvalidGrantError, match="already been used") as caught:
        platform.client().oauth.token(params)
    assert caught.value.http_status == 400
    with pytest.raises(stripe.AuthenticationError) as refused:
        platform.client(token.access_token or "").v1.balance.retrieve()
    assert "api_key_expired" in str(refused.value.http_body)
    with pytest.raises(InvalidGrantError):
        platform.client().oauth.token(
            {"grant_type": "refresh_token", "refresh_token": token.refresh_token or ""}
        )


def test_a_code_lives_five_minutes(platform: Platform, later: Callable[[float], None]) -> None:
    first, second, third = (platform.code(platform.accounts[0]) for _ in range(3))
    later(290)
    for code in (first, second):
        assert platform.client().oauth.token({"grant_type": "authorization_code", "code": code})
    later(301)
    with pytest.raises(InvalidGrantError, match="expired"):
        platform.client().oauth.token({"grant_type": "authorization_code", "code": third})


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"grant_type": "authorization_code", "code": "ac_nowhere"}, InvalidGrantError),
        ({"grant_type": "refresh_token", "refresh_token": "rt_nowhere"}, InvalidGrantError),
        ({"grant_type": "authorization_code"}, InvalidRequestError),
        ({"grant_type": "refresh_token"}, InvalidRequestError),
        ({"code": "ac_nowhere"}, InvalidRequestError),
        ({"grant_type": "password"}, UnsupportedGrantTypeError),
    ],
)
def test_a_wrong_request_is_refused(
    platform: Platform, params: stripe.OAuth.OAuthTokenParams, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        platform.client().oauth.token(params)
    assert caught.value.http_status == 400  # type: ignore[attr-defined]


def test_a_refresh_gives_as_much_or_less(platform: Platform) -> None:
    token = platform.token(platform.accounts[0], "read_write")
    again = platform.client().oauth.token(
        {
            "grant_type": "refresh_token",
            "refresh_token": token.refresh_token or "",
            "scope": "read_only",
        }
    )
    assert again.scope == "read_only"
    assert again.refresh_token == token.refresh_token
    assert again.access_token != token.access_token
    small = platform.token(platform.accounts[1], "read_only")
    with pytest.raises(InvalidScopeError):
        platform.client().oauth.token(
            {
                "grant_type": "refresh_token",
                "refresh_token": small.refresh_token or "",
                "scope": "read_write",
            }
        )


def test_tokens_expire_and_refresh_tokens_rotate_where_that_is_asked_for(
    platform: Platform, later: Callable[[float], None]
) -> None:
    assert platform.control("/settings", token_seconds="3600").ok
    token = platform.token(platform.accounts[0])
    assert token.to_dict()["expires_in"] == 3600
    later(3601)
    with pytest.raises(stripe.AuthenticationError, match="Expired API Key"):
        platform.client(token.access_token or "").v1.balance.retrieve()
    params: stripe.OAuth.OAuthTokenParams = {
        "grant_type": "refresh_token",
        "refresh_token": token.refresh_token or "",
    }
    again = platform.client().oauth.token(params)
    assert again.refresh_token != token.refresh_token
    assert platform.client(again.access_token or "").v1.balance.retrieve()
    with pytest.raises(InvalidGrantError):
        platform.client().oauth.token(params)


def test_the_mode_is_that_of_the_platforms_key(platform: Platform) -> None:
    live = platform.client("sk_live_ours")
    code = platform.code(platform.accounts[0])
    token = live.oauth.token({"grant_type": "authorization_code", "code": code})
    assert token.livemode is True
    assert (token.access_token or "").startswith("sk_live_")
    code = platform.code(platform.accounts[0], client_id="ca_practice_live")
    with pytest.raises(InvalidGrantError, match="mode"):
        platform.client().oauth.token({"grant_type": "authorization_code", "code": code})
    assert live.oauth.token({"grant_type": "authorization_code", "code": code}).livemode


def test_the_secret_may_come_in_the_form_and_must_be_the_platforms(platform: Platform) -> None:
    access = Access(keys=frozenset({KEY}))
    server = serve(Sandbox(platform.sandbox.accounts, access))

    def answered(form: dict[str, str], key: str = "") -> requests.Response:
        account = platform.accounts[0]
        code = server.sandbox.permissions.give(
            "ca_practice", account, Scope.READ_ONLY, server.sandbox.clock()
        )
        asked = {"grant_type": "authorization_code", "code": code} | form
        auth = (key, "") if key else None
        return requests.post(f"{server.url}/oauth/token", asked, auth=auth, timeout=10)

    assert answered({"client_secret": KEY}).ok
    token = answered({}, KEY).json()["access_token"]
    for refused in (
        answered({}),
        answered({"client_secret": "sk_test_other"}),
        answered({}, "rk_test_restricted"),
        answered({}, token),
    ):
        assert refused.status_code == 401
        assert refused.json()["error"] == "invalid_client"
        assert token not in refused.text
    server.close()
    with pytest.raises(InvalidClientError):
        platform.client("nonsense").oauth.token({"grant_type": "authorization_code", "code": "a"})
