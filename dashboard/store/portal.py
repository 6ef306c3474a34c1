"""The portal that may show our pages in a frame: its origins, its keys, and how far it may go."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from dashboard.core.config import Settings
from dashboard.core.errors import SettingsError
from dashboard.store.roles import MAY, Permission, Role

ORIGINS, KEYS, ROLE = "ATOM_EMBED_ORIGINS", "ATOM_EMBED_KEYS", "ATOM_EMBED_ROLE"
SHARED = "hs256:"
"""How a shared secret begins; what does not is a public key."""

SHORTEST_SECRET_BYTES = 32
KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
HOST = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
PORT = r"(?::[1-9][0-9]{0,4})?"
ORIGIN = re.compile(rf"https://{HOST}{PORT}|http://(?:127\.0\.0\.1|(?:{HOST}\.)?localhost){PORT}")
DEFAULT_PORTS = ("https:443", "http:80")
NOT_IN_A_FRAME = frozenset({Permission.OWN, Permission.ADMIN, Permission.AUDIT})
"""What a portal cannot hand out: it is done by people who sign in here themselves."""

PublicKey = Ed25519PublicKey | EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class Key:
    """What tells that the portal signed, and the one algorithm that is believed with it."""

    algorithm: str
    material: PublicKey | bytes


@dataclass(frozen=True, slots=True)
class Portal:
    """Whom we let frame us, and what a token must say; ``keys`` by their ids."""

    origins: tuple[str, ...]
    keys: Mapping[str, Key]
    highest: Role
    issuer: str
    audience: str
    session_seconds: int

    def may_grant(self, role: Role) -> bool:
        """Return whether the role may do nothing that the highest may not."""
        return MAY[role] <= MAY[self.highest]


def read(settings: Settings) -> Portal | None:
    """Return the portal of the settings, or ``None`` where none is set.

    Raises:
        SettingsError: a setting cannot be understood, or one is there without the other.
    """
    origins = _origins(settings.atom_embed_origins)
    keys = _keys(settings.atom_embed_keys.get_secret_value())
    if not origins and not keys:
        return None
    if not origins or not keys:
        raise SettingsError(
            "is missing: a portal needs both its origins and its keys.",
            field=KEYS if origins else ORIGINS,
            remedy="See docs/embed.md.",
        )
    return Portal(
        origins,
        keys,
        _highest(settings.atom_embed_role),
        settings.atom_embed_issuer,
        settings.atom_embed_audience,
        settings.atom_embed_minutes * 60,
    )


def _origins(told: str) -> tuple[str, ...]:
    origins = tuple(dict.fromkeys(_parts(told)))
    for origin in origins:
        if not ORIGIN.fullmatch(origin) or _has_default_port(origin):
            raise SettingsError(
                f"“{origin}” is no origin.",
                field=ORIGINS,
                remedy=(
                    "Write each as browsers do, in lower case and with nothing behind it: "
                    "https://atom.example.com (http only on this machine, no wildcards)."
                ),
            )
    return origins


def _has_default_port(origin: str) -> bool:
    """Return whether the port is one that browsers leave out, so that nothing would ever match."""
    scheme, _, rest = origin.partition("://")
    return f"{scheme}:{rest.partition(':')[2]}" in DEFAULT_PORTS


def _keys(told: str) -> dict[str, Key]:
    keys: dict[str, Key] = {}
    for part in _parts(told):
        id, _, material = part.partition("=")
        if not KEY_ID.fullmatch(id) or id in keys:
            raise _bad_keys("holds an id of a key that is missing, twice there, or no name.")
        keys[id] = _secret(material) if material.startswith(SHARED) else _public(material)
    return keys


def _secret(material: str) -> Key:
    secret = _decoded(material.removeprefix(SHARED))
    if len(secret) < SHORTEST_SECRET_BYTES:
        raise _bad_keys(f"holds a secret that is shorter than {SHORTEST_SECRET_BYTES} bytes.")
    return Key("HS256", secret)


def _public(material: str) -> Key:
    try:
        key = load_der_public_key(_decoded(material))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _bad_keys("holds something that is no public key.") from error
    if isinstance(key, Ed25519PublicKey):
        return Key("EdDSA", key)
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return Key("ES256", key)
    raise _bad_keys("holds a public key that is neither Ed25519 nor P-256.")


def _decoded(material: str) -> bytes:
    try:
        return base64.b64decode(material, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _bad_keys("holds a key that is not written in Base64.") from error


def _bad_keys(fault: str) -> SettingsError:
    return SettingsError(
        fault,
        field=KEYS,
        remedy="Make one with: flask --app wsgi make-embed-key; docs/embed.md tells their form.",
    )


def _highest(told: str) -> Role:
    roles = [role for role in Role if not MAY[role] & (NOT_IN_A_FRAME - {Permission.OWN})]
    if told not in roles:
        raise SettingsError(
            f"“{told}” is no role that a portal may give.",
            field=ROLE,
            remedy=f"Choose among: {', '.join(roles)}.",
        )
    return Role(told)


def _parts(told: str) -> list[str]:
    return told.replace(",", " ").split()
