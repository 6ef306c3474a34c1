"""No key, token, code or state is found in clear in the database, logs, pages or exports."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import make_url

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.crypto import make_key
from dashboard.core.errors import DashboardError
from dashboard.features.connections.at_stripe.tokens import renew
from dashboard.store import connections
from dashboard.store.audit import SCHEDULE
from dashboard.store.roles import Role
from tests.clients import CheckedClient, run_jobs, signed_in
from tests.features.connections.conftest import HTML
from tests.features.connections.odd_stripe import OddStripe, serving

CANARY = "CaNaRy"
ACCESS, REFRESH = f"sk_test_{CANARY}access", f"rt_{CANARY}refresh"
AGAIN, REFRESH_AGAIN = f"sk_test_{CANARY}again", f"rt_{CANARY}refreshagain"
KEY, CODE = f"rk_test_{CANARY}key", f"{CANARY}code"
PLATFORM = f"sk_test_{CANARY}platform"
ACCOUNT = {"id": "acct_1", "object": "account", "country": "US", "default_currency": "usd"}
PAGES = (
    *("/connections", "/connections/acct_1", "/connections/acct_2", "/connections/new"),
    *("/sync", "/jobs", "/audit", "/audit/export.csv", "/audit/export.xlsx", "/health/deep"),
    *("/api/v1/stripe/oauth/status", "/connections/acct_none", "/webhooks/endpoint"),
)


def _token(access: str, refresh: str) -> dict[str, object]:
    return {
        "access_token": access,
        "refresh_token": refresh,
        "livemode": False,
        "scope": "read_only",
        "stripe_user_id": "acct_1",
        "expires_in": 60,
    }


def _repeats(*secrets: str) -> tuple[int, dict[str, object]]:
    """Return an answer of OAuth that repeats what it was sent, as Stripe's do."""
    told = " and ".join(secrets)
    return 400, {"error": "invalid_grant", "error_description": f"There is no {told}"}


@pytest.fixture
def odd() -> Iterator[OddStripe]:
    """A Stripe that gives canaries."""
    with serving(OddStripe()) as server:
        server.answers["/oauth/token"] = (200, _token(ACCESS, REFRESH))
        server.answers["/v1/account"] = (200, ACCOUNT)
        yield server


@pytest.fixture
def app(make_app: Callable[[Settings], Flask], settings: Settings, odd: OddStripe) -> Flask:
    """An application whose own key is a canary, too."""
    news = {
        "stripe_client_id": "ca_practice",
        "stripe_client_secret": PLATFORM,
        "stripe_api_base": odd.url,
        "stripe_connect_base": odd.url,
        "atom_oauth_encryption_key": make_key(),
    }
    return make_app(Settings(**{**dict(settings), **news}))


def _states(boss: CheckedClient, count: int) -> list[str]:
    """Begin so many ways to Stripe and return their states."""
    ways = [boss.get("/connections/authorize?scope=read_only").location for _ in range(count)]
    return [parse_qs(urlsplit(way).query)["state"][0] for way in ways]


def test_canaries_are_found_nowhere(
    app: Flask, odd: OddStripe, capfd: pytest.CaptureFixture[str]
) -> None:
    boss = signed_in(app, "boss@example.com", Role.ADMIN)
    furniture = app.extensions["dashboard"]
    engine, settings = furniture.engine, furniture.settings
    seen: list[bytes] = []

    def ask(path: str, **form: str) -> None:
        answer = boss.submit(path, form) if form else boss.get(path, headers=HTML)
        seen.append(answer.data + str(answer.headers).encode())

    good, refused, twice, echoed = states = _states(boss, 4)
    ask(f"/auth/stripe/callback?state={good}&code={CODE}")
    ask(f"/auth/stripe/callback?state={good}&code={CODE}")
    ask(f"/auth/stripe/callback?state={twice}&code={CODE}")
    ask(f"/auth/stripe/callback?state={echoed}&error=x&error_description=rt_{CANARY}")
    odd.answers["/oauth/token"] = _repeats(f"{CODE}2", PLATFORM)
    ask(f"/auth/stripe/callback?state={refused}&code={CODE}2")
    with database.reading(engine) as db:
        (found,) = connections.every(db)
    odd.answers["/oauth/token"] = (200, _token(AGAIN, REFRESH_AGAIN))
    assert renew(engine, settings, found, SCHEDULE)
    odd.answers["/oauth/token"] = _repeats(REFRESH_AGAIN, AGAIN)
    with database.reading(engine) as db:
        (found,) = connections.every(db)
    with pytest.raises(DashboardError) as caught:
        renew(engine, settings, found, SCHEDULE)
    seen.append((str(caught.value) + repr(found)).encode())
    odd.answers["/v1/account"] = (200, {**ACCOUNT, "id": "acct_2"})
    ask("/connections/key", secret=KEY, scope="read_only")
    odd.answers["/v1/account"] = (401, {"error": {"message": f"Invalid API Key: {KEY}2"}})
    ask("/connections/key", secret=f"{KEY}2", scope="read_only")
    ask("/connections/platform", secret=PLATFORM, account_id="acct_3", scope="read_only")
    run_jobs(app)
    for page in PAGES:
        ask(page)
    engine.dispose()
    # The states themselves went to Stripe by the browser's address; here only hashes stay.
    hidden = [CANARY, *states]
    file = Path(str(make_url(settings.database_url).database))
    kept = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    told = capfd.readouterr()
    everything = {
        "database": kept,
        "log": (told.out + told.err).encode(),
        "pages": b"".join(seen),
    }
    assert len(kept) > 100_000
    assert b"acct_1" in kept
    hits = {
        (place, secret)
        for place, text in everything.items()
        for secret in hidden
        if secret.encode() in text
    }
    assert hits == set()
    assert sum(CANARY in body for _method, _path, body in odd.log) >= 4
