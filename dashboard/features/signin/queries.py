"""What the pages before the sign-in ask."""

from sqlalchemy import Connection

from dashboard.core.errors import NotFoundError
from dashboard.store import users
from dashboard.store.users import User


def who_may_enter(db: Connection, user_id: int) -> User | None:
    """Return the user with this id unless they are disabled."""
    try:
        user = users.by_id(db, user_id)
    except NotFoundError:
        return None
    return None if user.disabled_at else user
