"""The webhooks pages: deliveries, one delivery, how they go, the endpoint and its secrets."""

from collections.abc import Iterable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
from flask import Blueprint, Response, flash, make_response, render_template, request, url_for

from dashboard.core.errors import NotFoundError, SettingsError
from dashboard.features.webhooks import actions, queries
from dashboard.features.webhooks.charts import success_chart, time_chart
from dashboard.features.webhooks.forms import FILTERS, OUTCOMES, SecretForm
from dashboard.features.webhooks.metrics import (
    SLOW,
    USUAL,
    Card,
    cards,
    lasting,
    percent_words,
)
from dashboard.features.webhooks.queries import DeliveryRow
from dashboard.features.webhooks.timeline import tell
from dashboard.mirror import objects
from dashboard.mirror.kinds.event import words
from dashboard.mirror.known import known
from dashboard.store import webhook_secrets
from dashboard.store.books import Book
from dashboard.store.inbox import DeliveryState
from dashboard.web import access, asking, context, exports, htmx, lists
from dashboard.web.books import needs_book
from dashboard.web.context import db
from dashboard.web.related import Related, pages_of

pages = Blueprint("webhooks", __name__, url_prefix="/webhooks")

EXPORT: exports.Columns[DeliveryRow] = {
    "event": lambda row: row.event_id,
    "received_utc": lambda row: exports.moment(row.received_at),
    "type": lambda row: row.type,
    "object": lambda row: row.object_id,
    "state": lambda row: row.state,
    "outcome": lambda row: row.outcome,
    "attempts": lambda row: row.attempts,
    "repeats": lambda row: row.repeats,
    "milliseconds": lambda row: row.took_ms,
    "error": lambda row: row.error,
}

ADVICE = {
    DeliveryState.WAITING: "It is tried again by itself, later and later.",
    DeliveryState.DEAD: "Nobody tries it again by itself: mend the cause, then replay it.",
}

LIST = lists.ListPage(
    feature="webhooks",
    noun="deliveries",
    listing=queries.LISTING,
    filters=FILTERS,
    export=EXPORT,
    kinds=(),
)


@pages.get("")
@needs_book
def index(book: Book) -> Response:
    """List the deliveries that the query string asks for, newest first."""
    return LIST.show(
        db(),
        book,
        partial(_page_urls, book),
        cards=() if htmx.wants_part() else _cards(book),
        address=_address(),
        has_secret=partial(_has_secret, book),
        replay_url=asking.url(url_for(".confirm_replay"), request.args, drop=asking.PLACE),
        **_words(),
    )


@pages.get("/export.<any(csv, xlsx):format>")
@needs_book
def export(book: Book, format: str) -> Response:
    """Download exactly the deliveries that the list shows, in its order."""
    return LIST.download(db(), book, format)


@pages.get("/figures")
@needs_book
def figures(book: Book) -> Response:
    """Show the figures above the list, which ask again by themselves."""
    part = render_template("webhooks/_figures.html", cards=_cards(book))
    return htmx.revalidated(make_response(part))


@pages.get("/health")
@needs_book
def health(book: Book) -> Response:
    """Show how many deliveries were handled, and how soon, against the thresholds."""
    found = queries.health(db(), book)
    limits = context.settings()
    return htmx.render(
        "webhooks/health.html",
        "webhooks/health.html",
        figures=found,
        days=found.days[::-1],
        success_spec=success_chart(found.days, limits.webhook_success_percent),
        time_spec=time_chart(found.days, limits.webhook_processing_milliseconds),
        **_words(),
    )


@pages.get("/<id>")
@needs_book
def detail(book: Book, id: str) -> Response:
    """Show one delivery: what came, what became of it, and what to do."""
    row, body = queries.find(db(), book, id)
    payload = orjson.loads(body)
    return htmx.detail(
        "webhooks/detail.html",
        row=row,
        timeline=tell(row),
        advice=ADVICE.get(DeliveryState(row.state), ""),
        related=_related(book, row),
        raw=objects.pretty(payload),
        index_url=url_for(".index"),
        replay_url=url_for(".confirm_replay", about=row.event_id),
        **_words(),
    )


@pages.get("/replay")
@needs_book
def confirm_replay(book: Book) -> Response:
    """Ask before the deliveries that the query string asks for are handled once more."""
    wish = LIST.wish(db(), book)
    count, capped = queries.LISTING.count(db(), book, wish)
    if not count:
        raise NotFoundError("No delivery matches.", remedy="Remove a filter and try again.")
    ask = asking.read(FILTERS, list(queries.LISTING.sorts), book, url_for(".index"))
    page = render_template(
        "webhooks/replay.html",
        count=min(count, actions.MOST_REPLAYED),
        total=f"{count:,}{'+' if capped else ''}" if count > actions.MOST_REPLAYED else None,
        chosen=[(chip.label, chip.text) for chip in ask.filters.fields if chip.active],
        index_url=asking.url(url_for(".index"), request.args),
        action=asking.url(url_for(".replay"), request.args),
    )
    return make_response(page)


