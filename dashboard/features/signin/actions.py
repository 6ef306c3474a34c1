"""Signing in: count the attempt, check the password, begin a session of our own."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection, Engine

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.log import logger
from dashboard.store import attempts, audit, passwords, sessions, users
from dashboard.store.audit import VISITOR, Actor
from dashboard.store.users import User

KEEP_ENDED_SECONDS = 30 * clock.DAY_SECONDS
UNKNOWN = "somebody unknown"

log = logger("signin")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request comes from."""

    address: str
    agent: str


def sign_in(
    engine: Engine, email: str, password: str, place: Place, *, lifetime_seconds: int
) -> str | None:
    """Return the token of a new session when the password is right, else ``None``.

    Unknown, disabled and wrong look all the same. The hash is worked out between two transactions,
    so nobody waits for it.

    Raises:
        TooManyRequestsError: the account or the address has given too many wrong passwords.
    """
    email = email.strip().casefold()
    with database.writing(engine) as db:
        attempt_id = attempts.record(db, email, place.address)
    with database.reading(engine) as db:
        found = users.credentials(db, email)
        wait_seconds = _wait_seconds(db, email, place, found and found[0])
    if wait_seconds:
        with database.writing(engine) as db:
            attempts.forget(db, attempt_id)
        log.warning("sign_in_throttled", address=place.address, wait_seconds=wait_seconds)
        raise attempts.too_many(wait_seconds)
    if not passwords.matches(password, found and found[1]) or found is None:
        log.warning("sign_in_refused", address=place.address, user_id=found and found[0].id)
        _note_refusal(engine, found and found[0], place)
        return None
    user, password_hash = found
    renewed = passwords.hashed(password) if passwords.is_outdated(password_hash) else None
    with database.writing(engine) as db:
        if renewed:
            users.set_password(db, user.id, renewed)
        attempts.forget_account(db, email, place.address)
        sessions.purge(db, keep_seconds=KEEP_ENDED_SECONDS)
        token = sessions.start(
            db,
            user.id,
            address=place.address,
            agent=place.agent,
            lifetime_seconds=lifetime_seconds,
        )
        actor = Actor(user.id, user.email, place.address)
        audit.record(db, actor, "session.started", subject=user.email)
    log.info("signed_in", user_id=user.id, address=place.address)
    return token


def _note_refusal(engine: Engine, user: User | None, place: Place) -> None:
    """Note a wrong password; an address that nobody has may be one that was typed as such."""
    actor = replace(VISITOR, address=place.address)
    with database.writing(engine) as db:
        audit.record(db, actor, "session.refused", subject=user.email if user else UNKNOWN)


def _wait_seconds(db: Connection, email: str, place: Place, user: User | None) -> int:
    known = sessions.has_known_address(db, user.id if user else 0, place.address)
    return attempts.wait_seconds(db, email, place.address, known=known)
