"""Who hears of events: the registered endpoints and the secrets that sign for them."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.shapes import Json, build
from dashboard.sandbox.shelf import Shelf

KIND = "webhook_endpoint"
_SECRET_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One URL that events are sent to."""

    id: str
    url: str
    api_version: str | None
    """The version that its events are written in; None for the account's own."""
    enabled_events: frozenset[str]
    connect: bool
    """Whether it hears of connected accounts, and not of the account itself."""

    def hears(self, type_: str) -> bool:
        """Return whether it asked for events of this type."""
        return "*" in self.enabled_events or type_ in self.enabled_events


def enabled(shelf: Shelf) -> list[Endpoint]:
    """Return the endpoints that rest for no reason, the oldest first."""
    rows = shelf.db.execute('SELECT id, "connect" FROM webhook_endpoint ORDER BY position')
    found = [(shelf.get(KIND, identity) or {}, connect) for identity, connect in rows.fetchall()]
    return [_endpoint(one, connect) for one, connect in found if one.get("status") == "enabled"]


def register(
    shelf: Shelf, url: str, secret: str, *, at: int, events: list[str], connect: bool = False
) -> str:
    """Keep an endpoint with a secret of one's own, over one of the same URL; return its id."""
    for one in enabled(shelf):
        if (one.url, one.connect) == (url, connect):
            shelf.put((shelf.get(KIND, one.id) or {}) | {"enabled_events": events})
            roll(shelf, one.id, secret, until=at)
            return one.id
    made = build(KIND, id=new_id("we_", at=at), created=at, url=url, enabled_events=events)
    keep(shelf, made, secret, connect=connect)
    return str(made["id"])


def keep(shelf: Shelf, endpoint: Json, secret: str, *, connect: bool) -> None:
    """Put a new endpoint away with its secret."""
    shelf.put(endpoint, {"connect": "true" if connect else "false"})
    roll(shelf, endpoint["id"], secret, until=0)


def new_secret() -> str:
    """Return a fresh signing secret."""
    return new_id("whsec_", _SECRET_LENGTH)


def roll(shelf: Shelf, endpoint: str, secret: str, *, until: float) -> None:
    """Give an endpoint another secret; those before go on signing until then."""
    shelf.db.execute(
        "UPDATE signing_secrets SET until = ? WHERE endpoint = ? AND until IS NULL",
        (until, endpoint),
    )
    shelf.db.execute(
        "INSERT INTO signing_secrets (endpoint, secret) VALUES (?, ?)", (endpoint, secret)
    )


def secrets_of(shelf: Shelf, endpoint: str, now: float) -> list[str]:
    """Return the secrets that sign for an endpoint at `now`, the newest first."""
    rows = shelf.db.execute(
        "SELECT secret FROM signing_secrets WHERE endpoint = ? AND (until IS NULL OR until > ?)"
        " ORDER BY position DESC",
        (endpoint, now),
    )
    return [secret for (secret,) in rows]


def _endpoint(thing: Json, connect: str | None) -> Endpoint:
    return Endpoint(
        thing["id"],
        thing["url"],
        thing["api_version"],
        frozenset(thing["enabled_events"]),
        connect == "true",
    )
