"""The invoices pages: list, export and one invoice."""

from flask import Blueprint, Response, url_for

from dashboard.core.money import decimal_string
from dashboard.features.invoices import metrics, queries
from dashboard.features.invoices.forms import FILTERS
from dashboard.features.invoices.queries import InvoiceRow
from dashboard.features.invoices.timeline import tell
from dashboard.mirror import objects
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import text
from dashboard.mirror.prices import written
from dashboard.mirror.versions import history
from dashboard.store.books import Book, Shelf
from dashboard.web import exports, htmx, lists
from dashboard.web.books import needs_book, needs_books
from dashboard.web.context import db

pages = Blueprint("invoices", __name__, url_prefix="/invoices")


EXPORT: exports.Columns[InvoiceRow] = {
    "id": lambda row: row.id,
    "number": lambda row: row.number,
    "created_utc": lambda row: exports.moment(row.created_at),
    "status": lambda row: row.standing,
    "total": lambda row: decimal_string(row.total_minor, row.currency or ""),
    "total_minor": lambda row: row.total_minor,
    "amount_due_minor": lambda row: row.amount_due_minor,
    "amount_paid_minor": lambda row: row.amount_paid_minor,
    "amount_remaining_minor": lambda row: row.amount_remaining_minor,
    "currency": lambda row: row.currency,
    "customer": lambda row: row.customer_id,
    "name": lambda row: row.name,
    "email": lambda row: row.email,
    "subscription": lambda row: row.subscription_id,
    "due_utc": lambda row: exports.moment(row.due_at),
    "finalized_utc": lambda row: exports.moment(row.finalized_at),
    "paid_utc": lambda row: exports.moment(row.paid_at),
    "billing_reason": lambda row: row.billing_reason,
    "collection_method": lambda row: row.collection_method,
}

LIST = lists.ListPage(
    feature="invoices",
    noun="invoices",
    listing=queries.LISTING,
    filters=FILTERS,
    named=queries.named,
    matching=queries.matching,
    export=EXPORT,
    kinds=("invoice",),
)


@pages.get("")
@needs_books
def index(shelf: Shelf) -> Response:
    """List the invoices that the query string asks for, newest first."""
    return LIST.show(db(), shelf)


@pages.get("/export.<any(csv, xlsx):format>")
@needs_books
def export(shelf: Shelf, format: str) -> Response:
    """Download exactly the invoices that the list shows, in its order."""
    return LIST.download(db(), shelf, format)


@pages.get("/<id>")
@needs_book
def detail(book: Book, id: str) -> Response:
    """Show one invoice: its lines, its sums and how it was paid."""
    invoice = LIST.one(queries.find, db(), book, id)
    lines = [metrics.line(each) for each in invoice.lines]
    return htmx.detail(
        "invoices/detail.html",
        invoice=invoice,
        row=invoice.row,
        lines=lines,
        products=queries.products_held(db(), book, (line.product_id for line in lines)),
        has_more_lines=len(invoice.lines) == objects.MOST,
        sums=metrics.sums(invoice.raw),
        price=written,
        hosted_url=_safe(invoice.raw, "hosted_invoice_url"),
        pdf_url=_safe(invoice.raw, "invoice_pdf"),
        timeline=tell(invoice),
        history=history(db(), book, {"invoice": [invoice.raw]}),
        raw=objects.pretty(invoice.raw),
        index_url=url_for(".index"),
    )


def _safe(raw: Raw, field: str) -> str | None:
    """Return a link that Stripe gave, unless it leads elsewhere than to a page over TLS."""
    url = text(raw.get(field))
    return url if url and url.startswith("https://") else None
