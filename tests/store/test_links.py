"""Links: each is used once, within its time, for its own purpose, and can be taken back."""

import pytest
from sqlalchemy import Connection, Engine, select
from time_machine import Traveller

from dashboard.core import db as database
from dashboard.core.errors import NotFoundError
from dashboard.store import links
from dashboard.store.links import Access, Purpose
from dashboard.store.roles import Role

BOB = "bob@example.com"
OFFER = Access(Role.ANALYST, every_account=False, grants={"acct_1": Role.FINANCE})


def invite(db: Connection) -> str:
    return links.make(db, Purpose.INVITATION, BOB, made_by="boss@example.com", access=OFFER)


def test_a_link_is_used_once_and_tells_what_it_offers(db: Connection) -> None:
    token = invite(db)
    assert links.find(db, Purpose.INVITATION, token) == links.spend(db, Purpose.INVITATION, token)
    with pytest.raises(NotFoundError):
        links.spend(db, Purpose.INVITATION, token)
    with pytest.raises(NotFoundError):
        links.find(db, Purpose.INVITATION, token)


def test_an_invitation_keeps_the_access_that_was_chosen(db: Connection) -> None:
    assert links.spend(db, Purpose.INVITATION, invite(db)).access == OFFER


def test_the_table_holds_no_token(db: Connection) -> None:
    token = invite(db)
    assert token not in str(db.execute(select(links.links)).all())


@pytest.mark.parametrize(("purpose", "seconds"), [("invitation", 24 * 3_600), ("reset", 3_600)])
def test_a_link_grows_too_old(db: Connection, clock: Traveller, purpose: str, seconds: int) -> None:
    token = links.make(db, Purpose(purpose), BOB, made_by="boss@example.com")
    clock.shift(seconds - 1)
    links.find(db, Purpose(purpose), token)
    clock.shift(1)
    with pytest.raises(NotFoundError):
        links.spend(db, Purpose(purpose), token)


def test_a_link_of_another_purpose_is_none(db: Connection) -> None:
    with pytest.raises(NotFoundError):
        links.spend(db, Purpose.RESET, invite(db))


def test_all_links_of_an_address_can_be_taken_back(db: Connection) -> None:
    first, second = invite(db), invite(db)
    assert links.made_lately(db, Purpose.INVITATION, BOB) == 2
    links.revoke_all(db, BOB)
    for token in (first, second):
        with pytest.raises(NotFoundError):
            links.spend(db, Purpose.INVITATION, token)
    links.spend(db, Purpose.INVITATION, invite(db))


def test_an_invitation_is_pending_until_it_is_taken_back(db: Connection) -> None:
    token = invite(db)
    (one,) = links.pending(db)
    assert links.revoke(db, one.id) == one
    assert links.pending(db) == []
    with pytest.raises(NotFoundError):
        links.revoke(db, one.id)
    with pytest.raises(NotFoundError):
        links.find(db, one.purpose, token)


def test_what_is_long_over_is_deleted(db: Connection, clock: Traveller) -> None:
    invite(db)
    assert links.purge(db, keep_seconds=60) == 0
    clock.shift(24 * 3_600 + 61)
    assert links.purge(db, keep_seconds=60) == 1


def test_of_two_that_use_a_link_at_once_one_succeeds(engine: Engine) -> None:
    with database.writing(engine) as db:
        token = invite(db)
    with database.writing(engine) as db:
        links.spend(db, Purpose.INVITATION, token)
        with database.reading(engine) as other:
            # Not committed yet: it can still be seen, and is spent by the first all the same.
            assert links.find(other, Purpose.INVITATION, token).email == BOB
    with database.writing(engine) as db, pytest.raises(NotFoundError):
        links.spend(db, Purpose.INVITATION, token)
