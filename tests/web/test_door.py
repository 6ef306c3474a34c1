"""The short way in for machines: it answers what is right, and hands on all else as it came."""

from collections.abc import Callable

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from dashboard.web.door import REASON, Door

PATH = "/machines"
Deliver = Callable[..., str]


@Request.application
def house(request: Request) -> Response:
    """Answer what the application would, in words that show what reached it."""
    body = request.get_data().decode()
    reason = request.environ.get(REASON)
    why = f" {type(reason).__name__ if reason else None}" if body == "why" else ""
    return Response(f"house {request.method} {body}{why}")


def take(body: bytes, signature: str) -> bytes:
    """Take what is signed."""
    if signature != "somebody":
        raise ValueError
    return b"taken " + body


@pytest.fixture
def deliver() -> Deliver:
    """Send to a house with a door, and return what is answered."""
    client = Client(Door(house, (PATH,), take, signature="Signed-By", most_bytes=10))

    def send(path: str = PATH, method: str = "POST", data: bytes = b"news", **named: str) -> str:
        headers = {name.replace("_", "-"): value for name, value in named.items()}
        return client.open(path, method=method, data=data, headers=headers).text

    return send


def test_what_is_right_is_answered_at_the_door(deliver: Deliver) -> None:
    assert deliver(Signed_By="somebody") == "taken news"


def test_what_the_door_refuses_reaches_the_house_whole(deliver: Deliver) -> None:
    assert deliver(Signed_By="nobody") == "house POST news"
    assert deliver() == "house POST news"


def test_why_the_door_refuses_is_told_to_the_house(deliver: Deliver) -> None:
    assert deliver(Signed_By="nobody", data=b"why") == "house POST why ValueError"
    assert deliver("/elsewhere", Signed_By="nobody", data=b"why") == "house POST why None"


def test_other_ways_lead_to_the_house(deliver: Deliver) -> None:
    assert deliver("/elsewhere", Signed_By="somebody") == "house POST news"
    assert deliver(method="GET", data=b"", Signed_By="somebody") == "house GET "


def test_what_is_too_large_is_not_read_at_the_door(deliver: Deliver) -> None:
    assert deliver(data=b"x" * 11, Signed_By="somebody") == f"house POST {'x' * 11}"
