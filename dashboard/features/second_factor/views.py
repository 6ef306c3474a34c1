"""``/account/second-factor``: an authenticator app beside the password, and its recovery codes."""

from collections.abc import Sequence
from http import HTTPStatus

import segno
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
from markupsafe import Markup

from dashboard.features.second_factor import actions
from dashboard.features.second_factor.forms import FirstCodeForm
from dashboard.store import second_factors
from dashboard.store.second_factors import Enrolment
from dashboard.web import access, context

WRONG = "This is not what your app should show now. Is the clock of your phone right?"
GROUP = 4

pages = Blueprint("second_factor", __name__, url_prefix="/account/second-factor")


@pages.get("")
def index() -> Response:
    """Show what there is, or how to set it up."""
    access.confirm_recently()
    if not access.user().has_second_factor:
        return _enrolment(FirstCodeForm())
    page = render_template(
        "second_factor/index.html",
        left=second_factors.recovery_left(context.db(), access.user().id),
        is_required=access.must_have_second_factor(access.user()),
    )
    return make_response(page)


@pages.post("")
def add() -> Response:
    """Turn it on, once the app has shown its first code."""
    access.confirm_recently()
    form = FirstCodeForm()
    if not form.validate_on_submit():
        return _enrolment(form)
    with context.writing() as db:
        codes = actions.add(
            db,
            access.user(),
            form.code.data,
            context.settings(),
            session_id=access.session().id,
            actor=access.actor(),
        )
    if not codes:
        form.code.errors = [WRONG]
        return _enrolment(form)
    return _codes(codes)


@pages.post("/recovery-codes")
def renew() -> Response:
    """Make new recovery codes."""
    access.confirm_recently()
    with context.writing() as db:
        codes = actions.renew(db, access.user(), actor=access.actor())
    return _codes(codes)


@pages.post("/remove")
def remove() -> Response:
    """Turn it off."""
    access.confirm_recently()
    is_required = access.must_have_second_factor(access.user())
    with context.writing() as db:
        actions.remove(db, access.user(), is_required=is_required, actor=access.actor())
    flash("The second factor is off: your password alone lets you in.", "warn")
    return make_response(redirect(url_for("people.account"), HTTPStatus.SEE_OTHER))


def _enrolment(form: FirstCodeForm) -> Response:
    with context.writing() as db:
        enrolment = second_factors.begin(
            db, access.user().id, access.user().email, context.settings()
        )
    page = render_template(
        "second_factor/new.html",
        form=form,
        picture=_picture(enrolment),
        secret=_grouped(enrolment.secret),
        is_required=access.must_have_second_factor(access.user()),
    )
    return make_response(page, HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK)


def _codes(codes: Sequence[str]) -> Response:
    target = access.local_path(request.args.get("next"))
    return make_response(
        render_template(
            "second_factor/codes.html",
            codes=codes,
            go_on=target if target != "/" else url_for("people.account"),
        )
    )


def _picture(enrolment: Enrolment) -> Markup:
    """Return the QR code as SVG, dark on white in any theme: cameras want it so."""
    code = segno.make(enrolment.address, error="m")
    drawn = code.svg_inline(scale=4, border=4, light="#fff", svgclass="qr", omitsize=True)
    return Markup(drawn)  # noqa: S704  (drawn by segno; what it encodes does not stand in it)


def _grouped(secret: str) -> str:
    """Return the secret in groups that people can copy by hand."""
    return " ".join(secret[start : start + GROUP] for start in range(0, len(secret), GROUP))
