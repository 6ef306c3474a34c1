"""What commands that talk to Stripe are run against: a small server, and settings for it."""

from collections.abc import Callable, Iterator

import pytest

from dashboard.core.config import Settings
from dashboard.mirror.registry import KINDS
from tests.stripe_like import KEY, StripeLike, serving


@pytest.fixture
def stripe_like() -> Iterator[StripeLike]:
    """A server with 120 customers and nothing else."""
    server = StripeLike(
        {kind.path: [] for kind in KINDS.values() if kind.path and not kind.single},
        {
            "/v1/account": {"id": "acct_like", "object": "account"},
            "/v1/balance": {"object": "balance", "available": [], "pending": []},
        },
    )
    server.lists["/v1/customers"] = [
        {"id": f"cus_{number:03d}", "object": "customer", "created": 1_700_000_000 + number}
        for number in range(120)
    ]
    with serving(server) as running:
        yield running


@pytest.fixture
def point_at(settings: Settings) -> Callable[..., Settings]:
    """Settings that point at a server, with changes."""

    def point(server: StripeLike, **changes: object) -> Settings:
        news = {"stripe_api_base": server.url, "stripe_secret_key": KEY, **changes}
        return Settings(**{**dict(settings), **news})

    return point
