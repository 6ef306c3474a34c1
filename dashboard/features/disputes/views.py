"""The disputes pages: list, export and one dispute."""

from flask import Blueprint, Response, url_for

from dashboard.core.money import decimal_string
from dashboard.features.disputes import queries
from dashboard.features.disputes.forms import FILTERS
from dashboard.features.disputes.queries import DisputeRow
from dashboard.features.disputes.timeline import tell
from dashboard.mirror import objects
from dashboard.mirror.kinds.dispute import OPEN
from dashboard.mirror.kinds.read import dig
from dashboard.mirror.versions import history
from dashboard.store.books import Book, Shelf
from dashboard.web import exports, htmx, lists
from dashboard.web.books import needs_book, needs_books
from dashboard.web.context import db
from dashboard.web.related import Related

pages = Blueprint("disputes", __name__, url_prefix="/disputes")

EXPORT: exports.Columns[DisputeRow] = {
    "id": lambda row: row.id,
    "created_utc": lambda row: exports.moment(row.created_at),
    "status": lambda row: row.status,
    "reason": lambda row: row.reason,
    "amount": lambda row: decimal_string(row.amount_minor, row.currency),
    "amount_minor": lambda row: row.amount_minor,
    "currency": lambda row: row.currency,
    "due_utc": lambda row: exports.moment(row.due_at),
    "payment": lambda row: row.payment_id,
    "customer": lambda row: row.customer_id,
    "name": lambda row: row.name,
    "email": lambda row: row.email,
}

LIST = lists.ListPage(
    feature="disputes",
    noun="disputes",
    listing=queries.LISTING,
    filters=FILTERS,
    named=queries.named,
    matching=queries.matching,
    export=EXPORT,
    kinds=("dispute",),
)


@pages.get("")
@needs_books
def index(shelf: Shelf) -> Response:
    """List the disputes that the query string asks for, newest first."""
    return LIST.show(db(), shelf, open_url=url_for(".index", status=OPEN))


@pages.get("/export.<any(csv, xlsx):format>")
@needs_books
def export(shelf: Shelf, format: str) -> Response:
    """Download exactly the disputes that the list shows, in its order."""
    return LIST.download(db(), shelf, format)


@pages.get("/<id>")
@needs_book
def detail(book: Book, id: str) -> Response:
    """Show one dispute: until when to answer, with what, and what it moved."""
    dispute = LIST.one(queries.find, db(), book, id)
    return htmx.detail(
        "disputes/detail.html",
        dispute=dispute,
        row=dispute.row,
        evidence=_evidence(dispute),
        timeline=tell(dispute),
        related=_related(dispute.row),
        history=history(db(), book, {"dispute": [dispute.raw]}),
        raw=objects.pretty(dispute.raw),
        index_url=url_for(".index"),
    )


def _evidence(dispute: queries.Dispute) -> list[tuple[str, str]]:
    """Return what has been gathered as evidence, by Stripe's names in words."""
    given = dig(dispute.raw, "evidence")
    return [
        (name.replace("_", " ").capitalize(), str(value))
        for name, value in (given.items() if isinstance(given, dict) else ())
        if isinstance(value, str) and value
    ]


def _related(row: DisputeRow) -> list[Related]:
    found = []
    if row.payment_id:
        url = url_for("payments.detail", id=row.payment_id)
        found.append(Related("Payment", row.payment_id, url))
    if row.customer_id:
        url = url_for("customers.detail", id=row.customer_id)
        found.append(Related("Customer", row.name or row.email or row.customer_id, url))
    return found
