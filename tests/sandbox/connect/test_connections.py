"""What a connection opens, what it does not, and how it ends."""

from pathlib import Path
from typing import Any

import pytest
import requests
import stripe
from stripe.oauth_error import InvalidClientError

from dashboard.sandbox.command import Recipe, open_states
from dashboard.sandbox.connect.permissions import Permissions
from dashboard.sandbox.server import serve
from tests.sandbox.asking import KEY, Asker
from tests.sandbox.connect.conftest import Platform
from tests.sandbox.deliveries.receiver import Receiver


def test_worlds_are_made_when_they_are_asked_for(platform: Platform) -> None:
    account = platform.accounts[2]
    state = platform.sandbox.accounts[account]
    code = platform.code(account)
    assert not state.is_complete
    token = platform.client().oauth.token({"grant_type": "authorization_code", "code": code})
    assert platform.client(token.access_token or "").v1.charges.list({"limit": 1}).data
    assert state.is_complete


def test_an_account_is_nobodys_until_it_is_connected(platform: Platform) -> None:
    account = platform.accounts[1]
    assert platform.client().v1.accounts.list().data == []
    ask = Asker(platform.url)
    refused = ask.refused("/v1/balance", 403, Stripe_Account=account)
    assert refused["code"] == "account_invalid"
    assert ask.refused(f"/v1/accounts/{account}", 403)["code"] == "account_invalid"
    platform.token(account)
    assert [one.id for one in platform.client().v1.accounts.list().data] == [account]
    assert platform.client(account=account).v1.balance.retrieve()
    assert platform.client().v1.accounts.retrieve(account).country == "DE"


def test_reading_alone_is_no_permission_to_write(platform: Platform) -> None:
    account = platform.accounts[0]
    token = platform.token(account, "read_only").access_token or ""
    reader = platform.client(token)
    assert reader.v1.charges.list({"limit": 1}).data
    for client in (reader, platform.client(account=account)):
        with pytest.raises(stripe.PermissionError, match="'read_write' scope") as caught:
            client.v1.customers.create({"name": "Ada"})
        assert _code(caught.value) == "more_permissions_required_for_application"
    with pytest.raises(stripe.PermissionError, match="'read_write' scope"):
        platform.client().v1.accounts.update(account, {"email": "new@example.com"})
    writer = platform.client(platform.token(account, "read_write").access_token or "")
    made = writer.v1.customers.create({"name": "Ada"})
    assert reader.v1.customers.retrieve(made.id).name == "Ada"
    assert platform.client(account=account).v1.customers.create({"name": "Bo"})


def test_a_token_speaks_for_its_own_account_only(platform: Platform) -> None:
    first, second, _ = platform.accounts
    token = platform.token(first).access_token or ""
    platform.token(second)
    assert platform.client(token, account=first).v1.balance.retrieve()
    with pytest.raises(stripe.PermissionError):
        platform.client(token, account=second).v1.balance.retrieve()
    with pytest.raises(stripe.PermissionError):
        platform.client(token).v1.accounts.retrieve(second)
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key"):
        platform.client(token[:-1] + "!").v1.balance.retrieve()


def test_an_account_tells_its_country_needs_schedule_and_banks(
    platform: Platform, spec: Any
) -> None:
    express, standard, overdue = (
        Asker(platform.url).get("/v1/account", key=platform.token(one).access_token or "")
        for one in platform.accounts
    )
    for one in (express, standard, overdue):
        unknown: list[str] = []
        assert spec.check(one, unknown=unknown) == []
        assert unknown == []
    assert express["settings"]["dashboard"]["timezone"] == "Asia/Tokyo"
    assert (express["type"], standard["type"]) == ("express", "standard")
    assert standard["requirements"]["currently_due"]
    assert standard["settings"]["payouts"]["schedule"]["monthly_anchor"] == 1
    assert overdue["requirements"]["disabled_reason"] == "requirements.past_due"
    assert overdue["payouts_enabled"] is False


def test_payouts_go_to_the_bank_accounts_that_are_listed(platform: Platform) -> None:
    account = platform.accounts[0]
    token = platform.token(account).access_token or ""
    ask = Asker(platform.url)
    own = ask.get("/v1/account")["id"]
    for holder, key in ((account, token), (own, KEY)):
        banks = ask.get(f"/v1/accounts/{holder}/external_accounts", key=key)["data"]
        paid_to = {one["destination"] for one in ask.pages("/v1/payouts", key=key)}
        assert paid_to <= {one["id"] for one in banks}
        assert all(len(one["last4"]) == 4 for one in banks)
    listed = ask.get(f"/v1/accounts/{account}/external_accounts?limit=1", key=KEY)["data"]
    assert [(one["currency"], one["account"]) for one in listed] == [("jpy", account)]


