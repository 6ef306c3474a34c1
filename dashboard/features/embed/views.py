"""The portal's way in, out, and on: see docs/embed.md."""

from http import HTTPStatus

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import login_user, logout_user

from dashboard.core.errors import NotSignedInError
from dashboard.features.embed import actions
from dashboard.features.embed.actions import Place
from dashboard.store import portal_sessions
from dashboard.store.portal_sessions import PortalSession
from dashboard.web import access, context, embedding

pages = Blueprint("embed", __name__)


@pages.post("/launch")
def launch() -> Response:
    """Begin a session for whom the portal's token names, and go on to a clean address."""
    token, told = actions.launch(
        context.engine(), embedding.portal(), request.form.get("token", ""), _place()
    )
    # Nothing is carried over from before: neither a session id nor a CSRF token.
    session.clear()
    login_user(access.arriving(token))
    target = request.form.get("path") or told.path
    return _go(url_for("embed.arrive", to=target))


@pages.get("/arrive")
def arrive() -> Response:
    """Go where the visitor wanted to go; say so where their browser kept no cookie."""
    if access.visitor():
        return _go(embedding.inside(request.args.get("to")))
    return make_response(render_template("embed/no_cookie.html"), HTTPStatus.UNAUTHORIZED)


@pages.post("/renew")
def renew() -> Response:
    """Let the session go on with a new token, while its page stays as it is."""
    seconds = actions.renew(
        context.engine(),
        embedding.portal(),
        _session(),
        request.form.get("token", ""),
        _place(),
    )
    return jsonify({"ok": True, "seconds": seconds})


@pages.post("/leave")
def leave() -> Response:
    """End the session: the visitor has signed out of the portal."""
    actions.leave(context.engine(), _session(), _place())
    logout_user()
    session.clear()
    return jsonify({"ok": True})


def _session() -> PortalSession:
    """Return the session of this browser; for renewal it may have ended a while ago."""
    found = portal_sessions.find(context.db(), session.get("_user_id", ""))
    if found is None:
        raise NotSignedInError("Open the dashboard again from the portal.")
    return found


def _place() -> Place:
    """Return where the request comes from; a form of ours posts what the portal handed it."""
    origin = request.headers.get("Origin", "")
    is_ours = origin == embedding.own_origin()
    origins = frozenset(embedding.portal().origins if is_ours else [origin])
    return Place(request.remote_addr or "", request.user_agent.string, origins)


def _go(url: str) -> Response:
    return make_response(redirect(url, HTTPStatus.SEE_OTHER))
