"""What the audit log tells, for tests of the deeds that it is to tell of."""

from typing import Any

import orjson
from sqlalchemy import Engine, select

from dashboard.core import db as database
from dashboard.store import audit_check
from dashboard.store.audit import audit_log


def entries(engine: Engine, deed: str) -> list[dict[str, Any]]:
    """Return the entries of a deed, the oldest first; the log as a whole is as it was written."""
    query = select(audit_log).where(audit_log.c.deed == deed).order_by(audit_log.c.number)
    with database.reading(engine) as db:
        assert audit_check.check(db).is_whole
        found = [dict(row) for row in db.execute(query).mappings()]
    for each in found:
        for side in ("before", "after"):
            each[side] = orjson.loads(each[side]) if each[side] else None
    return found
