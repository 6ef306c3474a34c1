"""Short rows: what belongs to an object, as its page lists it; see the ``_short`` templates."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, Table, select

from dashboard.mirror.kinds.invoice import standing
from dashboard.store.books import Book

MOST = 10


@dataclass(frozen=True, slots=True)
class Short:
    """A few columns of a table, by their names; amounts in minor units, times in UTC seconds."""

    id: str
    created_at: int


S = TypeVar("S", bound=Short)


@dataclass(frozen=True, slots=True)
class ShortPayment(Short):
    """A payment, by the columns of ``payments``."""

    amount_minor: int
    currency: str
    status: str
    method: str | None
    brand: str | None
    last4: str | None


@dataclass(frozen=True, slots=True)
class ShortInvoice(Short):
    """An invoice, by the columns of ``invoices``."""

    number: str | None
    status: str | None
    due_at: int | None
    total_minor: int
    currency: str | None

    @property
    def standing(self) -> str | None:
        """Its status, or ``overdue`` when it is open past its due date."""
        return standing(self)


@dataclass(frozen=True, slots=True)
class ShortTransaction(Short):
    """What moved on the balance, by the columns of ``balance_transactions``."""

    type: str | None
    reporting_category: str | None
    amount_minor: int
    fee_minor: int
    net_minor: int
    currency: str
    description: str | None


def newest(
    db: Connection,
    book: Book,
    table: Table,
    row: type[S],
    *conditions: ColumnElement[bool],
    limit: int = MOST,
) -> Sequence[S]:
    """Return at most ``limit`` rows of ``table`` under ``conditions``, newest first."""
    query = (
        select(*(table.c[field.name] for field in fields(row)))
        .where(table.c.book_id == book.id, *conditions)
        .order_by(table.c.created_at.desc(), table.c.id.desc())
        .limit(limit)
    )
    return [row(*line) for line in db.execute(query)]
