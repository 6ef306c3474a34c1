"""A receiver beside the shop, and the control page's words about deliveries."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.asking import Asker
from tests.sandbox.deliveries.receiver import Receiver

SECRET = "whsec_shop"


class Control:
    """Asks the control page of the practice Stripe."""

    def __init__(self, ask: Asker) -> None:
        self._ask = ask

    def get(self, path: str, **asked: Any) -> Any:
        """Return what a question is answered."""
        answer = self._ask.session.get(f"{self._ask.url}/_control{path}", params=asked, timeout=70)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, status: int = 200, **wanted: Any) -> Any:
        """Return what an errand is answered."""
        answer = self._ask.session.post(f"{self._ask.url}/_control{path}", json=wanted, timeout=5)
        assert answer.status_code == status, answer.text
        return answer.json()

    def deliveries(self, **asked: Any) -> list[Any]:
        """Return deliveries, the oldest first."""
        found: list[Any] = self.get("/deliveries", limit=10_000, **asked)["deliveries"]
        return found[::-1]

    def drain(self) -> None:
        """Wait until all is delivered."""
        assert self.get("/drained", seconds=20)["drained"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Something that webhooks can be sent to."""
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def control(ask: Asker) -> Control:
    """The control page of the shop."""
    return Control(ask)


@pytest.fixture
def endpoint(control: Control, receiver: Receiver) -> str:
    """An endpoint that hears of everything, signed with `SECRET`; its id."""
    made: str = control.post("/endpoints", url=receiver.url, secret=SECRET)["endpoint"]
    return made
