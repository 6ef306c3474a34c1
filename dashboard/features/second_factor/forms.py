"""The form that shows that an authenticator app holds the secret."""

from flask_wtf import FlaskForm
from wtforms import StringField, SubmitField
from wtforms.validators import InputRequired, Length

LONGEST_CODE = 16


class FirstCodeForm(FlaskForm):  # type: ignore[misc]
    """The first code of a new app."""

    code = StringField(
        "Code",
        [InputRequired("Write the six digits that your app shows."), Length(max=LONGEST_CODE)],
        description="The six digits that your app shows now.",
        render_kw={
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "spellcheck": "false",
        },
    )
    submit = SubmitField("Turn on")
