"""What the practice Stripe will do by itself, each deed once its time has come."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.sandbox.shelf import Shelf

RIPENING = "become_available"
"""The deed by which pending money of a balance transaction becomes available."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to be done to the object of this id, at UTC second `at`."""

    at: int
    name: str
    identity: str


def remember(shelf: Shelf, deed: Deed) -> None:
    """Put a deed on the agenda."""
    shelf.db.execute(
        "INSERT INTO agenda (at, name, identity) VALUES (?, ?, ?)",
        (deed.at, deed.name, deed.identity),
    )


def is_due(shelf: Shelf, now: int, name: str = "%") -> bool:
    """Return whether there is anything to do by `now`, or any deed of this name."""
    found = shelf.db.execute("SELECT 1 FROM agenda WHERE at <= ? AND name LIKE ?", (now, name))
    return found.fetchone() is not None


def is_planned(shelf: Shelf, deed: Deed) -> bool:
    """Return whether this very deed is on the agenda."""
    found = shelf.db.execute(
        "SELECT 1 FROM agenda WHERE at = ? AND name = ? AND identity = ?",
        (deed.at, deed.name, deed.identity),
    )
    return found.fetchone() is not None


def take(shelf: Shelf, now: int) -> Deed | None:
    """Take the first deed that is due by `now` off the agenda, None when there is none."""
    row = shelf.db.execute(
        "SELECT position, at, name, identity FROM agenda WHERE at <= ? ORDER BY at, position",
        (now,),
    ).fetchone()
    if row is None:
        return None
    position, *deed = row
    shelf.db.execute("DELETE FROM agenda WHERE position = ?", (position,))
    return Deed(*deed)
