"""Burying what a full sync has not seen again: Stripe's lists no longer show it."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection, select

from dashboard.mirror.apply import apply
from dashboard.mirror.kinds.base import Kind
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.intake import Intake
from dashboard.store.sync_runs import KindStatus

AT_ONCE = 500
NOT_ALL_LISTED = frozenset(("event", "payment_method"))
"""Events are listed for 30 days only, and payment methods not once they are detached."""


def to_bury(intake: Intake) -> list[KindStatus]:
    """Return the kinds that have been read anew, and whose lists show all there is.

    What rides inside others as well waits until its owners have been read, too.
    """
    asked = [one for one in intake.statuses.values() if one.kind in KINDS]
    all_filled = all(one.filled_at is not None for one in asked)
    return [
        one
        for one in asked
        if one.since_at is not None
        and one.filled_at is not None
        and (all_filled or KINDS[one.kind].part_of is None)
    ]


def bury_some(db: Connection, intake: Intake, status: KindStatus) -> bool:
    """Bury some objects of the kind that were not seen again; say whether there may be more."""
    kind = KINDS[status.kind]
    names = [] if kind.name in NOT_ALL_LISTED else list(_unseen(db, intake, kind, status))
    gone = [{"id": name, "object": kind.name, "deleted": True} for name in names]
    apply(db, intake.book, kind, gone, seen_at=status.since_at or 0, codec=intake.codec)
    if len(names) < AT_ONCE:
        intake.change(replace(intake.statuses[status.kind], since_at=None))
    return len(names) == AT_ONCE


def _unseen(db: Connection, intake: Intake, kind: Kind, status: KindStatus) -> Iterator[str]:
    table = kind.table
    query = select(table.c.id).where(
        table.c.book_id == intake.book.id,
        table.c.seen_at < status.since_at,
        table.c.deleted.is_(False),
    )
    yield from db.scalars(query.limit(AT_ONCE))
