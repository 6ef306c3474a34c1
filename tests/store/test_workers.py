from sqlalchemy import Connection
from time_machine import Traveller

from dashboard.store import workers
from tests.store.conftest import NOW


def test_a_span_of_time_is_taken_once_and_none_before_it(db: Connection) -> None:
    assert workers.take_slot(db, "sync", 300)
    assert not workers.take_slot(db, "sync", 300)
    assert not workers.take_slot(db, "sync", 0)
    assert workers.take_slot(db, "purge", 300)
    assert workers.take_slot(db, "sync", 600)


def test_workers_are_present_while_they_show_themselves(db: Connection, clock: Traveller) -> None:
    workers.show(db, "one")
    workers.show(db, "two")
    clock.shift(61)
    workers.show(db, "two")
    assert [(each.name, each.started_at) for each in workers.present(db)] == [("two", NOW)]
    workers.leave(db, "two")
    assert workers.present(db) == []


def test_workers_that_went_without_a_word_are_forgotten(db: Connection, clock: Traveller) -> None:
    workers.show(db, "killed")
    clock.shift(100)
    workers.show(db, "alive")
    assert workers.purge(db, keep_seconds=99) == 1
    assert [each.name for each in workers.present(db)] == ["alive"]
