"""``/sync/check``: what differs from Stripe, and the button that repairs it."""

from flask import Blueprint, Response, flash, url_for

from dashboard.features.checks import actions, queries
from dashboard.mirror.freshness import words
from dashboard.store.checks import Difference, What
from dashboard.store.users import Role
from dashboard.web import access, context, htmx, nav

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
def index() -> Response:
    """Show what was compared with Stripe, and what differs."""
    book = context.book()
    return htmx.render(
        "checks/index.html",
        "checks/_findings.html",
        findings=queries.findings(context.db(), book) if book else None,
        page_of=_page_of,
        words=words,
        most_shown=queries.MOST_SHOWN,
        may_repair=access.allows(Role.FINANCE),
    )


@pages.post("/repair")
def repair() -> Response:
    """Queue a comparison that mends what differs."""
    book = queries.required(context.book())
    with context.writing() as db:
        is_new = actions.queue_repair(context.jobs(), db, book)
    flash("The repair is starting." if is_new else "A repair is queued or running already.", "ok")
    return htmx.go(url_for("checks.index"))


def _page_of(difference: Difference) -> str | None:
    """Return the page of an object that we have."""
    endpoint = PAGES.get(difference.kind, "")
    if difference.what is What.MISSING or not nav.exists(endpoint):
        return None
    return url_for(endpoint, id=difference.id)
