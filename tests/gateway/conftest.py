"""A Stripe-like server for the gateway's tests."""

from collections.abc import Iterator

import pytest

from dashboard.core.config import Settings
from tests.stripe_like import StripeLike, serving


@pytest.fixture
def stripe_like() -> Iterator[StripeLike]:
    """An empty server."""
    with serving(StripeLike()) as running:
        yield running


@pytest.fixture
def settings(stripe_like: StripeLike) -> Settings:
    """Settings that point at the server."""
    return Settings(_env_file=None, environment="test", stripe_api_base=stripe_like.url)
