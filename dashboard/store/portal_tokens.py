"""The portal's tokens: each says who comes, is good for a minute at most, and works once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import jwt
from jwt.types import Options
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Column, Connection, Integer, String, Table

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.errors import DashboardError
from dashboard.store.portal import Key, Portal
from dashboard.store.roles import Role

LONGEST_LIFE_SECONDS = 60
SKEW_SECONDS = 5
"""So far the portal's clock may be ahead of ours."""

LONGEST_TOKEN = 16_384
LONGEST_ID = 128
MOST_ACCOUNTS = 200
HEADER = frozenset({"alg", "kid", "typ"})
"""What the header may say; a token that says where its key is to be found is none of ours."""

CHECKS: Options = {
    "strict_aud": True,
    "require": ["iss", "aud"],
    # We take whole seconds only, and bound how long a token lives.
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}
"""What the library checks, and what it leaves to us."""

CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

portal_tokens = Table(
    "portal_tokens",
    database.metadata,
    Column("jti", String(LONGEST_ID), primary_key=True),
    Column("expires_at", Integer, nullable=False, index=True),
)

Line = Annotated[str, Field(min_length=1, max_length=254)]
Seconds = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Claims(BaseModel):
    """What a token says, as strictly as it can be read."""

    model_config = ConfigDict(strict=True, frozen=True)

    sub: Line
    name: Line
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
    role: str
    accounts: Annotated[
        list[Annotated[str, Field(pattern=r"^acct_[A-Za-z0-9_]{1,58}$")]],
        Field(min_length=1, max_length=MOST_ACCOUNTS),
    ]
    origin: str
    jti: Annotated[str, Field(min_length=16, max_length=LONGEST_ID, pattern=r"^[\x21-\x7e]+$")]
    iat: Seconds
    nbf: Seconds
    exp: Seconds
    theme: Literal["light", "dark", "system"] = "system"
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")] = "en"
    path: Annotated[str, Field(max_length=2_000)] = "/"


@dataclass(frozen=True, slots=True)
class Launch:
    """Who comes from the portal, what they may see, and how; ``expires_at`` in UTC seconds.

    ``path`` is where they want to go: it is not known yet whether that is a path of ours.
    """

    key_id: str
    subject: str
    name: str
    email: str
    role: Role
    accounts: tuple[str, ...]
    origin: str
    theme: str
    language: str
    path: str
    jti: str
    expires_at: int


class RefusedTokenError(DashboardError):
    """The token is not the portal's, not of this moment, or was used before.

    ``reason`` is for the audit log: who tries is told nothing of it.
    """

    status = 403
    code = "token_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(
            "This way in is no longer valid.", remedy="Open the dashboard again from the portal."
        )
        self.reason = reason


def read(token: str, portal: Portal) -> Launch:
    """Return what the token says, once everything about it is right but that it is new.

    Raises:
        RefusedTokenError: it is not the portal's, not of this moment, or asks for too much.
    """
    key_id, key = _key(token, portal.keys)
    claims = _claims(_verified(token, key, portal))
    _check_times(claims, clock.seconds())
    if claims.origin not in portal.origins:
        raise RefusedTokenError("origin")
    return Launch(
        key_id=key_id,
        subject=claims.sub,
        name=claims.name,
        email=claims.email,
        role=_role(claims.role, portal),
        accounts=tuple(dict.fromkeys(claims.accounts)),
        origin=claims.origin,
        theme=claims.theme,
        language=claims.language,
        path=claims.path,
        jti=claims.jti,
        expires_at=claims.exp,
    )


def use(db: Connection, launch: Launch) -> None:
    """Note that the token was used; of many that come with it at once, one gets through.

    Raises:
        RefusedTokenError: it was used before.
    """
    db.execute(portal_tokens.delete().where(portal_tokens.c.expires_at < clock.seconds()))
    statement = (
        database.insert(db, portal_tokens)
        .values(jti=launch.jti, expires_at=launch.expires_at + LONGEST_LIFE_SECONDS)
        .on_conflict_do_nothing()
        .returning(portal_tokens.c.jti)
    )
    if db.scalar(statement) is None:
        raise RefusedTokenError("used before")


def _key(token: str, keys: Mapping[str, Key]) -> tuple[str, Key]:
    """Return the key that the token names; what else its header says decides nothing."""
    if len(token) > LONGEST_TOKEN:
        raise RefusedTokenError("length")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise RefusedTokenError("no token") from error
    key_id = header.get("kid")
    if not set(header) <= HEADER or header.get("typ", "JWT") != "JWT":
        raise RefusedTokenError("header")
    if not isinstance(key_id, str) or key_id not in keys:
        raise RefusedTokenError("kid")
    key = keys[key_id]
    if header.get("alg") != key.algorithm:
        raise RefusedTokenError("alg")
    return key_id, key


def _verified(token: str, key: Key, portal: Portal) -> dict[str, Any]:
    try:
        return jwt.decode(
            token,
            key.material,
            algorithms=[key.algorithm],
            issuer=portal.issuer,
            audience=portal.audience,
            options=CHECKS,
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise RefusedTokenError(type(error).__name__) from error


def _claims(told: dict[str, Any]) -> Claims:
    try:
        claims = Claims.model_validate(told)
    except ValidationError as error:
        named = error.errors(include_input=False, include_url=False)[0]["loc"]
        raise RefusedTokenError(str(named[0]) if named else "claims") from None
    if CONTROL.search(claims.sub + claims.name + claims.email):
        raise RefusedTokenError("control character")
    return claims


def _check_times(claims: Claims, now: int) -> None:
    begins = min(claims.iat, claims.nbf)
    if claims.exp <= now:
        raise RefusedTokenError("exp")
    if claims.iat > now + SKEW_SECONDS:
        raise RefusedTokenError("iat")
    if claims.nbf > now + SKEW_SECONDS:
        raise RefusedTokenError("nbf")
    if claims.exp <= claims.nbf or claims.exp - begins > LONGEST_LIFE_SECONDS:
        raise RefusedTokenError("life")


def _role(told: str, portal: Portal) -> Role:
    if told not in list(Role) or not portal.may_grant(Role(told)):
        raise RefusedTokenError("role")
    return Role(told)
