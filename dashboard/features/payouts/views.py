"""The payouts pages: list, export and one payout with the proof of its sum."""

from flask import Blueprint, Response, url_for

from dashboard.core import clock
from dashboard.core.money import decimal_string
from dashboard.features.payouts import queries
from dashboard.features.payouts.forms import FILTERS
from dashboard.features.payouts.queries import PayoutRow
from dashboard.features.payouts.timeline import tell
from dashboard.mirror import objects
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import ref
from dashboard.mirror.measures.payouts import payout_reconciliation
from dashboard.mirror.measures.together import arrivals
from dashboard.mirror.versions import history
from dashboard.store.books import Book, Shelf
from dashboard.web import exports, htmx, lists
from dashboard.web.books import needs_book, needs_books
from dashboard.web.context import db
from dashboard.web.lines import Line, Lines
from dashboard.web.related import Related

pages = Blueprint("payouts", __name__, url_prefix="/payouts")

EXPORT: exports.Columns[PayoutRow] = {
    "id": lambda row: row.id,
    "created_utc": lambda row: exports.moment(row.created_at),
    "arrival_date": lambda row: exports.utc_day(row.arrival_at),
    "status": lambda row: row.status,
    "amount": lambda row: decimal_string(row.amount_minor, row.currency),
    "amount_minor": lambda row: row.amount_minor,
    "currency": lambda row: row.currency,
    "automatic": lambda row: row.automatic,
    "method": lambda row: row.method,
    "reconciliation_status": lambda row: row.reconciliation_status,
    "failure_code": lambda row: row.failure_code,
    "description": lambda row: row.description,
    "trace_id": lambda row: row.trace_id,
}

LIST = lists.ListPage(
    feature="payouts",
    noun="payouts",
    listing=queries.LISTING,
    filters=FILTERS,
    named=queries.named,
    matching=queries.matching,
    export=EXPORT,
    kinds=("payout",),
)


@pages.get("")
@needs_books
def index(shelf: Shelf) -> Response:
    """Show what is still to come and the payouts that the query string asks for."""
    expected = None if htmx.wants_part() else _expected(shelf)
    return LIST.show(db(), shelf, expected=expected)


def _expected(shelf: Shelf) -> dict[str, object]:
    """Return what the bank will see, of all accounts."""
    on_the_way, becoming = arrivals(db(), shelf.books, clock.seconds())
    lines = [Line(owned.book, owned.arrival) for owned in on_the_way]
    return {
        "in_transit": [line.row for line in lines] if shelf.one else Lines(lines),
        "becoming_available": becoming,
    }


@pages.get("/export.<any(csv, xlsx):format>")
@needs_books
def export(shelf: Shelf, format: str) -> Response:
    """Download exactly the payouts that the list shows, in its order."""
    return LIST.download(db(), shelf, format)


@pages.get("/<id>")
@needs_book
def detail(book: Book, id: str) -> Response:
    """Show one payout, the transactions in it and whether they sum to it."""
    row, raw = LIST.one(queries.find, db(), book, id)
    return htmx.detail(
        "payouts/detail.html",
        row=row,
        proof=payout_reconciliation(db(), book, id),
        timeline=tell(row, raw),
        related=_related(raw),
        history=history(db(), book, {"payout": [raw]}),
        raw=objects.pretty(raw),
        index_url=url_for(".index"),
        members_url=url_for("balance.index", payout=id),
    )


def _related(raw: Raw) -> list[Related]:
    transactions = (
        ("Balance transaction", ref(raw.get("balance_transaction"))),
        ("Came back as", ref(raw.get("failure_balance_transaction"))),
    )
    return [Related(kind, id, url_for("balance.detail", id=id)) for kind, id in transactions if id]
