"""The third phase: which transactions make up each automatic payout."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from sqlalchemy import Connection, and_, exists, or_, select

from dashboard.gateway.errors import MisbehavedError
from dashboard.gateway.reads import Reads
from dashboard.mirror.kinds.payout import payouts
from dashboard.mirror.membership import payout_transactions
from dashboard.store.books import Book

PATH = "/v1/balance_transactions"
AT_ONCE = 8
IN_ONE_COMMIT = 64
COMPLETED = "completed"


def unlinked(db: Connection, book: Book) -> list[str]:
    """Return the automatic payouts that are reconciled and whose transactions we do not know.

    Old API versions do not tell the reconciliation: there a paid payout is taken for reconciled.
    """
    members = payout_transactions
    is_linked = exists().where(
        members.c.book_id == payouts.c.book_id, members.c.payout_id == payouts.c.id
    )
    is_reconciled = or_(
        payouts.c.reconciliation_status == COMPLETED,
        and_(payouts.c.reconciliation_status.is_(None), payouts.c.status == "paid"),
    )
    query = select(payouts.c.id).where(
        payouts.c.book_id == book.id,
        payouts.c.automatic.is_(True),
        payouts.c.deleted.is_(False),
        is_reconciled,
        ~is_linked,
    )
    return list(db.scalars(query.order_by(payouts.c.created_at.desc(), payouts.c.id)))


def links(reads: Reads, payout_ids: Sequence[str]) -> Iterator[dict[str, list[str]]]:
    """Yield payouts with the ids of their transactions, some at a time, a few read at once.

    Raises:
        GatewayError: one of them cannot be read; those yielded before can be kept.
    """
    with ThreadPoolExecutor(AT_ONCE, "sync-payouts") as pool:
        for start in range(0, len(payout_ids), IN_ONE_COMMIT):
            some = payout_ids[start : start + IN_ONE_COMMIT]
            found = pool.map(partial(members_of, reads), some)
            yield dict(zip(some, found, strict=True))


def members_of(reads: Reads, payout_id: str) -> list[str]:
    """Return the ids of the transactions in the payout; its own transaction is not one of them.

    Raises:
        MisbehavedError: the server does not know the filter and lists everything.
    """
    found: list[str] = []
    params: dict[str, str | int] = {"payout": payout_id}
    while True:
        page = reads.list_page(PATH, params)
        for item in page.data:
            if item.get("type") != "payout":
                found.append(str(item["id"]))
            elif item.get("source") != payout_id:
                raise MisbehavedError(f"{PATH} does not filter by payout.")
        if not page.has_more:
            return found
        params["starting_after"] = str(page.data[-1]["id"])
