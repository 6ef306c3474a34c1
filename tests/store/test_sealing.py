"""A key takes the place of another: without downtime, in whole, and once more after a stop."""

import threading

import pytest
from sqlalchemy import Engine

from dashboard.core import db as database
from dashboard.core.config import Settings
from dashboard.core.crypto import Vault, make_key
from dashboard.core.errors import SettingsError
from dashboard.migrations import tables
from dashboard.store import books, connections, sealing, webhook_secrets
from dashboard.store.connections import How, Terms
from dashboard.store.sealing import SEALED, reseal

OLD, NEW = make_key(), make_key()
MANY = 120
READS = 1_000


@pytest.fixture
def filled(engine: Engine, settings: Settings) -> Engine:
    """A database with more sealed values than are handled at once."""
    vault = Vault(OLD)
    old = Settings(**{**dict(settings), "atom_oauth_encryption_key": OLD})
    with database.writing(engine) as db:
        for number in range(MANY):
            book = books.open_book(db, f"acct_{number}", livemode=False)
            connections.keep(
                db,
                book,
                How.OAUTH,
                fingerprint=str(number),
                sealed_secret=vault.seal(f"sk_test_{number}"),
                terms=Terms(sealed_refresh_token=vault.seal(f"rt_{number}")),
            )
        webhook_secrets.add(db, book, "whsec_of_the_last", old)
    return engine


def test_every_sealed_column_is_known() -> None:
    named = {
        column
        for table in tables.metadata.tables.values()
        for column in table.c
        if column.name.startswith("sealed")
    }
    assert named == set(SEALED)


def test_reads_go_on_while_keys_rotate_and_the_old_key_opens_nothing_then(
    filled: Engine, settings: Settings
) -> None:
    both = Settings(**{**dict(settings), "atom_oauth_encryption_key": f"{NEW},{OLD}"})
    failures: list[Exception] = []
    count, is_over = 0, threading.Event()

    def read() -> None:
        nonlocal count
        while not is_over.is_set() or count < READS:
            try:
                with database.reading(filled) as db:
                    (found,) = connections.of_account(db, f"acct_{count % MANY}")
                assert connections.secret_of(found, both) == f"sk_test_{count % MANY}"
            except Exception as error:  # noqa: BLE001  (each is counted)
                failures.append(error)
            count += 1
            if count >= READS and is_over.is_set():
                return

    reader = threading.Thread(target=read)
    reader.start()
    done = reseal(filled, Vault(f"{NEW},{OLD}"))
    is_over.set()
    reader.join()
    assert (failures, count >= READS) == ([], True)
    assert [each.resealed for each in done] == [MANY, MANY, 1, 0]
    with database.reading(filled) as db:
        (found,) = connections.of_account(db, "acct_7")
    assert found.sealed_secret
    assert Vault(NEW).open(found.sealed_secret) == "sk_test_7"
    with pytest.raises(SettingsError):
        Vault(OLD).open(found.sealed_secret)
    assert [each.already for each in reseal(filled, Vault(NEW))] == [MANY, MANY, 1, 0]


def test_a_rotation_that_was_stopped_is_ended_by_the_next(filled: Engine) -> None:
    def stop(_done: object) -> None:
        raise KeyboardInterrupt

    vault = Vault(f"{NEW},{OLD}")
    with pytest.raises(KeyboardInterrupt):
        reseal(filled, vault, stop)
    first, *_ = reseal(filled, vault)
    assert (first.already, first.resealed) == (sealing.AT_ONCE, MANY - sealing.AT_ONCE)
    assert all(not each.resealed for each in reseal(filled, vault))


def test_a_wrong_key_opens_nothing_and_changes_nothing(filled: Engine) -> None:
    with database.reading(filled) as db:
        before = connections.every(db)
    done = reseal(filled, Vault(make_key()))
    assert [each.unopened for each in done] == [MANY, MANY, 1, 0]
    with database.reading(filled) as db:
        assert connections.every(db) == before


def test_a_value_that_changes_meanwhile_is_not_overwritten(filled: Engine) -> None:
    vault = Vault(f"{NEW},{OLD}")
    batches = sealing._batches(filled, connections.connections.c.sealed_secret)  # noqa: SLF001
    (id, stale), *_ = next(batches)
    fresh = vault.seal("sk_test_fresh")
    column = connections.connections.c.sealed_secret
    with database.writing(filled) as db:
        row = connections.connections.c.id == id
        db.execute(connections.connections.update().where(row).values(sealed_secret=fresh))
        assert sealing._reseal_one(db, vault, column, id, stale).resealed == 0  # noqa: SLF001
        (found,) = connections.of_account(db, "acct_0")
    assert found.sealed_secret == fresh
