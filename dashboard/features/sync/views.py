"""``/sync``: how far the mirror is, and the button that starts a sync."""

from flask import Blueprint, Response, flash, make_response, render_template, url_for

from dashboard.features.sync import actions, queries
from dashboard.web import context, htmx, layout

pages = Blueprint("sync", __name__)


@pages.get("/sync")
def index() -> Response:
    """Show the last or present run, kind by kind."""
    book = context.book()
    progress = queries.progress(context.db(), book) if book else None
    return htmx.render(
        "sync/index.html",
        "sync/_progress.html",
        progress=progress,
        freshness=layout.freshness(book),
    )


@pages.get("/sync/freshness")
def freshness() -> Response:
    """Show the stamp of the page header."""
    values = {"freshness": layout.freshness(context.book()), "sync_url": url_for("sync.index")}
    url = url_for("sync.freshness")
    part = render_template("ui/_freshness.html", **values, freshness_url=url)
    return htmx.revalidated(make_response(part))


@pages.post("/sync/start")
def start() -> Response:
    """Queue a sync, unless one waits or runs already."""
    book = context.book()
    with context.writing() as db:
        is_new = actions.queue(context.jobs(), db, book)
    flash("The sync is starting." if is_new else "A sync is queued or running already.", "ok")
    return htmx.go(url_for("sync.index"))
