"""Sessions of the portal's visitors: apart from people's own, as long as the portal renews them."""

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import JSON, Column, Connection, Integer, String, Table, select

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.store.audit import Actor
from dashboard.store.portal import Portal
from dashboard.store.portal_tokens import Launch
from dashboard.store.roles import Role
from dashboard.store.sessions import Session
from dashboard.store.users import User

NOBODY = 0
"""The id of no user and of no session of ours."""

TOKEN_BYTES = 32
LONGEST_AGENT = 200
RENEWABLE_SECONDS = 12 * clock.HOUR_SECONDS
"""So long after its end a page that was left open can go on, with a new token of the portal."""

portal_sessions = Table(
    "portal_sessions",
    database.metadata,
    Column("id", Integer, primary_key=True),
    # Only the hash is kept: whoever reads the database cannot continue a session.
    Column("token_hash", String(64), nullable=False, unique=True),
    # Taken out of the settings, a key takes its sessions with it.
    Column("key_id", String(64), nullable=False),
    Column("subject", String(254), nullable=False),
    Column("name", String(254), nullable=False),
    Column("email", String(254), nullable=False),
    Column("role", String(16), nullable=False),
    Column("accounts", JSON, nullable=False),
    Column("origin", String(255), nullable=False),
    Column("theme", String(8), nullable=False),
    Column("language", String(8), nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False, index=True),
    Column("address", String(64), nullable=False),
    Column("agent", String(LONGEST_AGENT), nullable=False),
)


@dataclass(frozen=True, slots=True)
class PortalSession:
    """A visitor of the portal, and what its last token said; moments are UTC seconds."""

    id: int
    key_id: str
    subject: str
    name: str
    email: str
    role: Role
    accounts: tuple[str, ...]
    origin: str
    theme: str
    language: str
    created_at: int
    expires_at: int

    @property
    def user(self) -> User:
        """The visitor as a user who is none of ours; the portal answers for who they are."""
        return User(
            NOBODY,
            self.email,
            self.role,
            name=self.name,
            every_account=False,
            has_grants=True,
            has_second_factor=True,
        )

    def as_session(self) -> Session:
        """Return the session as one of a person, who never confirmed to be themselves."""
        return Session(NOBODY, NOBODY, self.created_at, self.created_at, self.expires_at, "", "")

    def actor(self, address: str) -> Actor:
        """Return how the audit log names the visitor."""
        return actor(self.email, address)

    def is_within(self, portal: Portal) -> bool:
        """Return whether the settings still know the key and the origin, and allow the role."""
        is_known = self.key_id in portal.keys and self.origin in portal.origins
        return is_known and portal.may_grant(self.role)

    @property
    def seconds_left(self) -> int:
        """How long it goes on without a new token; 0 once it has ended."""
        return max(self.expires_at - clock.seconds(), 0)


def actor(email: str, address: str) -> Actor:
    """Return how the audit log names a visitor of the portal, who may share a user's address."""
    return Actor(None, f"{email} (portal)", address)


COLUMNS = tuple(portal_sessions.c[name] for name in PortalSession.__slots__)


def start(db: Connection, launch: Launch, *, address: str, agent: str, seconds: int) -> str:
    """Begin a session of ``seconds`` and return its token, which is kept nowhere else."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = clock.seconds()
    db.execute(
        portal_sessions.insert().values(
            token_hash=_hash(token),
            created_at=now,
            expires_at=now + seconds,
            address=address[:64],
            agent=agent[:LONGEST_AGENT],
            **_told(launch),
        )
    )
    return token


def find(db: Connection, token: str) -> PortalSession | None:
    """Return the session of this token; it may have ended, for a while it can still be renewed."""
    query = select(*COLUMNS).where(
        portal_sessions.c.token_hash == _hash(token),
        portal_sessions.c.expires_at > clock.seconds() - RENEWABLE_SECONDS,
    )
    row = db.execute(query).first()
    if row is None:
        return None
    told = {**row._asdict(), "role": Role(row.role), "accounts": tuple(row.accounts)}
    return PortalSession(**told)


def renew(db: Connection, session_id: int, launch: Launch, *, seconds: int) -> None:
    """Let the session go on for ``seconds`` from now, with what the new token says."""
    db.execute(
        portal_sessions.update()
        .where(portal_sessions.c.id == session_id)
        .values(expires_at=clock.seconds() + seconds, **_told(launch))
    )


def end(db: Connection, session_id: int) -> None:
    """End the session for good."""
    db.execute(portal_sessions.delete().where(portal_sessions.c.id == session_id))


def purge(db: Connection) -> int:
    """Delete the sessions that can be renewed no more and return how many."""
    before = clock.seconds() - RENEWABLE_SECONDS
    return db.execute(
        portal_sessions.delete().where(portal_sessions.c.expires_at <= before)
    ).rowcount


def _told(launch: Launch) -> dict[str, object]:
    return {
        "key_id": launch.key_id,
        "subject": launch.subject,
        "name": launch.name,
        "email": launch.email,
        "role": launch.role.value,
        "accounts": list(launch.accounts),
        "origin": launch.origin,
        "theme": launch.theme,
        "language": launch.language,
    }


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
