"""The connections: the accounts that are shown here, how they are reached, and how to add one."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for

from dashboard.core.errors import BadInputError, DashboardError, NotFoundError, with_remedy
from dashboard.features.connections import actions, queries
from dashboard.features.connections.actions import Connected, Key, Visitor
from dashboard.features.connections.forms import KeyForm, PlatformForm
from dashboard.features.connections.timeline import told
from dashboard.store import connections
from dashboard.store.books import Book
from dashboard.store.connections import How, Scope, StripeConnection
from dashboard.store.oauth_states import Errand, Errant, Purpose
from dashboard.web import access, context, htmx
from dashboard.web.context import db

GUIDES = {
    "Onboarding at Stripe": "https://docs.stripe.com/connect/onboarding",
    "OAuth at Stripe": "https://docs.stripe.com/connect/oauth-reference",
}

pages = Blueprint("connections", __name__, url_prefix="/connections")


@pages.get("")
def index() -> str:
    """List the accounts that the user may see."""
    cards = queries.cards(db(), context.books(), stale_after_seconds=_stale_after())
    return render_template(
        "connections/index.html",
        cards=cards,
        may_connect=access.allows("connections.new"),
        mode_of=context.mode_of,
    )


@pages.get("/new")
def new() -> Response:
    """Say which ways there are to connect an account, and offer each."""
    access.confirm_recently()
    return _new_page()


@pages.get("/authorize")
def authorize() -> Response:
    """Send somebody to Stripe's page, to connect an account or the same one again.

    It is a link, not a form: the content policy lets no form lead to another site.
    """
    access.confirm_recently()
    try:
        begun = actions.begin(
            context.engine(),
            context.settings(),
            errand_of(*(request.args.get(name, "") for name in ("scope", "account", "mode"))),
            visitor().errant,
            back_url(),
        )
    except DashboardError as error:
        return refused(error)
    return htmx.go(begun.url)


@pages.get("/key")
@pages.get("/platform")
def forms() -> Response:
    """Lead to the page of the forms: one that was refused leaves its own address."""
    return htmx.go(url_for(".new"))


@pages.post("/key")
def add_key() -> Response:
    """Connect the account that a key opens."""
    access.confirm_recently()
    form = KeyForm()
    if not form.validate_on_submit():
        return _new_page(key=form)
    account, mode = form.account.data or None, form.mode.data
    livemode = mode == "live" if mode else None
    key = Key(form.secret.data, Scope(form.scope.data), account, livemode)
    try:
        done = actions.connect_by_key(
            context.engine(), context.settings(), context.jobs(), key, access.actor()
        )
    except BadInputError as error:
        _say(form, error)
        return _new_page(key=form)
    except DashboardError as error:
        return refused(error)
    return arrived(done)


@pages.post("/platform")
def add_platform() -> Response:
    """Connect an account of our platform."""
    access.confirm_recently()
    form = PlatformForm()
    if not form.validate_on_submit():
        return _new_page(platform=form)
    key = Key(form.secret.data or "", Scope(form.scope.data), form.account_id.data)
    try:
        done = actions.connect_by_platform(
            context.engine(), context.settings(), context.jobs(), key, access.actor()
        )
    except BadInputError as error:
        _say(form, error)
        return _new_page(platform=form)
    except DashboardError as error:
        return refused(error)
    return arrived(done)


@pages.get("/<account_id>")
def detail(account_id: str) -> str:
    """Show an account: how it is reached, what Stripe says of it, and what was done to it."""
    found = connection_of(account_id, request.args.get("mode", ""))
    book = found.book
    return render_template(
        "connections/detail.html",
        card=queries.card(db(), found, stale_after_seconds=_stale_after()),
        found=found,
        meaning=queries.MEANINGS.get(found.state, ""),
        profile=queries.profile(db(), book),
        history=[told(entry) for entry in queries.history(db(), book)],
        mode=context.mode_of(book),
        ways=How,
        may_change=access.allows("connections.disconnect"),
        scope_words=queries.SCOPES,
        key=_again(KeyForm(formdata=None), found),
        platform=_again(PlatformForm(formdata=None), found),
    )


@pages.post("/<account_id>/disconnect")
def disconnect(account_id: str) -> Response:
    """Let an account go."""
    access.confirm_recently()
    found = connection_of(account_id, request.form.get("mode", ""))
    actions.disconnect(context.engine(), context.settings(), found.book, access.actor())
    flash(f"{_name(found.book)} is disconnected. What was read of it stays.", "ok")
    return htmx.go(page_of(found.book))


@pages.post("/<account_id>/again")
def use_again(account_id: str) -> Response:
    """Use the key of the environment for its account again."""
    access.confirm_recently()
    found = connection_of(account_id, request.form.get("mode", ""))
    actions.use_environment_again(context.engine(), context.settings(), found.book, access.actor())
    flash(f"{_name(found.book)} is connected again.", "ok")
    return htmx.go(page_of(found.book))


@pages.post("/<account_id>/renew")
def renew(account_id: str) -> Response:
    """Have the token renewed now."""
    found = connection_of(account_id, request.form.get("mode", ""))
    done = actions.renew(context.engine(), context.settings(), found, access.actor())
    flash("The token is renewed." if done else "The token is being renewed already.", "ok")
    return htmx.go(page_of(found.book))


def connection_of(account_id: str, mode: str) -> StripeConnection:
    """Return the connection to an account that the user may see, in this mode or the first.

    Raises:
        NotFoundError: there is none.
    """
    for book in context.books():
        if book.account_id == account_id and mode in ("", context.mode_of(book)):
            return connections.of_book(db(), book)
    raise NotFoundError(f"No account {account_id[:64]} is connected here.", field="account")


def errand_of(scope: str, account_id: str, mode: str) -> Errand:
    """Return what somebody wants of Stripe's page.

    Raises:
        AuthInitError: they want something that there is not.
        NotFoundError: the account that is to be connected again is none of theirs.
    """
    if scope not in list(Scope):
        raise actions.AuthInitError(
            "There is no such scope.", field="scope", remedy="Use read_only or read_write."
        )
    if mode not in ("", "live", "test"):
        raise actions.AuthInitError("It is live or test.", field="mode")
    if account_id:
        book = connection_of(account_id, mode).book
        return Errand(Purpose.RECONNECT, Scope(scope), book.livemode, book.account_id)
    livemode = mode == "live" if mode else actions.is_live(context.settings())
    return Errand(Purpose.CONNECT, Scope(scope), livemode)


def visitor() -> Visitor:
    """Return who is here, and in which session."""
    return Visitor(access.actor(), Errant(access.user().id, access.session().id))


def back_url() -> str:
    """Return where Stripe sends people back to: one address of those that are registered there."""
    own = context.settings().stripe_redirect_uri
    return own or url_for("oauth.returned", _external=True)


def page_of(book: Book) -> str:
    """Return the address of an account's page."""
    return url_for("connections.detail", account_id=book.account_id, mode=context.mode_of(book))


