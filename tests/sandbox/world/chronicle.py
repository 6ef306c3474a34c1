"""A generated world, kept whole and sorted by kind so that tests can ask it questions."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from dashboard.sandbox.shapes import Json
from dashboard.sandbox.world import generate

SEED = 7
PAYMENTS = 3_000
#: Friday 20 November 2026, 15:04:37 UTC.
NOW = 1_795_187_077


@dataclass(slots=True)
class Chronicle:
    """All objects of a world by kind and id, what became of some, and the payouts of the money."""

    now: int
    kinds: dict[str, dict[str, Json]] = field(default_factory=lambda: defaultdict(dict))
    payouts: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    repeated: list[str] = field(default_factory=list)
    account: Json = field(default_factory=dict)
    balance: Json = field(default_factory=dict)

    def add(self, shipped: Json | tuple[Json, dict[str, str]]) -> None:
        """Take in one object as the world ships it."""
        written, hidden = shipped if isinstance(shipped, tuple) else (shipped, {})
        if written["object"] == "balance":
            self.balance = written
            return
        if written["id"] in self.kinds[written["object"]]:
            self.repeated.append(written["id"])
        self.kinds[written["object"]][written["id"]] = written
        if "deleted" in hidden:
            self.deleted.add(written["id"])
        if "payout" in hidden:
            self.payouts[written["id"]] = hidden["payout"]
        if written["object"] == "account":
            self.account = written

    def all(self, kind: str) -> list[Json]:
        """Return all objects of ``kind``."""
        return list(self.kinds[kind].values())

    def every(self) -> Iterator[Json]:
        """Yield every object, and the items and lines inside subscriptions and invoices."""
        for written in self.kinds.values():
            yield from written.values()
        for subscription in self.all("subscription"):
            yield from subscription["items"]["data"]
        for invoice in self.all("invoice"):
            yield from invoice["lines"]["data"]
        yield self.balance


def chronicle(payments: int, *, seed: int = SEED, now: int = NOW) -> Chronicle:
    """Return the world of ``seed`` with ``payments`` payments."""
    kept = Chronicle(now)
    for shipped in generate(seed, payments, now):
        kept.add(shipped)
    return kept
