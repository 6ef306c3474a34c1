"""The first page, and the data of its chart."""

from collections.abc import Iterable, Mapping
from datetime import date
from http import HTTPStatus

from flask import Blueprint, Response, request, url_for
from werkzeug.datastructures import MultiDict

from dashboard.core import clock
from dashboard.core.errors import BadInputError
from dashboard.features.overview import queries
from dashboard.features.overview.charts import revenue_chart
from dashboard.features.overview.forms import FILTERS, RANGES, View, asked
from dashboard.features.overview.metrics import cards
from dashboard.mirror.kinds.dispute import UNANSWERED
from dashboard.mirror.measures.flow import Volume
from dashboard.mirror.measures.overview import Overview, overview
from dashboard.mirror.measures.periods import Bucket
from dashboard.mirror.measures.recurring import Choices
from dashboard.mirror.measures.volume import revenue
from dashboard.store.books import Book
from dashboard.web import asking, htmx, layout, lists
from dashboard.web.books import needs_book
from dashboard.web.context import db
from dashboard.web.filters import Arguments, refuse_unknown_currency

pages = Blueprint("overview", __name__)

PAYMENT_KINDS = ("payment_intent", "charge")
KINDS = (*PAYMENT_KINDS, "dispute", "subscription", "balance_transaction", "customer", "payout")


@pages.get("/")
@needs_book
def index(book: Book) -> Response:
    """Show the figures of a period, the revenue chart, what needs attention and what came last."""
    try:
        view = asked(book, url_for(".index"))
        figures = overview(db(), book, view.period, clock.seconds(), Choices.of(book))
        currencies = _currencies(figures, book)
        if view.currency not in currencies:
            refuse_unknown_currency(request.args, book)
    except BadInputError as error:
        return _correct(book, error)
    flows = revenue(db(), book, view.period, view.currency, by=view.by)
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
        disputes=queries.urgent_disputes(db(), book),
        failed=queries.failed_payments(db(), book),
        failed_since=queries.failed_since(book),
        past_due=queries.past_due(db(), book),
        unanswered=UNANSWERED,
        late=queries.LATE,
        latest=queries.latest_payments(db(), book),
        nothing=lists.why_nothing(book, KINDS),
        no_payments=lists.why_nothing(book, PAYMENT_KINDS),
        problems=layout.problems(book, KINDS),
    )


def _correct(book: Book, error: BadInputError) -> Response:
    """Show what is wrong with the query string in place of the figures."""
    filters = asking.misread(FILTERS, book, url_for(".index"))
    return htmx.render(
        "overview/index.html",
        "overview/index.html",
        HTTPStatus.BAD_REQUEST,
        empty=lists.not_understood(error, filters, "Show the last 30 days"),
        ranges=_links("created", RANGES, "", MultiDict()),
    )


@pages.get("/revenue.json")
@needs_book
def chart(book: Book) -> Response:
    """Answer the revenue chart's spec."""
    view = asked(book, url_for(".chart"))
    flows = revenue(db(), book, view.period, view.currency, by=view.by)
    if not _has_moved(flows):
        refuse_unknown_currency(request.args, book)
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


def _currencies(figures: Overview, book: Book) -> list[str]:
    """Return the currencies that have a figure here, the account's own first."""
    recurring = figures.mrr
    moved = {book.currency, *figures.volume, *figures.balance}
    moved |= {*recurring.now.by_currency, *recurring.before.by_currency}
    return sorted(moved, key=lambda each: (each != book.currency, each))


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
