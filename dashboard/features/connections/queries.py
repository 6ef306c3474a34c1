"""What is known of the connected accounts: how they are reached, and what Stripe says of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select

from dashboard.mirror import objects
from dashboard.mirror.freshness import Freshness, freshness
from dashboard.mirror.kinds.account import accounts
from dashboard.mirror.kinds.read import dig
from dashboard.mirror.registry import KINDS
from dashboard.store import connections, sync_runs
from dashboard.store.audit import audit_log
from dashboard.store.books import Book
from dashboard.store.connections import How, Scope, State, StripeConnection
from dashboard.store.sync_runs import KindState

MOST_ENTRIES = 50

WAYS = {
    How.ENVIRONMENT: "Key in STRIPE_SECRET_KEY",
    How.KEY: "Key entered here",
    How.OAUTH: "OAuth",
    How.PLATFORM: "Platform's key",
}
SCOPES = {
    None: "What the key allows",
    Scope.READ_ONLY: "Read only",
    Scope.READ_WRITE: "Read and write",
}
STATES = {
    State.CONNECTED: ("active", "Connected"),
    State.REFUSED: ("past_due", "Must be connected again"),
    State.DEAUTHORIZED: ("canceled", "Permission taken back"),
    State.DISCONNECTED: ("canceled", "Disconnected"),
}
"""The state on the map of all states, and its word."""

MEANINGS = {
    State.REFUSED: "Stripe no longer renews the token. Nothing new is read until the account is "
    "connected again.",
    State.DEAUTHORIZED: "The account's owner took the permission back at Stripe. Nothing new is "
    "read; what was read before stays.",
    State.DISCONNECTED: "The account was disconnected here. Nothing new is read; what was read "
    "before stays.",
}
DEMANDS = (
    ("past_due", "Overdue", "past_due"),
    ("currently_due", "Needed now", "requires_action"),
    ("pending_verification", "Being verified by Stripe", "under_review"),
    ("eventually_due", "Needed later", "draft"),
)
DAYS = {1: "1st", 2: "2nd", 3: "3rd", 21: "21st", 22: "22nd", 23: "23rd", 31: "31st"}


@dataclass(frozen=True, slots=True)
class Card:
    """An account as the list shows it; ``since_at`` in UTC seconds.

    Of ``kinds`` kinds of object ``filled`` are read to their end, ``objects`` objects in all.
    """

    connection: StripeConnection
    how: str
    scope: str
    state: str
    word: str
    since_at: int
    freshness: Freshness
    filled: int
    kinds: int
    objects: int

    @property
    def book(self) -> Book:
        """The account and its mode."""
        return self.connection.book


@dataclass(frozen=True, slots=True)
class Demand:
    """Something that Stripe wants to know of the account: what, how urgent, and its state."""

    name: str
    urgency: str
    state: str


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank account or card that is paid out to, masked."""

    name: str
    ending: str
    currency: str
    country: str
    status: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """What Stripe says of an account; ``due_at`` in UTC seconds."""

    name: str
    country: str
    currency: str
    timezone: str
    kind: str
    takes_payments: bool
    is_paid_out: bool
    capabilities: Sequence[tuple[str, str]]
    demands: Sequence[Demand]
    due_at: int | None
    disabled_reason: str
    schedule: str
    banks: Sequence[Bank]


@dataclass(frozen=True, slots=True)
class Entry:
    """What was done to a connection, as the audit log has it; ``at`` in UTC seconds."""

    at: int
    actor: str
    deed: str
    after: Mapping[str, Any]


def cards(db: Connection, seen: Iterable[Book], *, stale_after_seconds: int) -> list[Card]:
    """Return the connections to the books that may be seen, in the books' order."""
    known = {each.book.id: each for each in connections.every(db)}
    return [
        card(db, known[book.id], stale_after_seconds=stale_after_seconds)
        for book in seen
        if book.id in known
    ]


def card(db: Connection, found: StripeConnection, *, stale_after_seconds: int) -> Card:
    """Return a connection with how far its account is read."""
    statuses = sync_runs.statuses(db, found.book).values()
    state, word = STATES[found.state]
    return Card(
        connection=found,
        how=WAYS[found.how],
        scope=SCOPES[found.scope],
        state=state,
        word=word,
        since_at=found.connected_at,
        freshness=freshness(db, found.book, stale_after_seconds=stale_after_seconds),
        filled=sum(each.state is KindState.FILLED for each in statuses),
        kinds=sum(1 for kind in KINDS.values() if kind.path),
        objects=sum(each.objects for each in statuses),
    )


