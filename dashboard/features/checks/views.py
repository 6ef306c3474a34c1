"""``/sync/check``: what differs from Stripe, and the button that repairs it."""

from flask import Blueprint, Response, flash, make_response, render_template, url_for

from dashboard.features.checks import actions, queries
from dashboard.store import audit
from dashboard.store.books import Book
from dashboard.store.differences import Difference, What
from dashboard.web import access, context, htmx, layout, nav
from dashboard.web.books import needs_book

pages = Blueprint("checks", __name__, url_prefix="/sync/check")

PAGES = {
    "payment_intent": "payments.detail",
    "charge": "payments.detail",
    "refund": "payments.detail",
    "customer": "customers.detail",
    "product": "products.detail",
    "coupon": "coupons.detail",
    "subscription": "subscriptions.detail",
    "invoice": "invoices.detail",
    "dispute": "disputes.detail",
    "balance_transaction": "balance.detail",
    "payout": "payouts.detail",
    "event": "events.detail",
}
"""The pages of the kinds that have one."""


@pages.get("")
@needs_book
def index(book: Book) -> Response:
    """Show what was compared with Stripe, and what differs."""
    return htmx.render(
        "checks/index.html",
        "checks/_findings.html",
        findings=queries.findings(context.db(), book),
        page_of=_page_of,
        most_shown=queries.MOST_SHOWN,
        may_repair=access.allows("checks.repair"),
    )


@pages.get("/certificate")
def certificate() -> Response:
    """Show the certificate of the page header."""
    url = url_for("checks.certificate")
    values = {"certificate_url": url_for("checks.index"), "certificate_poll_url": url}
    part = render_template("ui/_certificate.html", **layout.trust(context.shelf()), **values)
    return htmx.revalidated(make_response(part))


@pages.post("/repair")
@needs_book
def repair(book: Book) -> Response:
    """Queue a comparison that mends what differs."""
    with context.writing() as db:
        is_new = actions.queue_repair(context.jobs(), db, book)
        if is_new:
            audit.record(db, access.actor(), "repair.started", subject=book.account_id, book=book)
    flash("The repair is starting." if is_new else "A repair is queued or running already.", "ok")
    return htmx.go(url_for("checks.index"))


def _page_of(difference: Difference) -> str | None:
    """Return the page of an object that we have."""
    endpoint = PAGES.get(difference.kind, "")
    if difference.what is What.MISSING or not nav.exists(endpoint):
        return None
    return url_for(endpoint, id=difference.id)
