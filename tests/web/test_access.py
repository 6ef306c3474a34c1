"""The table of endpoint and least role is complete and holds."""

import pytest
from flask import Flask

from tests.clients import CheckedClient
from dashboard.web.access import LEAST_ROLE


def test_every_endpoint_has_an_entry_and_every_entry_an_endpoint(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(LEAST_ROLE)


def test_account_page_shows(ann: CheckedClient) -> None:
    assert "ann@example.com" in ann.get("/account").text


def test_databases(engine) -> None:
    with engine.connect() as c:
        assert c.exec_driver_sql("select count(*) from users").scalar() == 0
