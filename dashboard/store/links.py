"""Links that are mailed: an invitation, or the way to a new password; each is used once."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Row,
    String,
    Table,
    func,
    select,
)

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.clock import DAY_SECONDS, HOUR_SECONDS
from dashboard.core.errors import NotFoundError
from dashboard.store.roles import Role

TOKEN_BYTES = 32
MOST_LISTED = 100


class Purpose(StrEnum):
    """What a link is for."""

    INVITATION = "invitation"
    RESET = "reset"


LIFETIME: Mapping[Purpose, int] = {
    Purpose.INVITATION: DAY_SECONDS,
    Purpose.RESET: HOUR_SECONDS,
}
"""How many seconds a link can be used for."""

links = Table(
    "links",
    database.metadata,
    Column("id", Integer, primary_key=True),
    # Only the hash is kept: whoever reads the database cannot use a link.
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("purpose", String(16), nullable=False),
    Column("email", String(254), nullable=False),
    # What an invitation offers; empty for a new password.
    Column("role", String(16)),
    Column("every_account", Boolean),
    Column("grants", JSON, nullable=False),
    Column("made_by", String(254), nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False, index=True),
    Column("used_at", Integer),
    Column("revoked_at", Integer),
    Index(None, "purpose", "email"),
)


@dataclass(frozen=True, slots=True)
class Access:
    """What somebody may do: ``role``, at ``every_account`` or at none, and other roles at some."""

    role: Role
    every_account: bool = True
    grants: Mapping[str, Role] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """Return it as the audit log and the table of links keep it."""
        roles = {account_id: role.value for account_id, role in self.grants.items()}
        return {"role": self.role.value, "every_account": self.every_account, "grants": roles}


@dataclass(frozen=True, slots=True)
class Link:
    """A link without its token; moments in UTC seconds, ``access`` only of an invitation."""

    id: int
    purpose: Purpose
    email: str
    made_by: str
    created_at: int
    expires_at: int
    access: Access | None

    @property
    def offer(self) -> Access:
        """The access that an invitation offers.

        Raises:
            NotFoundError: it is no invitation.
        """
        if self.access is None:
            raise unusable()
        return self.access


def make(
    db: Connection, purpose: Purpose, email: str, *, made_by: str, access: Access | None = None
) -> str:
    """Keep a link and return its token, which is kept nowhere else."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = clock.seconds()
    told = access.told() if access else {"role": None, "every_account": None, "grants": {}}
    db.execute(
        links.insert().values(
            token_hash=_hash(token),
            purpose=purpose.value,
            email=email,
            made_by=made_by,
            created_at=now,
            expires_at=now + LIFETIME[purpose],
            **told,
        )
    )
    return token


def find(db: Connection, purpose: Purpose, token: str) -> Link:
    """Return the link of the token without using it up.

    Raises:
        NotFoundError: there is none, or it is used, revoked or too old.
    """
    row = db.execute(select(links).where(*_usable(), _is(purpose, token))).first()
    if row is None:
        raise unusable()
    return _read(row)


def spend(db: Connection, purpose: Purpose, token: str) -> Link:
    """Use the link of the token up and return it; of several at once, one succeeds.

    Raises:
        NotFoundError: there is none, or it is used, revoked or too old.
    """
    statement = links.update().where(*_usable(), _is(purpose, token))
    row = db.execute(statement.values(used_at=clock.seconds()).returning(*links.c)).first()
    if row is None:
        raise unusable()
    return _read(row)


def unusable() -> NotFoundError:
    """Return the refusal of a link that cannot be used, whatever the reason."""
    return NotFoundError(
        "This link cannot be used: it was used before, it is too old, or it was taken back.",
        remedy="Ask for a new one.",
    )


def pending(db: Connection) -> list[Link]:
    """Return the invitations that can still be accepted, the newest first, a hundred at most."""
    invited = links.c.purpose == Purpose.INVITATION.value
    query = select(links).where(*_usable(), invited).order_by(links.c.id.desc())
    return [_read(row) for row in db.execute(query.limit(MOST_LISTED))]


def revoke(db: Connection, id: int) -> Link:
    """Take an invitation back and return it.

    Raises:
        NotFoundError: it is no longer pending.
    """
    found = next((each for each in pending(db) if each.id == id), None)
    if found is None or not _revoke(db, links.c.id == id):
        raise NotFoundError("This invitation is no longer pending.")
    return found


def revoke_all(db: Connection, email: str) -> None:
    """Let no link that was made for the address until now count any more."""
    _revoke(db, links.c.email == email)


def made_lately(db: Connection, purpose: Purpose, email: str) -> int:
    """Return how many such links were made for the address within their lifetime."""
    lately = links.c.created_at > clock.seconds() - LIFETIME[purpose]
    query = select(func.count()).where(
        links.c.purpose == purpose.value, links.c.email == email, lately
    )
    return int(db.scalar(query) or 0)


def purge(db: Connection, *, keep_seconds: int) -> int:
    """Delete links that expired more than ``keep_seconds`` ago and return how many."""
    before = clock.seconds() - keep_seconds
    return db.execute(links.delete().where(links.c.expires_at < before)).rowcount


def _usable() -> tuple[ColumnElement[bool], ...]:
    return (
        links.c.used_at.is_(None),
        links.c.revoked_at.is_(None),
        links.c.expires_at > clock.seconds(),
    )


def _is(purpose: Purpose, token: str) -> ColumnElement[bool]:
    return (links.c.purpose == purpose.value) & (links.c.token_hash == _hash(token))


def _revoke(db: Connection, which: ColumnElement[bool]) -> int:
    statement = links.update().where(*_usable(), which)
    return db.execute(statement.values(revoked_at=clock.seconds())).rowcount


def _read(row: Row[Any]) -> Link:
    access = None
    if row.role is not None:
        grants = {account_id: Role(role) for account_id, role in row.grants.items()}
        access = Access(Role(row.role), row.every_account, grants)
    return Link(
        row.id,
        Purpose(row.purpose),
        row.email,
        row.made_by,
        row.created_at,
        row.expires_at,
        access,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
