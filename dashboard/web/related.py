"""Ways from an object to the objects around it, as detail pages list them."""

from dataclasses import dataclass

from flask import url_for

from dashboard.web import nav

PAGES = {
    "pi": "payments.detail",
    "ch": "payments.detail",
    "py": "payments.detail",
    "re": "payments.detail",
    "pyr": "payments.detail",
    "cus": "customers.detail",
    "prod": "products.detail",
    "sub": "subscriptions.detail",
    "in": "invoices.detail",
    "du": "disputes.detail",
    "dp": "disputes.detail",
    "po": "payouts.detail",
    "txn": "balance.detail",
    "evt": "events.detail",
}
"""The endpoint of an object's page, by how Stripe's ids of its kind begin."""


@dataclass(frozen=True, slots=True)
class Related:
    """Another object: its ``kind`` and ``text`` in words, its page, and a short ``note``."""

    kind: str
    text: str
    url: str
    note: str | None = None


def page_of(id: str | None) -> str | None:
    """Return the URL of the page of an object, ``None`` where we have none for its kind."""
    endpoint = PAGES.get((id or "").partition("_")[0])
    return url_for(endpoint, id=id) if endpoint and nav.exists(endpoint) else None