@pages.post("/replay")
@needs_book
def replay(book: Book) -> Response:
    """Handle the deliveries that the query string asks for once more, in the background."""
    numbers = queries.numbers(db(), book, LIST.wish(db(), book), actions.MOST_REPLAYED)
    with context.writing() as writer:
        count = actions.replay(writer, book, numbers, actor=access.actor())
    context.jobs().ring(actions.TASK)
    are = "delivery is" if count == 1 else "deliveries are"
    flash(f"{count:,} {are} handled again now.", "ok")
    return htmx.go(url_for(".index"))


@pages.get("/endpoint")
@needs_book
def endpoint(book: Book) -> Response:
    """Show where Stripe is to deliver, and the secrets that sign what it delivers."""
    return _endpoint_page(book, SecretForm())


@pages.get("/secrets")
@needs_book
def secrets(book: Book) -> Response:  # noqa: ARG001
    """Lead to the page on which the secrets stand: a form that was refused leaves its address."""
    return htmx.go(url_for(".endpoint"))


@pages.post("/secrets")
@needs_book
def add_secret(book: Book) -> Response:
    """Keep a signing secret, sealed."""
    form = SecretForm()
    if not form.validate_on_submit():
        return _endpoint_page(book, form)
    try:
        with context.writing() as writer:
            actions.add_secret(
                writer, book, form.secret.data, context.settings(), actor=access.actor()
            )
    except SettingsError as error:
        form.secret.errors = [f"It cannot be sealed: {error}"]
        return _endpoint_page(book, form)
    flash("The secret is kept. What is signed with it is taken from now on.", "ok")
    return htmx.go(url_for(".endpoint"))


@pages.post("/secrets/<int(max=2147483647):id>/remove")
@needs_book
def remove_secret(book: Book, id: int) -> Response:
    """Forget a signing secret: what is signed with it is refused from then on."""
    with context.writing() as writer:
        actions.remove_secret(writer, book, id, actor=access.actor())
    flash("The secret is removed. What is signed with it is refused from now on.", "ok")
    return htmx.go(url_for(".endpoint"))


def _endpoint_page(book: Book, form: SecretForm) -> Response:
    page = render_template(
        "webhooks/endpoint.html",
        form=form,
        address=_address(),
        kept=webhook_secrets.kept(db(), book),
        in_environment=webhook_secrets.endings_in_environment(context.settings()),
        may_change=access.allows("webhooks.add_secret"),
    )
    return make_response(page, HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK)


def _cards(book: Book) -> list[Card]:
    settings = context.settings()
    return cards(
        queries.health(db(), book),
        least_percent=settings.webhook_success_percent,
        most_ms=settings.webhook_processing_milliseconds,
    )


def _address() -> str:
    return url_for("webhooks_api.receive", _external=True)


def _has_secret(book: Book) -> bool:
    """Return whether deliveries for the book can be verified at all."""
    settings = context.settings()
    return bool(webhook_secrets.in_environment(settings)) or bool(webhook_secrets.kept(db(), book))


def _words() -> dict[str, Any]:
    """Return how the templates write types, times and shares, and what they measure against."""
    settings = context.settings()
    return {
        "words": words,
        "lasting": lasting,
        "percent_words": percent_words,
        "outcomes": dict(OUTCOMES),
        "usual": USUAL,
        "slow": SLOW,
        "least_percent": settings.webhook_success_percent,
        "most_ms": settings.webhook_processing_milliseconds,
        "may_replay": access.allows("webhooks.replay"),
    }


def _page_urls(book: Book, rows: Iterable[DeliveryRow]) -> dict[str, Mapping[str, str]]:
    """Return the pages of what was delivered, as far as the mirror holds it."""
    named = (id for row in rows for id in (row.event_id, row.object_id))
    return {"page_urls": pages_of(known(db(), book, named))}


def _related(book: Book, row: DeliveryRow) -> list[Related]:
    """Return the ways to the event, once it is handled and where it is kept, and to the object."""
    urls = _page_urls(book, [row])["page_urls"]
    found = []
    if row.event_id in urls:
        found.append(Related("Event", row.event_id, urls[row.event_id]))
    if row.object_id:
        found.append(Related("Object", row.object_id, urls.get(row.object_id)))
    return found
