"""What is done to users: add, disable, enable, give another role or password."""

from sqlalchemy import Engine

from dashboard.core import db as database
from dashboard.core.errors import BadInputError
from dashboard.core.log import logger
from dashboard.store import attempts, audit, passwords, sessions, users
from dashboard.store.audit import TERMINAL, Actor
from dashboard.store.roles import Role
from dashboard.store.users import User

log = logger("people")


def create(engine: Engine, email: str, role: Role, password: str) -> User:
    """Add a user who may sign in at once.

    Raises:
        BadInputError: the address is none, or the password is too easy to guess.
        ConflictError: somebody has this address already.
    """
    passwords.check(password, users.normalised(email))
    password_hash = passwords.hashed(password)
    with database.writing(engine) as db:
        user = users.create(db, email, role, password_hash)
        audit.record(db, TERMINAL, "user.created", subject=user.email, after={"role": role})
    log.info("user_created", user_id=user.id, role=role)
    return user


def set_password(engine: Engine, email: str, password: str) -> User:
    """Give the user a new password and end all their sessions.

    Raises:
        BadInputError: the password is too easy to guess.
        NotFoundError: nobody has this address.
    """
    passwords.check(password, users.normalised(email))
    password_hash = passwords.hashed(password)
    with database.writing(engine) as db:
        user = users.find(db, email)
        users.set_password(db, user.id, password_hash)
        sessions.revoke_all(db, user.id)
        audit.record(db, TERMINAL, "user.password_changed", subject=user.email)
    log.info("password_set", user_id=user.id)
    return user


def disable(engine: Engine, email: str) -> User:
    """Let the user sign in no more and end all their sessions.

    Raises:
        NotFoundError: nobody has this address.
    """
    with database.writing(engine) as db:
        user = users.find(db, email)
        users.disable(db, user.id)
        sessions.revoke_all(db, user.id)
        audit.record(db, TERMINAL, "user.disabled", subject=user.email)
    log.info("user_disabled", user_id=user.id)
    return user


def enable(engine: Engine, email: str) -> User:
    """Let a disabled user sign in again, with the password and role from before.

    Raises:
        NotFoundError: nobody has this address.
    """
    with database.writing(engine) as db:
        user = users.find(db, email)
        users.enable(db, user.id)
        audit.record(db, TERMINAL, "user.enabled", subject=user.email)
    log.info("user_enabled", user_id=user.id)
    return user


def set_role(engine: Engine, email: str, role: Role) -> User:
    """Give the user another role, which holds from their next request on.

    Raises:
        NotFoundError: nobody has this address.
    """
    with database.writing(engine) as db:
        user = users.find(db, email)
        users.set_role(db, user.id, role)
        was, becomes = {"role": user.role}, {"role": role}
        audit.record(
            db, TERMINAL, "user.role_changed", subject=user.email, before=was, after=becomes
        )
    log.info("role_set", user_id=user.id, role=role)
    return user


def change_password(
    engine: Engine, user: User, *, current: str, new: str, address: str, session_id: int
) -> None:
    """Change the user's own password and end their other sessions.

    Raises:
        BadInputError: ``current`` is not the present password, or ``new`` is too easy to guess.
        TooManyRequestsError: there were too many tries with a wrong password.
    """
    passwords.check(new, user.email)
    with database.writing(engine) as db:
        attempt_id = attempts.record(db, user.email, address)
    with database.writing(engine) as db:
        wait_seconds = attempts.wait_seconds(db, user.email, address, known=True)
        found = users.credentials(db, user.email)
        if wait_seconds:
            attempts.forget(db, attempt_id)
    if wait_seconds:
        raise attempts.too_many(wait_seconds)
    if not passwords.matches(current, found and found[1]):
        raise BadInputError("is not your present password.", field="current")
    password_hash = passwords.hashed(new)
    with database.writing(engine) as db:
        attempts.forget_account(db, user.email, address)
        users.set_password(db, user.id, password_hash)
        sessions.revoke_all(db, user.id, but=session_id)
        actor = Actor(user.id, user.email, address)
        audit.record(db, actor, "user.password_changed", subject=user.email)
    log.info("password_changed", user_id=user.id)
