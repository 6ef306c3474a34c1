"""Users: the people who sign in here, their role and the hash of their password."""

import re
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Integer, String, Table, select

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.errors import BadInputError, ConflictError, NotFoundError
from dashboard.store.roles import Role

EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")
LONGEST_EMAIL = 254


users = Table(
    "users",
    database.metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String(LONGEST_EMAIL), nullable=False, unique=True),
    Column("password_hash", String(255), nullable=False),
    Column("role", String(16), nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("disabled_at", Integer),
)


@dataclass(frozen=True, slots=True)
class User:
    """A person who may sign in unless ``disabled_at`` (UTC seconds) is set."""

    id: int
    email: str
    role: Role
    disabled_at: int | None = None


COLUMNS = (users.c.id, users.c.email, users.c.role, users.c.disabled_at)


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


def create(db: Connection, email: str, role: Role, password_hash: str) -> User:
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
    return User(id, spelling, role)


def every(db: Connection) -> list[User]:
    """Return all users by e-mail address."""
    rows = db.execute(select(*COLUMNS).order_by(users.c.email))
    return [User(id, email, Role(role), disabled_at) for id, email, role, disabled_at in rows]


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
    return User(row.id, row.email, Role(row.role), row.disabled_at)


def credentials(db: Connection, email: str) -> tuple[User, str] | None:
    """Return the enabled user with this address and their password hash, or ``None``."""
    if not EMAIL.fullmatch(email):
        return None
    query = select(*COLUMNS, users.c.password_hash).where(
        users.c.email == email, users.c.disabled_at.is_(None)
    )
    row = db.execute(query).first()
    return row and (User(row.id, row.email, Role(row.role)), row.password_hash)


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


def set_role(db: Connection, user_id: int, role: Role) -> None:
    """Give the user another role; it holds from their next request on."""
    db.execute(users.update().where(users.c.id == user_id).values(role=role.value))
