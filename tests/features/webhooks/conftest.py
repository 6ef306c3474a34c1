"""An application that takes deliveries for one account, in test mode."""

import pytest
from flask import Flask

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.store import books, connections
from dashboard.store.books import Book
from dashboard.store.connections import How
from tests.deliveries import SECRET

ACCOUNT = "acct_ours"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with a key whose account is known, and the secret of its endpoint."""
    values = settings.model_dump()
    values |= {"stripe_secret_key": "sk_test_ours", "stripe_webhook_secret": SECRET}
    # Nobody answers there: taking a delivery in must not need Stripe.
    values |= {"stripe_api_base": "http://127.0.0.1:9"}
    return Settings(_env_file=None, **values)


@pytest.fixture
def book(app: Flask, settings: Settings) -> Book:
    """The account of the key, in test mode."""
    with database.writing(app.extensions["dashboard"].engine) as db:
        found = books.open_book(db, ACCOUNT, livemode=False)
        fingerprint = connections.fingerprint_of(settings)
        connections.keep(db, found, How.ENVIRONMENT, fingerprint=fingerprint)
    return found
