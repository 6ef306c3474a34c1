"""One's own account here, and for admins who may sign in and what they may do."""

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
    url_for,
)

from dashboard.core.errors import (
    BadInputError,
    ConflictError,
    NotFoundError,
    with_remedy,
)
from dashboard.features.people import actions, queries
from dashboard.features.people.forms import (
    AccessForm,
    InvitationForm,
    PasswordForm,
    filled,
    for_accounts,
)
from dashboard.store import audit, links, sessions, users
from dashboard.store.links import Purpose
from dashboard.store.users import User
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


@pages.get("/people")
def index() -> str:
    """Show who may sign in, and who is invited."""
    return render_template(
        "people/index.html",
        people=queries.everybody(context.db()),
        invitations=links.pending(context.db()),
    )


@pages.route("/people/new", methods=["GET", "POST"])
def new() -> Response:
    """Invite somebody, and show the link this once."""
    access.confirm_recently()
    form = for_accounts(InvitationForm, queries.accounts(context.db(), {}))()
    if not form.validate_on_submit():
        return _form_page("people/new.html", form)
    actor = access.actor()
    try:
        with context.writing() as db:
            token = actions.invite(db, form.email.data, form.access(), actor=actor)
            url = context.public_url("signin.invitation", token=token)
            to = users.normalised(form.email.data)
            is_mailed = actions.mail_link(
                context.jobs(), db, context.settings(), (Purpose.INVITATION, to, url), actor
            )
    except (BadInputError, ConflictError) as error:
        form.email.errors = [with_remedy(error.message, error.remedy)]
        return _form_page("people/new.html", form)
    return _link_page("Invitation", to, url, is_mailed=is_mailed)


@pages.post("/people/invitations/<int(max=2147483647):id>/revoke")
def revoke_invitation(id: int) -> Response:
    """Take an invitation back."""
    access.confirm_recently()
    with context.writing() as db:
        actions.revoke_invitation(db, id, actor=access.actor())
    flash("The invitation is taken back.", "ok")
    return _go("people.index")


@pages.get("/people/<int(max=2147483647):user_id>")
def detail(user_id: int) -> Response:
    """Show what somebody may do, and change it."""
    access.confirm_recently()
    return _person_page(users.by_id(context.db(), user_id))


@pages.post("/people/<int(max=2147483647):user_id>")
def change(user_id: int) -> Response:
    """Let somebody do what was chosen."""
    access.confirm_recently()
    user = users.by_id(context.db(), user_id)
    now = actions.access_of(context.db(), user)
    form = for_accounts(AccessForm, queries.accounts(context.db(), now.grants))()
    if not form.validate_on_submit():
        return _person_page(user, form)
    try:
        with context.writing() as db:
            actions.change_access(db, user, form.access(), actor=access.actor())
    except ConflictError as error:
        form.role.errors = [with_remedy(error.message, error.remedy)]
        return _person_page(user, form)
    return _done(user, f"{user.email} may do this from now on.")


@pages.post("/people/<int(max=2147483647):user_id>/disable")
def disable(user_id: int) -> Response:
    """Let somebody in no more, at once."""
    access.confirm_recently()
    with context.writing() as db:
        user = users.by_id(db, user_id)
        actions.bar(db, user, actor=access.actor())
    return _done(user, f"{user.email} can sign in no more.")


@pages.post("/people/<int(max=2147483647):user_id>/enable")
def enable(user_id: int) -> Response:
    """Let somebody in again."""
    access.confirm_recently()
    with context.writing() as db:
        user = users.by_id(db, user_id)
        actions.allow(db, user, actor=access.actor())
    return _done(user, f"{user.email} can sign in again.")


@pages.post("/people/<int(max=2147483647):user_id>/sessions/revoke")
def end_sessions(user_id: int) -> Response:
    """Sign somebody out everywhere."""
    access.confirm_recently()
    with context.writing() as db:
        user = users.by_id(db, user_id)
        actions.end_sessions(db, user, actor=access.actor())
    return _done(user, f"{user.email} is signed out everywhere.")


@pages.post("/people/<int(max=2147483647):user_id>/reset")
def make_reset_link(user_id: int) -> Response:
    """Make a link to a new password, and show it this once."""
    access.confirm_recently()
    actor = access.actor()
    with context.writing() as db:
        user = users.by_id(db, user_id)
        token = actions.make_reset_link(db, user, actor=actor)
        url = context.public_url("signin.reset", token=token)
        is_mailed = actions.mail_link(
            context.jobs(), db, context.settings(), (Purpose.RESET, user.email, url), actor
        )
    return _link_page("Link to a new password", user.email, url, is_mailed=is_mailed)


@pages.post("/people/<int(max=2147483647):user_id>/second-factor/remove")
def take_second_factor(user_id: int) -> Response:
    """Let somebody who lost phone and codes sign in with the password alone."""
    access.confirm_recently()
    with context.writing() as db:
        user = users.by_id(db, user_id)
        actions.take_second_factor(db, user, actor=access.actor())
    return _done(user, f"{user.email} has no second factor any more.")


def _person_page(user: User, form: AccessForm | None = None) -> Response:
    now = actions.access_of(context.db(), user)
    accounts = queries.accounts(context.db(), now.grants)
    idle_seconds = context.settings().session_idle_minutes * 60
    return _form_page(
        "people/detail.html",
        form or filled(AccessForm, accounts, now),
        person=user,
        sessions=sessions.of_user(context.db(), user.id, idle_seconds=idle_seconds),
        described=described,
    )


def _form_page(template: str, form: AccessForm, **values: Any) -> Response:
    page = render_template(template, form=form, **values)
    return make_response(page, HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK)


def _link_page(title: str, email: str, url: str, *, is_mailed: bool) -> Response:
    values = {"title": title, "email": email, "url": url, "is_mailed": is_mailed}
    return make_response(render_template("people/link.html", **values))


def _done(user: User, words: str) -> Response:
    flash(words, "ok")
    return make_response(redirect(url_for("people.detail", user_id=user.id), HTTPStatus.SEE_OTHER))


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
