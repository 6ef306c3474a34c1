"""Forged requests: every unsafe request must carry the token of its own session."""

from flask import Flask, Response, g, session
from flask_wtf.csrf import CSRFProtect

RAW_TOKEN = "csrf_token"  # noqa: S105  (Flask-WTF's name in the session, and of the signed one in g)
SIGNED_TOKEN = "csrf_signed"  # noqa: S105

SIGNED_BY_MACHINES = (
    "dashboard.features.webhooks.api.receive",
    "dashboard.features.embed.views.launch",
)
"""Views whose callers sign what they send, and carry no session that could be misused."""


def register(app: Flask) -> None:
    """Check the token (field ``csrf_token`` or header ``X-CSRFToken``) on every unsafe request."""
    # The token lives as long as the session it belongs to, which has time-outs of its own.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.before_request(_reuse)
    protection = CSRFProtect(app)
    for view in SIGNED_BY_MACHINES:
        protection.exempt(view)
    app.after_request(_keep)


def _reuse() -> None:
    """Write the token that was signed before: signed anew each second, no page keeps its ETag."""
    if SIGNED_TOKEN in session:
        setattr(g, RAW_TOKEN, session[SIGNED_TOKEN])


def _keep(response: Response) -> Response:
    if RAW_TOKEN in session and RAW_TOKEN in g and SIGNED_TOKEN not in session:
        session[SIGNED_TOKEN] = g.get(RAW_TOKEN)
    return response
