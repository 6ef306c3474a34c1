"""The navigation: one table of the pages in the sidebar, in their order."""

from dataclasses import dataclass

from flask import current_app, request, url_for

from dashboard.web import access


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the sidebar; it shows once its endpoint exists."""

    label: str
    endpoint: str
    icon: str


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as the layout draws it; ``current`` says that we are in this room."""

    label: str
    url: str
    icon: str
    current: bool


ENTRIES = (
    Entry("Overview", "overview.index", "home"),
    Entry("Payments", "payments.index", "credit-card"),
    Entry("Customers", "customers.index", "users"),
    Entry("Products", "products.index", "package"),
    Entry("Subscriptions", "subscriptions.index", "repeat"),
    Entry("Invoices", "invoices.index", "file-invoice"),
    Entry("Disputes", "disputes.index", "scale"),
    Entry("Balance", "balance.index", "wallet"),
    Entry("Payouts", "payouts.index", "building-bank"),
    Entry("Events", "events.index", "bolt"),
    Entry("Webhooks", "webhooks.index", "plug"),
    Entry("Jobs", "jobs.index", "hourglass"),
    Entry("Connections", "connections.index", "arrows-exchange"),
    Entry("People", "people.index", "user"),
    Entry("Audit log", "audit.index", "shield"),
)


def items() -> list[Item]:
    """Return the entries of the pages that exist and that the user may see."""
    seen = (each for each in ENTRIES if exists(each.endpoint) and access.allows(each.endpoint))
    urls = {entry: url_for(entry.endpoint) for entry in seen}
    return [Item(entry.label, url, entry.icon, current=_is_in(url)) for entry, url in urls.items()]


def _is_in(url: str) -> bool:
    """Return whether the page at hand is ``url`` or stands below it."""
    here, start = request.script_root + request.path, f"{request.script_root}/"
    return here == url or (url != start and here.startswith(f"{url}/"))


def room_url() -> str | None:
    """Return the list that the request is about, without what it asked of it; ``None`` without."""
    return url_if_exists(f"{request.blueprint}.index")


def exists(endpoint: str) -> bool:
    """Return whether the application has this endpoint."""
    return endpoint in current_app.view_functions


def url_if_exists(endpoint: str) -> str | None:
    """Return the URL of ``endpoint``, or ``None`` while nobody has built it."""
    return url_for(endpoint) if exists(endpoint) else None
