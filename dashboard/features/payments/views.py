"""The payments pages: list, export and one payment."""

from flask import Blueprint, Response, url_for

from dashboard.core.money import decimal_string
from dashboard.features.payments import queries
from dashboard.features.payments.forms import FILTERS
from dashboard.features.payments.queries import Payment, PaymentRow
from dashboard.features.payments.timeline import tell
from dashboard.mirror import objects
from dashboard.mirror.versions import history
from dashboard.store.books import Book, Shelf
from dashboard.web import exports, htmx, lists
from dashboard.web.books import needs_book, needs_books
from dashboard.web.context import db
from dashboard.web.related import Related

pages = Blueprint("payments", __name__, url_prefix="/payments")

EXPORT: exports.Columns[PaymentRow] = {
    "id": lambda row: row.id,
    "created_utc": lambda row: exports.moment(row.created_at),
    "status": lambda row: row.status,
    "amount": lambda row: decimal_string(row.amount_minor, row.currency),
    "amount_minor": lambda row: row.amount_minor,
    "refunded_minor": lambda row: row.refunded_minor,
    "currency": lambda row: row.currency,
    "customer": lambda row: row.customer_id,
    "name": lambda row: row.name,
    "email": lambda row: row.email,
    "description": lambda row: row.description,
    "method": lambda row: row.method,
    "brand": lambda row: row.brand,
    "last4": lambda row: row.last4,
    "failure_code": lambda row: row.failure_code,
}

LIST = lists.ListPage(
    feature="payments",
    noun="payments",
    listing=queries.LISTING,
    filters=FILTERS,
    named=queries.named,
    matching=queries.matching,
    export=EXPORT,
    kinds=("payment_intent", "charge"),
)


@pages.get("")
@needs_books
def index(shelf: Shelf) -> Response:
    """List the payments that the query string asks for, newest first."""
    return LIST.show(db(), shelf)


@pages.get("/export.<any(csv, xlsx):format>")
@needs_books
def export(shelf: Shelf, format: str) -> Response:
    """Download exactly the payments that the list shows, in its order."""
    return LIST.download(db(), shelf, format)


@pages.get("/<id>")
@needs_book
def detail(book: Book, id: str) -> Response:
    """Show one payment; the id of a charge or refund of it leads there too."""
    meant = queries.named(db(), book, id)
    if meant and meant != id:
        return htmx.go(url_for(".detail", id=meant))
    payment = LIST.one(queries.find, db(), book, id)
    return htmx.detail(
        "payments/detail.html",
        payment=payment,
        row=payment.row,
        transactions=payment.transactions,
        timeline=tell(payment),
        related=_related(payment),
        history=history(
            db(), book, {"payment_intent": [payment.intent], "charge": payment.charges}
        ),
        raw=objects.pretty(payment.intent or payment.charges[0]),
        index_url=url_for(".index"),
    )


def _related(payment: Payment) -> list[Related]:
    """Return the ways from a payment to what belongs to it."""
    found = [
        Related("Invoice", number or id, url_for("invoices.detail", id=id))
        for id, number in payment.invoices
    ]
    found += [
        Related("Dispute", each["id"], url_for("disputes.detail", id=each["id"]))
        for each in payment.disputes
    ]
    found += [Related("Payout", id, url_for("payouts.detail", id=id)) for id in payment.payouts]
    return found
