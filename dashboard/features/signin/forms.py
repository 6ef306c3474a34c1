"""The sign-in form."""

from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, SubmitField
from wtforms.validators import InputRequired, Length

from dashboard.store.passwords import LONGEST
from dashboard.store.users import LONGEST_EMAIL


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Who somebody says to be."""

    email = EmailField(
        "Email",
        [InputRequired("Write your email address."), Length(max=LONGEST_EMAIL)],
        render_kw={"autocomplete": "username", "autofocus": True},
    )
    password = PasswordField(
        "Password",
        [InputRequired("Write your password."), Length(max=LONGEST)],
        render_kw={"autocomplete": "current-password"},
    )
    submit = SubmitField("Sign in")
