"""Users: the people who sign in here, what they may see, and the hash of their password."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Integer,
    String,
    Table,
    exists,
    func,
    select,
    true,
)

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.errors import BadInputError, ConflictError, NotFoundError
from dashboard.store.grants import grants
from dashboard.store.roles import Role
from dashboard.store.second_factors import second_factors

EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")
LONGEST_EMAIL = 254
LONGEST_NAME = 100

users = Table(
    "users",
    database.metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String(LONGEST_EMAIL), nullable=False, unique=True),
    Column("password_hash", String(255), nullable=False),
    Column("role", String(16), nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("disabled_at", Integer),
    Column("name", String(LONGEST_NAME), nullable=False, server_default=""),
    # Whether ``role`` holds at every account; else only those of ``grants`` are seen.
    Column("every_account", Boolean, nullable=False, server_default=true()),
)


@dataclass(frozen=True, slots=True)
class User:
    """A person who may sign in unless ``disabled_at`` (UTC seconds) is set.

    ``role`` is what they may do in the house and, with ``every_account``, at each account where
    no other is granted to them.
    """

    id: int
    email: str
    role: Role
    disabled_at: int | None = None
    name: str = ""
    every_account: bool = True
    has_grants: bool = False
    has_second_factor: bool = False

    def role_where(self, granted: Role | None) -> Role | None:
        """Return the role at an account where ``granted`` is; ``None`` where nothing is seen."""
        return granted or (self.role if self.every_account else None)

    @property
    def role_everywhere(self) -> Role | None:
        """The role at every account and in the house, where it is the same for all of them."""
        return self.role if self.every_account and not self.has_grants else None

    @property
    def role_in_house(self) -> Role | None:
        """The role on pages that are about no account; only who sees all accounts has one."""
        return self.role if self.every_account else None


COLUMNS = (
    users.c.id,
    users.c.email,
    users.c.role,
    users.c.disabled_at,
    users.c.name,
    users.c.every_account,
    exists().where(grants.c.user_id == users.c.id).label("has_grants"),
    exists()
    .where(second_factors.c.user_id == users.c.id, second_factors.c.confirmed_at.is_not(None))
    .label("has_second_factor"),
)


def read(row: Sequence[Any]) -> User:
    """Return the user of a row of ``COLUMNS``."""
    id, email, role, *rest = row
    return User(id, email, Role(role), *rest)


def normalised(email: str) -> str:
    """Return the one spelling of an e-mail address that we keep and look for.

    Raises:
        BadInputError: this is no e-mail address.
    """
    spelling = email.strip().casefold()
    if len(spelling) > LONGEST_EMAIL or not EMAIL.fullmatch(spelling):
        raise BadInputError(
            "is not an e-mail address.", field="email", remedy="Write it like ann@example.com."
        )
    return spelling


def create(
    db: Connection,
    email: str,
    role: Role,
    password_hash: str,
    *,
    name: str = "",
    every_account: bool = True,
) -> User:
    """Add a user and return it.

    Raises:
        BadInputError: this is no e-mail address.
        ConflictError: somebody has this address already.
    """
    spelling = normalised(email)
    statement = (
        database.insert(db, users)
        .values(
            email=spelling,
            role=role.value,
            password_hash=password_hash,
            created_at=clock.seconds(),
            name=name,
            every_account=every_account,
        )
        .on_conflict_do_nothing()
        .returning(users.c.id)
    )
    id = db.execute(statement).scalar()
    if id is None:
        raise ConflictError(
            f"{spelling} is a user already.",
            field="email",
            remedy="Give them a new password with: flask --app wsgi users password",
        )
    return User(id, spelling, role, name=name, every_account=every_account)


def every(db: Connection) -> list[User]:
    """Return all users by e-mail address."""
    return [read(row) for row in db.execute(select(*COLUMNS).order_by(users.c.email))]


def find(db: Connection, email: str) -> User:
    """Return the user with this address.

    Raises:
        NotFoundError: there is none.
    """
    spelling = normalised(email)
    row = db.execute(select(*COLUMNS).where(users.c.email == spelling)).first()
    if row is None:
        raise NotFoundError(
            f"Nobody has the address {spelling}.",
            field="email",
            remedy="See who there is with: flask --app wsgi users list",
        )
    return read(row)


def by_id(db: Connection, user_id: int) -> User:
    """Return the user with this id.

    Raises:
        NotFoundError: there is none.
    """
    row = db.execute(select(*COLUMNS).where(users.c.id == user_id)).first()
    if row is None:
        raise NotFoundError("There is nobody with this number.")
    return read(row)


def credentials(db: Connection, email: str) -> tuple[User, str] | None:
    """Return the enabled user with this address and their password hash, or ``None``."""
    if not EMAIL.fullmatch(email):
        return None
    query = select(*COLUMNS, users.c.password_hash).where(
        users.c.email == email, users.c.disabled_at.is_(None)
    )
    row = db.execute(query).first()
    return row and (read(row[:-1]), row.password_hash)


def set_password(db: Connection, user_id: int, password_hash: str) -> None:
    """Replace the hash of the user's password."""
    db.execute(users.update().where(users.c.id == user_id).values(password_hash=password_hash))


def disable(db: Connection, user_id: int) -> None:
    """Let the user sign in no more; their name stays for the record."""
    db.execute(
        users.update()
        .where(users.c.id == user_id, users.c.disabled_at.is_(None))
        .values(disabled_at=clock.seconds())
    )


def enable(db: Connection, user_id: int) -> None:
    """Let a disabled user sign in again, with the password and role from before."""
    db.execute(users.update().where(users.c.id == user_id).values(disabled_at=None))


def set_name(db: Connection, user_id: int, name: str) -> None:
    """Let the user be called so."""
    db.execute(users.update().where(users.c.id == user_id).values(name=name))


def set_every_account(db: Connection, user_id: int, *, every_account: bool) -> None:
    """Let the user's role hold at every account, or only that of their grants at theirs."""
    values = {"every_account": every_account}
    db.execute(users.update().where(users.c.id == user_id).values(values))


def hold_admins(db: Connection) -> None:
    """Let nobody else change who administers the house until the transaction ends."""
    db.execute(select(users.c.id).where(users.c.role == Role.ADMIN.value).with_for_update())


def admins_left(db: Connection) -> int:
    """Return how many users who may sign in administer the house."""
    query = select(func.count()).where(
        users.c.role == Role.ADMIN.value, users.c.every_account, users.c.disabled_at.is_(None)
    )
    return int(db.scalar(query) or 0)


def set_role(db: Connection, user_id: int, role: Role) -> None:
    """Give the user another role; it holds from their next request on."""
    db.execute(users.update().where(users.c.id == user_id).values(role=role.value))