def test_the_platform_sees_what_it_changes_of_an_account(platform: Platform) -> None:
    account = platform.accounts[0]
    platform.token(account)
    platform.client().v1.accounts.update(account, {"email": "new@example.com"})
    assert platform.client().v1.accounts.list().data[0].email == "new@example.com"
    assert platform.client(account=account).v1.events.list({"type": "account.updated"}).data


@pytest.mark.parametrize("by", ["platform", "owner"])
def test_a_connection_ends_everywhere_and_is_told(platform: Platform, by: str) -> None:
    receiver = Receiver()
    hook = {"url": receiver.url, "enabled_events": ["*"], "connect": True}
    platform.client().v1.webhook_endpoints.create(hook)  # type: ignore[arg-type]
    account = platform.accounts[0]
    token = platform.token(account)
    if by == "platform":
        left = platform.client().oauth.deauthorize({"stripe_user_id": account})
        assert left.stripe_user_id == account
    else:
        assert platform.control("/deauthorize", account=account).ok
        assert platform.control("/deauthorize", account=account).status_code == 400
    with pytest.raises(stripe.AuthenticationError):
        platform.client(token.access_token or "").v1.balance.retrieve()
    with pytest.raises(stripe.PermissionError):
        platform.client(account=account).v1.balance.retrieve()
    with pytest.raises(InvalidClientError, match="not connected") as caught:
        platform.client().oauth.deauthorize({"stripe_user_id": account})
    assert caught.value.http_status == 401
    requests.get(f"{platform.url}/_control/drained?seconds=10", timeout=15)
    receiver.close()
    told = [(one["type"], one["account"], one["data"]["object"]["id"]) for one in receiver.events]
    assert sorted(told) == [
        ("account.application.authorized", account, "ca_practice"),
        ("account.application.deauthorized", account, "ca_practice"),
    ]
    again = platform.token(account)
    assert platform.client(again.access_token or "").v1.balance.retrieve()
    with pytest.raises(stripe.AuthenticationError):
        platform.client(token.access_token or "").v1.balance.retrieve()


def test_another_application_cannot_end_it(platform: Platform) -> None:
    account = platform.accounts[0]
    platform.token(account)
    with pytest.raises(InvalidClientError, match="No such application"):
        platform.client().oauth.deauthorize({"client_id": "ca_other", "stripe_user_id": account})
    assert platform.client(account=account).v1.balance.retrieve()


def test_connections_outlive_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "world.db"
    recipe = Recipe(seed=7, payments=1)
    states = open_states(recipe, file, accounts=2, connected=1)
    server = serve(states)
    platform = Platform(server.url, server.sandbox)
    first, second = platform.accounts
    token = platform.token(second, "read_only").access_token or ""
    server.sandbox.permissions.revoke(first)
    server.close()
    for state in states.values():
        state.close()
    states = open_states(recipe, file, accounts=2, connected=1)
    server = serve(states)
    platform = Platform(server.url, server.sandbox)
    assert platform.accounts == [first, second]
    assert platform.client(token).v1.accounts.retrieve_current().id == second
    assert [one.id for one in platform.client().v1.accounts.list().data] == [second]
    assert Permissions(states).scope_of(second) == "read_only"
    server.close()
    for state in states.values():
        state.close()


def test_the_control_page_shows_who_is_connected(platform: Platform) -> None:
    platform.token(platform.accounts[0], "read_only")
    page = requests.get(f"{platform.url}/_control", timeout=10).text
    assert page.count("Take its permission back") == 1
    told = requests.get(f"{platform.url}/_control/connections", timeout=10).json()
    assert [one["scope"] for one in told["connections"]] == ["read_only", None, None]


@pytest.mark.parametrize(
    "wrong",
    [{"token_seconds": "-1"}, {"code_seconds": "soon"}, {"redirect_uris": "ftp://a.example"}],
)
def test_a_setting_that_makes_no_sense_is_refused(
    platform: Platform, wrong: dict[str, str]
) -> None:
    refused = platform.control("/settings", **wrong)
    assert refused.status_code == 400
    assert next(iter(wrong)) in refused.json()["error"]


def test_faults_strike_oauth_too(platform: Platform) -> None:
    platform.control("/faults", kind="500", path="/oauth/token")
    with pytest.raises(stripe.APIError):
        platform.token(platform.accounts[0])


def _code(error: stripe.StripeError) -> str:
    """Return the code of the answer; the client does not take it over for every error."""
    body: Any = error.json_body
    return str(body["error"]["code"])
