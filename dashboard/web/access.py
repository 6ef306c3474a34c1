"""Who may do what: one table of endpoint and permission, enforced before every request."""

from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import TwoFactor
from dashboard.core.errors import (
    ForbiddenError,
    NotConfirmedError,
    NotSignedInError,
    SecondFactorMissingError,
)
from dashboard.core.log import logger
from dashboard.store import connections, portal_sessions, sessions
from dashboard.store.audit import VISITOR, Actor
from dashboard.store.portal_sessions import PortalSession
from dashboard.store.roles import Permission, Role
from dashboard.store.sessions import Session
from dashboard.store.users import User
from dashboard.web import context, embedding

NEEDS: dict[str, Permission | None] = {
    "static": None,
    "embed.launch": None,
    "embed.arrive": None,
    "embed.renew": None,
    "embed.leave": None,
    "health.live": None,
    "health.ready": None,
    "health.deep": None,
    "signin.index": None,
    "signin.leave": None,
    "signin.code": None,
    "signin.forgotten": None,
    "signin.reset": None,
    "signin.invitation": None,
    "signin.confirm": Permission.OWN,
    "people.index": Permission.ADMIN,
    "people.new": Permission.ADMIN,
    "people.revoke_invitation": Permission.ADMIN,
    "people.detail": Permission.ADMIN,
    "people.change": Permission.ADMIN,
    "people.disable": Permission.ADMIN,
    "people.enable": Permission.ADMIN,
    "people.end_sessions": Permission.ADMIN,
    "people.make_reset_link": Permission.ADMIN,
    "people.take_second_factor": Permission.ADMIN,
    "people.account": Permission.OWN,
    "people.change_password": Permission.OWN,
    "people.revoke_session": Permission.OWN,
    "people.revoke_others": Permission.OWN,
    "people.switch_book": Permission.OWN,
    "second_factor.index": Permission.OWN,
    "second_factor.add": Permission.OWN,
    "second_factor.renew": Permission.OWN,
    "second_factor.remove": Permission.OWN,
    "disputes.index": Permission.READ,
    "disputes.export": Permission.EXPORT,
    "disputes.detail": Permission.READ,
    "balance.index": Permission.READ,
    "balance.summary": Permission.READ,
    "balance.export": Permission.EXPORT,
    "balance.detail": Permission.READ,
    "payouts.index": Permission.READ,
    "payouts.export": Permission.EXPORT,
    "payouts.detail": Permission.READ,
    "overview.index": Permission.READ,
    "overview.chart": Permission.READ,
    "payments.index": Permission.READ,
    "payments.export": Permission.EXPORT,
    "payments.detail": Permission.READ,
    "customers.index": Permission.READ,
    "customers.export": Permission.EXPORT,
    "customers.detail": Permission.READ,
    "products.index": Permission.READ,
    "products.export": Permission.EXPORT,
    "products.detail": Permission.READ,
    "coupons.index": Permission.READ,
    "coupons.export": Permission.EXPORT,
    "coupons.detail": Permission.READ,
    "subscriptions.index": Permission.READ,
    "subscriptions.export": Permission.EXPORT,
    "subscriptions.detail": Permission.READ,
    "invoices.index": Permission.READ,
    "invoices.export": Permission.EXPORT,
    "invoices.detail": Permission.READ,
    "events.index": Permission.READ,
    "events.export": Permission.EXPORT,
    "events.detail": Permission.READ,
    "webhooks_api.receive": None,
    "webhooks.index": Permission.READ,
    "webhooks.export": Permission.EXPORT,
    "webhooks.figures": Permission.READ,
    "webhooks.health": Permission.READ,
    "webhooks.detail": Permission.READ,
    "webhooks.endpoint": Permission.READ,
    "webhooks.confirm_replay": Permission.SUPPORT,
    "webhooks.replay": Permission.SUPPORT,
    "webhooks.secrets": Permission.READ,
    "webhooks.add_secret": Permission.ADMIN,
    "webhooks.remove_secret": Permission.ADMIN,
    "sync.index": Permission.READ,
    "sync.freshness": Permission.READ,
    "sync.start": Permission.ADMIN,
    "sync.stop": Permission.ADMIN,
    "checks.certificate": Permission.READ,
    "checks.index": Permission.READ,
    "checks.repair": Permission.SUPPORT,
    "jobs.index": Permission.READ,
    "jobs.retry": Permission.ADMIN,
    "connections.index": Permission.READ,
    "connections.detail": Permission.READ,
    "connections.new": Permission.ADMIN,
    "connections.forms": Permission.ADMIN,
    "connections.authorize": Permission.ADMIN,
    "connections.add_key": Permission.ADMIN,
    "connections.add_platform": Permission.ADMIN,
    "connections.use_again": Permission.ADMIN,
    "connections.renew": Permission.ADMIN,
    "connections.disconnect": Permission.ADMIN,
    "oauth.authorize": Permission.ADMIN,
    "oauth.callback": Permission.ADMIN,
    "oauth.returned": Permission.ADMIN,
    "oauth.status": Permission.READ,
    "oauth.disconnect": Permission.ADMIN,
    "oauth.refresh": Permission.ADMIN,
    "audit.index": Permission.AUDIT,
    "audit.export": Permission.AUDIT,
    "audit.detail": Permission.AUDIT,
}
"""The permission that each endpoint needs; ``None`` is open to everybody."""

