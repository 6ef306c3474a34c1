"""Sessions: who is signed in where, kept by us so that each one can be ended at any moment."""

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Integer,
    String,
    Table,
    func,
    or_,
    select,
)

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.store import users as people
from dashboard.store.users import User, users

TOKEN_BYTES = 32
TOUCH_SECONDS = 60
LONGEST_AGENT = 200
MOST_LISTED = 100

sessions = Table(
    "sessions",
    database.metadata,
    Column("id", Integer, primary_key=True),
    # Only the hash is kept: whoever reads the database cannot continue a session.
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", Integer, nullable=False),
    Column("seen_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False, index=True),
    Column("revoked_at", Integer),
    Column("address", String(64), nullable=False),
    Column("agent", String(LONGEST_AGENT), nullable=False),
    # When the user last proved to be themselves in this session.
    Column("confirmed_at", Integer, nullable=False, server_default="0"),
)


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in; moments are UTC seconds, ``expires_at`` comes however busy the session is."""

    id: int
    user_id: int
    created_at: int
    seen_at: int
    expires_at: int
    address: str
    agent: str
    confirmed_at: int = 0


COLUMNS = (
    sessions.c.id,
    sessions.c.user_id,
    sessions.c.created_at,
    sessions.c.seen_at,
    sessions.c.expires_at,
    sessions.c.address,
    sessions.c.agent,
    sessions.c.confirmed_at,
)


def start(db: Connection, user_id: int, *, address: str, agent: str, lifetime_seconds: int) -> str:
    """Begin a session of the user and return its token, which is kept nowhere else."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = clock.seconds()
    db.execute(
        sessions.insert().values(
            token_hash=_hash(token),
            user_id=user_id,
            created_at=now,
            seen_at=now,
            expires_at=now + lifetime_seconds,
            address=address,
            agent=agent[:LONGEST_AGENT],
            confirmed_at=now,
        )
    )
    return token


def find(db: Connection, token: str, *, idle_seconds: int) -> tuple[Session, User] | None:
    """Return the session of this token and its user, or ``None`` when it has ended.

    A session ends when it is revoked, expires, or was not seen for ``idle_seconds``, and when
    its user is disabled.
    """
    now = clock.seconds()
    row = db.execute(
        select(*COLUMNS, *people.COLUMNS)
        .join(users)
        .where(
            sessions.c.token_hash == _hash(token),
            sessions.c.revoked_at.is_(None),
            sessions.c.expires_at > now,
            sessions.c.seen_at > now - idle_seconds,
            users.c.disabled_at.is_(None),
        )
    ).first()
    ends = len(COLUMNS)
    return row and (Session(*row[:ends]), people.read(row[ends:]))


def is_untouched(session: Session) -> bool:
    """Return whether the session's ``seen_at`` is old enough to be written again."""
    return clock.seconds() - session.seen_at >= TOUCH_SECONDS


def touch(db: Connection, session_id: int) -> None:
    """Note that the session was seen now."""
    db.execute(sessions.update().where(sessions.c.id == session_id).values(seen_at=clock.seconds()))


def confirm(db: Connection, session_id: int) -> None:
    """Note that the user of the session proved just now to be themselves."""
    chosen = sessions.c.id == session_id
    db.execute(sessions.update().where(chosen).values(confirmed_at=clock.seconds()))


def of_user(db: Connection, user_id: int, *, idle_seconds: int) -> list[Session]:
    """Return the user's sessions that go on, the last seen first, a hundred at most."""
    now = clock.seconds()
    rows = db.execute(
        select(*COLUMNS)
        .where(
            sessions.c.user_id == user_id,
            sessions.c.revoked_at.is_(None),
            sessions.c.expires_at > now,
            sessions.c.seen_at > now - idle_seconds,
        )
        .order_by(sessions.c.seen_at.desc(), sessions.c.id.desc())
        .limit(MOST_LISTED)
    )
    return [Session(*row) for row in rows]


def last_seen(db: Connection) -> dict[int, int]:
    """Return when each user was last seen, as far as we remember, by their id."""
    query = select(sessions.c.user_id, func.max(sessions.c.seen_at)).group_by(sessions.c.user_id)
    return {row[0]: row[1] for row in db.execute(query)}


def has_known_address(db: Connection, user_id: int, address: str) -> bool:
    """Return whether the user signed in from this address before, as far as we remember."""
    query = select(sessions.c.id).where(
        sessions.c.user_id == user_id, sessions.c.address == address
    )
    return db.execute(query.limit(1)).first() is not None


def revoke(db: Connection, user_id: int, session_id: int) -> bool:
    """End one session of the user; return whether there was such a one."""
    return _revoke(db, user_id, sessions.c.id == session_id) == 1


def revoke_all(db: Connection, user_id: int, *, but: int | None = None) -> int:
    """End all sessions of the user, except the one with the id ``but``; return how many."""
    return _revoke(db, user_id, sessions.c.id != (but or 0))


def _revoke(db: Connection, user_id: int, which: ColumnElement[bool]) -> int:
    return db.execute(
        sessions.update()
        .where(sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None), which)
        .values(revoked_at=clock.seconds())
    ).rowcount


def purge(db: Connection, *, keep_seconds: int) -> int:
    """Delete sessions that ended more than ``keep_seconds`` ago and return how many."""
    before = clock.seconds() - keep_seconds
    return db.execute(
        sessions.delete().where(or_(sessions.c.expires_at < before, sessions.c.revoked_at < before))
    ).rowcount


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
