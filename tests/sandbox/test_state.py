"""The memory of the practice Stripe."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.sandbox.shapes import Json, build
from dashboard.sandbox.state import State
from tests.sandbox.shop import shop_world


@pytest.fixture
def state() -> Iterator[State]:
    made = State(None)
    yield made
    made.close()


TRANSACTION = build(
    "balance_transaction",
    id="txn_1",
    created=1,
    amount=1,
    available_on=1,
    currency="usd",
    fee=0,
    net=1,
    reporting_category="charge",
    type="charge",
)


def _paid_out(state: State, payout: str) -> int:
    with state.reading() as shelf:
        return len(shelf.bodies("balance_transaction", "WHERE payout = ?", (payout,)))


def _customer(number: int, **fields: object) -> Json:
    return build("customer", id=f"cus_{number}", created=number, **fields)


def test_what_was_put_comes_back(state: State) -> None:
    customer = _customer(1, name="Zoë", metadata={"a": "b"})
    state.put(customer)
    assert state.get("customer", "cus_1") == customer
    assert state.get("customer", "cus_2") is None


def test_putting_again_changes_and_does_not_double(state: State) -> None:
    state.put(_customer(1, email="old@example.com"))
    state.put(_customer(1, email="new@example.com"))
    assert state.counts()["customer"] == 1
    with state.reading() as shelf:
        assert shelf.bodies("customer", "WHERE email = 'old@example.com'") == []


def test_hidden_facts_survive_a_change(state: State) -> None:
    state.put_many([(TRANSACTION, {"payout": "po_1"}), _customer(1)])
    state.put({**TRANSACTION, "status": "pending"})
    assert _paid_out(state, "po_1") == 1


def test_a_transaction_can_be_linked_to_its_payout_later(state: State) -> None:
    state.load([TRANSACTION])
    assert _paid_out(state, "po_1") == 0
    state.link("po_1", ["txn_1"])
    assert _paid_out(state, "po_1") == 1


def test_of_the_balance_the_last_one_counts(state: State) -> None:
    state.load([build("balance", available=[amount]) for amount in (1, 2)])
    balance = state.get("balance", "balance")
    assert balance
    assert balance["available"] == [2]


def test_a_world_with_one_id_twice_is_refused(state: State) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        state.load([_customer(1), _customer(1)])
    assert state.counts()["customer"] == 0


def test_a_failed_write_leaves_nothing(state: State) -> None:
    def fail() -> None:
        with state.writing() as shelf:
            shelf.put(_customer(1))
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError):
        fail()
    assert state.get("customer", "cus_1") is None


def test_writing_goes_on_after_a_failure_of_the_first_object(state: State) -> None:
    with pytest.raises(KeyError):
        state.put_many([_customer(1), {"object": "charge", "id": "ch_1", "created": 1}, {}])
    state.put(_customer(2))
    assert state.get("customer", "cus_2") == _customer(2)


def test_a_file_keeps_its_world(tmp_path: Path) -> None:
    path = tmp_path / "world.db"
    first = State(path)
    first.load(shop_world())
    counts = first.counts()
    first.close()
    second = State(path)
    assert second.counts() == counts
    assert second.get("charge", "ch_3") is not None
    second.close()


def test_a_temporary_file_goes_away() -> None:
    state = State(None)
    path = state.path
    assert path.exists()
    state.close()
    assert not path.exists()


def test_many_threads_read_while_one_writes(state: State) -> None:
    state.load([_customer(number) for number in range(500)])
    wrong: list[int] = []

    def read() -> None:
        for _ in range(50):
            with state.reading() as shelf:
                page = shelf.bodies("customer", "ORDER BY created DESC LIMIT 100")
            wrong.extend([] if len(page) == 100 else [len(page)])

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(500, 600):
        state.put(_customer(number))
    for thread in threads:
        thread.join()
    assert wrong == []
    assert state.counts()["customer"] == 600
