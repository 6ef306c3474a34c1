"""The customers pages: list, export and one customer."""

from flask import Blueprint, Response, url_for

from dashboard.core.money import decimal_string
from dashboard.features.customers import queries
from dashboard.features.customers.forms import FILTERS
from dashboard.features.customers.queries import CustomerRow
from dashboard.features.customers.timeline import tell
from dashboard.mirror import objects
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import dig, ref, text
from dashboard.mirror.payments import SUCCESSFUL
from dashboard.mirror.versions import history
from dashboard.store.books import Book, Shelf
from dashboard.web import exports, htmx, lists, reasons
from dashboard.web.books import needs_book, needs_books
from dashboard.web.context import db

pages = Blueprint("customers", __name__, url_prefix="/customers")

EXPORT: exports.Columns[CustomerRow] = {
    "id": lambda row: row.id,
    "created_utc": lambda row: exports.moment(row.created_at),
    "name": lambda row: row.name,
    "email": lambda row: row.email,
    "country": lambda row: row.country,
    "currency": lambda row: row.currency,
    "balance": lambda row: (
        decimal_string(row.balance_minor, row.currency) if row.currency else None
    ),
    "balance_minor": lambda row: row.balance_minor,
    "delinquent": lambda row: row.delinquent,
    "method": lambda row: row.method,
    "brand": lambda row: row.brand,
    "last4": lambda row: row.last4,
}

LIST = lists.ListPage(
    feature="customers",
    noun="customers",
    listing=queries.LISTING,
    filters=FILTERS,
    named=queries.named,
    matching=queries.matching,
    export=EXPORT,
    kinds=("customer",),
)


@pages.get("")
@needs_books
def index(shelf: Shelf) -> Response:
    """List the customers that the query string asks for, newest first."""
    return LIST.show(db(), shelf)


@pages.get("/export.<any(csv, xlsx):format>")
@needs_books
def export(shelf: Shelf, format: str) -> Response:
    """Download exactly the customers that the list shows, in its order."""
    return LIST.download(db(), shelf, format)


@pages.get("/<id>")
@needs_book
def detail(book: Book, id: str) -> Response:
    """Show one customer: its worth, its agreements and what it paid."""
    customer = LIST.one(queries.find, db(), book, id)
    told = customer.raw or {}
    return htmx.detail(
        "customers/detail.html",
        customer=customer,
        row=customer.row,
        told=told,
        why_missing=None if customer.raw else reasons.why_nothing(book, LIST.kinds),
        address=_address(told),
        paid=SUCCESSFUL,
        default_method=_default_method(told),
        timeline=tell(customer),
        history=history(db(), book, {"customer": [customer.raw]}),
        raw=objects.pretty(told),
        index_url=url_for(".index"),
    )


def _address(raw: Raw) -> str | None:
    """Return the lines of the customer's address as one."""
    fields = ("line1", "line2", "postal_code", "city", "state", "country")
    lines = (text(dig(raw, "address", field)) for field in fields)
    return ", ".join(line for line in lines if line) or None


def _default_method(raw: Raw) -> str | None:
    chosen = dig(raw, "invoice_settings", "default_payment_method")
    return ref(chosen) or ref(raw.get("default_source"))