IN_THE_HOUSE = frozenset(("people", "connections", "oauth", "audit", "jobs"))
"""Blueprints whose pages are about no account: only who sees all accounts may use them."""

WITHOUT_SECOND_FACTOR = frozenset(("second_factor.index", "second_factor.add", "signin.confirm"))
"""What those may do who must set up a second factor first."""

CONFIRMED_SECONDS = 10 * 60
"""So long somebody who gave their password counts as the one who sits there."""

POLL_HEADER = "X-Poll"

log = logger("web")


@dataclass(frozen=True, slots=True)
class Visitor(UserMixin):  # type: ignore[misc]
    """A signed-in user as Flask-Login carries them: known by a session that can be revoked.

    Who comes from the portal has a session there, and is no user of ours.
    """

    user: User
    session: Session
    token: str
    portal: PortalSession | None = None

    def get_id(self) -> str:
        """Return the token of the session, never the id of the user."""
        return self.token


def register(app: Flask) -> None:
    """Know who asks and refuse what the table does not allow, before any view runs."""
    manager = LoginManager()
    manager.session_protection = None
    manager.init_app(app, add_context_processor=False)
    manager.user_loader(_visitor)
    app.before_request(_enforce)
    app.after_request(_note_presence)
    app.jinja_env.globals["may_write"] = may_write


def visitor() -> Visitor | None:
    """Return who is signed in, or ``None``."""
    return current_user if current_user.is_authenticated else None


def arriving(token: str) -> Visitor:
    """Return the visitor whose session has just begun.

    Raises:
        NotSignedInError: the session ended before it was used.
    """
    found = _visitor(token)
    if found is None:
        raise NotSignedInError("Please sign in.")
    return found


def user() -> User:
    """Return the signed-in user, at endpoints that the table guards.

    Raises:
        NotSignedInError: nobody is.
    """
    return _present().user


def session() -> Session:
    """Return the session of the signed-in user, at endpoints that the table guards.

    Raises:
        NotSignedInError: nobody is.
    """
    return _present().session


def actor() -> Actor:
    """Return who makes this request, and from where, as the audit log names them."""
    found = visitor()
    address = request.remote_addr or ""
    if found is None:
        return replace(VISITOR, address=address)
    if found.portal:
        return found.portal.actor(address)
    return Actor(found.user.id, found.user.email, address)


def allows(endpoint: str) -> bool:
    """Return whether the signed-in user may use the endpoint, to show or hide what leads there."""
    found = visitor()
    needed = NEEDS.get(endpoint)
    if found is None or needed is None or not embedding.shows(endpoint):
        return False
    return _may(found.user, endpoint, needed)


def may_write() -> bool:
    """Return whether something may be changed at Stripe, in the account that is open.

    Templates show no control that writes to Stripe without it.
    """
    book = context.book()
    found = connections.find(context.db(), book) if book else None
    return found is not None and found.is_active and not found.is_read_only


