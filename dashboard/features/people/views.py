"""One's own account here: sessions, password, and the Stripe account that is open."""

from http import HTTPStatus

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from dashboard.core.errors import BadInputError, NotFoundError, with_remedy
from dashboard.features.people import actions
from dashboard.features.people.forms import PasswordForm
from dashboard.store import audit, sessions
from dashboard.web import access, context
from dashboard.web.browsers import described

pages = Blueprint("people", __name__)


@pages.get("/account")
def account() -> Response:
    """Show where the user is signed in, and the form for a new password."""
    return _account_page(PasswordForm())


@pages.post("/account/password")
def change_password() -> Response:
    """Change the user's own password."""
    form = PasswordForm()
    if not form.validate_on_submit():
        return _account_page(form)
    try:
        actions.change_password(
            context.engine(),
            access.user(),
            current=form.current.data,
            new=form.password.data,
            address=request.remote_addr or "",
            session_id=access.session().id,
        )
    except BadInputError as error:
        form[error.field].errors = [with_remedy(f"This {error.message}", error.remedy)]
        return _account_page(form)
    flash("Your password is changed, and your other sessions have ended.", "ok")
    return _go("people.account")


@pages.post("/account/sessions/<int(max=2147483647):session_id>/revoke")
def revoke_session(session_id: int) -> Response:
    """End one of the user's sessions."""
    with context.writing() as db:
        if not sessions.revoke(db, access.user().id, session_id):
            raise NotFoundError("You have no such session, or it has ended already.")
        audit.record(db, access.actor(), "session.revoked", subject=access.user().email)
    flash("The session has ended.", "ok")
    return _go("people.account")


@pages.post("/account/sessions/revoke")
def revoke_others() -> Response:
    """End all of the user's sessions but this one."""
    with context.writing() as db:
        count = sessions.revoke_all(db, access.user().id, but=access.session().id)
        told = {"sessions": count}
        audit.record(db, access.actor(), "session.revoked", subject=access.user().email, after=told)
    flash("One session has ended." if count == 1 else f"{count} sessions have ended.", "ok")
    return _go("people.account")


@pages.post("/account/switch")
def switch_book() -> Response:
    """Open another Stripe account for the rest of the session."""
    context.choose(request.form.get("account", ""), request.form.get("mode", ""))
    return make_response(
        redirect(access.local_path(request.form.get("next")), HTTPStatus.SEE_OTHER)
    )


def _account_page(form: PasswordForm) -> Response:
    idle_seconds = context.settings().session_idle_minutes * 60
    page = render_template(
        "people/account.html",
        form=form,
        sessions=sessions.of_user(context.db(), access.user().id, idle_seconds=idle_seconds),
        current=access.session(),
        described=described,
    )
    return make_response(page, HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK)


def _go(endpoint: str) -> Response:
    return make_response(redirect(url_for(endpoint), HTTPStatus.SEE_OTHER))
