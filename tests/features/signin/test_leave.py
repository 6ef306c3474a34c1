"""Signing out ends the session for whoever holds its cookie."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine

from dashboard.core.config import Settings
from dashboard.features.people import actions as people
from dashboard.store.roles import Role
from tests.clients import PASSWORD, CheckedClient, signed_out


def test_signing_out_ends_the_session_here_and_in_the_table(ann: CheckedClient, app: Flask) -> None:
    stolen = ann.get_cookie("session")
    assert stolen
    response = ann.submit("/logout")
    assert (response.status_code, response.location) == (303, "/login")
    assert response.headers["Clear-Site-Data"] == '"cache"'
    thief = signed_out(app)
    thief.set_cookie("session", stolen.value)
    assert thief.get("/account").status_code == 303


def test_signing_out_needs_the_token_and_a_post(ann: CheckedClient) -> None:
    assert ann.get("/logout").status_code == 405
    assert ann.post("/logout").status_code == 400
    assert ann.get("/account").status_code == 200


def test_a_stranger_who_signs_out_is_shown_the_form(client: CheckedClient) -> None:
    assert client.submit("/logout").location == "/login"


@pytest.mark.postgres
def test_on_postgresql_one_signs_in_and_out_all_the_same(
    make_app: Callable[[Settings], Flask], settings: Settings, postgres_engine: Engine
) -> None:
    url = postgres_engine.url.render_as_string(hide_password=False)
    app = make_app(settings.model_copy(update={"database_url": url}))
    people.create(postgres_engine, "ann@example.com", Role.FINANCE, PASSWORD)
    client = signed_out(app)
    form = {"email": "ann@example.com", "password": PASSWORD}
    assert client.submit("/login", {**form, "password": "wrong"}).status_code == 422
    assert client.submit("/login", form).status_code == 303
    assert client.get("/account").status_code == 200
    assert client.submit("/logout").status_code == 303
    assert client.get("/account").status_code == 303
