"""OAuth as JSON for scripts, and the addresses to which Stripe sends browsers back.

Each route has the older spellings of its address as aliases.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, request

from dashboard.core.errors import BadInputError, DashboardError
from dashboard.features.connections import actions, queries
from dashboard.features.connections.actions import Returned
from dashboard.features.connections.views import (
    arrived,
    back_url,
    connection_of,
    errand_of,
    refused,
    visitor,
)
from dashboard.store import connections
from dashboard.store.books import Book
from dashboard.store.connections import Scope, StripeConnection
from dashboard.web import access, context, envelope, htmx
from dashboard.web.context import db

View = TypeVar("View", bound=Callable[..., Any])

api = Blueprint("oauth", __name__)

PREFIXES = ("/api/v1/stripe/oauth", "/api/auth/stripe", "/stripe/oauth")
"""The canonical one, and the older spellings."""

BROWSERS_RETURN_TO = ("/auth/stripe/callback", "/oauth/stripe/callback")
LONGEST_ASKED = 4_096


def _at(name: str, *methods: str) -> Callable[[View], View]:
    """Give a view its route under the canonical prefix and under each alias."""

    def register(view: View) -> View:
        # Nearest to the view stands the canonical one: it is what ``url_for`` builds.
        for prefix in PREFIXES:
            api.add_url_rule(f"{prefix}/{name}", view.__name__, view, methods=methods)
        return view

    return register


@_at("authorize", "GET", "POST")
def authorize() -> Response:
    """Return the address of Stripe's page of consent, or send a browser there."""
    access.confirm_recently()
    scope = _asked("scope") or Scope.READ_ONLY.value
    try:
        errand = errand_of(scope, _asked("account"), _asked("mode"))
        begun = actions.begin(
            context.engine(), context.settings(), errand, visitor().errant, back_url()
        )
    except DashboardError as error:
        return _refused(error)
    if _is_browser():
        return htmx.go(begun.url)
    return envelope.success(
        {
            "url": begun.url,
            "auth_url": begun.url,
            "state": begun.state,
            "scope": errand.scope,
            "mode": "live" if errand.livemode else "test",
            "expires_at": begun.expires_at,
        }
    )


@_at("callback", "GET", "POST")
def callback() -> Response:
    """Take what came back from Stripe's page: by a browser that was sent here, or by a script."""
    returned = Returned(
        state=_asked("state"),
        code=_asked("code"),
        error=_asked("error"),
        description=_asked("error_description"),
    )
    try:
        done = actions.finish(
            context.engine(), context.settings(), context.jobs(), returned, visitor()
        )
    except DashboardError as error:
        return _refused(error)
    if _is_browser():
        return arrived(done)
    return envelope.success({**_told(_as_it_is(done.book)), "is_first": done.is_first})


@api.get(BROWSERS_RETURN_TO[1], endpoint="returned")
@api.get(BROWSERS_RETURN_TO[0], endpoint="returned")
def returned() -> Response:
    """Take what a browser brought back from Stripe's page."""
    return callback()


@_at("status", "GET")
def status() -> Response:
    """Say which accounts are connected, and how; of one with ``account``."""
    account_id = _asked("account")
    if account_id:
        found = [connection_of(account_id, _asked("mode"))]
    else:
        seen = {book.id for book in context.books()}
        found = [each for each in connections.every(db()) if each.book.id in seen]
    settings = context.settings()
    return envelope.success(
        {
            "configured": bool(settings.stripe_client_id and settings.platform_key),
            "connected": any(each.is_active for each in found),
            "connections": [_told(each) for each in found],
        }
    )


@_at("disconnect", "POST")
def disconnect() -> Response:
    """Let an account go."""
    access.confirm_recently()
    found = _named()
    actions.disconnect(context.engine(), context.settings(), found.book, access.actor())
    return envelope.success(_told(_as_it_is(found.book)))


@_at("refresh", "POST")
def refresh() -> Response:
    """Have the token of an account renewed now."""
    found = _named()
    is_done = actions.renew(context.engine(), context.settings(), found, access.actor())
    return envelope.success({**_told(_as_it_is(found.book)), "refreshed": is_done})


def _named() -> StripeConnection:
    account_id = _asked("account")
    if not account_id:
        raise BadInputError(
            "is missing.", field="account", remedy="Name the account: its id begins with acct_."
        )
    return connection_of(account_id, _asked("mode"))


def _as_it_is(book: Book) -> StripeConnection:
    """Return the connection as it is after what was just done to it."""
    context.give_up_reading()
    return connections.of_book(db(), book)


def _asked(name: str) -> str:
    """Return a parameter of the JSON, the form or the query, else an empty text."""
    sent = request.get_json(silent=True) if request.is_json else None
    value = sent.get(name) if isinstance(sent, dict) else request.values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_ASKED:
        raise BadInputError("is no text, or a very long one.", field=name)
    return value.replace("\0", "")


def _refused(error: DashboardError) -> Response:
    """Show a page to a browser; a script reads the error as JSON."""
    if _is_browser():
        return refused(error)
    raise error


def _is_browser() -> bool:
    """Return whether the caller asks for pages by name; scripts take anything, or JSON."""
    return any(kind == "text/html" for kind, _quality in request.accept_mimetypes)


def _told(found: StripeConnection) -> dict[str, Any]:
    """Return a connection for scripts, without any of its keys."""
    book = found.book
    return {
        "account_id": book.account_id,
        "name": book.name,
        "mode": context.mode_of(book),
        "livemode": book.livemode,
        "how": found.how,
        "scope": found.scope,
        "state": found.state,
        "state_text": queries.STATES[found.state][1],
        "connected_at": found.connected_at,
        "expires_at": found.expires_at,
        "can_refresh": found.sealed_refresh_token is not None,
    }
