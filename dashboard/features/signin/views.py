"""The sign-in page and the way out."""

from http import HTTPStatus

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import login_user, logout_user

from dashboard.features.signin import actions
from dashboard.features.signin.actions import Place
from dashboard.features.signin.forms import SignInForm
from dashboard.store import audit, sessions
from dashboard.web import access, context
from dashboard.web.access import Visitor

REFUSED = "The email or the password is wrong."

pages = Blueprint("signin", __name__)


@pages.route("/login", methods=["GET", "POST"])
def index() -> Response:
    """Show the form, or begin a session and go where the visitor wanted to go."""
    target = access.local_path(request.args.get("next"))
    if request.method == "GET" and access.visitor():
        return _go(target)
    form = SignInForm()
    if form.validate_on_submit():
        token = _sign_in(form)
        if token:
            _begin(token)
            return _go(target)
        form.form_errors.append(REFUSED)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return make_response(render_template("signin/index.html", form=form), status)


@pages.post("/logout")
def leave() -> Response:
    """End the session, here and in the table."""
    visitor = access.visitor()
    if visitor:
        _end(visitor)
        logout_user()
    session.clear()
    response = _go(url_for("signin.index"))
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _sign_in(form: SignInForm) -> str | None:
    return actions.sign_in(
        context.engine(),
        form.email.data,
        form.password.data,
        Place(request.remote_addr or "", request.user_agent.string),
        lifetime_seconds=context.settings().session_hours * 3_600,
    )


def _begin(token: str) -> None:
    """Carry nothing over from before the sign-in: neither a session id nor a CSRF token."""
    old = access.visitor()
    if old:
        _end(old)
    session.clear()
    login_user(access.arriving(token))


def _end(visitor: Visitor) -> None:
    with context.writing() as db:
        sessions.revoke(db, visitor.user.id, visitor.session.id)
        audit.record(db, access.actor(), "session.ended", subject=visitor.user.email)


def _go(target: str) -> Response:
    return make_response(redirect(target, HTTPStatus.SEE_OTHER))
