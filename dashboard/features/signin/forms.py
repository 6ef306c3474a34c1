"""The forms of those who are not signed in yet, or must prove once more to be themselves."""

from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField, StringField, SubmitField
from wtforms.validators import EqualTo, InputRequired, Length

from dashboard.store.passwords import LONGEST, SHORTEST
from dashboard.store.users import LONGEST_EMAIL, LONGEST_NAME

LONGEST_CODE = 64
LONGEST_TOKEN = 100
CODE = {
    "autocomplete": "one-time-code",
    "autocapitalize": "off",
    "spellcheck": "false",
}


def _email() -> EmailField:
    return EmailField(
        "Email",
        [InputRequired("Write your email address."), Length(max=LONGEST_EMAIL)],
        render_kw={"autocomplete": "username", "autofocus": True},
    )


def _password(label: str = "Password") -> PasswordField:
    return PasswordField(
        label,
        [InputRequired("Write your password."), Length(max=LONGEST)],
        render_kw={"autocomplete": "current-password"},
    )


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Who somebody says to be."""

    email = _email()
    password = _password()
    submit = SubmitField("Sign in")


class CodeForm(FlaskForm):  # type: ignore[misc]
    """A code of the authenticator app, or a recovery code."""

    code = StringField(
        "Code",
        [InputRequired("Write the code of your app."), Length(max=LONGEST_CODE)],
        description="The six digits that your authenticator app shows, or a recovery code.",
        render_kw={**CODE, "autofocus": True},
    )
    submit = SubmitField("Sign in")


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """The password of somebody who is signed in."""

    password = _password("Your password")
    submit = SubmitField("Go on")


class ConfirmWithCodeForm(FlaskForm):  # type: ignore[misc]
    """The password and the code of somebody who is signed in."""

    password = _password("Your password")
    code = StringField(
        "Code",
        [InputRequired("Write the code of your app."), Length(max=LONGEST_CODE)],
        description="The six digits that your authenticator app shows, or a recovery code.",
        render_kw=CODE,
    )
    submit = SubmitField("Go on")


class ForgottenForm(FlaskForm):  # type: ignore[misc]
    """To whom a link to a new password is mailed."""

    email = _email()
    submit = SubmitField("Mail me a link")


class NewPasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password, given twice, by somebody who has the link ``token``."""

    token = HiddenField(validators=[InputRequired(), Length(max=LONGEST_TOKEN)])
    password = PasswordField(
        "New password",
        [InputRequired("Write a new password."), Length(max=LONGEST)],
        description=f"At least {SHORTEST} characters; three or four words do well.",
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        "New password again",
        [InputRequired("Write it once more."), EqualTo("password", "This is not the same.")],
        render_kw={"autocomplete": "new-password"},
    )
    submit = SubmitField("Keep this password")


class InvitationForm(NewPasswordForm):
    """The name and the first password of somebody who was invited."""

    name = StringField(
        "Your name",
        [InputRequired("Write your name."), Length(max=LONGEST_NAME)],
        filters=[lambda text: text and text.strip()],
        render_kw={"autocomplete": "name", "autofocus": True},
    )
    submit = SubmitField("Begin")
