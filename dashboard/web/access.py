"""Who may do what: one table of endpoint and least role, enforced before every request."""

from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from dashboard.core import db as database
from dashboard.core.errors import ForbiddenError, NotSignedInError
from dashboard.core.log import logger
from dashboard.store import sessions
from dashboard.store.sessions import Session
from dashboard.store.users import Role, User
from dashboard.web import context

LEAST_ROLE: dict[str, Role | None] = {
    "static": None,
    "health.live": None,
    "health.ready": None,
    "health.deep": None,
    "signin.index": None,
    "signin.leave": None,
    "people.account": Role.VIEWER,
    "people.change_password": Role.VIEWER,
    "people.revoke_session": Role.VIEWER,
    "people.revoke_others": Role.VIEWER,
    "people.switch_book": Role.VIEWER,
    "disputes.index": Role.VIEWER,
    "disputes.export": Role.VIEWER,
    "disputes.detail": Role.VIEWER,
    "balance.index": Role.VIEWER,
    "balance.summary": Role.VIEWER,
    "balance.export": Role.VIEWER,
    "balance.detail": Role.VIEWER,
    "payouts.index": Role.VIEWER,
    "payouts.export": Role.VIEWER,
    "payouts.detail": Role.VIEWER,
    "overview.index": Role.VIEWER,
    "overview.chart": Role.VIEWER,
    "payments.index": Role.VIEWER,
    "payments.export": Role.VIEWER,
    "payments.detail": Role.VIEWER,
    "customers.index": Role.VIEWER,
    "customers.export": Role.VIEWER,
    "customers.detail": Role.VIEWER,
    "products.index": Role.VIEWER,
    "products.export": Role.VIEWER,
    "products.detail": Role.VIEWER,
    "coupons.index": Role.VIEWER,
    "coupons.export": Role.VIEWER,
    "coupons.detail": Role.VIEWER,
    "subscriptions.index": Role.VIEWER,
    "subscriptions.export": Role.VIEWER,
    "subscriptions.detail": Role.VIEWER,
    "invoices.index": Role.VIEWER,
    "invoices.export": Role.VIEWER,
    "invoices.detail": Role.VIEWER,
    "events.index": Role.VIEWER,
    "events.export": Role.VIEWER,
    "events.detail": Role.VIEWER,
    "webhooks_api.receive": None,
    "webhooks.index": Role.VIEWER,
    "webhooks.export": Role.VIEWER,
    "webhooks.figures": Role.VIEWER,
    "webhooks.health": Role.VIEWER,
    "webhooks.detail": Role.VIEWER,
    "webhooks.endpoint": Role.VIEWER,
    "webhooks.confirm_replay": Role.FINANCE,
    "webhooks.replay": Role.FINANCE,
    "webhooks.add_secret": Role.ADMIN,
    "webhooks.remove_secret": Role.ADMIN,
    "sync.index": Role.VIEWER,
    "sync.freshness": Role.VIEWER,
    "sync.start": Role.ADMIN,
    "sync.stop": Role.ADMIN,
    "checks.index": Role.VIEWER,
    "checks.repair": Role.FINANCE,
    "jobs.index": Role.VIEWER,
    "jobs.retry": Role.ADMIN,
}
"""The least role that may use each endpoint; ``None`` is open to everybody."""

POLL_HEADER = "X-Poll"

log = logger("web")


@dataclass(frozen=True, slots=True)
class Visitor(UserMixin):  # type: ignore[misc]
    """A signed-in user as Flask-Login carries them: known by a session that can be revoked."""

    user: User
    session: Session
    token: str

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


def allows(least: Role) -> bool:
    """Return whether the signed-in user may do what ``least`` may, to show or hide a control."""
    found = visitor()
    return found is not None and found.user.role.allows(least)


def local_path(target: str | None) -> str:
    """Return ``target`` when it is a path on this site that one may return to, else ``/``."""
    safe = (
        target
        and target.isprintable()
        and target.startswith("/")
        and not target.startswith("//")
        and "\\" not in target
    )
    if not safe or urlsplit(target).path in ("/login", "/logout"):
        return "/"
    return str(target)


def _enforce() -> None:
    if request.endpoint is None:
        return
    least = LEAST_ROLE.get(request.endpoint, "missing")
    if least is None:
        return
    found = visitor()
    if found is None:
        raise NotSignedInError("Please sign in to see this.")
    if not isinstance(least, Role) or not found.user.role.allows(least):
        raise ForbiddenError(
            "Your role does not allow this.", remedy="Ask an administrator if you need it."
        )


def _present() -> Visitor:
    found = visitor()
    if found is None:
        raise NotSignedInError("Please sign in.")
    return found


def _visitor(token: str) -> Visitor | None:
    idle_seconds = context.settings().session_idle_minutes * 60
    found = sessions.find(context.db(), token, idle_seconds=idle_seconds)
    if found is None:
        return None
    session, user = found
    g.presence = session
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
