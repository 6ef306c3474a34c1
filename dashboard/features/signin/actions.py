"""Signing in: count the attempt, check password and code, begin a session of our own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Engine

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.log import logger
from dashboard.gateway import mail
from dashboard.store import attempts, audit, links, passwords, second_factors, sessions, users
from dashboard.store import grants as roles_at
from dashboard.store.audit import VISITOR, Actor
from dashboard.store.links import Link, Purpose
from dashboard.store.users import User

KEEP_ENDED_SECONDS = 30 * clock.DAY_SECONDS
UNKNOWN = "somebody unknown"
GUESSED_LINK = "a link that cannot be used"
"""What attempts with wrong links are counted under."""

log = logger("signin")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request comes from."""

    address: str
    agent: str


def check_password(engine: Engine, email: str, password: str, place: Place) -> User | None:
    """Return the user whose address and password these are, else ``None``.

    Unknown, disabled and wrong look all the same. The hash is worked out between two transactions,
    so nobody waits for it.

    Raises:
        TooManyRequestsError: the account or the address has given too many wrong passwords.
    """
    email = email.strip().casefold()
    attempt_id = _attempt(engine, email, place)
    with database.reading(engine) as db:
        found = users.credentials(db, email)
        wait_seconds = _wait_seconds(db, email, place, found and found[0])
    _refuse_hurry(engine, attempt_id, wait_seconds, place)
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
    return user


def check_code(engine: Engine, user: User, code: str, place: Place, settings: Settings) -> bool:
    """Say whether this is a code of the user's app, or a recovery code, that was not given before.

    Raises:
        TooManyRequestsError: there were too many wrong codes for the user or from the address.
    """
    # Counted apart: the right password, which is known by now, must not forget wrong codes.
    counted = f"code {user.email}"
    attempt_id = _attempt(engine, counted, place)
    with database.reading(engine) as db:
        wait_seconds = _wait_seconds(db, counted, place, user)
    _refuse_hurry(engine, attempt_id, wait_seconds, place)
    with database.writing(engine) as db:
        is_right = _take_code(db, user, code, place, settings)
        if is_right:
            attempts.forget_account(db, counted, place.address)
    if not is_right:
        log.warning("code_refused", address=place.address, user_id=user.id)
        _note_refusal(engine, user, place)
    return is_right


def begin(engine: Engine, user: User, place: Place, *, lifetime_seconds: int) -> str:
    """Begin a session of the user, who has proved to be themselves, and return its token."""
    with database.writing(engine) as db:
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


def confirm(
    engine: Engine,
    user: User,
    session_id: int,
    given: tuple[str, str],
    place: Place,
    settings: Settings,
) -> bool:
    """Note that the user proved once more to be themselves, if password and code are right.

    ``given`` are both; without a second factor the code is not looked at.

    Raises:
        TooManyRequestsError: there were too many wrong ones.
    """
    password, code = given
    if check_password(engine, user.email, password, place) is None:
        return False
    if user.has_second_factor and not check_code(engine, user, code, place, settings):
        return False
    with database.writing(engine) as db:
        sessions.confirm(db, session_id)
        actor = Actor(user.id, user.email, place.address)
        audit.record(db, actor, "session.confirmed", subject=user.email)
    return True


def look_at(engine: Engine, purpose: Purpose, token: str, place: Place) -> Link:
    """Return the link of the token without using it up.

    Raises:
        NotFoundError: it cannot be used.
        TooManyRequestsError: too many came from the address that could not.
    """
    with _counting_guesses(engine, place), database.reading(engine) as db:
        return links.find(db, purpose, token)


def accept(engine: Engine, token: str, name: str, password: str, place: Place) -> User:
    """Use an invitation up: add the user, who may sign in at once.

    Raises:
        BadInputError: the password is too easy to guess; the invitation can still be used.
        ConflictError: somebody has the address already.
        NotFoundError: the invitation cannot be used.
    """
    link = look_at(engine, Purpose.INVITATION, token, place)
    passwords.check(password, link.email)
    password_hash = passwords.hashed(password)
    with database.writing(engine) as db:
        link = links.spend(db, Purpose.INVITATION, token)
        access = link.offer
        user = users.create(
            db,
            link.email,
            access.role,
            password_hash,
            name=name,
            every_account=access.every_account,
        )
        roles_at.replace(db, user.id, access.grants)
        told = access.told() | {"invited_by": link.made_by}
        actor = Actor(user.id, user.email, place.address)
        audit.record(db, actor, "user.created", subject=user.email, after=told)
    log.info("invitation_accepted", user_id=user.id)
    return user


