"""The page of the endpoint: its address and its secrets, which nobody ever reads there."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.crypto import make_key
from dashboard.store.books import Book
from dashboard.store.roles import Role
from dashboard.store.webhook_secrets import webhook_secrets
from tests.clients import CheckedClient, signed_in
from tests.deliveries import SECRET, deliver, event
from tests.features.audited import entries

CANARY = "whsec_canaryCanaryCanary9876"
KEY = make_key()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with a key that seals."""
    values = settings.model_dump() | {"atom_oauth_encryption_key": KEY}
    return Settings(_env_file=None, **values)


def test_a_secret_of_the_environment_is_masked(rob: CheckedClient, book: Book) -> None:
    page = rob.get("/webhooks/endpoint").text
    assert SECRET not in page
    assert f"whsec_…{SECRET[-4:]}" in page
    assert "http://localhost/api/v1/stripe/webhooks" in page


def test_a_secret_is_sealed_counts_at_once_and_is_never_shown(
    app: Flask, boss: CheckedClient, book: Book, capfd: pytest.CaptureFixture[str]
) -> None:
    told = event("customer.updated", {"id": "cus_1", "object": "customer"}, created=clock.seconds())
    assert deliver(boss, told, secret=CANARY).status_code == 400
    answer = boss.submit("/webhooks/secrets", {"secret": f" {CANARY}\n"})
    assert answer.status_code == 303
    assert deliver(boss, told, secret=CANARY).status_code == 200
    page = boss.get("/webhooks/endpoint").text
    assert "whsec_…9876" in page
    with database.reading(app.extensions["dashboard"].engine) as db:
        (kept,) = db.execute(select(webhook_secrets)).all()
    output = capfd.readouterr()
    for place in (page, str(kept), output.out, output.err, str(answer.headers)):
        assert CANARY not in place
        assert CANARY.removeprefix("whsec_") not in place


@pytest.mark.parametrize(
    "wrong", ["", "sk_live_canaryCanaryCanary9876", "whsec_canary Canary Canary 98", "whsec_short"]
)
def test_what_is_no_secret_is_refused_and_not_written_back(
    boss: CheckedClient, book: Book, wrong: str, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = boss.submit("/webhooks/secrets", {"secret": wrong})
    assert answer.status_code == 422
    assert "The secret is not kept" in answer.text
    assert not wrong or wrong not in answer.text
    assert not wrong or wrong not in capfd.readouterr().err


def test_without_a_key_to_seal_it_the_page_says_what_to_do(
    make_app: Callable[[Settings], Flask], settings: Settings, app: Flask, book: Book
) -> None:
    bare = Settings(_env_file=None, **settings.model_dump() | {"atom_oauth_encryption_key": ""})
    boss = signed_in(make_app(bare), "other@example.com", Role.ADMIN)
    answer = boss.submit("/webhooks/secrets", {"secret": CANARY})
    assert answer.status_code == 422
    assert "ATOM_OAUTH_ENCRYPTION_KEY" in answer.text
    assert "flask --app wsgi make-key" in answer.text
    assert CANARY not in answer.text


def test_a_secret_is_removed_after_the_page_asked(boss: CheckedClient, book: Book) -> None:
    boss.submit("/webhooks/secrets", {"secret": CANARY})
    page = boss.get("/webhooks/endpoint").text
    assert "Remove this secret?" in page
    url = page.partition('action="/webhooks/secrets/')[2].partition('"')[0]
    assert boss.submit(f"/webhooks/secrets/{url}").status_code == 303
    assert "9876" not in boss.get("/webhooks/endpoint").text
    assert boss.submit(f"/webhooks/secrets/{url}").status_code == 404


def test_the_audit_log_tells_who_changed_which_secret(
    app: Flask, boss: CheckedClient, book: Book
) -> None:
    boss.submit("/webhooks/secrets", {"secret": CANARY})
    boss.submit("/webhooks/secrets/1/remove")
    engine = app.extensions["dashboard"].engine
    (added,), (removed,) = entries(engine, "secret.added"), entries(engine, "secret.removed")
    assert (added["actor"], added["account_id"]) == ("boss@example.com", book.account_id)
    assert added["after"] == removed["before"] == {"ending": "9876"}


def test_only_admins_change_secrets(app: Flask, ann: CheckedClient, book: Book) -> None:
    page = ann.get("/webhooks/endpoint").text
    assert 'name="secret"' not in page
    assert ann.submit("/webhooks/secrets", {"secret": CANARY}).status_code == 403
    assert ann.submit("/webhooks/secrets/1/remove").status_code == 403
