"""Attempts to sign in, counted by account and by address so that guessing passwords is slow.

An attempt is written and committed before it is judged. So each one sees itself and all that
came before, in whatever process, and no race lets more through than the limits say.
"""

import hashlib
import ipaddress

from sqlalchemy import Column, ColumnElement, Connection, Index, Integer, String, Table, select

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.errors import TooManyRequestsError

WINDOW_SECONDS = 15 * 60
ACCOUNT_LIMIT = 10
ADDRESS_LIMIT = 50
IPV6_NETWORK_BITS = 64

attempts = Table(
    "attempts",
    database.metadata,
    Column("id", Integer, primary_key=True),
    # A hash, because people type passwords where their address belongs.
    Column("account", String(64), nullable=False),
    Column("network", String(64), nullable=False),
    Column("tried_at", Integer, nullable=False, index=True),
    Index(None, "account", "tried_at"),
    Index(None, "network", "tried_at"),
)


def record(db: Connection, email: str, address: str) -> int:
    """Write down an attempt, forget those too old to count, and return its id."""
    now = clock.seconds()
    purge(db)
    statement = attempts.insert().values(
        account=_account(email), network=_network(address), tried_at=now
    )
    return int(db.execute(statement.returning(attempts.c.id)).scalar_one())


def purge(db: Connection) -> int:
    """Delete the attempts that are too old to count and return how many."""
    before = clock.seconds() - WINDOW_SECONDS
    return db.execute(attempts.delete().where(attempts.c.tried_at <= before)).rowcount


def wait_seconds(db: Connection, email: str, address: str, *, known: bool) -> int:
    """Return for how long the attempt just recorded must wait, 0 when it may be judged.

    From an address that the user is ``known`` to use only attempts of that address count
    against the account, so a stranger's guessing does not lock the user out.
    """
    account, network = (
        attempts.c.account == _account(email),
        attempts.c.network == _network(address),
    )
    return max(
        _wait(db, account & network if known else account, ACCOUNT_LIMIT),
        _wait(db, network, ADDRESS_LIMIT),
    )


def _wait(db: Connection, which: ColumnElement[bool], limit: int) -> int:
    """Return the seconds until the limit-th newest attempt before this one leaves the window."""
    now = clock.seconds()
    query = (
        select(attempts.c.tried_at)
        .where(which, attempts.c.tried_at > now - WINDOW_SECONDS)
        .order_by(attempts.c.tried_at.desc(), attempts.c.id.desc())
        .offset(limit)
        .limit(1)
    )
    counted_at = db.execute(query).scalar()
    return 0 if counted_at is None else counted_at + WINDOW_SECONDS - now


def too_many(wait_seconds: int) -> TooManyRequestsError:
    """Return the refusal of somebody who has tried too often."""
    minutes = -(-wait_seconds // 60)
    return TooManyRequestsError(
        "There were too many tries.",
        remedy=f"Wait {minutes} minute{'s' if minutes > 1 else ''}, then try again.",
        retry_after=wait_seconds,
    )


def forget(db: Connection, attempt_id: int) -> None:
    """Take back one attempt that was refused unjudged: waiting must come to an end."""
    db.execute(attempts.delete().where(attempts.c.id == attempt_id))


def forget_account(db: Connection, email: str, address: str) -> None:
    """Start counting anew for the account from this address, after the right password."""
    db.execute(
        attempts.delete().where(
            attempts.c.account == _account(email), attempts.c.network == _network(address)
        )
    )


def _account(email: str) -> str:
    return hashlib.sha256(email.strip().casefold().encode()).hexdigest()


def _network(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or the network of an IPv6 subscriber."""
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        return "unknown"
    if version == 4:  # noqa: PLR2004
        return address
    return str(ipaddress.ip_network((address, IPV6_NETWORK_BITS), strict=False))
