"""Opening a delivery: who signed it, and is it an event?

https://docs.stripe.com/webhooks, https://docs.stripe.com/event-destinations
"""

import re
from collections.abc import Sequence
from typing import Any, TypeAlias

import orjson

from dashboard.core.errors import DashboardError
from dashboard.gateway.signatures import check

Event: TypeAlias = dict[str, Any]

SHAPES = frozenset(("event", "v2.core.event"))
NAME = re.compile(r"[\x21-\x7e]{1,255}")


class NoEventError(DashboardError):
    """The body is signed, and is no event of Stripe's."""

    status = 400
    code = "no_event"


def open_delivery(body: bytes, header: str, secrets: Sequence[str], now: int) -> tuple[Event, str]:
    """Return the event in ``body``, as it came, and which of ``secrets`` signed it.

    ``header`` is ``Stripe-Signature``, ``now`` is in UTC seconds. A thin event is one, too. Some
    libraries let anything pass that is signed: here an event has an id, a type and, where it says
    so at all, a clear mode.

    Raises:
        SignatureError: nobody of ``secrets`` signed it, or not within five minutes of ``now``.
        NoEventError: it is something else than an event.
    """
    secret = check(body, header, secrets, now)
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NoEventError("The body is no JSON.") from None
    if not isinstance(event, dict) or event.get("object") not in SHAPES:
        raise NoEventError("The body is no event.", field="object")
    for field in ("id", "type"):
        value = event.get(field)
        if not isinstance(value, str) or not NAME.fullmatch(value):
            raise NoEventError("An event has one as a short text.", field=field)
    if not isinstance(event.get("livemode", False), bool):
        raise NoEventError("It is neither true nor false.", field="livemode")
    return event, secret
