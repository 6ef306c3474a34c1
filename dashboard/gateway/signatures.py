"""The signatures under Stripe's deliveries: who sent this, and whether just now.

https://docs.stripe.com/webhooks#verify-manually
"""

import hashlib
import hmac
import re
from collections.abc import Sequence

from dashboard.core.errors import DashboardError

SCHEME = "v1"
MOMENT = re.compile(r"[0-9]{1,12}")
TOLERANCE_SECONDS = 300
"""Earlier or later than our clock; Stripe's libraries let anything from the future pass."""


class SignatureError(DashboardError):
    """The delivery is not Stripe's, or not of this moment."""

    status = 400
    code = "bad_signature"


def check(body: bytes, header: str, secrets: Sequence[str], now: int) -> str:
    """Return which of ``secrets`` signed ``body``, as it came, according to ``Stripe-Signature``.

    ``now`` is in UTC seconds. There are several secrets while one is replaced by the next, and
    Stripe then signs with each of them.

    Raises:
        SignatureError: none of them did, or not within five minutes of ``now``.
    """
    signed_at, signatures = _parsed(header)
    if abs(now - signed_at) > TOLERANCE_SECONDS:
        raise SignatureError(
            "The delivery was signed more than five minutes from now.",
            field="Stripe-Signature",
            remedy="Compare the clocks: flask --app wsgi doctor.",
        )
    for secret in secrets:
        expected = sign(body, secret, signed_at)
        if any(hmac.compare_digest(expected, each) for each in signatures):
            return secret
    raise SignatureError(
        "The delivery is not signed with a secret of ours.",
        field="Stripe-Signature",
        remedy="Compare STRIPE_WEBHOOK_SECRET with the signing secret of the endpoint at Stripe.",
    )


def sign(body: bytes, secret: str, signed_at: int) -> str:
    """Return the signature of ``body`` at ``signed_at`` (UTC seconds), in hexadecimal digits."""
    signed = str(signed_at).encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _parsed(header: str) -> tuple[int, list[str]]:
    """Return the moment (UTC seconds) and the signatures that ``header`` holds."""
    pairs = [part.partition("=") for part in header.split(",")]
    moments = [value for name, _, value in pairs if name == "t"]
    # A letter beyond ASCII is in no signature, and comparing it would be an exception.
    signatures = [value for name, _, value in pairs if name == SCHEME and value.isascii()]
    if len(moments) != 1 or not MOMENT.fullmatch(moments[0]) or not signatures:
        raise SignatureError(
            "The delivery has no signature that can be read.", field="Stripe-Signature"
        )
    return int(moments[0]), signatures
