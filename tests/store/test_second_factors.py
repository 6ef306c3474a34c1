"""Second factors: a code counts once and in its time, a recovery code once, secrets stay sealed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pyotp
import pytest
from sqlalchemy import Connection, Engine, select
from time_machine import Traveller

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.crypto import make_key
from dashboard.core.errors import NotFoundError, SettingsError
from dashboard.store import links, second_factors, users
from dashboard.store.roles import Role
from dashboard.store.users import User

NOW = 1_795_000_000


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings(_env_file=None, environment="test", atom_oauth_encryption_key=make_key())


@pytest.fixture
def ann(db: Connection) -> User:
    return users.create(db, "ann@example.com", Role.VIEWER, "hash")


def enrolled(db: Connection, ann: User, settings: Settings, clock: Traveller) -> pyotp.TOTP:
    """Enrol Ann, wait for the next code, and return her app."""
    app = pyotp.TOTP(second_factors.begin(db, ann.id, ann.email, settings).secret)
    assert second_factors.confirm(db, ann.id, app.at(NOW), settings)
    clock.shift(30)
    return app


def test_a_secret_counts_once_its_first_code_was_given(
    db: Connection, ann: User, settings: Settings
) -> None:
    enrolment = second_factors.begin(db, ann.id, ann.email, settings)
    assert second_factors.begin(db, ann.id, ann.email, settings).secret == enrolment.secret
    code = pyotp.TOTP(enrolment.secret).at(NOW)
    assert not second_factors.accept(db, ann.id, code, settings)
    assert not users.by_id(db, ann.id).has_second_factor
    assert second_factors.confirm(db, ann.id, code, settings)
    assert users.by_id(db, ann.id).has_second_factor


def test_no_code_counts_twice_nor_an_earlier_one_after_it(
    db: Connection, ann: User, settings: Settings, clock: Traveller
) -> None:
    app = enrolled(db, ann, settings, clock)
    now = NOW + 30
    assert not second_factors.accept(db, ann.id, app.at(NOW), settings)
    assert second_factors.accept(db, ann.id, app.at(now + 30), settings)
    assert not second_factors.accept(db, ann.id, app.at(now + 30), settings)
    assert not second_factors.accept(db, ann.id, app.at(now), settings)


def test_a_code_counts_in_its_time_alone(
    db: Connection, ann: User, settings: Settings, clock: Traveller
) -> None:
    app = enrolled(db, ann, settings, clock)
    code = app.at(NOW + 300)
    for wrong in ("", "000000", "ABCDEF", "é" * 6, code):
        assert not second_factors.accept(db, ann.id, wrong, settings)
    clock.move_to(NOW + 300)
    assert second_factors.accept(db, ann.id, f"{code[:3]} {code[3:]}", settings)


def test_a_recovery_code_counts_once_however_it_is_typed(db: Connection, ann: User) -> None:
    codes = second_factors.renew_recovery(db, ann.id)
    assert len(set(codes)) == second_factors.recovery_left(db, ann.id) == 10
    typed = codes[0].lower().replace("-", " ")
    assert second_factors.is_recovery(typed)
    assert second_factors.accept_recovery(db, ann.id, typed)
    assert not second_factors.accept_recovery(db, ann.id, typed)
    assert second_factors.recovery_left(db, ann.id) == 9


def test_new_recovery_codes_take_the_place_of_the_old(db: Connection, ann: User) -> None:
    old = second_factors.renew_recovery(db, ann.id)
    second_factors.renew_recovery(db, ann.id)
    assert not second_factors.accept_recovery(db, ann.id, old[0])


def test_nobody_uses_the_codes_of_somebody_else(
    db: Connection, ann: User, settings: Settings, clock: Traveller
) -> None:
    app = enrolled(db, ann, settings, clock)
    codes = second_factors.renew_recovery(db, ann.id)
    eve = users.create(db, "eve@example.com", Role.VIEWER, "hash")
    assert not second_factors.accept(db, eve.id, app.at(NOW + 30), settings)
    assert not second_factors.accept_recovery(db, eve.id, codes[0])


def test_what_is_removed_counts_no_more(
    db: Connection, ann: User, settings: Settings, clock: Traveller
) -> None:
    app = enrolled(db, ann, settings, clock)
    codes = second_factors.renew_recovery(db, ann.id)
    assert second_factors.remove(db, ann.id)
    assert not second_factors.remove(db, ann.id)
    assert not second_factors.accept(db, ann.id, app.at(NOW + 30), settings)
    assert not second_factors.accept_recovery(db, ann.id, codes[0])


def test_neither_secret_nor_code_stands_in_the_tables(
    db: Connection, ann: User, settings: Settings
) -> None:
    secret = second_factors.begin(db, ann.id, ann.email, settings).secret
    codes = second_factors.renew_recovery(db, ann.id)
    rows = str(db.execute(select(second_factors.second_factors)).all())
    rows += str(db.execute(select(second_factors.recovery_codes)).all())
    assert not [each for each in (secret, *codes) if each in rows]


def test_without_a_key_nothing_is_kept(db: Connection, ann: User) -> None:
    bare = Settings(_env_file=None, environment="test")
    with pytest.raises(SettingsError, match="ATOM_OAUTH_ENCRYPTION_KEY"):
        second_factors.begin(db, ann.id, ann.email, bare)


def test_of_many_that_give_the_same_code_or_link_at_once_one_succeeds(
    engine: Engine, settings: Settings
) -> None:
    with database.writing(engine) as db:
        ann = users.create(db, "ann@example.com", Role.VIEWER, "hash")
        app = pyotp.TOTP(second_factors.begin(db, ann.id, ann.email, settings).secret)
        present = clock.seconds()
        second_factors.confirm(db, ann.id, app.at(present - 30), settings)
        (recovery, *_) = second_factors.renew_recovery(db, ann.id)
        token = links.make(db, links.Purpose.RESET, ann.email, made_by="boss@example.com")

    def tried(deed: Callable[[Connection], object]) -> bool:
        together.wait()
        try:
            with database.writing(engine) as db:
                return bool(deed(db))
        except NotFoundError:
            return False

    deeds: list[Callable[[Connection], object]] = [
        lambda db: second_factors.accept(db, ann.id, app.at(present), settings),
        lambda db: second_factors.accept_recovery(db, ann.id, recovery),
        lambda db: links.spend(db, links.Purpose.RESET, token),
    ]
    for deed in deeds:
        together = Barrier(5)
        with ThreadPoolExecutor(5) as threads:
            assert sum(threads.map(tried, [deed] * 5)) == 1
