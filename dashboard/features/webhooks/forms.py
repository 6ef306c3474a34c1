"""What the list of deliveries can be narrowed by, and the form that takes a signing secret."""

from flask_wtf import FlaskForm
from wtforms import PasswordField, SubmitField
from wtforms.validators import InputRequired, Length, Regexp

from dashboard.web.filters import Choice, Dates, Text

STATES = (
    ("waiting", "Waiting"),
    ("handled", "Handled"),
    ("dead", "Set aside"),
)
OUTCOMES = (
    ("applied", "Applied"),
    ("re_read", "Read from Stripe"),
    ("older", "Older than known"),
    ("not_mirrored", "Not mirrored"),
)
FILTERS = (
    Dates("received", "Received"),
    Choice("state", "State", STATES),
    Choice("outcome", "Outcome", OUTCOMES),
    Text("type", "Type"),
    Text("about", "Event or object"),
)
SHORTEST, LONGEST = 20, 255


class SecretForm(FlaskForm):  # type: ignore[misc]
    """The signing secret of an endpoint; it is never written back into the page."""

    secret = PasswordField(
        "Signing secret",
        [
            InputRequired("Paste the signing secret of the endpoint."),
            Length(
                SHORTEST, LONGEST, "A signing secret is longer than this: copy all of it at Stripe."
            ),
            Regexp(
                r"whsec_[!-~]+$",
                message="A signing secret begins with whsec_ and holds no blanks. "
                "Click “Reveal” beside the endpoint at Stripe and copy it from there.",
            ),
        ],
        description="It begins with whsec_ and is sealed before it is kept.",
        filters=[lambda text: text and text.strip()],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    submit = SubmitField("Add secret")
