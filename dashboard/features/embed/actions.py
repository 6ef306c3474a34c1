"""Letting the portal's visitors in: read the token, use it up, begin or renew a session."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, select

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.log import logger
from dashboard.store import audit, books, portal_sessions, portal_tokens
from dashboard.store.audit import Actor
from dashboard.store.audit import audit_log as entries
from dashboard.store.portal import Portal
from dashboard.store.portal_sessions import PortalSession
from dashboard.store.portal_tokens import Launch, RefusedTokenError

REFUSED = "portal.refused"
NOTED_WITHIN_SECONDS = 15 * 60
MOST_NOTED = 200
"""So many refusals are noted within a quarter of an hour; of more only the log tells."""

log = logger("embed")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request comes from: the IP address, the browser, and the origin of the form."""

    address: str
    agent: str
    origins: frozenset[str]


def launch(engine: Engine, portal: Portal, token: str, place: Place) -> tuple[str, Launch]:
    """Begin a session for whom the token names; return its token, and what the portal said.

    Raises:
        RefusedTokenError: the token is not good, was used before, or came from elsewhere.
    """
    with _noting_refusals(engine, place):
        told = portal_tokens.read(token, portal)
        if told.origin not in place.origins:
            raise RefusedTokenError("posted from another origin")
        with database.writing(engine) as db:
            _refuse_strangers(db, told)
            portal_tokens.use(db, told)
            portal_sessions.purge(db)
            session_token = portal_sessions.start(
                db,
                told,
                address=place.address,
                agent=place.agent,
                seconds=portal.session_seconds,
            )
            audit.record(
                db,
                portal_sessions.actor(told.email, place.address),
                "portal.opened",
                subject=told.subject,
                after=_told(told),
            )
    log.info("portal_opened", address=place.address, key_id=told.key_id)
    return session_token, told


def renew(engine: Engine, portal: Portal, session: PortalSession, token: str, place: Place) -> int:
    """Let the session go on with a new token for the same person; return for how many seconds.

    Raises:
        RefusedTokenError: the token is not good, was used before, or is for somebody else.
    """
    with _noting_refusals(engine, place):
        told = portal_tokens.read(token, portal)
        if (told.subject, told.origin) != (session.subject, session.origin):
            raise RefusedTokenError("renewed for another")
        with database.writing(engine) as db:
            _refuse_strangers(db, told)
            portal_tokens.use(db, told)
            portal_sessions.renew(db, session.id, told, seconds=portal.session_seconds)
            if told.role is not session.role or told.accounts != session.accounts:
                audit.record(
                    db,
                    portal_sessions.actor(told.email, place.address),
                    "portal.changed",
                    subject=told.subject,
                    before={"role": session.role, "accounts": ", ".join(session.accounts)},
                    after=_told(told),
                )
    return portal.session_seconds


def leave(engine: Engine, session: PortalSession, place: Place) -> None:
    """End the session, because the portal's visitor has signed out there."""
    with database.writing(engine) as db:
        portal_sessions.end(db, session.id)
        audit.record(db, session.actor(place.address), "portal.left", subject=session.subject)


def _refuse_strangers(db: Connection, told: Launch) -> None:
    """Let nobody in who would see nothing."""
    known = {book.account_id for book in books.every(db)}
    if not known & set(told.accounts):
        raise RefusedTokenError("no account of theirs is connected")


@contextmanager
def _noting_refusals(engine: Engine, place: Place) -> Iterator[None]:
    try:
        yield
    except RefusedTokenError as error:
        _note(engine, error, place)
        raise


def _note(engine: Engine, error: RefusedTokenError, place: Place) -> None:
    log.warning("portal_refused", reason=error.reason, address=place.address)
    with database.reading(engine) as db:
        since = clock.seconds() - NOTED_WITHIN_SECONDS
        query = select(func.count()).where(entries.c.deed == REFUSED, entries.c.at > since)
        is_flooded = (db.scalar(query) or 0) >= MOST_NOTED
    if is_flooded:
        return
    with database.writing(engine) as db:
        actor = Actor(None, audit.VISITOR.name, place.address)
        audit.record(db, actor, REFUSED, subject="portal", after={"reason": error.reason})


def _told(told: Launch) -> dict[str, str]:
    return {
        "role": told.role.value,
        "accounts": ", ".join(told.accounts),
        "origin": told.origin,
        "key": told.key_id,
    }
