"""Checking the audit log: whole, from its first row to its last, and keeping what was found."""

from collections.abc import Sequence

from sqlalchemy import Engine

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.errors import UnavailableError
from dashboard.core.log import logger
from dashboard.jobs import commands
from dashboard.store import audit_check
from dashboard.store.audit_check import Verdict

TASK = "audit-check"
NOT_WHOLE = 1
"""The status of the command where something is wrong: the page tells of it."""

log = logger("audit")


def verify(engine: Engine, known: Sequence[str] = ()) -> Verdict:
    """Read the whole log, in which the seals that are ``known`` must be; keep what is found.

    Raises:
        ValueError: what is known is no seal.
    """
    with database.snapshot(engine) as db:
        verdict = audit_check.check(db, known)
    with database.writing(engine) as db:
        audit_check.keep(db, verdict)
    note = log.info if verdict.is_whole else log.error
    note("audit_log_checked", rows=verdict.rows, last=verdict.last, faults=verdict.count)
    return verdict


def check(_engine: Engine, settings: Settings) -> None:
    """Check the log by the command of the terminal: a long log keeps no page waiting.

    Raises:
        UnavailableError: it could not be read; the message is what the command says.
    """
    ended = commands.run(settings, "audit", "verify", "--json")
    if ended.returncode not in (0, NOT_WHOLE) or not ended.stdout:
        raise UnavailableError(commands.reason_of(ended))
