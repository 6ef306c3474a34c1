"""How busy the company is: read off its own last weeks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import orjson

from dashboard.sandbox.shapes import Json
from dashboard.sandbox.shelf import Shelf

_DAY_SECONDS = 86_400
_WEEKS_SECONDS = 28 * _DAY_SECONDS
_HALF_YEAR_SECONDS = 182 * _DAY_SECONDS
_SAMPLE = 1_000
_HOURS = 24
_SUBSCRIPTION = "parent_subscription_details_subscription"
_FOR_INVOICES = (
    "id IN (SELECT payment_payment_intent FROM invoice_payment"
    " WHERE payment_payment_intent IS NOT NULL)"
)


@dataclass(frozen=True, slots=True)
class Sale:
    """What somebody pays: `amount` in minor units of `currency`."""

    amount: int
    currency: str
    description: str | None


@dataclass(frozen=True, slots=True)
class Pace:
    """How often things happen, and how they turn out."""

    rates: dict[str, float]
    """How often each happening comes in a second, by its name."""
    hours: tuple[float, ...]
    """How busy each hour of the day (UTC) is; 1 is the average."""
    sales: tuple[Sale, ...]
    """Single payments of the last weeks."""
    failing: float
    """The share of payments that fail."""


def pace_of(shelf: Shelf) -> Pace:
    """Return the pace of an account up to its newest charge."""
    until = shelf.db.execute("SELECT coalesce(max(created), 0) FROM charge").fetchone()[0]
    since = until - _WEEKS_SECONDS
    charges = _newest_charges(shelf)
    taken = [one for one in charges if one["status"] == "succeeded"]
    return Pace(
        _rates(shelf, since, until - _HALF_YEAR_SECONDS),
        _hours(shelf, since),
        tuple(Sale(one["amount"], one["currency"], one["description"]) for one in taken),
        1 - len(taken) / len(charges) if charges else 0,
    )


def _rates(shelf: Shelf, since: int, long_since: int) -> dict[str, float]:
    def weekly(kind: str, condition: str = "1") -> float:
        return _count(shelf, kind, since, condition) / _WEEKS_SECONDS

    begun = weekly("subscription")
    disputes = _count(shelf, "dispute", long_since, "1") / _HALF_YEAR_SECONDS
    billed = weekly("invoice", f"{_SUBSCRIPTION} IS NOT NULL")
    return {
        "sale": weekly("payment_intent", f"NOT {_FOR_INVOICES}"),
        "refund": weekly("refund"),
        "change_of_address": weekly("customer"),
        "subscription": begun,
        "renewal": max(0, billed - begun),
        "cancellation": weekly("event", "type = 'customer.subscription.deleted'"),
        "dispute": disputes,
        "verdict": disputes,
        "payout": weekly("payout"),
    }


def _count(shelf: Shelf, kind: str, since: int, condition: str) -> int:
    sql = f'SELECT count(*) FROM "{kind}" WHERE created > ? AND {condition}'  # noqa: S608
    return int(shelf.db.execute(sql, (since,)).fetchone()[0])


def _hours(shelf: Shelf, since: int) -> tuple[float, ...]:
    rows = shelf.db.execute(
        "SELECT created / 3600 % 24, count(*) FROM charge WHERE created > ? GROUP BY 1", (since,)
    ).fetchall()
    counts = Counter(dict(rows))
    return tuple(counts[hour] * _HOURS / max(1, counts.total()) for hour in range(_HOURS))


def _newest_charges(shelf: Shelf) -> list[Json]:
    bodies = shelf.bodies("charge", "ORDER BY created DESC, position DESC LIMIT ?", (_SAMPLE,))
    return [orjson.loads(body) for body in bodies]
