"""The shop with every answer held against Stripe's schema, and its books added up afterwards."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dashboard.sandbox.server import RunningServer
from tests.sandbox.asking import Asker


class CheckedAsker(Asker):
    """Asks a server, and takes no answer that Stripe would not give."""

    def __init__(self, url: str, fits: Callable[[Any], None]) -> None:
        super().__init__(url)
        self._fits = fits

    def get(self, path: str, *, key: str = "sk_test_practice", **headers: str) -> Any:
        found = super().get(path, key=key, **headers)
        self._fits(found)
        return found

    def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        made = super().post(path, body, **headers)
        self._fits(made)
        return made

    def told(self, count: int = 20) -> list[str]:
        """Return the types of the latest events, newest first."""
        return [one["type"] for one in self.get(f"/v1/events?limit={count}")["data"]]

    def told_of(self, type_: str) -> Any:
        """Return the latest event of a type."""
        return self.get(f"/v1/events?type={type_}&limit=1")["data"][0]


@pytest.fixture
def ask(shop: RunningServer, fits: Callable[[Any], None]) -> CheckedAsker:
    return CheckedAsker(shop.url, fits)


@pytest.fixture
def wait(shop: RunningServer) -> Callable[[int], None]:
    """Let seconds pass in the practice Stripe."""

    def pass_by(seconds: int) -> None:
        earlier = shop.sandbox.clock
        shop.sandbox.clock = lambda: earlier() + seconds

    return pass_by


@pytest.fixture(autouse=True)
def books_add_up(shop: RunningServer) -> Iterator[None]:
    """Hold the balance against its transactions before and after the test."""
    asker = Asker(shop.url)
    before = _unexplained(asker.get("/v1/balance"), asker)
    yield
    rows = asker.pages("/v1/balance_transactions")
    now = shop.sandbox.clock()
    for row in rows:
        assert row["net"] == row["amount"] - row["fee"]
        assert row["fee"] == sum(detail["amount"] for detail in row["fee_details"])
        assert row["status"] == ("available" if row["available_on"] <= now else "pending")
    balance = asker.get("/v1/balance")
    assert _unexplained(balance, asker) == before
    pending: dict[str, int] = defaultdict(int)
    for row in rows:
        if row["status"] == "pending":
            pending[row["currency"]] += row["net"]
    for funds in balance["pending"]:
        assert funds["amount"] == pending[funds["currency"]]


def _unexplained(balance: Any, asker: Asker) -> dict[str, int]:
    """Return what of each currency's balance no transaction accounts for."""
    left: dict[str, int] = defaultdict(int)
    for funds in [*balance["available"], *balance["pending"]]:
        left[funds["currency"]] += funds["amount"]
    for row in asker.pages("/v1/balance_transactions"):
        left[row["currency"]] -= row["net"]
    return {currency: amount for currency, amount in left.items() if amount}
