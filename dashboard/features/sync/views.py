"""``/sync``: how far the mirror is, and the buttons that start and stop a sync."""

from flask import Blueprint, Response, flash, make_response, render_template, url_for

from dashboard.features.sync import actions, queries
from dashboard.store import audit
from dashboard.store.books import Book
from dashboard.web import access, context, htmx, layout
from dashboard.web.books import choice, needs_book

pages = Blueprint("sync", __name__)


@pages.get("/sync")
def index() -> Response | str:
    """Show the last or present run, kind by kind."""
    book = context.book()
    if book is None and context.shelf():
        return choice()
    progress = queries.progress(context.db(), book) if book else None
    return htmx.render(
        "sync/index.html",
        "sync/_progress.html",
        progress=progress,
        may_stop=access.allows("sync.stop"),
        freshness=layout.freshness(book),
    )


@pages.get("/sync/freshness")
def freshness() -> Response:
    """Show the stamp of the page header."""
    urls = {"sync_url": url_for("sync.index"), "freshness_url": url_for("sync.freshness")}
    part = render_template("ui/_freshness.html", **layout.stamp(context.shelf()), **urls)
    return htmx.revalidated(make_response(part))


@pages.post("/sync/start")
def start() -> Response | str:
    """Queue a sync, unless one waits or runs already."""
    book = context.book()
    if book is None and context.shelf():
        return choice()
    with context.writing() as db:
        is_new = actions.queue(context.jobs(), db, book)
        if is_new:
            audit.record(db, access.actor(), "sync.started", subject=_name(book), book=book)
    flash("The sync is starting." if is_new else "A sync is queued or running already.", "ok")
    return htmx.go(url_for("sync.index"))


@pages.post("/sync/stop")
@needs_book
def stop(book: Book) -> Response:
    """End the sync that is running; the next one goes on where it was."""
    with context.writing() as db:
        actions.stop(db, book)
        audit.record(db, access.actor(), "sync.stopped", subject=book.account_id, book=book)
    flash("The sync ends with the page that it reads now. The next one goes on from there.", "ok")
    return htmx.go(url_for("sync.index"))


def _name(book: Book | None) -> str:
    return book.account_id if book else "the key in the environment"
