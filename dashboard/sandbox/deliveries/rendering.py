"""What is sent of an event: its body as an endpoint gets it, signed, with Stripe's headers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from dashboard.sandbox.deliveries.endpoints import Endpoint
from dashboard.sandbox.deliveries.signing import signature
from dashboard.sandbox.deliveries.versions import in_version
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.shapes import Json
from dashboard.sandbox.shelf import Shelf

_HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    "Accept": "*/*; q=0.5, application/xml",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A body on its way, with the secrets that will sign it."""

    url: str
    body: bytes
    secrets: Sequence[str]

    def headers(self, at: int) -> dict[str, str]:
        """Return the headers of a letter that leaves at UTC second `at`."""
        return _HEADERS | {"Stripe-Signature": signature(self.body, self.secrets, at)}


def body_of(shelf: Shelf, event: Json, endpoint: Endpoint, version: str | None) -> Json:
    """Return an event in the API version of an endpoint, or in `version`."""
    wanted = version or endpoint.api_version or event["api_version"]
    return in_version(shelf, event, wanted) | {"api_version": wanted}


def written(event: Json, *, livemode: bool, account: str | None) -> bytes:
    """Return the body of an event; that of a connected account names the `account`."""
    shown = event | {"account": account} if account else event
    text = orjson.dumps(shown, option=orjson.OPT_INDENT_2)
    return text.replace(b'"livemode": false', b'"livemode": true') if livemode else text


def forged(event: Json) -> Json:
    """Return what somebody might make up: an event of another id, about an object that is there.

    It says that the object was changed into something that it is not.
    """
    thing = event["data"]["object"]
    lies = {"amount": 1, "email": "forged@example.com", "status": "forged"}
    told = thing | {name: lie for name, lie in lies.items() if name in thing}
    return event | {"id": new_id("evt_forged", 18), "data": event["data"] | {"object": told}}
