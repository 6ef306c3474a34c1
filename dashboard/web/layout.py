"""What the layouts show around every page; see templates/ui/README.md."""

from collections.abc import Collection
from typing import Any

from flask import Flask, g, request, url_for

from dashboard.core import clock
from dashboard.store import sync_runs
from dashboard.store.books import Book, Shelf
from dashboard.store.sync_runs import KindState
from dashboard.web import access, context, htmx, lines, nav

BAD = ("error", "never", "stale", "syncing", "ok")
"""How freshness and certificates stand, the worst first."""


def register(app: Flask) -> None:
    """Give every template the values that the layouts stand on."""
    app.context_processor(_values)
    app.jinja_env.globals.update(
        names_accounts=lines.names_accounts, account_of_row=lines.account_of_row
    )


def _values() -> dict[str, Any]:
    """Return the layout's context; nobody signed in and parts of pages cost no query for it."""
    visitor = access.visitor()
    values: dict[str, Any] = {"now": clock.now(), "user": visitor and visitor.user, "book": None}
    if visitor is None:
        return values
    shelf = context.shelf()
    values |= {
        "book": context.book(),
        "shelf": shelf,
        "many": lines.names_accounts(),
        "aside": context.is_aside(),
    }
    return values if htmx.wants_part() else values | _furniture(values["book"])


def _furniture(book: Book | None) -> dict[str, Any]:
    """Return what stands around a page that is about one book, or about all that are open."""
    shelf = Shelf((book,)) if book else context.shelf()
    return {
        "nav": nav.items(),
        "books": _choices(),
        **stamp(shelf),
        **trust(shelf),
        "certificate_url": nav.url_if_exists("checks.index"),
        "certificate_poll_url": nav.url_if_exists("checks.certificate"),
        "freshness_url": nav.url_if_exists("sync.freshness"),
        "sync_url": nav.url_if_exists("sync.index"),
        "search_url": nav.url_if_exists("search.index"),
        "account_url": url_for("people.account"),
        "sign_out_url": url_for("signin.leave"),
    }


def stamp(shelf: Shelf | None) -> dict[str, Any]:
    """Return how old the data is: that of the account whose is worst, which it names of several."""
    known = [(each, found) for each in _books(shelf) if (found := freshness(each))]
    if not known:
        return {"freshness": None}
    book, worst = min(known, key=lambda one: (BAD.index(one[1].state), one[1].synced_at or 0))
    return {"freshness": worst, "freshness_account": _named(book, shelf)}


def trust(shelf: Shelf | None) -> dict[str, Any]:
    """Return how far the data can be trusted: that of the account of which it is least true."""
    ask = context.furniture().certificate
    known = [(each, ask(context.db(), each)) for each in _books(shelf)] if ask else []
    if not known:
        return {"certificate": None}
    book, worst = min(known, key=lambda one: (BAD.index(one[1].state), one[1].checked_at or 0))
    return {"certificate": worst, "certificate_account": _named(book, shelf)}


def _books(shelf: Shelf | None) -> tuple[Book, ...]:
    return shelf.books if shelf else ()


def _named(book: Book, shelf: Shelf | None) -> str | None:
    """Return the name of the book where it is one of several."""
    return None if shelf is None or shelf.one else book.title


def freshness(book: Book | None) -> context.Freshness | None:
    """Return how old the book's data is, asked once a request for all; ``None`` without a book."""
    if "freshness" not in g:
        ask = context.furniture().freshness
        g.freshness = ask(context.db(), context.books()) if ask else {}
    known: context.Freshness | None = g.freshness.get(book.id) if book else None
    return known


def problems(looked_at: Book | Shelf, kinds: Collection[str]) -> list[str]:
    """Return what Stripe does not show us of ``kinds``, a sentence each."""
    shelf = Shelf.of(looked_at)
    return [
        f"{book.title}: {problem}" if shelf.one is None else problem
        for book in shelf.books
        if (known := freshness(book))
        for problem in known.problems_for(kinds)
    ]


def is_awaited(looked_at: Book | Shelf, kinds: Collection[str]) -> bool:
    """Return whether the first sync has yet to read some of ``kinds`` to their end."""
    return any(_is_awaited(book, kinds) for book in Shelf.of(looked_at).books)


def _is_awaited(book: Book, kinds: Collection[str]) -> bool:
    known = sync_runs.statuses(context.db(), book)
    return any(kind not in known or known[kind].state is KindState.FILLING for kind in kinds)


def _choices() -> list[dict[str, Any]]:
    """Return the lines of the switcher: of each mode its accounts, after all of them at once."""
    open_now, every = context.shelf(), context.books()
    shelves = (Shelf(tuple(b for b in every if b.livemode is live)) for live in (True, False))
    lines = [_choice_of_all(each, open_now) for each in shelves if len(each.books) > 1]
    return lines + [_choice(each, open_now.one if open_now else None) for each in every]


def _choice_of_all(shelf: Shelf, current: Shelf | None) -> dict[str, Any]:
    return {
        "name": "All accounts",
        "account_id": f"{len(shelf.books)} accounts",
        "livemode": shelf.livemode,
        "state": stamp(shelf)["freshness"],
        "current": shelf == current,
        "url": _switched(context.ALL, context.mode_of(shelf)),
    }


def _choice(each: Book, current: Book | None) -> dict[str, Any]:
    """Return a line of the switcher; it leads to the list that is open, not to one of its rows."""
    return {
        "name": each.name,
        "account_id": each.account_id,
        "livemode": each.livemode,
        "state": freshness(each),
        "current": each == current,
        "url": _switched(each.account_id, context.mode_of(each)),
    }


def _switched(account_id: str, mode: str) -> str:
    is_of_accounts = request.blueprint not in access.IN_THE_HOUSE
    room = (is_of_accounts and nav.room_url()) or url_for("overview.index")
    return f"{room}?account={account_id}&mode={mode}"
