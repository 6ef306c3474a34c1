"""Renewing tokens ahead of time: those that end do so while nobody looks."""

from sqlalchemy import Engine

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.errors import DashboardError
from dashboard.core.log import logger
from dashboard.features.connections.at_stripe.tokens import renew
from dashboard.store import connections
from dashboard.store.audit import SCHEDULE

AHEAD_SECONDS = 900
"""A token is renewed that long before it ends: Stripe may be away for a while in between."""

log = logger("connections")


def renew_tokens(engine: Engine, settings: Settings) -> None:
    """Renew all tokens that end soon; those that do not end are left alone.

    Where it fails it is tried again with the next round.
    """
    with database.reading(engine) as db:
        due = connections.expiring(db, before=clock.seconds() + AHEAD_SECONDS)
    for found in due:
        try:
            renew(engine, settings, found, SCHEDULE)
        except DashboardError as error:
            log.warning("renewal_failed", account=found.book.account_id, reason=str(error))
