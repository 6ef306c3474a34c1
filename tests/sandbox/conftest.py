"""A running practice Stripe for the tests, a small shop with billing in it, and ways to ask."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe

from dashboard.sandbox.command import Recipe, open_states
from dashboard.sandbox.server import RunningServer, serve
from dashboard.sandbox.state import State
from tests.sandbox.asking import KEY, Asker
from tests.sandbox.shop import shop_world

SHARED = Path(__file__).parents[3] / "shared"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[RunningServer]:
    """Serve a generated world of 600 payments, with two connected accounts."""
    states = open_states(Recipe(seed=7, payments=600), None, accounts=2)
    server = serve(states)
    yield server
    server.close()
    for state in states.values():
        state.close()


@pytest.fixture
def shop() -> Iterator[RunningServer]:
    """Serve a small hand-made shop, fresh for each test, that may be changed."""
    state = State(None)
    state.load(shop_world())
    state.keep_fact("account", "acct_shop")
    server = serve(state)
    yield server
    server.close()
    state.close()


@pytest.fixture
def ask(shop: RunningServer) -> Asker:
    """Ask the shop over plain HTTP."""
    return Asker(shop.url)


@pytest.fixture
def ask_world(sandbox: RunningServer) -> Asker:
    """Ask the generated world over plain HTTP."""
    return Asker(sandbox.url)


@pytest.fixture
def official(shop: RunningServer) -> stripe.StripeClient:
    """The official SDK, pointed at the shop."""
    return stripe.StripeClient(KEY, base_addresses={"api": shop.url, "files": shop.url})


@pytest.fixture(scope="session")
def spec() -> Any:
    """The schema checker of the pinned API version."""
    tool = SHARED / "tools" / "stripe_schema.py"
    document = SHARED / "stripe" / "openapi-2026-10-28.endive.json"
    if not (tool.exists() and document.exists()):
        pytest.skip("the schema of Stripe's API is not here (../shared)")
    described = importlib.util.spec_from_file_location("stripe_schema", tool)
    assert described
    assert described.loader
    module = importlib.util.module_from_spec(described)
    sys.modules["stripe_schema"] = module
    described.loader.exec_module(module)
    return module.Spec.load(document)


@pytest.fixture
def fits(spec: Any) -> Callable[[Any], None]:
    """Assert that an object has the shape that Stripe documents, and no field beyond it."""

    def check(thing: Any) -> None:
        unknown: list[str] = []
        assert spec.check(thing, unknown=unknown) == []
        assert unknown == []

    return check
