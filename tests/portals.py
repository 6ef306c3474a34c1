"""The portal's side for tests: its keys, and tokens that are right but for what a test changes."""

import base64
import json
import secrets
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr

from dashboard.core import clock
from dashboard.core.config import Settings

PORTAL = "https://portal.test"
OTHER_PORTAL = "https://other.test:8443"
ACCOUNT = "acct_make"
KEY = Ed25519PrivateKey.generate()
SECRET = secrets.token_bytes(32)
KEYS = " ".join(
    (
        "new="
        + base64.b64encode(
            KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ).decode(),
        f"old=hs256:{base64.b64encode(SECRET).decode()}",
    )
)


def with_portal(settings: Settings, **changes: Any) -> Settings:
    """Return the settings with a portal at two origins."""
    portal = {
        "atom_embed_origins": f"{PORTAL} {OTHER_PORTAL}",
        "atom_embed_keys": SecretStr(KEYS),
    }
    return settings.model_copy(update={**portal, **changes})


def claims(**changes: Any) -> dict[str, Any]:
    """Return what a good token says; ``None`` takes a claim away."""
    now = clock.seconds()
    told: dict[str, Any] = {
        "iss": "atom",
        "aud": "stripe-dashboard",
        "sub": "atom-user-7",
        "name": "Mia Anders",
        "email": "mia@atom.example",
        "role": "analyst",
        "accounts": [ACCOUNT],
        "origin": PORTAL,
        "iat": now,
        "nbf": now,
        "exp": now + 60,
        "jti": secrets.token_urlsafe(16),
        **changes,
    }
    return {name: value for name, value in told.items() if value is not None}


def token(**changes: Any) -> str:
    """Return a token that is good but for ``changes``."""
    return signed(claims(**changes))


def signed(told: dict[str, Any], key: Any = KEY, alg: str = "EdDSA", **header: Any) -> str:
    """Return a token that says this, signed as told."""
    # Past the library's own look at the claims: some tests sign nonsense.
    return jwt.PyJWS().encode(json.dumps(told).encode(), key, alg, {"kid": "new", **header})
