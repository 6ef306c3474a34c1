"""A token of the portal is believed once, for a minute at most, and nothing that is like one."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, func, select
from time_machine import Traveller

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.store import portal as portals
from dashboard.store import portal_sessions, portal_tokens
from dashboard.store.portal import Portal
from dashboard.store.portal_tokens import RefusedTokenError
from dashboard.store.roles import Role
from tests.portals import KEYS, PORTAL, SECRET, claims, signed, token, with_portal
from tests.store.forgeries import forged

FORGERIES = 400


@pytest.fixture
def portal() -> Portal:
    found = portals.read(with_portal(Settings(_env_file=None)))
    assert found
    return found


def test_a_good_token_says_who_comes(portal: Portal) -> None:
    told = portal_tokens.read(token(theme="dark", language="de-CH", path="/payments"), portal)
    assert (told.subject, told.email, told.role) == (
        "atom-user-7",
        "mia@atom.example",
        Role.ANALYST,
    )
    assert (told.accounts, told.origin) == (("acct_make",), PORTAL)
    assert (told.theme, told.language, told.path) == ("dark", "de-CH", "/payments")


def test_a_shared_secret_signs_under_its_own_name(portal: Portal) -> None:
    told = portal_tokens.read(signed(claims(), SECRET, "HS256", kid="old"), portal)
    assert told.key_id == "old"


def test_no_forged_token_is_believed(portal: Portal) -> None:
    believed = []
    for what, forgery in forged(FORGERIES):
        try:
            portal_tokens.read(forgery, portal)
        except RefusedTokenError:
            continue
        believed.append(what)
    assert believed == []


def test_a_key_that_was_taken_out_is_believed_no_more() -> None:
    second = KEYS.split()[1]
    found = portals.read(with_portal(Settings(_env_file=None), atom_embed_keys=SecretStr(second)))
    assert found
    with pytest.raises(RefusedTokenError):
        portal_tokens.read(token(), found)


def test_a_clock_a_little_ahead_is_forgiven(portal: Portal, clock: Traveller) -> None:
    made = token()
    clock.shift(-5)
    assert portal_tokens.read(made, portal)
    clock.shift(-1)
    with pytest.raises(RefusedTokenError):
        portal_tokens.read(made, portal)


def test_a_token_works_once_however_many_come_with_it_at_once(
    engine: Engine, portal: Portal
) -> None:
    told = portal_tokens.read(token(), portal)

    def use(_number: int) -> bool:
        try:
            with database.writing(engine) as db:
                portal_tokens.use(db, told)
        except RefusedTokenError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(use, range(16))) == 1


def test_used_tokens_are_remembered_until_they_are_worthless(
    db: Connection, clock: Traveller, portal: Portal
) -> None:
    first = portal_tokens.read(token(), portal)
    portal_tokens.use(db, first)
    clock.shift(61)
    with pytest.raises(RefusedTokenError):
        portal_tokens.use(db, first)
    clock.shift(3_600)
    portal_tokens.use(db, portal_tokens.read(token(), portal))
    assert db.scalar(select(func.count()).select_from(portal_tokens.portal_tokens)) == 1


def test_a_session_ends_by_age_and_can_be_renewed_for_a_while(
    db: Connection, clock: Traveller, portal: Portal
) -> None:
    told = portal_tokens.read(token(), portal)
    key = portal_sessions.start(db, told, address="127.0.0.1", agent="a" * 500, seconds=900)
    session = portal_sessions.find(db, key)
    assert session
    assert (session.seconds_left, session.accounts) == (900, ("acct_make",))
    clock.shift(3_600)
    assert session.seconds_left == 0
    later = portal_tokens.read(token(role="viewer", accounts=["acct_2"]), portal)
    portal_sessions.renew(db, session.id, later, seconds=900)
    renewed = portal_sessions.find(db, key)
    assert renewed
    assert (renewed.role, renewed.accounts) == (Role.VIEWER, ("acct_2",))
    assert renewed.seconds_left == 900
    clock.shift(900 + portal_sessions.RENEWABLE_SECONDS)
    assert portal_sessions.find(db, key) is None
    assert portal_sessions.purge(db) == 1


def test_the_table_holds_only_the_hash_of_a_session(db: Connection, portal: Portal) -> None:
    told = portal_tokens.read(token(), portal)
    key = portal_sessions.start(db, told, address="127.0.0.1", agent="x", seconds=900)
    row = db.execute(select(portal_sessions.portal_sessions)).one()
    assert key not in str(row)
    assert portal_sessions.find(db, row.token_hash) is None
    session = portal_sessions.find(db, key)
    assert session
    portal_sessions.end(db, session.id)
    assert portal_sessions.find(db, key) is None
