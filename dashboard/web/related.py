"""Ways from an object to the objects around it, as detail pages list them."""

from collections.abc import Collection, Mapping
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
    """Another object: its ``kind`` and ``text`` in words, its page, and a short ``note``.

    Without a page it is named alone.
    """

    kind: str
    text: str
    url: str | None
    note: str | None = None


def pages_of(ids: Collection[str]) -> Mapping[str, str]:
    """Return the URL of the page of each of these objects, less those whose kind has none."""
    return {id: url for id in ids if (url := _page_of(id))}


def _page_of(id: str) -> str | None:
    endpoint = PAGES.get(id.partition("_")[0])
    return url_for(endpoint, id=id) if endpoint and nav.exists(endpoint) else None
