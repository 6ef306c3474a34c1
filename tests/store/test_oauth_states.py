"""A way to Stripe and back counts once, for ten minutes, for the session that began it."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import Engine, select

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.store import oauth_states, sessions, users
from dashboard.store.connections import Scope
from dashboard.store.oauth_states import Errand, Errant, Purpose, StateError
from dashboard.store.roles import Role

ERRAND = Errand(Purpose.RECONNECT, Scope.READ_ONLY, livemode=False, account_id="acct_1")


@pytest.fixture
def who(engine: Engine) -> Errant:
    """Somebody in a session of theirs."""
    with database.writing(engine) as db:
        user = users.create(db, "boss@example.com", Role.ADMIN, "hash")
        sessions.start(db, user.id, address="", agent="", lifetime_seconds=9999)
        session_id = db.scalar(select(sessions.sessions.c.id))
    return Errant(user.id, session_id or 0)


def test_an_errand_comes_back_as_it_went_and_once(engine: Engine, who: Errant) -> None:
    with database.writing(engine) as db:
        state = oauth_states.begin(db, ERRAND, who)
        assert oauth_states.spend(db, state, who) == ERRAND
        with pytest.raises(StateError, match="ended before"):
            oauth_states.spend(db, state, who)
        kept = db.execute(select(oauth_states.oauth_states)).one()
    assert state not in str(tuple(kept))


def test_what_a_stranger_brings_is_refused_and_spent(engine: Engine, who: Errant) -> None:
    for stranger in (Errant(who.user_id, who.session_id + 1), Errant(who.user_id + 1, 1)):
        with database.writing(engine) as db:
            state = oauth_states.begin(db, ERRAND, who)
            with pytest.raises(StateError, match="somebody else"):
                oauth_states.spend(db, state, stranger)
            with pytest.raises(StateError, match="ended before"):
                oauth_states.spend(db, state, who)


def test_an_errand_lasts_ten_minutes(engine: Engine, who: Errant) -> None:
    with database.writing(engine) as db:
        first, second = (oauth_states.begin(db, ERRAND, who) for _ in range(2))
        began = clock.now()
        with time_machine.travel(began + timedelta(seconds=590)):
            assert oauth_states.spend(db, first, who)
        with (
            time_machine.travel(began + timedelta(seconds=601)),
            pytest.raises(StateError, match="ten minutes"),
        ):
            oauth_states.spend(db, second, who)


@pytest.mark.parametrize("state", ["", "made up", "\ud800", "\0", "x" * 100_000])
def test_a_made_up_state_is_refused(engine: Engine, who: Errant, state: str) -> None:
    with database.writing(engine) as db, pytest.raises(StateError, match="not begun here"):
        oauth_states.spend(db, state, who)


def test_a_code_comes_once_whatever_state_it_comes_with(engine: Engine, who: Errant) -> None:
    with database.writing(engine) as db:
        first, second = (oauth_states.begin(db, ERRAND, who) for _ in range(2))
        assert oauth_states.use_code(db, first, "ac_1")
        assert not oauth_states.use_code(db, second, "ac_1")
        assert oauth_states.use_code(db, second, "ac_2")


def test_of_a_thousand_forged_states_none_is_taken(engine: Engine, who: Errant) -> None:
    with database.writing(engine) as db:
        state = oauth_states.begin(db, ERRAND, who)
        for number in range(1_000):
            place = number % len(state)
            letter = chr(ord("A") + number % 26)
            forged = state[:place] + letter + state[place + 1 :]
            if forged == state:
                continue
            with pytest.raises(StateError):
                oauth_states.spend(db, forged, who)
        assert oauth_states.spend(db, state, who) == ERRAND