def confirm_recently() -> None:
    """Let only those go on who proved within ten minutes to be themselves; send others to do so.

    Call it where the form is shown and where it is handled, so that nobody fills it in in vain.

    Raises:
        NotConfirmedError: the session was not confirmed of late.
    """
    if clock.seconds() - session().confirmed_at > CONFIRMED_SECONDS:
        raise NotConfirmedError(
            "This needs your password once more.", remedy="Confirm that it is you, then try again."
        )


def local_path(target: str | None) -> str:
    """Return ``target`` when it is a path on this site that one may return to, else ``/``."""
    safe = (
        target
        and target.isprintable()
        and target.startswith("/")
        and not target.startswith("//")
        and "\\" not in target
    )
    if not safe or urlsplit(target).path in ("/login", "/login/code", "/logout", "/confirm"):
        return "/"
    return str(target)


def _enforce() -> None:
    if request.endpoint is None:
        return
    needed = NEEDS.get(request.endpoint, "missing")
    if needed is None:
        return
    found = visitor()
    if found is None:
        raise NotSignedInError("Please sign in to see this.")
    if not isinstance(needed, Permission) or not _may(found.user, request.endpoint, needed):
        raise ForbiddenError(
            "Your role does not allow this.", remedy="Ask an administrator if you need it."
        )
    if found.portal is None:
        _demand_second_factor(found.user, request.endpoint)


def _may(user: User, endpoint: str, needed: Permission) -> bool:
    """Return whether the user's role, at every open book or in the house, allows the endpoint."""
    if needed is Permission.OWN:
        return True
    return all(role is not None and role.allows(needed) for role in _roles(user, endpoint))


def _roles(user: User, endpoint: str) -> list[Role | None]:
    """Return the roles that decide; books are only asked for where they make a difference."""
    if endpoint.partition(".")[0] in IN_THE_HOUSE:
        return [user.role_in_house]
    if user.role_everywhere:
        return [user.role_everywhere]
    shelf = context.shelf()
    return [context.role_at(book) for book in shelf.books] if shelf else [user.role_in_house]


def _demand_second_factor(user: User, endpoint: str) -> None:
    if user.has_second_factor or endpoint in WITHOUT_SECOND_FACTOR:
        return
    if must_have_second_factor(user):
        raise SecondFactorMissingError(
            "A second factor is needed here.", remedy="Set it up on the page of your account."
        )


def must_have_second_factor(user: User) -> bool:
    """Return whether the setting asks it of this user."""
    match context.settings().two_factor_required:
        case TwoFactor.EVERYBODY:
            return True
        case TwoFactor.ADMINS:
            return user.role is Role.ADMIN or (user.has_grants and Role.ADMIN in context.roles())
    return False


def _present() -> Visitor:
    found = visitor()
    if found is None:
        raise NotSignedInError("Please sign in.")
    return found


def _visitor(token: str) -> Visitor | None:
    return _portal_visitor(token) if embedding.is_framed() else _signed_in(token)


def _portal_visitor(token: str) -> Visitor | None:
    """Return who came from the portal, as long as what their token named is in the settings."""
    found = portal_sessions.find(context.db(), token)
    if found is None or not found.seconds_left or not found.is_within(embedding.portal()):
        return None
    context.look_as(found.user, found.accounts)
    return Visitor(found.user, found.as_session(), token, found)


def _signed_in(token: str) -> Visitor | None:
    idle_seconds = context.settings().session_idle_minutes * 60
    found = sessions.find(context.db(), token, idle_seconds=idle_seconds)
    if found is None:
        return None
    session, user = found
    g.presence = session
    context.look_as(user)
    return Visitor(user, session, token)


def _note_presence(response: Response) -> Response:
    """Write ``seen_at`` after the answer has left: no page waits for another writer's lock.

    A page that renews itself says so: nobody is present because a tab was left open.
    """
    session = None if POLL_HEADER in request.headers else g.get("presence")
    if session is not None and sessions.is_untouched(session):
        response.call_on_close(partial(_touch, context.engine(), session.id))
    return response


def _touch(engine: Engine, session_id: int) -> None:
    try:
        with database.writing(engine) as db:
            sessions.touch(db, session_id)
    except OperationalError as error:
        log.warning("presence_not_noted", reason=type(error.orig).__name__)
