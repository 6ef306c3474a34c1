"""The sign-in page, its second step, the way out, and the pages behind links that were mailed."""

from http import HTTPStatus
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import login_user, logout_user

from dashboard.core import clock
from dashboard.core.crypto import Vault
from dashboard.core.errors import BadInputError, DashboardError, with_remedy
from dashboard.features.signin import actions, queries
from dashboard.features.signin.actions import Place
from dashboard.features.signin.forms import (
    CodeForm,
    ConfirmForm,
    ConfirmWithCodeForm,
    ForgottenForm,
    InvitationForm,
    NewPasswordForm,
    SignInForm,
)
from dashboard.store import audit, sessions
from dashboard.store.links import Purpose
from dashboard.store.users import User
from dashboard.web import access, context
from dashboard.web.access import Visitor

REFUSED = "The email or the password is wrong."
WRONG_CODE = "This is not the code of this moment, or it was used before."
NOT_YOU = "The password or the code is wrong."
FIRST_STEP = "first_step"
FIRST_STEP_SECONDS = 5 * 60
RESET_TASK = "reset-link"

pages = Blueprint("signin", __name__)


@pages.route("/login", methods=["GET", "POST"])
def index() -> Response:
    """Show the form, or begin a session and go where the visitor wanted to go."""
    target = access.local_path(request.args.get("next"))
    if request.method == "GET" and access.visitor():
        return _go(target)
    form = SignInForm()
    if form.validate_on_submit():
        user = actions.check_password(
            context.engine(), form.email.data, form.password.data, _place()
        )
        if user:
            return _ask_for_code(user, target) if user.has_second_factor else _begin(user, target)
        form.form_errors.append(REFUSED)
    return _page("signin/index.html", form)


@pages.route("/login/code", methods=["GET", "POST"])
def code() -> Response:
    """Ask who gave the right password for the code of their app, then begin the session."""
    target = access.local_path(request.args.get("next"))
    user = _halfway()
    if user is None:
        return _go(url_for("signin.index"))
    form = CodeForm()
    if form.validate_on_submit():
        if actions.check_code(context.engine(), user, form.code.data, _place(), context.settings()):
            return _begin(user, target)
        form.code.errors = [WRONG_CODE]
    return _page("signin/code.html", form)


@pages.route("/confirm", methods=["GET", "POST"])
def confirm() -> Response:
    """Let somebody who is signed in prove once more to be themselves, then go on."""
    user = access.user()
    form = ConfirmWithCodeForm() if user.has_second_factor else ConfirmForm()
    if form.validate_on_submit():
        given = (form.password.data, form.code.data if user.has_second_factor else "")
        session_id = access.session().id
        if actions.confirm(context.engine(), user, session_id, given, _place(), context.settings()):
            return _go(access.local_path(request.args.get("next")))
        form.form_errors.append(NOT_YOU)
    return _page("signin/confirm.html", form)


@pages.route("/login/forgotten", methods=["GET", "POST"])
def forgotten() -> Response:
    """Mail a link to a new password; the answer does not tell whether anybody has the address."""
    form = ForgottenForm()
    possible = actions.can_mail(context.settings())
    if possible and form.validate_on_submit():
        email = form.email.data.strip().casefold()
        actions.count_request(context.engine(), email, _place())
        vault = Vault(context.settings().atom_oauth_encryption_key.get_secret_value())
        with context.writing() as db:
            context.jobs().queue(
                db,
                RESET_TASK,
                sealed_email=vault.seal(email),
                form_url=context.public_url("signin.reset"),
            )
        return _page("signin/forgotten.html", form, possible=True, asked=True)
    return _page("signin/forgotten.html", form, possible=possible, asked=False)


@pages.route("/login/reset", methods=["GET", "POST"])
def reset() -> Response:
    """Let who has the link choose a new password."""
    form = NewPasswordForm()
    link = actions.look_at(context.engine(), Purpose.RESET, _token(form), _place())
    if form.validate_on_submit():
        try:
            actions.reset_password(context.engine(), form.token.data, form.password.data, _place())
        except BadInputError as error:
            _mark(form, error)
        else:
            _leave()
            flash("Your password is changed. Sign in with the new one.", "ok")
            return _go(url_for("signin.index"))
    return _page("signin/reset.html", form, link=link)


@pages.route("/invitation", methods=["GET", "POST"])
def invitation() -> Response:
    """Let who has the link choose a name and a password, and begin."""
    form = InvitationForm()
    link = actions.look_at(context.engine(), Purpose.INVITATION, _token(form), _place())
    if form.validate_on_submit():
        try:
            user = actions.accept(
                context.engine(), form.token.data, form.name.data, form.password.data, _place()
            )
        except BadInputError as error:
            _mark(form, error)
        else:
            return _begin(user, "/")
    return _page("signin/invitation.html", form, link=link)


@pages.post("/logout")
def leave() -> Response:
    """End the session, here and in the table."""
    _leave()
    response = _go(url_for("signin.index"))
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _ask_for_code(user: User, target: str) -> Response:
    """Remember for a few minutes, in the signed cookie, who gave the right password."""
    _leave()
    session[FIRST_STEP] = [user.id, clock.seconds()]
    return _go(url_for("signin.code", next=target) if target != "/" else url_for("signin.code"))


def _halfway() -> User | None:
    """Return who gave the right password a few minutes ago, if they may still sign in."""
    user_id, at = session.get(FIRST_STEP, (0, 0))
    if clock.seconds() - at > FIRST_STEP_SECONDS:
        return None
    return queries.who_may_enter(context.db(), user_id)


def _begin(user: User, target: str) -> Response:
    """Carry nothing over from before the sign-in: neither a session id nor a CSRF token."""
    token = actions.begin(
        context.engine(),
        user,
        _place(),
        lifetime_seconds=context.settings().session_hours * 3_600,
    )
    _leave()
    # What was read before does not know the session yet.
    context.give_up_reading()
    login_user(access.arriving(token))
    return _go(target)


def _leave() -> None:
    visitor = access.visitor()
    if visitor:
        _end(visitor)
        logout_user()
    session.clear()


def _end(visitor: Visitor) -> None:
    with context.writing() as db:
        sessions.revoke(db, visitor.user.id, visitor.session.id)
        audit.record(db, access.actor(), "session.ended", subject=visitor.user.email)


def _place() -> Place:
    return Place(request.remote_addr or "", request.user_agent.string)


def _token(form: NewPasswordForm) -> str:
    """Return the token of the link: from its address first, then from the form of its page."""
    if request.method == "GET":
        form.token.data = request.args.get("token", "")
    return form.token.data or ""


def _mark(form: NewPasswordForm, error: DashboardError) -> None:
    form.password.errors = [with_remedy(f"This {error.message}", error.remedy)]


def _page(template: str, form: Any, **values: Any) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return make_response(render_template(template, form=form, **values), status)


def _go(target: str) -> Response:
    return make_response(redirect(target, HTTPStatus.SEE_OTHER))
