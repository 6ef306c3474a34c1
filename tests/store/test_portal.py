"""The portal's settings mean what they say, or nothing starts."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr

from dashboard.core.config import Settings
from dashboard.core.errors import SettingsError
from dashboard.store import portal
from dashboard.store.portal import Portal
from dashboard.store.roles import Role

SECRET = f"old=hs256:{base64.b64encode(b's' * 32).decode()}"
ORIGIN = "https://atom.example.com"


def public(key: PublicKeyTypes) -> str:
    return base64.b64encode(
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode()


def read(origins: str = ORIGIN, keys: str = SECRET, role: str = "analyst") -> Portal | None:
    return portal.read(
        Settings(
            _env_file=None,
            atom_embed_origins=origins,
            atom_embed_keys=SecretStr(keys),
            atom_embed_role=role,
        )
    )


def test_nothing_set_is_no_portal() -> None:
    assert read(origins=" ", keys="") is None


def test_each_kind_of_key_has_its_one_algorithm() -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    edwards = Ed25519PrivateKey.generate().public_key()
    found = read(keys=f"new={public(edwards)}, {SECRET} c={public(curve)}")
    assert found
    algorithms = {id: key.algorithm for id, key in found.keys.items()}
    assert algorithms == {"new": "EdDSA", "old": "HS256", "c": "ES256"}


@pytest.mark.parametrize(
    "keys",
    [
        "",
        "nonsense",
        "a=",
        "=MCow",
        "a b",
        "a=hs256:",
        f"a=hs256:{base64.b64encode(b's' * 31).decode()}",
        "a=hs256:not base64",
        f"{SECRET} {SECRET}",
        "a=" + base64.b64encode(b"no key").decode(),
        "a=" + public(rsa.generate_private_key(65_537, 2_048).public_key()),
        "a=" + public(ec.generate_private_key(ec.SECP384R1()).public_key()),
    ],
)
def test_a_key_that_is_none_stops_the_start_and_is_not_told(keys: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(keys=keys)
    assert caught.value.field == "ATOM_EMBED_KEYS"
    assert len(keys) < 3 or keys not in str(caught.value)


@pytest.mark.parametrize(
    "origin",
    [
        *("", "*", "https://*.example.com", "https://", "atom.example.com", "null", "file://"),
        *("http://atom.example.com", "https://atom.example.com/", "https://ATOM.example.com"),
        *("https://atom.example.com:443", "http://localhost:80", "https://a.example;", "https:"),
        *("https://user@atom.example.com", "'self'", "https://atom.example.com?x", "data:"),
    ],
)
def test_what_is_no_exact_origin_stops_the_start(origin: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(origins=f"{ORIGIN} {origin}" if origin else "")
    assert caught.value.field == "ATOM_EMBED_ORIGINS"


def test_origins_of_this_machine_may_be_without_tls() -> None:
    found = read(origins="http://localhost:9000,http://portal.localhost https://127.0.0.1:9443")
    assert found
    assert found.origins[0] == "http://localhost:9000"


@pytest.mark.parametrize("role", ["admin", "auditor", "", "Viewer", "king"])
def test_some_roles_are_not_for_a_portal_to_give(role: str) -> None:
    with pytest.raises(SettingsError, match="ATOM_EMBED_ROLE"):
        read(role=role)


def test_a_role_is_within_the_highest_when_it_may_do_no_more() -> None:
    found = read(role="support")
    assert found
    assert {role for role in Role if found.may_grant(role)} == {Role.VIEWER, Role.SUPPORT}
