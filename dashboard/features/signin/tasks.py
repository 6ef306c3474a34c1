"""Mailing the way to a new password, where nobody can tell by the clock whether it was mailed."""

from sqlalchemy import Engine

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.crypto import Vault
from dashboard.core.errors import NotFoundError
from dashboard.core.log import logger
from dashboard.gateway.mail import Message
from dashboard.jobs import mail
from dashboard.store import audit, jobs, links, users
from dashboard.store.audit import VISITOR
from dashboard.store.links import Purpose

MOST_AN_HOUR = 3
"""So many links can be asked for; they all count, so that a stranger who asks does no harm."""

WORDS = """Somebody, probably you, asked for a new password for the dashboard.

Choose it here within the next hour:

{url}

The link can be used once. If you did not ask for it, leave it alone: your password stays as it is.
"""

log = logger("signin")


def mail_reset(engine: Engine, settings: Settings, *, sealed_email: str, form_url: str) -> None:
    """Mail the user with this address a link to ``form_url``; nothing where there is none."""
    email = Vault(settings.atom_oauth_encryption_key.get_secret_value()).open(sealed_email)
    with database.writing(engine) as db:
        try:
            user = users.find(db, email)
        except NotFoundError:
            return
        if user.disabled_at or links.made_lately(db, Purpose.RESET, user.email) >= MOST_AN_HOUR:
            return
        token = links.make(db, Purpose.RESET, user.email, made_by=VISITOR.name)
        words = WORDS.format(url=f"{form_url}?token={token}")
        message = Message(user.email, "A new password for the dashboard", words)
        jobs.queue(db, mail.TASK, arguments={"sealed": mail.sealed(settings, message)})
        audit.record(db, VISITOR, "user.reset_asked", subject=user.email)
    log.info("reset_link_made", user_id=user.id)
