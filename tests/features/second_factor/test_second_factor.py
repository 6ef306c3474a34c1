"""A second factor: set up, asked for at sign-in and before what matters, and required by policy."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pyotp
import pytest
import time_machine
from flask import Flask
from pydantic import SecretStr

from dashboard.core import clock
from dashboard.core.config import Settings, TwoFactor
from dashboard.core.crypto import make_key
from dashboard.store.roles import Role
from tests.clients import PASSWORD, CheckedClient, signed_in, signed_out
from tests.features.audited import entries

ANN = {"email": "ann@example.com", "password": PASSWORD}
PAGE = "/account/second-factor"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"atom_oauth_encryption_key": SecretStr(make_key())})


@pytest.fixture
def moments() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        yield traveller


def app_of(client: CheckedClient) -> pyotp.TOTP:
    """Return the authenticator app of who reads the page by hand."""
    found = re.search(r'class="secret">([A-Z2-7 ]+)<', client.get(PAGE).text)
    assert found
    return pyotp.TOTP(found[1].replace(" ", ""))


def code(phone: pyotp.TOTP) -> str:
    return phone.at(clock.seconds())


def enrolled(client: CheckedClient) -> tuple[pyotp.TOTP, list[str]]:
    """Turn the second factor on; return the app and the recovery codes."""
    phone = app_of(client)
    token = client.get(PAGE).text.partition('name="csrf_token"')[2].split('"')[3]
    page = client.post(PAGE, data={"csrf_token": token, "code": code(phone)})
    assert page.status_code == 200
    return phone, re.findall(r"[A-Z2-7]{5}(?:-[A-Z2-7]{5}){4}", page.text)


def test_the_page_shows_a_picture_and_keeps_the_secret_until_it_is_used(
    ann: CheckedClient,
) -> None:
    page = ann.get(PAGE).text
    assert "<svg" in page
    assert "style=" not in page
    assert app_of(ann).secret == app_of(ann).secret


def test_a_wrong_first_code_turns_nothing_on(app: Flask, ann: CheckedClient) -> None:
    app_of(ann)
    assert ann.submit(PAGE, {"code": "000000"}).status_code == 422
    assert "Set up a second factor" in ann.get("/account").text


def test_signing_in_takes_a_code_that_counts_once(
    app: Flask, ann: CheckedClient, moments: time_machine.Traveller
) -> None:
    phone, codes = enrolled(ann)
    assert len(codes) == 10
    client, other = signed_out(app), signed_out(app)
    for each in (client, other):
        answer = each.submit("/login?next=/payments", ANN)
        assert (answer.status_code, answer.location) == (303, "/login/code?next=/payments")
        assert each.get("/account").status_code == 303
    # The code that turned it on counts no more.
    assert client.submit("/login/code", {"code": code(phone)}).status_code == 422
    moments.shift(30)
    answer = client.submit("/login/code?next=/payments", {"code": code(phone)})
    assert (answer.status_code, answer.location) == (303, "/payments")
    assert client.get("/account").status_code == 200
    assert other.submit("/login/code", {"code": code(phone)}).status_code == 422


def test_a_recovery_code_lets_in_once(app: Flask, ann: CheckedClient) -> None:
    _, codes = enrolled(ann)
    for expected in (303, 422):
        client = signed_out(app)
        client.submit("/login", ANN)
        assert client.submit("/login/code", {"code": codes[3].lower()}).status_code == expected
    engine = app.extensions["dashboard"].engine
    assert [each["after"] for each in entries(engine, "recovery_code.used")] == [{"left": 9}]


def test_the_second_step_needs_the_first_and_ends_after_five_minutes(
    app: Flask, ann: CheckedClient, moments: time_machine.Traveller
) -> None:
    phone, _ = enrolled(ann)
    moments.shift(30)
    stranger = signed_out(app)
    answer = stranger.post(
        "/login/code", data={"csrf_token": stranger.csrf_token(), "code": code(phone)}
    )
    assert (answer.status_code, answer.location) == (303, "/login")
    client = signed_out(app)
    client.submit("/login", ANN)
    moments.shift(timedelta(minutes=5, seconds=1))
    assert client.submit("/login/code", {"code": code(phone)}).location == "/login"


def test_guessing_codes_is_stopped_and_the_password_does_not_start_it_anew(
    app: Flask, ann: CheckedClient, moments: time_machine.Traveller
) -> None:
    phone, _ = enrolled(ann)
    moments.shift(30)
    answers = []
    for _ in range(4):
        client = signed_out(app)
        client.submit("/login", ANN)
        answers += [client.submit("/login/code", {"code": "000000"}).status_code for _ in range(3)]
    assert answers == [422] * 10 + [429] * 2
    assert client.submit("/login/code", {"code": code(phone)}).status_code == 429


def test_confirming_takes_password_and_code(
    ann: CheckedClient, moments: time_machine.Traveller
) -> None:
    phone, _ = enrolled(ann)
    moments.shift(timedelta(minutes=11))
    assert ann.get(PAGE).location == f"/confirm?next={PAGE}"
    assert ann.submit("/confirm", {"password": PASSWORD, "code": "000000"}).status_code == 422
    assert ann.submit("/confirm", {"password": "wrong", "code": code(phone)}).status_code == 422
    both = {"password": PASSWORD, "code": code(phone)}
    assert ann.submit(f"/confirm?next={PAGE}", both).location == PAGE
    assert ann.get(PAGE).status_code == 200


def test_new_recovery_codes_replace_the_old_and_removing_ends_it(
    app: Flask, ann: CheckedClient
) -> None:
    _, old = enrolled(ann)
    new = ann.submit(f"{PAGE}/recovery-codes").text
    assert not [each for each in old if each in new]
    client = signed_out(app)
    client.submit("/login", ANN)
    assert client.submit("/login/code", {"code": old[0]}).status_code == 422
    assert ann.submit(f"{PAGE}/remove").status_code == 303
    assert signed_out(app).submit("/login", ANN).location == "/"
    engine = app.extensions["dashboard"].engine
    for deed in ("second_factor.added", "recovery_codes.renewed", "second_factor.removed"):
        assert len(entries(engine, deed)) == 1


def test_turning_it_on_ends_the_other_sessions(app: Flask, ann: CheckedClient) -> None:
    other = signed_out(app)
    other.submit("/login", ANN)
    enrolled(ann)
    assert other.get("/account").status_code == 303
    assert ann.get("/account").status_code == 200


def test_an_admin_lets_in_who_lost_phone_and_codes(
    app: Flask, ann: CheckedClient, boss: CheckedClient
) -> None:
    enrolled(ann)
    assert ann.user
    assert boss.submit(f"/people/{ann.user.id}/second-factor/remove").status_code == 303
    assert signed_out(app).submit("/login", ANN).location == "/"
    assert boss.submit(f"/people/{ann.user.id}/second-factor/remove").status_code == 409


@pytest.mark.parametrize(
    ("policy", "role", "is_led"),
    [
        (TwoFactor.NONE, Role.ADMIN, False),
        (TwoFactor.ADMINS, Role.FINANCE, False),
        (TwoFactor.ADMINS, Role.ADMIN, True),
        (TwoFactor.EVERYBODY, Role.VIEWER, True),
    ],
)
def test_who_must_have_one_sets_it_up_before_anything_else(
    make_app: Callable[[Settings], Flask],
    settings: Settings,
    policy: TwoFactor,
    role: Role,
    *,
    is_led: bool,
) -> None:
    app = make_app(settings.model_copy(update={"two_factor_required": policy}))
    eve = signed_in(app, "eve@example.com", role)
    for path in ("/account", "/payments", "/sync/freshness"):
        answer = eve.get(path)
        led = (answer.location or "").startswith(PAGE)
        assert led is is_led, path
    if not is_led:
        return
    assert eve.post("/account/sessions/revoke", data={}).location == PAGE
    _, codes = enrolled(eve)
    assert codes
    assert eve.get("/account").status_code == 200
    assert eve.submit(f"{PAGE}/remove").status_code == 409


def test_without_a_key_it_says_what_is_missing(
    make_app: Callable[[Settings], Flask], settings: Settings
) -> None:
    bare = settings.model_copy(update={"atom_oauth_encryption_key": SecretStr("")})
    ann = signed_in(make_app(bare), "ann@example.com", Role.FINANCE)
    answer = ann.get(PAGE)
    assert answer.status_code == 500
    assert "ATOM_OAUTH_ENCRYPTION_KEY" in answer.text


def test_a_new_password_by_link_leaves_the_second_factor_on(
    app: Flask, ann: CheckedClient, boss: CheckedClient
) -> None:
    enrolled(ann)
    assert ann.user
    page = boss.submit(f"/people/{ann.user.id}/reset").text
    token = page.partition("token=")[2].partition("<")[0]
    form = {"token": token, "password": "nine loud herons", "again": "nine loud herons"}
    client = signed_out(app)
    assert client.submit("/login/reset", form).status_code == 303
    answer = client.submit("/login", {**ANN, "password": "nine loud herons"})
    assert answer.location == "/login/code"
