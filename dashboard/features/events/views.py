"""The events pages: list, export and one event."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Response, url_for

from dashboard.features.events import queries
from dashboard.features.events.forms import FILTERS
from dashboard.features.events.queries import EventRow
from dashboard.mirror import objects
from dashboard.mirror.changed_fields import changed_fields
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.event import before, words
from dashboard.mirror.kinds.read import dig, text
from dashboard.mirror.known import known
from dashboard.store.books import Book, Shelf
from dashboard.web import exports, htmx, lists
from dashboard.web.books import needs_book, needs_books
from dashboard.web.context import db
from dashboard.web.related import Related, pages_of

pages = Blueprint("events", __name__, url_prefix="/events")

EXPORT: exports.Columns[EventRow] = {
    "id": lambda row: row.id,
    "created_utc": lambda row: exports.moment(row.created_at),
    "type": lambda row: row.type,
    "object_kind": lambda row: row.object_kind,
    "object": lambda row: row.object_id,
    "customer": lambda row: row.customer_id,
    "delivered_utc": lambda row: exports.moment(row.received_at),
}

LIST = lists.ListPage(
    feature="events",
    noun="events",
    listing=queries.LISTING,
    filters=FILTERS,
    export=EXPORT,
    kinds=("event",),
)


@pages.get("")
@needs_books
def index(shelf: Shelf) -> Response:
    """List the events that the query string asks for, newest first."""
    return LIST.show(db(), shelf, partial(_page_urls, shelf), words=words)


@pages.get("/export.<any(csv, xlsx):format>")
@needs_books
def export(shelf: Shelf, format: str) -> Response:
    """Download exactly the events that the list shows, in its order."""
    return LIST.download(db(), shelf, format)


@pages.get("/<id>")
@needs_book
def detail(book: Book, id: str) -> Response:
    """Show one event: what changed, who asked for it, and how we heard of it."""
    row, raw = LIST.one(queries.find, db(), book, id)
    was = before(raw)
    return htmx.detail(
        "events/detail.html",
        row=row,
        words=words,
        changes=None if was is None else list(changed_fields(was, dig(raw, "data", "object"))),
        request_told=_request(raw),
        related=_related(book, row),
        raw=objects.pretty(raw),
        event=raw,
        index_url=url_for(".index"),
    )


def _request(raw: Raw) -> dict[str, Any]:
    """Return who asked for what happened; old versions of the API tell the id alone."""
    told = raw.get("request")
    key = dig(told, "idempotency_key")
    return {"id": text(told) or text(dig(told, "id")), "idempotency_key": text(key)}


def _page_urls(looked_at: Book | Shelf, rows: Iterable[EventRow]) -> dict[str, Mapping[str, str]]:
    """Return the pages of what the events are about, as far as the mirror holds it."""
    named = (id for row in rows for id in (row.object_id, row.customer_id))
    return {"page_urls": pages_of(known(db(), looked_at, named))}


def _related(book: Book, row: EventRow) -> list[Related]:
    urls = _page_urls(book, [row])["page_urls"]
    found = []
    if row.received_ms is not None:
        found.append(Related("Delivery", row.id, url_for("webhooks.detail", id=row.id)))
    if row.object_id:
        kind = (row.object_kind or "object").replace("_", " ").capitalize()
        found.append(Related(kind, row.object_id, urls.get(row.object_id)))
    if row.customer_id and row.customer_id != row.object_id:
        found.append(Related("Customer", row.customer_id, urls.get(row.customer_id)))
    return found
