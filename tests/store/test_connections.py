"""Connections: what becomes of one that is given up, and who may renew a token."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, Engine

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.crypto import Vault, make_key
from dashboard.core.errors import ConflictError
from dashboard.store import books, connections
from dashboard.store.books import Book
from dashboard.store.connections import How, Scope, State, StripeConnection, Terms


@pytest.fixture
def keyed(settings: Settings) -> Settings:
    """Settings with a key of our own platform, and one to seal with."""
    news = {"stripe_secret_key": "sk_test_own", "atom_oauth_encryption_key": make_key()}
    return Settings(**{**dict(settings), **news})


def connected(engine: Engine, settings: Settings, how: How = How.OAUTH) -> StripeConnection:
    """Connect an account with a token that ends in an hour."""
    vault = Vault(settings.atom_oauth_encryption_key.get_secret_value())
    terms = Terms(
        scope=Scope.READ_ONLY,
        sealed_refresh_token=vault.seal("rt_first"),
        expires_at=clock.seconds() + 3600,
    )
    sealed = vault.seal("sk_test_token") if how is How.OAUTH else None
    with database.writing(engine) as db:
        book = books.open_book(db, "acct_1", livemode=False)
        connections.keep(db, book, how, fingerprint="f", sealed_secret=sealed, terms=terms)
        return connections.of_book(db, book)


@pytest.mark.parametrize("give_up", [connections.disconnect, connections.deauthorize])
def test_what_is_given_up_opens_nothing_any_more(
    engine: Engine, keyed: Settings, give_up: Callable[[Connection, Book], bool]
) -> None:
    found = connected(engine, keyed)
    assert connections.secret_of(found, keyed) == "sk_test_token"
    with database.writing(engine) as db:
        assert give_up(db, found.book)
        assert not give_up(db, found.book)
        found = connections.of_book(db, found.book)
    assert not found.is_active
    assert (found.sealed_secret, found.sealed_refresh_token) == (None, None)
    # Never the key of the environment in place of the token: that opens another account.
    with pytest.raises(ConflictError):
        connections.secret_of(found, keyed)


def test_a_platform_names_the_account_and_an_account_does_not(
    engine: Engine, keyed: Settings
) -> None:
    by_token = connected(engine, keyed)
    assert by_token.acts_for is None
    by_platform = connected(engine, keyed, How.PLATFORM)
    assert by_platform.acts_for == "acct_1"
    assert connections.secret_of(by_platform, keyed) == "sk_test_own"


def test_what_was_connected_again_is_not_taken_back_by_older_news(
    engine: Engine, keyed: Settings
) -> None:
    found = connected(engine, keyed)
    with database.writing(engine) as db:
        assert not connections.deauthorize(db, found.book, at=found.connected_at - 1)
        assert connections.of_book(db, found.book).is_active
        assert connections.deauthorize(db, found.book, at=found.connected_at + 1)
        assert connections.of_book(db, found.book).state is State.DEAUTHORIZED


def test_one_alone_renews_a_token(engine: Engine, keyed: Settings) -> None:
    found = connected(engine, keyed)
    with database.writing(engine) as db:
        first = connections.claim(db, found)
        assert first
        assert connections.claim(db, found) is None
        terms = Terms(Scope.READ_ONLY, "sealed anew", clock.seconds() + 7200)
        assert connections.renew(db, first, "another", terms)
        # Whoever looked before that comes too late: its refresh token is spent.
        assert connections.claim(db, found) is None
        now = connections.of_book(db, found.book)
    assert (now.sealed_secret, now.sealed_refresh_token) == ("another", "sealed anew")
    assert now.connected_at == found.connected_at


def test_a_token_that_comes_after_the_account_was_given_up_is_not_kept(
    engine: Engine, keyed: Settings
) -> None:
    found = connected(engine, keyed)
    with database.writing(engine) as db:
        claimed = connections.claim(db, found)
        assert claimed
        connections.disconnect(db, found.book)
        assert not connections.renew(db, claimed, "another", Terms(sealed_refresh_token="anew"))
        assert connections.of_book(db, found.book).sealed_secret is None


def test_only_tokens_that_end_are_due(engine: Engine, keyed: Settings) -> None:
    found = connected(engine, keyed)
    with database.writing(engine) as db:
        other: Book = books.open_book(db, "acct_2", livemode=False)
        connections.keep(db, other, How.OAUTH, fingerprint="g", sealed_secret="sealed")
        assert connections.expiring(db, before=clock.seconds() + 900) == []
        due = connections.expiring(db, before=clock.seconds() + 4000)
        assert [each.book for each in due] == [found.book]
        connections.refuse(db, found, "Refresh token does not exist.")
        assert connections.expiring(db, before=clock.seconds() + 4000) == []
        assert connections.of_book(db, found.book).state is State.REFUSED
