"""The tables of the audit log come and go, with entries in them, and with the fence around them."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from dashboard import migrations
from dashboard.core import db as database
from dashboard.store import audit, audit_check


def test_the_log_goes_and_comes_with_its_fence(engine: Engine) -> None:
    for _ in range(2):
        with database.writing(engine) as db:
            audit.record(db, audit.TERMINAL, "user.created", subject="bob")
            audit_check.keep(db, audit_check.check(db))
            assert audit_check.check(db).rows == 1
        with pytest.raises(DBAPIError, match="only be added to"), database.writing(engine) as db:
            db.execute(text("UPDATE audit_log SET subject = 'eve'"))
        migrations.downgrade(engine, "0009")
        migrations.upgrade(engine)