def arrived(done: Connected) -> Response:
    """Say that an account is connected, and show it; from now on it is the one that is open."""
    begins = "It is read for the first time now." if done.is_first else "It is read again now."
    flash(f"{_name(done.book)} is connected. {begins}", "ok")
    return htmx.go(f"{page_of(done.book)}&account={done.book.account_id}")


def refused(error: DashboardError) -> Response:
    """Say what went wrong on the way to an account, and what to do."""
    page = render_template(
        "connections/refused.html", error=error, may_connect=access.allows("connections.new")
    )
    return make_response(page, error.status)


def _new_page(**sent: Any) -> Response:
    """Show the forms, among them the one that was sent and is wrong."""
    settings = context.settings()
    forms = {"key": KeyForm, "platform": PlatformForm}
    shown = {
        name: _apart(name, sent.get(name) or form(formdata=None)) for name, form in forms.items()
    }
    page = render_template(
        "connections/new.html",
        **shown,
        is_set_up=bool(settings.stripe_client_id and settings.platform_key),
        platform_mode="live" if actions.is_live(settings) else "test",
        back_url=back_url(),
        guides=GUIDES,
        has_platform_key=bool(settings.platform_key),
    )
    return make_response(page, HTTPStatus.UNPROCESSABLE_ENTITY if sent else HTTPStatus.OK)


def _apart(name: str, form: Any) -> Any:
    """Give the fields ids that no other form on the page has."""
    for field in form:
        field.id = f"{name}-{field.id}"
    return form


def _again(form: Any, found: StripeConnection) -> Any:
    """Fill a form for the account that it is to connect again."""
    if hasattr(form, "account"):
        form.account.data, form.mode.data = found.book.account_id, context.mode_of(found.book)
    else:
        form.account_id.data = found.book.account_id
    form.scope.data = (found.scope or Scope.READ_ONLY).value
    return form


def _say(form: Any, error: BadInputError) -> None:
    field = getattr(form, error.field or "", form.secret)
    field.errors = [with_remedy(error.message, error.remedy)]


def _name(book: Book) -> str:
    return book.name or book.account_id


def _stale_after() -> int:
    return context.settings().stale_after_minutes * 60
