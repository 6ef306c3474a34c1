"""Events as Stripe delivers them: made, signed and sent."""

import itertools
import time
from typing import Any

import orjson
import stripe
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.gateway.signatures import sign

SECRET = "whsec_of_these_tests"
PATH = "/api/v1/stripe/webhooks"
Json = dict[str, Any]

_numbers = itertools.count(1)


def event(name: str, thing: Json, *, created: int, **fields: Any) -> Json:
    """Return an event called ``name`` about ``thing``, in the version that we speak."""
    return {
        "id": f"evt_{next(_numbers):06d}",
        "object": "event",
        "api_version": stripe.api_version,
        "created": created,
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": name,
        **fields,
    }


def signature(body: bytes, *, secret: str = SECRET, at: int | None = None) -> str:
    """Return the header ``Stripe-Signature`` for ``body``, signed now unless told otherwise."""
    moment = int(time.time()) if at is None else at
    return f"t={moment},v1={sign(body, secret, moment)}"


def deliver(client: FlaskClient, told: Any, path: str = PATH, **signing: Any) -> TestResponse:
    """Deliver ``told``, or a body as it is, to the application of ``client``."""
    body = told if isinstance(told, bytes) else orjson.dumps(told)
    headers = {"Stripe-Signature": signature(body, **signing), "Content-Type": "application/json"}
    return client.post(path, data=body, headers=headers)
