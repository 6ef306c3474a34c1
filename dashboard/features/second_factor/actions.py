"""Setting up, renewing and removing one's own second factor."""

from collections.abc import Sequence

from sqlalchemy import Connection

from dashboard.core.config import Settings
from dashboard.core.errors import ConflictError
from dashboard.core.log import logger
from dashboard.store import audit, second_factors, sessions
from dashboard.store.audit import Actor
from dashboard.store.users import User

log = logger("second_factor")


def add(
    db: Connection, user: User, code: str, settings: Settings, *, session_id: int, actor: Actor
) -> Sequence[str]:
    """Let the user's app count from now on and return recovery codes; their other sessions end.

    None are returned where ``code`` is not the one that the app should show.

    Raises:
        ConflictError: the user has a second factor already.
    """
    if user.has_second_factor:
        raise ConflictError("You have a second factor already.")
    if not second_factors.confirm(db, user.id, code, settings):
        return ()
    codes = second_factors.renew_recovery(db, user.id)
    sessions.revoke_all(db, user.id, but=session_id)
    audit.record(db, actor, "second_factor.added", subject=user.email)
    log.info("second_factor_added", user_id=user.id)
    return codes


def renew(db: Connection, user: User, *, actor: Actor) -> Sequence[str]:
    """Return new recovery codes in place of the old ones.

    Raises:
        ConflictError: the user has no second factor.
    """
    if not user.has_second_factor:
        raise ConflictError("You have no second factor yet.")
    codes = second_factors.renew_recovery(db, user.id)
    audit.record(db, actor, "recovery_codes.renewed", subject=user.email)
    return codes


def remove(db: Connection, user: User, *, is_required: bool, actor: Actor) -> None:
    """Let the user sign in with the password alone.

    Raises:
        ConflictError: a second factor is required of them.
    """
    if is_required:
        raise ConflictError("A second factor is required of you here, so it stays.")
    if second_factors.remove(db, user.id):
        audit.record(db, actor, "second_factor.removed", subject=user.email)
        log.info("second_factor_removed", user_id=user.id)
