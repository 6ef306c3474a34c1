"""What was begun at Stripe's page of consent, so that only who began it can end it, and once."""

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Boolean, Column, Connection, ForeignKey, Integer, String, Table, select
from sqlalchemy.exc import IntegrityError

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.errors import DashboardError
from dashboard.store.connections import Scope

STATE_BYTES = 32
LIFE_SECONDS = 600
KEPT_SECONDS = 86_400
"""So long after its end a state is remembered, to say why it is refused."""

oauth_states = Table(
    "oauth_states",
    database.metadata,
    Column("id", Integer, primary_key=True),
    # Only hashes: whoever reads the database can end nothing.
    Column("state_hash", String(64), nullable=False, unique=True),
    Column("code_hash", String(64), unique=True),
    Column("session_id", ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("purpose", String(16), nullable=False),
    # The account that is to be connected again.
    Column("account_id", String(64)),
    Column("scope", String(16), nullable=False),
    Column("livemode", Boolean, nullable=False),
    Column("expires_at", Integer, nullable=False, index=True),
    Column("used_at", Integer),
)


class Purpose(StrEnum):
    """What somebody went to Stripe for."""

    CONNECT = "connect"
    RECONNECT = "reconnect"


@dataclass(frozen=True, slots=True)
class Errand:
    """What is asked of Stripe's page: an account, or that of ``account_id`` again."""

    purpose: Purpose
    scope: Scope
    livemode: bool
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class Errant:
    """Who went there, and in which session."""

    user_id: int
    session_id: int


class StateError(DashboardError):
    """What came back from Stripe was not begun here, by this person, just now."""

    status = 400
    code = "state_refused"


def begin(db: Connection, errand: Errand, who: Errant) -> str:
    """Remember the errand for ten minutes and return its state, which is kept nowhere else."""
    now = clock.seconds()
    db.execute(oauth_states.delete().where(oauth_states.c.expires_at < now - KEPT_SECONDS))
    state = secrets.token_urlsafe(STATE_BYTES)
    db.execute(
        oauth_states.insert().values(
            state_hash=_hash(state),
            session_id=who.session_id,
            user_id=who.user_id,
            purpose=errand.purpose,
            account_id=errand.account_id,
            scope=errand.scope,
            livemode=errand.livemode,
            expires_at=now + LIFE_SECONDS,
        )
    )
    return state


def spend(db: Connection, state: str, who: Errant) -> Errand:
    """End the errand of this state and return it; no state counts twice, whoever brings it.

    What it raises must not undo that: the transaction is to be committed all the same.

    Raises:
        StateError: it was spent before, has expired, or is somebody else's.
    """
    chosen = (oauth_states.c.state_hash == _hash(state)) & oauth_states.c.used_at.is_(None)
    now = clock.seconds()
    spent = db.execute(oauth_states.update().where(chosen).values(used_at=now)).rowcount
    row = db.execute(select(oauth_states).where(oauth_states.c.state_hash == _hash(state))).first()
    if row is None:
        raise _refused("This was not begun here.")
    if not spent:
        raise _refused("This was ended before: each way to Stripe and back counts once.")
    if (row.session_id, row.user_id) != (who.session_id, who.user_id):
        raise _refused("This was begun by somebody else, or before you signed in anew.")
    if row.expires_at <= now:
        raise _refused("This was begun more than ten minutes ago.")
    return Errand(Purpose(row.purpose), Scope(row.scope), row.livemode, row.account_id)


def use_code(db: Connection, state: str, code: str) -> bool:
    """Note that ``code`` came with ``state``; ``False`` where it came before.

    Stripe revokes all that a code gave when it sees the code again.
    """
    chosen = oauth_states.c.state_hash == _hash(state)
    try:
        with db.begin_nested():
            db.execute(oauth_states.update().where(chosen).values(code_hash=_hash(code)))
    except IntegrityError:
        return False
    return True


def _refused(message: str) -> StateError:
    return StateError(message, remedy="Begin again on the page Connections.")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
