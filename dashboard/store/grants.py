"""Grants: the role that a user has at one account, whatever their role elsewhere."""

from collections.abc import Mapping

from sqlalchemy import Column, Connection, ForeignKey, String, Table, select

from dashboard.core import db as database
from dashboard.store import books
from dashboard.store.books import Book
from dashboard.store.roles import Role

grants = Table(
    "grants",
    database.metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    # Not a book: it holds for the account's live and test data, and from before it is connected.
    Column("account_id", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
)


def of_user(db: Connection, user_id: int) -> dict[str, Role]:
    """Return the user's roles by account."""
    return every(db, user_id).get(user_id, {})


def every(db: Connection, user_id: int | None = None) -> dict[int, dict[str, Role]]:
    """Return the roles by account of all users who have such, or of one."""
    query = select(grants).order_by(grants.c.user_id, grants.c.account_id)
    if user_id is not None:
        query = query.where(grants.c.user_id == user_id)
    found: dict[int, dict[str, Role]] = {}
    for row in db.execute(query):
        found.setdefault(row.user_id, {})[row.account_id] = Role(row.role)
    return found


def replace(db: Connection, user_id: int, roles: Mapping[str, Role]) -> None:
    """Give the user these roles by account, and no others."""
    db.execute(grants.delete().where(grants.c.user_id == user_id))
    if roles:
        rows = [
            {"user_id": user_id, "account_id": account_id, "role": role.value}
            for account_id, role in roles.items()
        ]
        db.execute(grants.insert(), rows)


def shelf(db: Connection, user_id: int) -> list[tuple[Book, Role | None]]:
    """Return all books, live before test, then by name; and the role granted at each, if any."""
    held = (grants.c.account_id == books.books.c.account_id) & (grants.c.user_id == user_id)
    query = select(*books.COLUMNS, grants.c.role).outerjoin(grants, held).order_by(*books.ORDER)
    return [(Book(*book), Role(role) if role else None) for *book, role in db.execute(query)]
