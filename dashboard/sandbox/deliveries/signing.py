"""The `Stripe-Signature` header, https://docs.stripe.com/webhooks#verify-manually."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable


def signature(body: bytes, secrets: Iterable[str], at: int) -> str:
    """Return the header of a body that is sent at UTC second `at`: a `v1` for each secret."""
    signed = b"%d.%b" % (at, body)
    made = [hmac.new(one.encode(), signed, hashlib.sha256).hexdigest() for one in secrets]
    return ",".join([f"t={at}", *(f"v1={one}" for one in made)])