def reset_password(engine: Engine, token: str, password: str, place: Place) -> User:
    """Use a link up: give its user a new password and end all their sessions.

    Raises:
        BadInputError: the password is too easy to guess; the link can still be used.
        NotFoundError: the link cannot be used.
    """
    link = look_at(engine, Purpose.RESET, token, place)
    passwords.check(password, link.email)
    password_hash = passwords.hashed(password)
    with database.writing(engine) as db:
        link = links.spend(db, Purpose.RESET, token)
        user = users.find(db, link.email)
        if user.disabled_at is not None:
            raise links.unusable()
        users.set_password(db, user.id, password_hash)
        sessions.revoke_all(db, user.id)
        links.revoke_all(db, user.email)
        actor = Actor(user.id, user.email, place.address)
        audit.record(db, actor, "user.password_changed", subject=user.email)
    log.info("password_reset", user_id=user.id)
    return user


def count_request(engine: Engine, email: str, place: Place) -> None:
    """Count somebody who asks for a link to a new password.

    Raises:
        TooManyRequestsError: it was asked too often, for the address or from there.
    """
    counted = f"forgotten {email}"
    attempt_id = _attempt(engine, counted, place)
    with database.reading(engine) as db:
        # By address alone: nobody is to keep somebody else from a new password.
        wait_seconds = attempts.wait_seconds(db, counted, place.address, known=True)
    _refuse_hurry(engine, attempt_id, wait_seconds, place)


def can_mail(settings: Settings) -> bool:
    """Return whether a link to a new password can be mailed to somebody who is not signed in.

    Where the address of this site is not set, what a stranger's request calls it is not believed.
    """
    return mail.is_possible(settings) and (settings.is_local or bool(settings.public_url))


def _attempt(engine: Engine, email: str, place: Place) -> int:
    with database.writing(engine) as db:
        return attempts.record(db, email, place.address)


def _refuse_hurry(engine: Engine, attempt_id: int, wait_seconds: int, place: Place) -> None:
    if not wait_seconds:
        return
    with database.writing(engine) as db:
        attempts.forget(db, attempt_id)
    log.warning("sign_in_throttled", address=place.address, wait_seconds=wait_seconds)
    raise attempts.too_many(wait_seconds)


@contextmanager
def _counting_guesses(engine: Engine, place: Place) -> Iterator[None]:
    """Let an address try only so many links that cannot be used; those that can are free."""
    attempt_id = _attempt(engine, GUESSED_LINK, place)
    with database.reading(engine) as db:
        wait_seconds = attempts.wait_seconds(db, GUESSED_LINK, place.address, known=True)
    _refuse_hurry(engine, attempt_id, wait_seconds, place)
    yield
    with database.writing(engine) as db:
        attempts.forget(db, attempt_id)


def _take_code(db: Connection, user: User, code: str, place: Place, settings: Settings) -> bool:
    if not second_factors.is_recovery(code):
        return second_factors.accept(db, user.id, code, settings)
    if not second_factors.accept_recovery(db, user.id, code):
        return False
    actor = Actor(user.id, user.email, place.address)
    left = {"left": second_factors.recovery_left(db, user.id)}
    audit.record(db, actor, "recovery_code.used", subject=user.email, after=left)
    return True


def _note_refusal(engine: Engine, user: User | None, place: Place) -> None:
    """Note a refusal; an address that nobody has may be a password that was typed there."""
    actor = replace(VISITOR, address=place.address)
    with database.writing(engine) as db:
        audit.record(db, actor, "session.refused", subject=user.email if user else UNKNOWN)


def _wait_seconds(db: Connection, counted: str, place: Place, user: User | None) -> int:
    known = sessions.has_known_address(db, user.id if user else 0, place.address)
    return attempts.wait_seconds(db, counted, place.address, known=known)
