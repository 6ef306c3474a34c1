"""The page on which somebody connects an account, and what it sends back."""

import pytest
import requests

from tests.sandbox.connect.conftest import BACK, Platform


def test_the_page_offers_every_account_with_name_country_and_currency(platform: Platform) -> None:
    answer = platform.asked(scope="read_write", state="s")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    for account, name in zip(
        platform.accounts, ("さくら茶房", "Müller Fahrräder GmbH", "Harbour Books Ltd"), strict=True
    ):
        assert f'value="{account}"' in answer.text
        assert name in answer.text
    assert "JP · JPY · Express" in answer.text
    assert "DE · EUR · Standard" in answer.text
    assert "read and change" in answer.text
    assert "cannot change anything" in platform.asked().text


def test_a_form_that_is_sent_does_what_was_chosen(platform: Platform) -> None:
    page = platform.asked(scope="read_only", state="a b&c")
    chosen = {"account": platform.accounts[1], "decision": "allow"}
    answer = requests.post(page.url, chosen, timeout=10, allow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{BACK}?scope=read_only&code=ac_")
    assert answer.headers["Location"].endswith("&state=a+b%26c")


def test_a_refusal_is_told(platform: Platform) -> None:
    assert platform.sent(decision="deny", state="s") == {
        "error": "access_denied",
        "error_description": "The user denied your request",
        "state": "s",
    }


def test_the_scope_is_read_only_unless_it_is_said(platform: Platform) -> None:
    assert platform.sent(decision="allow")["scope"] == "read_only"
    assert platform.sent("/express/oauth/authorize", decision="allow")["scope"] == "read_write"


def test_express_accounts_alone_are_offered_where_they_are_asked_for(platform: Platform) -> None:
    express, standard, _ = platform.accounts
    page = platform.asked("/express/oauth/authorize").text
    assert express in page
    assert standard not in page


def test_an_account_of_nobody_is_refused_on_the_page(platform: Platform) -> None:
    answer = platform.asked(decision="allow", account="acct_<b>")
    assert answer.status_code == 400
    assert "There is no acct_&lt;b&gt; to allow" in answer.text


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"scope": "everything"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": ""}, "invalid_request"),
    ],
)
def test_a_wrong_request_is_told_to_the_platform(
    platform: Platform, asked: dict[str, str], error: str
) -> None:
    told = platform.sent(state="s", decision="allow", **asked)
    assert (told["error"], told["state"]) == (error, "s")
    assert "code" not in told


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"client_id": "ca_other"}, "No application matches the supplied client identifier"),
        ({"client_id": ""}, "No application matches the supplied client identifier"),
        ({"redirect_uri": ""}, "Invalid request: No redirect URI is given"),
        ({"redirect_uri": "javascript:alert(1)"}, "Invalid request: Invalid redirect URI"),
        ({"redirect_uri": f"{BACK}\r\nX: y"}, "Invalid request: Invalid redirect URI"),
    ],
)
def test_what_cannot_be_sent_back_is_shown(
    platform: Platform, asked: dict[str, str], message: str
) -> None:
    answer = platform.asked(decision="allow", **asked)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(message)


def test_people_are_sent_to_registered_addresses_only(platform: Platform) -> None:
    assert platform.control("/settings", redirect_uris=f"{BACK} http://b.example/").ok
    answer = platform.asked(redirect_uri=f"{BACK}/", decision="allow")
    assert answer.status_code == 400
    assert f"Invalid redirect URI: '{BACK}/'" in answer.json()["error"]["message"]
    assert platform.sent(redirect_uri="", decision="allow")["code"]
