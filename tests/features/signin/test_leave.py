"""Signing out ends the session for whoever holds its cookie."""

from flask import Flask

from tests.clients import CheckedClient, signed_out


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
