"""S4: tokens of the portal that are forged, or used again, let nobody in."""

from http import HTTPStatus

from pydantic import SecretStr
from sqlalchemy import Engine, func, select

from dashboard.app import create_app
from dashboard.core import db as database
from dashboard.core.config import JobsPlace, Settings
from dashboard.store import books
from dashboard.store.portal_sessions import portal_sessions
from tests.portals import ACCOUNT, KEYS, PORTAL, token
from tests.soak.tally import Tally
from tests.store.forgeries import forged

FOUND = HTTPStatus.SEE_OTHER
REPLAYS = 10
"""One in so many tries is a token that was good once."""


def run(engine: Engine, *, count: int, seed_number: int) -> Tally:
    """Try ``count`` tokens at the way in; only those that are new and right begin a session."""
    tally = Tally(f"S4 portal tokens {engine.dialect.name}")
    with database.writing(engine) as db:
        books.open_book(db, ACCOUNT, livemode=False)
    app = create_app(_settings(engine))
    browser = app.test_client()

    def launch(told: str) -> int:
        answer = browser.post(
            "/embed/launch",
            base_url="https://dash.test",
            data={"token": told},
            headers={"Origin": PORTAL},
        )
        return answer.status_code

    good = 0
    for number, (what, forgery) in enumerate(forged(count, seed_number)):
        again = token() if number % REPLAYS == 0 else ""
        good += bool(again) and launch(again) == FOUND
        tally.cases += 1
        if launch(again or forgery) == FOUND:
            tally.failures.append(f"{seed_number}-{number} {'used before' if again else what}")
    with database.reading(engine) as db:
        begun = db.scalar(select(func.count()).select_from(portal_sessions)) or 0
    if begun != good or not good:
        tally.failures.append(f"{begun} sessions were begun, {good} were let in")
    app.extensions["dashboard"].engine.dispose()
    return tally


def _settings(engine: Engine) -> Settings:
    return Settings(
        _env_file=None,
        environment="test",
        database_url=engine.url.render_as_string(hide_password=False),
        secret_key="f" * 40,
        jobs=JobsPlace.NOWHERE,
        atom_embed_origins=PORTAL,
        atom_embed_keys=SecretStr(KEYS),
    )
