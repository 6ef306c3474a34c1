"""The audit log: who did what, when and from where, in rows that nobody can change unseen.

Each row is sealed with a key that is not in the database, over its content, its number and the
seal of the row before; the head holds the seal of the last one. ``store/audit_check.py`` finds
what does not fit.
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError

from dashboard.core import clock, log
from dashboard.core import db as database
from dashboard.store import audit_keys
from dashboard.store.audit_keys import Keys
from dashboard.store.books import Book

LONGEST_NAME = 254
LONGEST_ADDRESS = 64
LONGEST_SUBJECT = 255
LONGEST_SEAL = 128
ENTRY, HEAD = "entry", "head"
"""What is sealed, so that one seal never passes for another."""

BEGINNING = ""
"""Stands for the seal of the row before the first, and of one that nobody can vouch for."""

BIG = BigInteger().with_variant(Integer(), "sqlite")

audit_log = Table(
    "audit_log",
    database.metadata,
    Column("number", BIG, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    # Neither users nor books are referred to: what was done stays, whatever becomes of them.
    Column("user_id", Integer),
    Column("actor", String(LONGEST_NAME), nullable=False),
    Column("address", String(LONGEST_ADDRESS), nullable=False),
    Column("deed", String(64), nullable=False),
    Column("subject", String(LONGEST_SUBJECT), nullable=False),
    Column("account_id", String(64)),
    Column("mode", String(4)),
    # The JSON as it was sealed, letter by letter.
    Column("before", Text),
    Column("after", Text),
    Column("previous", String(LONGEST_SEAL), nullable=False),
    Column("seal", String(LONGEST_SEAL), nullable=False),
    Index(None, "at", "number"),
    Index(None, "actor", "at", "number"),
    Index(None, "deed", "at", "number"),
    Index(None, "subject", "at", "number"),
    Index(None, "account_id", "at", "number"),
)
audit_head = Table(
    "audit_head",
    database.metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    # The number and the seal of the last row.
    Column("number", BigInteger, nullable=False),
    Column("last", String(LONGEST_SEAL), nullable=False),
    Column("seal", String(LONGEST_SEAL), nullable=False),
)
HEAD_ID = 1


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it, and from which IP address.

    Without ``user_id`` it is the terminal, Stripe, a schedule, or a visitor who is not signed in.
    """

    user_id: int | None
    name: str
    address: str = ""


TERMINAL = Actor(None, "terminal")
STRIPE = Actor(None, "stripe")
SCHEDULE = Actor(None, "schedule")
VISITOR = Actor(None, "visitor")
"""Somebody who is not signed in."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a row tells; ``at`` in UTC seconds, ``before`` and ``after`` as JSON."""

    at: int
    user_id: int | None
    actor: str
    address: str
    deed: str
    subject: str
    account_id: str | None
    mode: str | None
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log ends: the number of its last row, and that row's seal."""

    number: int
    last: str


def record(
    db: Connection,
    actor: Actor,
    deed: str,
    *,
    subject: str,
    book: Book | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Note that ``actor`` did ``deed`` (``noun.verb``) to ``subject``, in the deed's transaction.

    ``subject`` is the thing's id or address; ``before`` and ``after`` hold what changed. Whatever
    looks like a secret is masked. From here to the commit nobody else can note anything, so this
    comes last in a transaction.

    Raises:
        SettingsError: there is no key to seal with.
    """
    content = Content(
        at=clock.seconds(),
        user_id=actor.user_id,
        actor=_text(actor.name, LONGEST_NAME),
        address=_text(actor.address, LONGEST_ADDRESS),
        deed=deed,
        subject=_text(subject, LONGEST_SUBJECT),
        account_id=book.account_id if book else None,
        mode=_mode(book) if book else None,
        before=_json(before),
        after=_json(after),
    )
    _append(db, audit_keys.of(db), content)


def head_of(db: Connection, keys: Keys) -> Head | None:
    """Return where the log ends; ``None`` where nobody can vouch for it."""
    try:
        row = db.execute(select(audit_head).where(audit_head.c.id == HEAD_ID)).first()
    except DBAPIError:  # SQLite keeps texts that are none.
        return None
    if row is None or not keys.fits(row.seal, HEAD, row.last):
        return None
    return Head(row.number, row.last) if row.seal.startswith(f"{row.number}.") else None


def has_head(db: Connection) -> bool:
    """Return whether the log has an end, be it right or wrong: it has from its first row on."""
    return db.scalar(select(audit_head.c.id).where(audit_head.c.id == HEAD_ID)) is not None


def _append(db: Connection, keys: Keys, content: Content) -> None:
    _hold_head(db)
    head = head_of(db, keys)
    newest = db.scalar(select(func.max(audit_log.c.number))) or 0
    # Where rows were cut off or added, their places stay as they are: the check finds them.
    number = max(newest, head.number if head else 0) + 1
    previous = head.last if head else BEGINNING
    seal = keys.seal(ENTRY, number, previous, *astuple(content))
    values = dict(zip(Content.__slots__, astuple(content), strict=True))
    db.execute(audit_log.insert().values(number=number, previous=previous, seal=seal, **values))
    db.execute(
        audit_head.update()
        .where(audit_head.c.id == HEAD_ID)
        .values(number=number, last=seal, seal=keys.seal(HEAD, number, seal))
    )


def _hold_head(db: Connection) -> None:
    """Let nobody else append until the transaction ends; make the head where there is none."""
    held = select(audit_head.c.id).where(audit_head.c.id == HEAD_ID).with_for_update()
    if db.scalar(held) is None:
        statement = database.insert(db, audit_head).values(id=HEAD_ID, number=0, last="", seal="")
        db.execute(statement.on_conflict_do_nothing())
        db.scalar(held)


def _mode(book: Book) -> str:
    return "live" if book.livemode else "test"


def _text(told: str, longest: int) -> str:
    """Return the text without secrets, and without what PostgreSQL cannot keep."""
    return log.redact(told).replace("\0", "")[:longest]


def _json(told: Mapping[str, Any] | None) -> str | None:
    if told is None:
        return None
    return orjson.dumps(log.redacted(dict(told)), option=orjson.OPT_SORT_KEYS).decode()
