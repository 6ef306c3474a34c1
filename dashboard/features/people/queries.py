"""Who may sign in here, as the pages about people show them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from dashboard.store import books, grants, sessions, users
from dashboard.store.roles import Role
from dashboard.store.users import User


@dataclass(frozen=True, slots=True)
class Person:
    """A user, their roles at single accounts, and when they were last seen (UTC seconds)."""

    user: User
    grants: Mapping[str, Role]
    seen_at: int | None


@dataclass(frozen=True, slots=True)
class Account:
    """A Stripe account for which a role can be granted."""

    id: str
    name: str


def everybody(db: Connection) -> list[Person]:
    """Return all people by their address."""
    granted, seen = grants.every(db), sessions.last_seen(db)
    return [Person(each, granted.get(each.id, {}), seen.get(each.id)) for each in users.every(db)]


def accounts(db: Connection, granted: Mapping[str, Role]) -> list[Account]:
    """Return the accounts that are connected, and those of ``granted`` that are no longer."""
    names = {book.account_id: book.name for book in books.every(db)}
    gone = {account_id: "" for account_id in granted if account_id not in names}
    return [Account(id, name) for id, name in (names | gone).items()]
