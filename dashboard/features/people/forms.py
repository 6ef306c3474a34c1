"""The form with which people change their own password."""

from flask_wtf import FlaskForm
from wtforms import PasswordField, SubmitField
from wtforms.validators import EqualTo, InputRequired, Length

from dashboard.store.passwords import LONGEST, SHORTEST


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password, given twice, by somebody who knows the present one."""

    current = PasswordField(
        "Present password",
        [InputRequired("Write your present password."), Length(max=LONGEST)],
        render_kw={"autocomplete": "current-password"},
    )
    password = PasswordField(
        "New password",
        [InputRequired("Write a new password."), Length(max=LONGEST)],
        description=f"At least {SHORTEST} characters. All your other sessions end.",
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        "New password again",
        [InputRequired("Write it once more."), EqualTo("password", "This is not the same.")],
        render_kw={"autocomplete": "new-password"},
    )
    submit = SubmitField("Change password")
