"""Tokens that the portal did not sign, or not like this: each with a word for what is wrong."""

import base64
import hmac
import json
import secrets
from collections.abc import Iterator
from random import Random
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dashboard.core import clock
from tests.portals import KEY, SECRET, claims, signed

STRANGER = Ed25519PrivateKey.generate()
CURVE = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65_537, 2_048)
PUBLIC = KEY.public_key()
NO_TEXT: tuple[Any, ...] = (None, "", 7, True, [], {}, ["a"], "\0", "x" * 5_000)
NO_SECOND: tuple[Any, ...] = (None, "", True, [], {}, "1795000000", 1.5, -1, 10**18)


def forged(count: int, seed: int = 1) -> Iterator[tuple[str, str]]:
    """Yield ``count`` forged tokens, each kind in its turn, with what is wrong with each."""
    draw = Random(seed)  # noqa: S311  (chooses what to forge, is no secret)
    made = 0
    while made < count:
        for what, token in [*_by_claims(draw), *_by_header(), *_by_letters(draw)]:
            if made < count:
                yield what, token
                made += 1


def _by_claims(draw: Random) -> Iterator[tuple[str, str]]:
    """Yield tokens that are signed with the right key and say what they must not."""
    now = clock.seconds()
    for name in ("iss", "aud", "sub", "name", "email", "role", "origin", "jti"):
        yield name, _said(**{name: draw.choice(NO_TEXT)})
    for name in ("iat", "nbf", "exp"):
        yield name, _said(**{name: draw.choice(NO_SECOND)})
    far = draw.randrange(30, 10**6)
    changes: tuple[dict[str, Any], ...] = (
        {"iss": "atom2"},
        {"aud": "another-dashboard"},
        {"aud": ["stripe-dashboard"]},
        {"aud": ["stripe-dashboard", "x"]},
        {"exp": now - draw.randrange(1, 1_000)},
        {"exp": now},
        {"iat": now + far, "exp": now + far + 30},
        {"nbf": now + far, "exp": now + far + 30},
        {"nbf": now + draw.randrange(6, 59)},
        {"exp": now + 61 + draw.randrange(10**6)},
        {"iat": now - 30, "exp": now + 40},
        {"nbf": now - 30, "exp": now + 40},
        {"role": draw.choice(("admin", "auditor", "finance", "approver", "support", "Analyst"))},
        {"role": ["analyst"]},
        {"origin": draw.choice(("https://evil.test", "https://portal.test:444", "null"))},
        {
            "origin": draw.choice(
                ("https://portal.test/", "http://portal.test", "HTTPS://PORTAL.TEST")
            )
        },
        {"accounts": []},
        {"accounts": None},
        {
            "accounts": draw.choice(
                ("acct_make", "*", {"acct_make": True}, [["acct_make"]], [1], [None])
            )
        },
        {"accounts": ["acct_make", draw.choice(("*", "", "acct_make OR 1=1", "cus_1", "acct_"))]},
        {"accounts": [f"acct_{each}" for each in range(201)]},
        {"theme": draw.choice(("blue", 1, '"><script>', [""]))},
        {"language": draw.choice(('en" onload="x', 7, "xx-xx-xx", ""))},
        {"path": draw.choice((7, ["/"], "/" + "x" * 3_000))},
        {"jti": "short"},
        {"email": draw.choice(("mia", "mia@atom.example\r\nX: y", "@", "a b@c"))},
    )
    for change in changes:
        yield " ".join(change), _said(**change)


def _by_header() -> Iterator[tuple[str, str]]:
    """Yield tokens that name another way to be believed, or another key."""
    good = claims()
    public = PUBLIC.public_bytes(Encoding.Raw, PublicFormat.Raw)
    spelled = PUBLIC.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for word in ("none", "None", "NONE", "nOnE", "", "EdDsa", "ed25519"):
        yield f"alg {word}", _assembled({"alg": word, "kid": "new", "typ": "JWT"}, good)
    for key in (public, spelled, base64.b64encode(spelled)):
        yield "the public key as a secret", _sealed({"alg": "HS256", "kid": "new"}, good, key)
    yield "HS256 under the key of EdDSA", signed(good, SECRET, "HS256")
    yield "EdDSA under the key of HS256", signed(good, KEY, "EdDSA", kid="old")
    yield "HS512 under the key of HS256", signed(good, SECRET * 2, "HS512", kid="old")
    yield "a kid that is no text", _sealed({"alg": "HS256", "kid": ["old"]}, good, SECRET)
    yield "RS256", signed(good, RSA, "RS256")
    yield "ES256", signed(good, CURVE, "ES256")
    yield "a stranger's key", signed(good, STRANGER)
    yield "a stranger's secret", signed(good, secrets.token_bytes(32), "HS256", kid="old")
    for kid in ("none", "", "new ", "../new", "NEW", "new\0", "' OR 1=1 --"):
        yield f"kid {kid!r}", signed(good, KEY, kid=kid)
    yield "no kid", jwt.encode(good, KEY, "EdDSA")
    yield "a key in the header", signed(good, STRANGER, jwk={"kty": "OKP", "x": "AA"})
    yield "a key elsewhere", signed(good, KEY, jku="https://evil.test/keys")
    yield "a certificate elsewhere", signed(good, KEY, x5u="https://evil.test/c.pem")
    critical = {"alg": "HS256", "kid": "old", "crit": ["exp"]}
    yield "something critical", _sealed(critical, good, SECRET)
    yield "another type", signed(good, KEY, typ="at+jwt")


def _by_letters(draw: Random) -> Iterator[tuple[str, str]]:
    """Yield a good token after somebody changed, cut or added to it."""
    good = signed(claims())
    header, payload, signature = good.split(".")
    raised = json.dumps({**claims(), "accounts": ["acct_make", "acct_2"]}).encode()
    yield "other claims", f"{header}.{_encoded(raised)}.{signature}"
    yield "no signature", f"{header}.{payload}."
    yield "no signature", f"{header}.{payload}"
    yield "nothing", ""
    yield "too many parts", f"{good}.{signature}"
    yield "too long", good + "A" * 20_000
    yield "claims that are no object", f"{header}.{_encoded(b'[]')}.{signature}"
    yield "a header that is no object", f"{_encoded(b'[]')}.{payload}.{signature}"
    yield "no text", "\0.\N{REPLACEMENT CHARACTER}.ä"
    place = draw.randrange(len(good) - 2)
    other = draw.choice([each for each in "ABCDEFabcdef0123" if each != good[place]])
    yield "a letter changed", good[:place] + other + good[place + 1 :]
    yield "cut off", good[: draw.randrange(1, len(good) - 2)]


def _said(**changes: Any) -> str:
    return signed(claims(**changes))


def _assembled(header: dict[str, Any], told: dict[str, Any]) -> str:
    parts = (json.dumps(each).encode() for each in (header, told))
    return ".".join((*map(_encoded, parts), ""))


def _sealed(header: dict[str, Any], told: dict[str, Any], secret: bytes) -> str:
    """Return a token with the HMAC of a secret, past what the library refuses to sign."""
    begun = _assembled(header, told).rstrip(".")
    return f"{begun}.{_encoded(hmac.digest(secret, begun.encode(), 'sha256'))}"


def _encoded(told: bytes) -> str:
    return base64.urlsafe_b64encode(told).rstrip(b"=").decode()
