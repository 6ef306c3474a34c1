"""The balance pages: what is there, every transaction, and the summary of a period."""

from http import HTTPStatus

from flask import Blueprint, Response, request, url_for

from dashboard.core import clock
from dashboard.core.errors import BadInputError
from dashboard.core.money import decimal_string
from dashboard.features.balance import queries
from dashboard.features.balance.forms import FILTERS, PERIOD
from dashboard.features.balance.queries import TransactionRow
from dashboard.mirror import objects
from dashboard.mirror.kinds.read import decimal, members, text, whole
from dashboard.mirror.known import known
from dashboard.mirror.measures.periods import Period
from dashboard.mirror.measures.together import balances, summaries
from dashboard.store.books import Book, Shelf
from dashboard.web import asking, exports, htmx, lists, reasons
from dashboard.web.books import needs_book, needs_books
from dashboard.web.context import db
from dashboard.web.related import Related, pages_of

pages = Blueprint("balance", __name__, url_prefix="/balance")

EXPORT: exports.Columns[TransactionRow] = {
    "id": lambda row: row.id,
    "created_utc": lambda row: exports.moment(row.created_at),
    "available_on": lambda row: exports.utc_day(row.available_at),
    "reporting_category": lambda row: row.category,
    "type": lambda row: row.type,
    "amount": lambda row: decimal_string(row.amount_minor, row.currency),
    "fee": lambda row: decimal_string(row.fee_minor, row.currency),
    "net": lambda row: decimal_string(row.net_minor, row.currency),
    "amount_minor": lambda row: row.amount_minor,
    "fee_minor": lambda row: row.fee_minor,
    "net_minor": lambda row: row.net_minor,
    "currency": lambda row: row.currency,
    "source": lambda row: row.source_id,
    "description": lambda row: row.description,
    "payout": lambda row: row.payout_id,
}

LIST = lists.ListPage(
    feature="balance",
    noun="transactions",
    listing=queries.LISTING,
    filters=FILTERS,
    named=queries.named,
    matching=queries.matching,
    export=EXPORT,
    kinds=("balance_transaction",),
)


@pages.get("")
@needs_books
def index(shelf: Shelf) -> Response:
    """Show the balance of each currency and the transactions that the query string asks for."""
    now = {} if htmx.wants_part() else balances(db(), shelf.books, clock.seconds())
    return LIST.show(db(), shelf, balances=now, tabs=_tabs("index"))


@pages.get("/summary")
@needs_books
def summary(shelf: Shelf) -> Response:
    """Show what a period did to the balance of each currency, by reporting category."""
    action, book = url_for(".summary"), shelf.books[0]
    try:
        ask = asking.read((PERIOD,), ("created",), book, action)
    except BadInputError as error:
        filters = asking.misread((PERIOD,), book, action)
        why = reasons.not_understood(error, filters, "Show this month")
        return _summary(filters, empty=why, status=HTTPStatus.BAD_REQUEST)
    period = _period(book)
    currencies = summaries(db(), shelf.books, period)
    empty = None if currencies else reasons.why_empty(ask, shelf, LIST.kinds)
    problems = reasons.problems_beside(empty, shelf, LIST.kinds)
    return _summary(
        ask.filters, period=period, currencies=currencies, empty=empty, problems=problems
    )


def _summary(filters: asking.Filters, status: int = HTTPStatus.OK, **values: object) -> Response:
    return htmx.render(
        "balance/summary.html",
        "balance/_summary.html",
        status,
        filters=filters,
        tabs=_tabs("summary"),
        **values,
    )


@pages.get("/export.<any(csv, xlsx):format>")
@needs_books
def export(shelf: Shelf, format: str) -> Response:
    """Download exactly the transactions that the list shows, in its order."""
    return LIST.download(db(), shelf, format)


@pages.get("/<id>")
@needs_book
def detail(book: Book, id: str) -> Response:
    """Show one transaction: its fees, what it belongs to and which payout paid it out."""
    transaction = LIST.one(queries.find, db(), book, id)
    return htmx.detail(
        "balance/detail.html",
        row=transaction.row,
        fees=[
            (text(fee.get("description")) or text(fee.get("type")), whole(fee.get("amount")))
            for fee in members(transaction.raw.get("fee_details"))
        ],
        transactions=transaction.siblings,
        rate=decimal(transaction.raw.get("exchange_rate")),
        related=_related(book, transaction.row),
        raw=objects.pretty(transaction.raw),
        index_url=url_for(".index"),
    )


def _period(book: Book) -> Period:
    """Return the period that is asked for; this month when none is."""
    today = clock.local_day(clock.seconds(), book.timezone)
    first, last = PERIOD.days(request.args, book)
    last = min(last or today, today)
    return Period(first or last.replace(day=1), last)


def _tabs(current: str) -> list[dict[str, object]]:
    return [
        {"label": label, "url": url_for(f".{name}"), "current": name == current}
        for name, label in (("index", "Transactions"), ("summary", "Summary"))
    ]


def _related(book: Book, row: TransactionRow) -> list[Related]:
    urls = pages_of(known(db(), book, (row.source_id, row.payout_id)))
    named = (("Source", row.source_id), ("Paid out in", row.payout_id))
    return [Related(kind, id, urls.get(id)) for kind, id in named if id]
