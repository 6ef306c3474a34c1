"""What is done to users: invite, add, disable, enable, give another role or password."""

from sqlalchemy import Connection, Engine

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.errors import BadInputError, ConflictError
from dashboard.core.log import logger
from dashboard.gateway.mail import Message, is_possible
from dashboard.jobs import mail
from dashboard.jobs.office import Office
from dashboard.store import (
    attempts,
    audit,
    grants,
    links,
    passwords,
    second_factors,
    sessions,
    users,
)
from dashboard.store.audit import TERMINAL, Actor
from dashboard.store.links import Access, Purpose
from dashboard.store.roles import Role
from dashboard.store.users import User

LETTERS = {
    Purpose.INVITATION: (
        "You are invited to the Stripe dashboard",
        "{who} invites you to the Stripe dashboard. Choose a name and a password within 24 hours:",
    ),
    Purpose.RESET: (
        "A new password for the Stripe dashboard",
        "{who} lets you choose a new password for the Stripe dashboard, within the next hour:",
    ),
}
"""Subject and first words of what is mailed with a link."""

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
        links.revoke_all(db, user.email)
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
        _disable(db, user, TERMINAL)
    return user


def enable(engine: Engine, email: str) -> User:
    """Let a disabled user sign in again, with the password and role from before.

    Raises:
        NotFoundError: nobody has this address.
    """
    with database.writing(engine) as db:
        user = users.find(db, email)
        allow(db, user, actor=TERMINAL)
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


def invite(db: Connection, email: str, access: Access, *, actor: Actor) -> str:
    """Return the token with which somebody may become a user; earlier ones count no more.

    Raises:
        BadInputError: this is no e-mail address.
        ConflictError: somebody has this address already.
    """
    spelling = users.normalised(email)
    if any(user.email == spelling for user in users.every(db)):
        raise ConflictError(
            f"{spelling} is a user already.", field="email", remedy="Change their access instead."
        )
    links.revoke_all(db, spelling)
    token = links.make(db, Purpose.INVITATION, spelling, made_by=actor.name, access=access)
    audit.record(db, actor, "user.invited", subject=spelling, after=access.told())
    log.info("user_invited", by=actor.user_id)
    return token


def revoke_invitation(db: Connection, id: int, *, actor: Actor) -> None:
    """Take an invitation back.

    Raises:
        NotFoundError: it is no longer pending.
    """
    link = links.revoke(db, id)
    audit.record(db, actor, "invitation.revoked", subject=link.email)


def make_reset_link(db: Connection, user: User, *, actor: Actor) -> str:
    """Return the token with which the user may choose a new password; others count no more.

    Raises:
        ConflictError: the user is disabled.
    """
    if user.disabled_at is not None:
        raise ConflictError("They are disabled.", remedy="Enable them first.")
    links.revoke_all(db, user.email)
    token = links.make(db, Purpose.RESET, user.email, made_by=actor.name)
    audit.record(db, actor, "user.reset_link_made", subject=user.email)
    return token


def mail_link(
    office: Office,
    db: Connection,
    settings: Settings,
    link: tuple[Purpose, str, str],
    actor: Actor,
) -> bool:
    """Mail a link once the transaction commits; say whether anything can be mailed from here.

    ``link`` is what it is for, to whom it goes, and its URL.
    """
    if not is_possible(settings):
        return False
    purpose, to, url = link
    subject, words = LETTERS[purpose]
    text = f"{words.format(who=actor.name)}\n\n{url}\n\nThe link can be used once.\n"
    message = Message(to, subject, text)
    office.queue(db, mail.TASK, sealed=mail.sealed(settings, message))
    return True


def access_of(db: Connection, user: User) -> Access:
    """Return what the user may do now."""
    return Access(user.role, user.every_account, grants.of_user(db, user.id))


def change_access(db: Connection, user: User, access: Access, *, actor: Actor) -> None:
    """Let the user do this and nothing else, from their next request on.

    Raises:
        ConflictError: nobody would be left who administers the house.
    """
    users.hold_admins(db)
    before = access_of(db, user)
    users.set_role(db, user.id, access.role)
    users.set_every_account(db, user.id, every_account=access.every_account)
    grants.replace(db, user.id, access.grants)
    _keep_an_admin(db)
    was, becomes = before.told(), access.told()
    audit.record(db, actor, "user.access_changed", subject=user.email, before=was, after=becomes)
    log.info("access_changed", user_id=user.id, by=actor.user_id)


def bar(db: Connection, user: User, *, actor: Actor) -> None:
    """Let the user sign in no more and end all their sessions.

    Raises:
        ConflictError: nobody would be left who administers the house.
    """
    users.hold_admins(db)
    _disable(db, user, actor)
    _keep_an_admin(db)


def allow(db: Connection, user: User, *, actor: Actor) -> None:
    """Let a disabled user sign in again, with the password and role from before."""
    users.enable(db, user.id)
    audit.record(db, actor, "user.enabled", subject=user.email)
    log.info("user_enabled", user_id=user.id)


def end_sessions(db: Connection, user: User, *, actor: Actor) -> int:
    """End all sessions of the user and return how many there were."""
    count = sessions.revoke_all(db, user.id)
    told = {"sessions": count}
    audit.record(db, actor, "session.revoked", subject=user.email, after=told)
    return count


def take_second_factor(db: Connection, user: User, *, actor: Actor) -> None:
    """Let the user, who lost phone and codes, sign in with the password alone.

    Raises:
        ConflictError: they have no second factor.
    """
    if not second_factors.remove(db, user.id):
        raise ConflictError("They have no second factor.")
    audit.record(db, actor, "second_factor.removed", subject=user.email)
    log.info("second_factor_removed", user_id=user.id, by=actor.user_id)


def _disable(db: Connection, user: User, actor: Actor) -> None:
    users.disable(db, user.id)
    sessions.revoke_all(db, user.id)
    links.revoke_all(db, user.email)
    audit.record(db, actor, "user.disabled", subject=user.email)
    log.info("user_disabled", user_id=user.id)


def _keep_an_admin(db: Connection) -> None:
    if users.admins_left(db) == 0:
        raise ConflictError(
            "Nobody would be left who may change people and connections.",
            remedy="Make somebody else an admin of every account first.",
        )


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
        links.revoke_all(db, user.email)
        actor = Actor(user.id, user.email, address)
        audit.record(db, actor, "user.password_changed", subject=user.email)
    log.info("password_changed", user_id=user.id)
