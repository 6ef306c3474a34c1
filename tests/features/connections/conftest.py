"""A platform at the practice Stripe with three accounts, and somebody who connects them."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.crypto import make_key
from dashboard.store import connections
from dashboard.store.audit import audit_log
from dashboard.store.connections import StripeConnection
from dashboard.store.roles import Role
from tests.clients import CheckedClient, signed_in
from tests.deliveries import SECRET
from tests.sandbox.asking import KEY
from tests.sandbox.connect.conftest import Platform, later, platform, worlds

__all__ = ["later", "platform", "worlds"]

HTML = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
    "image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
}
"""What Chromium sends where a person follows a link."""


@dataclass(frozen=True)
class Traveller:
    """An administrator with a browser, who goes to Stripe's page and back."""

    client: CheckedClient
    platform: Platform

    @property
    def engine(self) -> Engine:
        """The database of the application."""
        found: Engine = self.client.application.extensions["dashboard"].engine
        return found

    def leave(self, **asked: str) -> str:
        """Return the address of Stripe's page to which the application sends the browser."""
        answer = self.client.get("/connections/authorize", query_string=asked)
        assert answer.status_code == 303, answer.text
        return answer.location

    def consent(self, url: str, account: str, decision: str = "allow") -> str:
        """Return the path to which Stripe sends the browser of somebody who decided."""
        said = {"account": account, "decision": decision}
        answer = requests.get(url, said, timeout=10, allow_redirects=False)
        assert answer.status_code == 303, answer.text
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"

    def arrive(self, path: str) -> TestResponse:
        """Return what the application answers to a browser that comes back."""
        return self.client.get(path, headers=HTML)

    def connect(self, account: str, scope: str = "read_only", *, again: str = "") -> TestResponse:
        """Go the whole way and return the answer at its end; ``again`` is what was to come."""
        return self.arrive(self.consent(self.leave(scope=scope, account=again), account))

    def every(self) -> list[StripeConnection]:
        """Return the connections that are kept."""
        with database.reading(self.engine) as db:
            return connections.every(db)

    def deeds(self) -> list[tuple[str, str]]:
        """Return what the audit log tells of connections: deed and subject."""
        log = audit_log.c
        query = select(log.deed, log.subject).where(log.deed.startswith("connection."))
        with database.reading(self.engine) as db:
            return [(row.deed, row.subject) for row in db.execute(query.order_by(log.number))]


@pytest.fixture
def linked(settings: Settings, platform: Platform) -> Settings:
    """Settings of an application that is a platform at the practice Stripe."""
    news = {
        "stripe_secret_key": KEY,
        "stripe_client_id": "ca_practice",
        "stripe_webhook_secret": SECRET,
        "stripe_api_base": platform.url,
        "stripe_connect_base": platform.url,
        "atom_oauth_encryption_key": make_key(),
    }
    return Settings(**{**dict(settings), **news})


@pytest.fixture
def app(make_app: Callable[[Settings], Flask], linked: Settings) -> Flask:
    """An application that is a platform at the practice Stripe."""
    return make_app(linked)


@pytest.fixture
def traveller(app: Flask, platform: Platform) -> Traveller:
    """The administrator."""
    return Traveller(signed_in(app, "boss@example.com", Role.ADMIN), platform)
