"""``/audit``: who did what, one entry, and whether the log is as it was written."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, url_for

from dashboard.core import clock
from dashboard.core.clock import DAY_SECONDS
from dashboard.core.paging import LARGEST
from dashboard.features.audit import queries
from dashboard.features.audit.forms import FILTERS, words
from dashboard.features.audit.queries import EVERYTHING, AuditRow
from dashboard.store import audit_check, audit_keys
from dashboard.store.books import Book
from dashboard.web import context, exports, htmx, lists
from dashboard.web.context import db

LATE_SECONDS = 2 * DAY_SECONDS
"""A check runs every day: after so long without one, something keeps it from running."""

pages = Blueprint("audit", __name__, url_prefix="/audit")

EXPORT: exports.Columns[AuditRow] = {
    "number": lambda row: row.number,
    "at_utc": lambda row: exports.moment(row.at),
    "who": lambda row: row.actor,
    "address": lambda row: row.address,
    "deed": lambda row: row.deed,
    "what": lambda row: words(row.deed),
    "subject": lambda row: row.subject,
    "account": lambda row: row.account_id,
    "mode": lambda row: row.mode,
    "before": lambda row: row.before,
    "after": lambda row: row.after,
    "seal": lambda row: row.seal,
}

LIST = lists.ListPage(
    feature="audit",
    noun="entries",
    listing=queries.Entries(),
    filters=FILTERS,
    export=EXPORT,
    kinds=(),
)


@pages.get("")
def index() -> Response:
    """List what was done, newest first, and say when the log was last checked."""
    return LIST.show(db(), _everything(), words=words, **_check())


@pages.get("/export.<any(csv, xlsx):format>")
def export(format: str) -> Response:
    """Download exactly the entries that the list shows, in its order."""
    return LIST.download(db(), _everything(), format)


@pages.get(f"/<int(max={LARGEST}):number>")
def detail(number: int) -> Response:
    """Show one entry: who, what, from where, and what was changed."""
    row = queries.find(db(), number)
    return htmx.detail(
        "audit/detail.html",
        row=row,
        words=words,
        changes=row.changes,
        fingerprint=audit_keys.fingerprint_of(row.seal),
        index_url=url_for(".index"),
    )


def _everything() -> Book:
    """Return the book of no account; days are those of the account that is open."""
    return replace(EVERYTHING, timezone=context.timezone())


def _check() -> dict[str, Any]:
    """Return the last check of the log, and whether it is long ago."""
    kept = audit_check.latest(db())
    is_late = kept is not None and kept.checked_at < clock.seconds() - LATE_SECONDS
    return {"check": kept, "check_is_late": is_late}
