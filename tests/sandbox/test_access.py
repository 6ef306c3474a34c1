"""Keys, restricted keys, accounts, versions, limits, and the envelope of every error."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import stripe

from dashboard.sandbox.access import Access
from dashboard.sandbox.limiter import Limiter
from dashboard.sandbox.server import RunningServer, serve
from dashboard.sandbox.state import State
from tests.sandbox.asking import Asker
from tests.sandbox.shop import shop_world


def test_without_a_key_nothing_is_told(ask: Asker) -> None:
    response = ask.send("GET", "/v1/charges", key="")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic")
    assert response.json()["error"]["message"].startswith("You did not provide an API key")


@pytest.mark.parametrize("key", ["nonsense", "sk_tset_1234", "ghp_abcdefgh"])
def test_a_wrong_key_is_refused_and_masked(ask: Asker, key: str) -> None:
    message = ask.refused("/v1/charges", 401, key=key)["message"]
    assert message.startswith("Invalid API Key provided")
    assert key not in message


def test_a_publishable_key_is_not_enough(ask: Asker) -> None:
    assert ask.refused("/v1/charges", 401, key="pk_test_1")["code"] == "secret_key_required"


def test_keys_may_come_as_a_user_name(ask: Asker) -> None:
    basic = base64.b64encode(b"sk_test_practice:").decode()
    assert ask.send("GET", "/v1/charges", key="", Authorization=f"Basic {basic}").ok


def test_only_listed_keys_are_good_when_some_are_listed() -> None:
    with _served(Access(keys=frozenset({"sk_test_mine"}))) as ask:
        ask.refused("/v1/charges", 401, key="sk_test_other")
        assert ask.get("/v1/charges", key="sk_test_mine")["data"]


def test_a_restricted_key_is_refused_what_it_may_not_see() -> None:
    with _served(Access(refused=frozenset({"payout"}))) as ask:
        error = ask.refused("/v1/payouts", 403, key="rk_test_limited")
        assert "'rak_payout_read' permission would allow" in error["message"]
        ask.refused("/v1/payouts/po_0", 403, key="rk_test_limited")
        assert ask.get("/v1/charges", key="rk_test_limited")["data"]
        assert ask.get("/v1/payouts", key="sk_test_whole")["data"]


def test_an_account_that_the_key_has_nothing_to_do_with_is_refused(ask: Asker) -> None:
    assert ask.get("/v1/accounts/acct_shop")["id"] == ask.get("/v1/account")["id"] == "acct_shop"
    error = ask.refused("/v1/accounts/acct_nowhere", 403)
    assert error["code"] == "account_invalid"


def test_a_live_key_sees_the_world_as_live(ask: Asker) -> None:
    assert ask.get("/v1/charges/ch_0", key="sk_live_practice")["livemode"] is True
    assert ask.get("/v1/charges/ch_0")["livemode"] is False


def test_an_unknown_version_is_refused(ask: Asker) -> None:
    error = ask.refused("/v1/charges", 400, Stripe_Version="yesterday")
    assert error["message"] == "Invalid Stripe API version: yesterday"
    response = ask.send("GET", "/v1/charges", Stripe_Version="2020-08-27")
    assert response.headers["Stripe-Version"] == "2026-10-28.endive"


def test_every_answer_has_a_request_id_of_its_own(ask: Asker) -> None:
    ids = {
        ask.send("GET", path).headers["Request-Id"]
        for path in ("/v1/charges", "/v1/charges", "/v1/nowhere", "/v1/charges/ch_nowhere")
    }
    assert len(ids) == 4
    assert all(one.startswith("req_") for one in ids)


def test_an_unknown_object_is_a_404_that_names_it(ask: Asker) -> None:
    error = ask.refused("/v1/customers/cus_nowhere", 404)
    assert error == {
        "code": "resource_missing",
        "doc_url": "https://stripe.com/docs/error-codes/resource-missing",
        "message": "No such customer: 'cus_nowhere'",
        "param": "id",
        "type": "invalid_request_error",
    }


def test_an_unknown_url_is_a_404(ask: Asker) -> None:
    assert "Unrecognized request URL (GET: /v1/no)" in ask.refused("/v1/no", 404)["message"]
    ask.refused("/v1/charges", 404, method="PATCH")


def test_the_official_sdk_raises_its_own_errors(official: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        official.v1.charges.retrieve("ch_nowhere")
    assert caught.value.code == "resource_missing"
    assert str(caught.value.request_id).startswith("req_")


def test_connected_accounts_have_worlds_of_their_own(
    sandbox: RunningServer, ask_world: Asker
) -> None:
    own, first, second = sandbox.sandbox.accounts
    listed = {one["id"] for one in ask_world.get("/v1/accounts")["data"]}
    assert listed == {first, second}
    newest = {
        account: ask_world.get("/v1/charges?limit=1", Stripe_Account=account)["data"][0]["id"]
        for account in (own, first, second)
    }
    assert len(set(newest.values())) == 3
    assert ask_world.get("/v1/account", Stripe_Account=first)["id"] == first
    assert ask_world.get("/v1/account")["id"] == own
    assert ask_world.get(f"/v1/accounts/{second}")["id"] == second


def test_an_account_of_somebody_else_is_refused(ask: Asker) -> None:
    error = ask.refused("/v1/charges", 403, Stripe_Account="acct_stranger")
    assert error["code"] == "account_invalid"


def test_asking_too_fast_is_refused() -> None:
    with _served(Access(), Limiter(rate=1)) as ask:
        answers = [ask.send("GET", "/v1/balance") for _ in range(10)]
        refused = [one for one in answers if one.status_code == 429]
        assert answers[0].ok
        assert refused[0].json()["error"]["code"] == "rate_limit"
        assert refused[0].headers["Stripe-Rate-Limited-Reason"] == "global-rate"


def test_one_endpoint_asked_too_fast_leaves_the_others_alone() -> None:
    with _served(Access(), Limiter(endpoint_rate=1)) as ask:
        answers = [ask.send("GET", "/v1/balance") for _ in range(10)]
        refused = [one for one in answers if one.status_code == 429]
        assert refused[0].headers["Stripe-Rate-Limited-Reason"] == "endpoint-rate"
        assert ask.get("/v1/charges")["data"]


@contextmanager
def _served(access: Access, limiter: Limiter | None = None) -> Iterator[Asker]:
    """Serve a shop behind these rules of access."""
    state = State(None)
    state.load(shop_world())
    server = serve(state, access=access, limiter=limiter)
    yield Asker(server.url)
    server.close()
    state.close()
