"""What the layouts show around every page; see templates/ui/README.md."""

from collections.abc import Iterable
from typing import Any

from flask import Flask, g, url_for

from dashboard.core import clock
from dashboard.store import sync_runs
from dashboard.store.books import Book
from dashboard.store.sync_runs import KindState
from dashboard.web import access, context, htmx, nav


def register(app: Flask) -> None:
    """Give every template the values that the layouts stand on."""
    app.context_processor(_values)


def _values() -> dict[str, Any]:
    """Return the layout's context; nobody signed in and parts of pages cost no query for it."""
    visitor = access.visitor()
    values: dict[str, Any] = {"now": clock.now(), "user": visitor and visitor.user, "book": None}
    if visitor is None:
        return values
    book = context.book()
    values["book"] = book
    return values if htmx.wants_part() else values | _furniture(book)


def _furniture(book: Book | None) -> dict[str, Any]:
    return {
        "nav": nav.items(),
        "books": [_choice(each, book) for each in context.books()],
        "freshness": freshness(book),
        "certificate": certificate(book),
        "certificate_url": nav.url_if_exists("checks.index"),
        "certificate_poll_url": nav.url_if_exists("checks.certificate"),
        "freshness_url": nav.url_if_exists("sync.freshness"),
        "sync_url": nav.url_if_exists("sync.index"),
        "search_url": nav.url_if_exists("search.index"),
        "account_url": url_for("people.account"),
        "sign_out_url": url_for("signin.leave"),
    }


def freshness(book: Book | None) -> context.Freshness | None:
    """Return how old the book's data is, asked once a request; ``None`` without a book."""
    if "freshness" not in g:
        ask = context.furniture().freshness
        g.freshness = ask(context.db(), book) if ask and book else None
    known: context.Freshness | None = g.freshness
    return known


def certificate(book: Book | None) -> context.Certificate | None:
    """Return how far the book can be trusted; ``None`` without a book."""
    ask = context.furniture().certificate
    return ask(context.db(), book) if ask and book else None


def problems(book: Book, kinds: Iterable[str]) -> list[str]:
    """Return what Stripe does not show us of ``kinds``, a sentence each."""
    known = freshness(book)
    return known.problems_for(kinds) if known else []


def is_awaited(book: Book, kinds: Iterable[str]) -> bool:
    """Return whether the first sync has yet to read some of ``kinds`` to their end."""
    known = sync_runs.statuses(context.db(), book)
    return any(kind not in known or known[kind].state is KindState.FILLING for kind in kinds)


def _choice(each: Book, current: Book | None) -> dict[str, Any]:
    """Return a line of the switcher; it leads to the list that is open, not to one of its rows."""
    room = nav.room_url() or "/"
    mode = context.mode_of(each)
    return {
        "name": each.name,
        "account_id": each.account_id,
        "livemode": each.livemode,
        "current": each == current,
        "url": f"{room}?account={each.account_id}&mode={mode}",
    }
