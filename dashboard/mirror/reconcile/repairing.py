"""Repairs, through the one door by which everything enters the mirror."""

from collections.abc import Iterable

from sqlalchemy import Connection, Engine

from dashboard.core import db as database
from dashboard.gateway.reads import Reads
from dashboard.mirror.apply import apply
from dashboard.mirror.codec import Codec
from dashboard.mirror.kinds import balance
from dashboard.mirror.measures import identities, keeping
from dashboard.mirror.membership import link_all
from dashboard.mirror.reconcile.looking import Standing, standing
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.payout_links import links
from dashboard.store.books import Book


def repair(db: Connection, book: Book, found: Iterable[Standing], codec: Codec) -> list[Standing]:
    """Apply what Stripe says of objects whose differences stand, and return those that still do."""
    left: list[Standing] = []
    for each in found:
        kind = KINDS[each.told.kind]
        gone = {"id": each.told.id, "object": kind.name, "deleted": True}
        raw = gone if each.told.raw is None else each.told.raw
        apply(db, book, kind, [raw], seen_at=_seen_at(each), codec=codec)
        left += standing(db, book, [each.told], codec)
    return left


def _seen_at(found: Standing) -> int:
    """Return the moment of the news; a row that claims to be of the future gives way all the same.

    Nothing else is dated later than Stripe said it: the next news may be of the same second.
    """
    known_at = max(one.known_at for one in found.findings)
    return known_at + 1 if known_at > found.told.as_of else found.told.as_of


def mend_sums(engine: Engine, book: Book, reads: Reads) -> None:
    """Sum anew what does not agree with its rows, and read anew what only Stripe can say.

    Raises:
        GatewayError: Stripe does not say.
    """
    told = reads.retrieve(str(balance.KIND.path))
    with database.snapshot(engine) as db:
        is_broken = any(keeping.check(db, book))
        payouts = identities.unequal_payouts(db, book)
    with database.writing(engine) as db:
        # The door lets one writer a book in: from here on nobody else changes rows or sums.
        apply(db, book, balance.KIND, [told.body], seen_at=told.as_of)
        if is_broken:
            keeping.mend(db, book)
    for some in links(reads, payouts):
        with database.writing(engine) as db:
            link_all(db, book, some)
