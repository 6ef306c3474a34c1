"""Forms that connect an account; what is secret is never written back into the page."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, SelectField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, Regexp

from dashboard.store.connections import Scope

LONGEST_KEY, LONGEST_ID = 255, 64
SCOPES = (
    SelectChoice(Scope.READ_ONLY.value, "Read only"),
    SelectChoice(Scope.READ_WRITE.value, "Read and write"),
)


def _stripped(text: Any) -> Any:
    return text.strip() if isinstance(text, str) else text


class ScopeForm(FlaskForm):  # type: ignore[misc]
    """What is to be allowed in the account."""

    scope = SelectField(
        "What is allowed",
        [InputRequired("Choose what is allowed.")],
        choices=SCOPES,
        default=Scope.READ_ONLY.value,
    )


class KeyForm(ScopeForm):
    """A secret or restricted key; ``account`` and ``mode`` where it must open that one."""

    secret = PasswordField(
        "Secret or restricted key",
        [InputRequired("Paste a key."), Length(max=LONGEST_KEY, message="No key is that long.")],
        description="It begins with sk_ or rk_, is tried at Stripe, and is sealed before it is "
        "kept.",
        filters=[_stripped],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    account = HiddenField(validators=[Optional(), Length(max=LONGEST_ID)])
    mode = HiddenField(validators=[Optional(), Regexp("^(live|test)$")])
    submit = SubmitField("Connect with this key")


class PlatformForm(ScopeForm):
    """An account of our platform, and its key where it is not that of the settings."""

    account_id = StringField(
        "Account",
        [
            InputRequired("Enter the account's id."),
            Regexp(r"^acct_[A-Za-z0-9_]{1,59}$", message="It begins with acct_."),
        ],
        description="Its id, which begins with acct_.",
        filters=[_stripped],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    secret = PasswordField(
        "The platform's key",
        [Optional(), Length(max=LONGEST_KEY, message="No key is that long.")],
        description="Leave it empty to use the key of the settings.",
        filters=[_stripped],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    submit = SubmitField("Connect this account")