def profile(db: Connection, book: Book) -> Profile | None:
    """Return what Stripe says of the account, ``None`` before it was read."""
    raw = objects.find(db, book, accounts, book.account_id)
    if raw is None:
        return None
    needed = dig(raw, "requirements") or {}
    return Profile(
        name=book.name,
        country=str(raw.get("country") or ""),
        currency=str(raw.get("default_currency") or ""),
        timezone=str(dig(raw, "settings", "dashboard", "timezone") or ""),
        kind=str(raw.get("type") or ""),
        takes_payments=raw.get("charges_enabled") is True,
        is_paid_out=raw.get("payouts_enabled") is True,
        capabilities=_capabilities(raw.get("capabilities")),
        demands=_demands(needed),
        due_at=_moment(needed.get("current_deadline")),
        disabled_reason=_words(str(needed.get("disabled_reason") or "")),
        schedule=_schedule(dig(raw, "settings", "payouts", "schedule") or {}),
        banks=[_bank(each) for each in _listed(dig(raw, "external_accounts", "data"))],
    )


def history(db: Connection, book: Book) -> list[Entry]:
    """Return what was done to the connection, the newest first."""
    mode = "live" if book.livemode else "test"
    query = (
        select(audit_log.c.at, audit_log.c.actor, audit_log.c.deed, audit_log.c.after)
        .where(
            audit_log.c.account_id == book.account_id,
            audit_log.c.mode == mode,
            audit_log.c.deed.startswith("connection."),
        )
        .order_by(audit_log.c.at.desc(), audit_log.c.number.desc())
        .limit(MOST_ENTRIES)
    )
    return [Entry(*row[:3], orjson.loads(row.after or "{}")) for row in db.execute(query)]


def _capabilities(told: Any) -> list[tuple[str, str]]:
    """Return what the account can do, in words, each with its state; what it can do first."""
    known = told if isinstance(told, dict) else {}
    pairs = [(_words(name), str(state)) for name, state in known.items()]
    return sorted(pairs, key=lambda pair: (pair[1] != "active", pair[0]))


def _demands(needed: Mapping[str, Any]) -> list[Demand]:
    """Return what Stripe wants to know, each once and as urgent as it is."""
    found: dict[str, Demand] = {}
    for field, urgency, state in DEMANDS:
        for name in _listed(needed.get(field)):
            found.setdefault(str(name), Demand(_requirement(str(name)), urgency, state))
    return list(found.values())


def _requirement(name: str) -> str:
    """Return ``company.verification.document`` as ``Company: verification, document``."""
    whose, _, what = name.partition(".")
    first = "Person" if whose.startswith("person_") else _words(whose)
    return f"{first}: {', '.join(what.replace('_', ' ').split('.'))}" if what else first


def _schedule(told: Mapping[str, Any]) -> str:
    """Return when Stripe pays out, as a sentence."""
    delay = told.get("delay_days")
    after = f", {delay} days after a payment" if isinstance(delay, int) else ""
    match told.get("interval"):
        case "manual":
            return "When somebody asks for it"
        case "daily":
            return f"Every day{after}"
        case "weekly":
            days = told.get("weekly_payout_days") or [told.get("weekly_anchor")]
            named = [str(day).capitalize() for day in days if day]
            return f"Every week on {' and '.join(named) or 'a fixed day'}{after}"
        case "monthly":
            dates = told.get("monthly_payout_days") or [told.get("monthly_anchor")]
            named = [DAYS.get(day, f"{day}th") for day in dates if isinstance(day, int)]
            return f"Every month on the {' and '.join(named) or 'same day'}{after}"
    return ""


def _bank(told: Mapping[str, Any]) -> Bank:
    return Bank(
        name=str(told.get("bank_name") or told.get("brand") or "Bank account"),
        ending=str(told.get("last4") or ""),
        currency=str(told.get("currency") or ""),
        country=str(told.get("country") or ""),
        status=str(told.get("status") or ""),
        is_default=told.get("default_for_currency") is True,
    )


def _words(name: str) -> str:
    return name.replace("_", " ").replace(".", ": ").capitalize()


def _listed(told: Any) -> list[Any]:
    return told if isinstance(told, list) else []


def _moment(told: Any) -> int | None:
    return told if isinstance(told, int) else None
