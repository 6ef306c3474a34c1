"""The first page, and the data of its chart."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from datetime import date
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Blueprint, Response, request, url_for
from werkzeug.datastructures import MultiDict

from dashboard.core import clock
from dashboard.core.errors import BadInputError
from dashboard.features.overview import queries
from dashboard.features.overview.charts import revenue_chart
from dashboard.features.overview.forms import FILTERS, RANGES, View, asked
from dashboard.features.overview.metrics import cards
from dashboard.features.overview.queries import Payment, Waiting
from dashboard.mirror.kinds.dispute import UNANSWERED
from dashboard.mirror.measures.flow import Volume
from dashboard.mirror.measures.overview import Overview
from dashboard.mirror.measures.periods import Bucket
from dashboard.mirror.measures.together import flows as flows_of
from dashboard.mirror.measures.together import overviews
from dashboard.store.books import Book, Shelf
from dashboard.web import asking, context, htmx, layout, reasons
from dashboard.web.books import needs_books
from dashboard.web.context import db
from dashboard.web.filters import Arguments, refuse_unknown_currency
from dashboard.web.lines import Line, Lines

T = TypeVar("T")

pages = Blueprint("overview", __name__)

PAYMENT_KINDS = ("payment_intent", "charge")
KINDS = (*PAYMENT_KINDS, "dispute", "subscription", "balance_transaction", "customer", "payout")


@pages.get("/")
@needs_books
def index(shelf: Shelf) -> Response:
    """Show the figures of a period, the revenue chart, what needs attention and what came last."""
    try:
        view = asked(shelf, url_for(".index"))
        figures, whose = overviews(db(), shelf.books, view.period, clock.seconds())
        currencies = _currencies(figures, shelf)
        if view.currency not in currencies:
            refuse_unknown_currency(request.args, shelf.books[0])
    except BadInputError as error:
        return _correct(shelf.books[0], error)
    flows = flows_of(db(), shelf.books, view.period, view.currency, by=view.by)
    return htmx.render(
        "overview/index.html",
        "overview/index.html",
        view=view,
        figures=figures,
        cards=cards(figures, view, list(flows.values())),
        flows=flows,
        has_moved=_has_moved(flows),
        ranges=_links("created", RANGES, request.args.get("created") or "30d", request.args),
        currencies=_links(
            "currency",
            [(each, each.upper()) for each in currencies],
            view.currency,
            request.args,
        ),
        buckets=_links("by", [(each, each.capitalize()) for each in Bucket], view.by, request.args),
        chart_url=_chart_url(view),
        payout_url=_payout_url(figures, None if shelf.one else whose),
        payout_account=whose.title if whose and not shelf.one else "",
        **_attention(shelf),
        unanswered=UNANSWERED,
        late=queries.LATE,
        nothing=reasons.why_nothing(shelf, KINDS),
        no_payments=reasons.why_nothing(shelf, PAYMENT_KINDS),
        problems=layout.problems(shelf, KINDS),
    )


def _attention(shelf: Shelf) -> dict[str, Any]:
    """Return what waits for somebody, and the latest payments, of all accounts."""
    return {
        "disputes": _first(
            shelf, lambda book: queries.urgent_disputes(db(), book), lambda each: each.due_at or 0
        ),
        "failed": _first(
            shelf, lambda book: queries.failed_payments(db(), book), lambda each: -each.created_at
        ),
        "failed_since": min(queries.failed_since(book) for book in shelf.books),
        "past_due": _first(
            shelf, lambda book: queries.past_due(db(), book), lambda each: -each.created_at
        ),
        "latest": _latest(shelf),
    }


def _first(
    shelf: Shelf, ask: Callable[[Book], Waiting[T]], order: Callable[[T], int]
) -> Waiting[T]:
    """Return the first few of all that waits in some books, and how many wait in all."""
    if shelf.one:
        return ask(shelf.one)
    told = {book: ask(book) for book in shelf.books}
    lines = [Line(book, each) for book, waiting in told.items() for each in waiting.first]
    lines.sort(key=lambda line: order(line.row))
    count = sum(waiting.count for waiting in told.values())
    return Waiting(Lines(lines[: queries.SHOWN]), count)


def _latest(shelf: Shelf) -> Iterable[Payment]:
    """Return the newest payments of all books."""
    if shelf.one:
        return queries.latest_payments(db(), shelf.one)
    lines = [
        Line(book, each) for book in shelf.books for each in queries.latest_payments(db(), book)
    ]
    lines.sort(key=lambda line: (line.row.created_at, line.row.id), reverse=True)
    return Lines(lines[: queries.LATEST])


def _payout_url(figures: Overview, whose: Book | None) -> str:
    """Return the page of the next payout, in the account that it belongs to."""
    if figures.payout.now is None:
        return ""
    with context.looking_at(whose) if whose else nullcontext():
        return url_for("payouts.detail", id=figures.payout.now.payout)


def _correct(book: Book, error: BadInputError) -> Response:
    """Show what is wrong with the query string in place of the figures."""
    filters = asking.misread(FILTERS, book, url_for(".index"))
    return htmx.render(
        "overview/index.html",
        "overview/index.html",
        HTTPStatus.BAD_REQUEST,
        empty=reasons.not_understood(error, filters, "Show the last 30 days"),
        ranges=_links("created", RANGES, "", MultiDict()),
    )


@pages.get("/revenue.json")
@needs_books
def chart(shelf: Shelf) -> Response:
    """Answer the revenue chart's spec."""
    view = asked(shelf, url_for(".chart"))
    flows = flows_of(db(), shelf.books, view.period, view.currency, by=view.by)
    if not _has_moved(flows):
        refuse_unknown_currency(request.args, shelf.books[0])
    spec = revenue_chart(flows, view.currency, unfinished=view.today)
    return htmx.revalidated(Response(spec, mimetype="application/json"))


def _has_moved(flows: Mapping[date, Volume]) -> bool:
    return any(flow != Volume() for flow in flows.values())


def _chart_url(view: View) -> str:
    return url_for(
        ".chart",
        created_from=view.period.start.isoformat(),
        created_to=view.period.end.isoformat(),
        currency=view.currency,
        by=view.by,
    )


def _currencies(figures: Overview, shelf: Shelf) -> list[str]:
    """Return the currencies that have a figure here, the accounts' own first."""
    recurring, own = figures.mrr, shelf.currencies
    moved = {*own, *figures.volume, *figures.balance}
    moved |= {*recurring.now.by_currency, *recurring.before.by_currency}
    return own + sorted(moved.difference(own))


def _links(
    name: str, choices: Iterable[tuple[str, str]], current: str, arguments: Arguments
) -> list[dict[str, object]]:
    """Return a segment for each choice of one parameter; a period replaces typed days."""
    drop = ("created_from", "created_to") if name == "created" else ()
    return [
        {
            "label": label,
            "url": asking.url(url_for(".index"), arguments, drop=drop, **{name: value}),
            "current": value == current,
        }
        for value, label in choices
    ]
