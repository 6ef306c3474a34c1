"""What becomes of a connection: keys, tokens that end, reading only, and the end of it."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import requests
import stripe
import time_machine
from flask import Flask, render_template_string

from dashboard.app import REACTIONS
from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.crypto import Vault
from dashboard.features.connections.at_stripe.tokens import renew
from dashboard.features.connections.tasks import renew_tokens
from dashboard.features.webhooks.tasks import handle
from dashboard.gateway.client import make_client
from dashboard.gateway.errors import ReadOnlyError
from dashboard.mirror.sync.identity import client_of, way_to
from dashboard.store import books, connections, jobs
from dashboard.store.audit import SCHEDULE
from dashboard.store.connections import How, Scope, State
from dashboard.store.roles import Permission, Role
from dashboard.web.access import NEEDS
from tests.clients import signed_in, signed_out
from tests.deliveries import deliver, event
from tests.features.connections.conftest import Traveller
from tests.features.connections.odd_stripe import OddStripe, serving

APPLICATION = {"id": "ca_practice", "object": "application", "name": "Dashboard"}


def _form(**fields: str) -> dict[str, str]:
    return {"scope": "read_only", **fields}


def test_a_key_is_tried_and_kept_sealed(traveller: Traveller) -> None:
    answer = traveller.client.submit("/connections/key", _form(secret=" rk_test_canary_key "))
    assert answer.status_code == 303
    (found,) = traveller.every()
    assert (found.how, found.scope) == (How.KEY, Scope.READ_ONLY)
    assert found.sealed_secret
    assert "canary" not in found.sealed_secret
    again = traveller.client.submit("/connections/key", _form(secret="rk_test_canary_key"))
    assert again.status_code == 409
    assert "canary" not in again.text
    asked = _form(secret="sk_test_other", account=found.book.account_id, mode="test")
    assert traveller.client.submit("/connections/key", asked).status_code == 303
    other = _form(secret="sk_test_other", account="acct_other", mode="test")
    assert traveller.client.submit("/connections/key", other).status_code == 409


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("pk_test_publishable", "publishable"),
        ("whsec_signing", "webhook"),
        ("nonsense", "begins with sk_test_"),
        ("sk_test_with blank", "begins with sk_test_"),
        ("", "Paste a key"),
        ("sk_test_" + "x" * 300, "No key is that long"),
        ("sk_test_connect_unknown", "does not know this key"),
    ],
)
def test_what_is_no_key_is_refused_in_place(traveller: Traveller, secret: str, words: str) -> None:
    answer = traveller.client.submit("/connections/key", _form(secret=secret))
    assert answer.status_code == 422
    assert words in answer.text
    assert not secret or secret not in answer.text
    assert traveller.every() == []


def test_an_account_of_the_platform_is_named_with_each_request(
    traveller: Traveller, linked: Settings
) -> None:
    account = traveller.platform.accounts[0]
    stranger = traveller.client.submit("/connections/platform", _form(account_id=account))
    assert stranger.status_code == 422
    assert "does not open it" in stranger.text
    traveller.platform.token(account)
    answer = traveller.client.submit("/connections/platform", _form(account_id=account))
    assert answer.status_code == 303
    (found,) = traveller.every()
    assert (found.how, found.sealed_secret, found.acts_for) == (How.PLATFORM, None, account)
    reads = way_to(traveller.engine, linked, found.book)
    assert reads
    assert reads.retrieve("/v1/account").body["id"] == account
    for wrong in ("acct_", "cus_1", "acct_1/../2"):
        wrong_answer = traveller.client.submit("/connections/platform", _form(account_id=wrong))
        assert wrong_answer.status_code == 422


def test_disconnecting_ends_it_at_stripe_too_and_keeps_what_was_read(
    traveller: Traveller, linked: Settings
) -> None:
    account = traveller.platform.accounts[0]
    traveller.connect(account)
    (before,) = traveller.every()
    token = connections.secret_of(before, linked)
    answer = traveller.client.submit(f"/connections/{account}/disconnect", {"mode": "test"})
    assert answer.status_code == 303
    (after,) = traveller.every()
    assert (after.state, after.sealed_secret) == (State.DISCONNECTED, None)
    assert way_to(traveller.engine, linked, after.book) is None
    headers = {"Authorization": f"Bearer {token}"}
    assert (
        requests.get(
            f"{traveller.platform.url}/v1/balance", headers=headers, timeout=10
        ).status_code
        == 401
    )
    page = traveller.client.get(f"/connections/{account}").text
    assert "was disconnected here" in page
    assert "Asia/Tokyo" in page
    assert traveller.deeds()[-1] == ("connection.disconnected", account)
    twice = traveller.client.submit(f"/connections/{account}/disconnect", {"mode": "test"})
    assert twice.status_code == 409
    assert traveller.connect(account, "read_write", again=account).status_code == 303
    assert traveller.every()[0].is_active


def test_a_disconnect_that_stripe_does_not_hear_changes_nothing(
    traveller: Traveller, make_app: Callable[[Settings], Flask], linked: Settings
) -> None:
    account = traveller.platform.accounts[0]
    traveller.connect(account)
    away = make_app(Settings(**{**dict(linked), "stripe_connect_base": "http://127.0.0.1:9"}))
    other = signed_in(away, "ann@example.com", Role.ADMIN)
    assert other.submit(f"/connections/{account}/disconnect").status_code == 503
    assert traveller.every()[0].is_active


def test_the_key_of_the_environment_is_left_and_used_again(
    traveller: Traveller, linked: Settings
) -> None:
    with database.writing(traveller.engine) as db:
        book = books.open_book(db, "acct_own", livemode=False)
        fingerprint = connections.fingerprint_of(linked)
        connections.keep(db, book, How.ENVIRONMENT, fingerprint=fingerprint)
    assert traveller.client.submit("/connections/acct_own/disconnect").status_code == 303
    assert way_to(traveller.engine, linked, book) is None
    assert traveller.client.submit("/connections/acct_own/again").status_code == 303
    assert way_to(traveller.engine, linked, book) is not None


@pytest.fixture
def hourly(traveller: Traveller) -> Traveller:
    """An account is connected whose tokens live an hour."""
    assert traveller.platform.control("/settings", token_seconds="3600").ok
    traveller.connect(traveller.platform.accounts[0])
    return traveller


def test_tokens_that_end_are_renewed_ahead_of_time(hourly: Traveller, linked: Settings) -> None:
    (first,) = hourly.every()
    renew_tokens(hourly.engine, linked)
    assert hourly.every() == [first]
    with time_machine.travel(clock.now() + timedelta(minutes=50)):
        renew_tokens(hourly.engine, linked)
        (second,) = hourly.every()
        assert second.expires_at
        assert second.expires_at >= clock.seconds() + 3590
    assert second.sealed_refresh_token != first.sealed_refresh_token
    assert connections.secret_of(second, linked) != connections.secret_of(first, linked)
    assert hourly.deeds()[-1][0] == "connection.renewed"
    reads = way_to(hourly.engine, linked, second.book)
    assert reads
    assert reads.retrieve("/v1/account").body["id"] == second.book.account_id


def test_those_that_do_not_end_are_left_alone(traveller: Traveller, linked: Settings) -> None:
    traveller.connect(traveller.platform.accounts[0])
    before = traveller.every()
    with time_machine.travel(clock.now() + timedelta(days=400)):
        renew_tokens(traveller.engine, linked)
    assert traveller.every() == before


def test_of_several_workers_one_renews(hourly: Traveller, linked: Settings) -> None:
    (found,) = hourly.every()
    done: list[bool] = []
    workers = [
        threading.Thread(target=lambda: done.append(renew(hourly.engine, linked, found, SCHEDULE)))
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    # A token that rotates counts once: a second renewal with it would have been refused.
    assert sorted(done) == [False, False, False, True]
    assert hourly.every()[0].state is State.CONNECTED


def test_a_refusal_is_shown_until_the_account_is_connected_again(
    hourly: Traveller, linked: Settings
) -> None:
    (found,) = hourly.every()
    account = found.book.account_id
    hourly.platform.sandbox.permissions.revoke(account)
    with time_machine.travel(clock.now() + timedelta(minutes=50)):
        renew_tokens(hourly.engine, linked)
    (refused,) = hourly.every()
    assert refused.state is State.REFUSED
    assert "Must be connected again" in hourly.client.get("/connections").text
    page = hourly.client.get(f"/connections/{account}").text
    assert "no longer renews" in page
    assert "rt_" not in page
    assert way_to(hourly.engine, linked, refused.book) is None
    assert hourly.connect(account, again=account).status_code == 303
    assert hourly.every()[0].state is State.CONNECTED


def test_a_reader_follows_a_token_that_was_renewed_meanwhile(
    hourly: Traveller, linked: Settings, later: Callable[[float], None]
) -> None:
    (found,) = hourly.every()
    reads = way_to(hourly.engine, linked, found.book)
    assert reads
    assert renew(hourly.engine, linked, found, SCHEDULE)
    later(3_601)
    with pytest.raises(stripe.AuthenticationError):
        make_client(linked, connections.secret_of(found, linked)).v1.balance.retrieve()
    # The second token ended with the first; what counts is that it is asked for.
    hourly.platform.control("/settings", token_seconds="0")
    (second,) = hourly.every()
    assert renew(hourly.engine, linked, second, SCHEDULE)
    assert reads.retrieve("/v1/account").body["id"] == found.book.account_id


@pytest.fixture
def counting() -> Iterator[OddStripe]:
    """A server that notes every request that reaches it."""
    with serving(OddStripe({"/v1/account": (200, {"id": "acct_1"})})) as server:
        yield server


WRITES: list[Callable[[stripe.StripeClient], object]] = [
    lambda client: client.v1.customers.create({"name": "Ann"}),
    lambda client: client.v1.customers.update("cus_1", {"name": "Ann"}),
    lambda client: client.v1.customers.delete("cus_1"),
    lambda client: client.v1.refunds.create({"charge": "ch_1"}),
    lambda client: client.v1.payment_intents.confirm("pi_1"),
    lambda client: client.raw_request("post", "/v1/payouts", amount=1, currency="usd"),
    lambda client: client.raw_request("delete", "/v1/coupons/1"),
]


@pytest.mark.parametrize("number", range(len(WRITES)))
@pytest.mark.parametrize("how", [How.OAUTH, How.KEY, How.PLATFORM])
def test_no_write_to_an_account_that_is_only_read_leaves_this_machine(
    traveller: Traveller, linked: Settings, counting: OddStripe, how: How, number: int
) -> None:
    settings = Settings(**{**dict(linked), "stripe_api_base": counting.url})
    client = client_of(settings, _connected(traveller, settings, how, Scope.READ_ONLY))
    with pytest.raises(ReadOnlyError):
        WRITES[number](client)
    assert counting.log == []
    client.raw_request("get", "/v1/account")
    assert len(counting.log) == 1


def test_a_token_that_may_write_does(
    traveller: Traveller, linked: Settings, counting: OddStripe
) -> None:
    settings = Settings(**{**dict(linked), "stripe_api_base": counting.url})
    client = client_of(settings, _connected(traveller, settings, How.OAUTH, Scope.READ_WRITE))
    with pytest.raises(stripe.StripeError):
        WRITES[0](client)
    assert [(method, path) for method, path, _body in counting.log] == [("POST", "/v1/customers")]


def _connected(
    traveller: Traveller, settings: Settings, how: How, scope: Scope
) -> connections.StripeConnection:
    sealed = Vault(settings.atom_oauth_encryption_key.get_secret_value()).seal("sk_test_some")
    with database.writing(traveller.engine) as db:
        book = books.open_book(db, "acct_own", livemode=False)
        terms = connections.Terms(scope=scope)
        connections.keep(db, book, how, fingerprint="f", sealed_secret=sealed, terms=terms)
        return connections.of_book(db, book)


def test_the_first_sync_is_queued_once(traveller: Traveller) -> None:
    traveller.connect(traveller.platform.accounts[0])
    with database.reading(traveller.engine) as db:
        assert len(jobs.due(db)) == 1


def test_only_admins_may_change_and_all_may_look(traveller: Traveller, app: Flask) -> None:
    account = traveller.platform.accounts[0]
    traveller.connect(account)
    ann = signed_in(app, "ann@example.com", Role.FINANCE)
    for path in ("/connections", f"/connections/{account}"):
        page = ann.get(path)
        assert page.status_code == 200
        assert "Connect an account" not in page.text
        assert "Disconnect" not in page.text
    assert ann.get("/connections/new").status_code == 403
    assert ann.submit(f"/connections/{account}/disconnect").status_code == 403
    assert ann.get("/connections/acct_nobody").status_code == 404


@pytest.mark.parametrize(
    ("how", "scope", "may"),
    [
        (How.OAUTH, Scope.READ_ONLY, False),
        (How.OAUTH, Scope.READ_WRITE, True),
        (How.KEY, Scope.READ_ONLY, False),
    ],
)
def test_pages_of_an_account_that_is_only_read_show_no_control_that_writes(
    traveller: Traveller, linked: Settings, app: Flask, how: How, scope: Scope, *, may: bool
) -> None:
    found = _connected(traveller, linked, how, scope)
    app.add_url_rule("/probe", "probe", lambda: render_template_string("{{ may_write() }}"))
    NEEDS["probe"] = Permission.READ
    try:
        assert traveller.client.get("/probe").text == str(may)
        with database.writing(traveller.engine) as db:
            connections.disconnect(db, found.book)
        assert traveller.client.get("/probe").text == "False"
    finally:
        del NEEDS["probe"]


def _hear(app: Flask, created: int, **fields: object) -> None:
    """Let Stripe deliver that an account took its permission back, and handle it."""
    told = event("account.application.deauthorized", APPLICATION, created=created, **fields)
    assert deliver(signed_out(app), told).status_code == 200
    furniture = app.extensions["dashboard"]
    handle(furniture.engine, furniture.settings, reactions=REACTIONS)


def test_an_owner_who_takes_the_permission_back_ends_the_connection(
    traveller: Traveller, app: Flask, linked: Settings
) -> None:
    first, second, *_ = traveller.platform.accounts
    for account in (first, second):
        traveller.connect(account)
    before = traveller.every()[0]
    _hear(app, before.connected_at - 60, account=first)
    assert traveller.every()[0] == before
    _hear(app, before.connected_at + 1, account=first, livemode=True)
    assert traveller.every()[0] == before
    _hear(app, before.connected_at + 1, account=first)
    ended, other = traveller.every()
    assert (ended.state, ended.sealed_secret) == (State.DEAUTHORIZED, None)
    assert other.is_active
    assert traveller.deeds()[-1] == ("connection.deauthorized", first)
    assert "took the permission back" in traveller.client.get(f"/connections/{first}").text
    assert way_to(traveller.engine, linked, ended.book) is None
    assert traveller.connect(first, again=first).status_code == 303
    assert traveller.every()[0].is_active
