"""What objects were before: kept when news replaces them, told as the fields that differ."""

from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from dashboard.core import db
from dashboard.mirror import objects
from dashboard.mirror.apply import Piece, apply, apply_pieces
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.registry import KINDS
from dashboard.mirror.versions import MOST, History, history, versions
from dashboard.store import books
from dashboard.store.books import Book

Json = dict[str, Any]


@pytest.fixture
def book(engine: Engine) -> Book:
    with db.writing(engine) as connection:
        return books.open_book(connection, "acct_1", livemode=True)


def tell(engine: Engine, book: Book, raw: Json, seen_at: int, event_id: str | None = None) -> None:
    with db.writing(engine) as connection:
        kind = KINDS[raw["object"]]
        apply_pieces(connection, book, kind, [Piece(raw, seen_at, event_id)])


def told(engine: Engine, book: Book, kind: str, id: str, limit: int = MOST) -> History:
    with db.reading(engine) as connection:
        raw = objects.find(connection, book, KINDS[kind].table, id)
        return history(connection, book, {kind: [raw]}, limit)


def kept(engine: Engine) -> int:
    with db.reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(versions)) or 0


def customer(**fields: object) -> Json:
    return {"id": "cus_1", "object": "customer", "created": 10, **fields}


def names(found: History) -> list[tuple[str, str]]:
    """Return what each revision changed the name from and to, the newest first."""
    return [(each.old.text, each.new.text) for one in found.revisions for each in one.fields]


def test_what_is_new_has_no_versions(engine: Engine, book: Book) -> None:
    tell(engine, book, customer(name="Ann"), 100)
    assert kept(engine) == 0
    assert told(engine, book, "customer", "cus_1") == History(1, [], 0)


def test_what_news_replaces_is_kept_with_what_brought_it(engine: Engine, book: Book) -> None:
    event = {
        "id": "evt_1",
        "object": "event",
        "created": 200,
        "type": "customer.updated",
        "data": {"object": customer(name="Bea")},
    }
    tell(engine, book, event, 200)
    tell(engine, book, customer(name="Ann"), 100)
    tell(engine, book, customer(name="Bea"), 200, "evt_1")
    tell(engine, book, customer(name="Cleo"), 300)
    found = told(engine, book, "customer", "cus_1")
    assert names(found) == [("Bea", "Cleo"), ("Ann", "Bea")]
    assert [(one.at, one.event_id, one.event_type) for one in found.revisions] == [
        (300, None, None),
        (200, "evt_1", "customer.updated"),
    ]
    with db.reading(engine) as connection:
        moments = select(versions.c.seen_at, versions.c.replaced_at).order_by(versions.c.id)
        assert [tuple(row) for row in connection.execute(moments)] == [(100, 200), (200, 300)]


def test_an_event_that_the_mirror_does_not_hold_is_named_all_the_same(
    engine: Engine, book: Book
) -> None:
    tell(engine, book, customer(name="Ann"), 100)
    tell(engine, book, customer(name="Bea"), 200, "evt_2")
    (one,) = told(engine, book, "customer", "cus_1").revisions
    assert (one.event_id, one.event_type) == ("evt_2", None)


def test_older_news_makes_no_version(engine: Engine, book: Book) -> None:
    tell(engine, book, customer(name="Ann"), 100)
    tell(engine, book, customer(name="Old Ann"), 99, "evt_1")
    assert kept(engine) == 0


def test_within_one_second_versions_follow_each_other_as_they_arrived(
    engine: Engine, book: Book
) -> None:
    for name in ("Ann", "Bea", "Cleo"):
        tell(engine, book, customer(name=name), 100)
    assert names(told(engine, book, "customer", "cus_1")) == [("Bea", "Cleo"), ("Ann", "Bea")]


def test_the_same_told_again_makes_no_version_whatever_its_order(
    engine: Engine, book: Book
) -> None:
    tell(engine, book, customer(name="Ann", email="a@example.com"), 100)
    tell(engine, book, customer(name="Ann", email="a@example.com"), 200, "evt_1")
    tell(engine, book, customer(email="a@example.com", name="Ann"), 300, "evt_1")
    assert kept(engine) == 0


def test_the_same_compressed_with_another_dictionary_makes_no_version(
    engine: Engine, book: Book
) -> None:
    tell(engine, book, customer(name="Ann"), 100)
    others = [{"id": f"cus_{n}", "object": "customer", "name": f"N {n}"} for n in range(2, 102)]
    with db.writing(engine) as connection:
        apply(connection, book, KINDS["customer"], others, seen_at=100)
        apply(connection, book, KINDS["customer"], [customer(name="Ann"), *others], seen_at=200)
    assert kept(engine) == 0


def test_a_page_keeps_only_what_it_changes(engine: Engine, book: Book) -> None:
    page = [{"id": f"cus_{n}", "object": "customer", "name": f"N {n}"} for n in range(100)]
    changed = [*page[:98], {**page[98], "name": "Changed"}, {**page[99], "id": "cus_new"}]
    with db.writing(engine) as connection:
        apply(connection, book, KINDS["customer"], page, seen_at=100)
        apply(connection, book, KINDS["customer"], changed, seen_at=200)
    assert kept(engine) == 1
    assert names(told(engine, book, "customer", "cus_98")) == [("N 98", "Changed")]


def test_a_deletion_is_a_change_and_a_second_one_is_none(engine: Engine, book: Book) -> None:
    tell(engine, book, customer(name="Ann"), 100)
    gone = {"id": "cus_1", "object": "customer", "deleted": True}
    tell(engine, book, gone, 200, "evt_1")
    tell(engine, book, gone, 300)
    (one,) = told(engine, book, "customer", "cus_1").revisions
    assert (one.buried, one.at, one.event_id, one.fields) == (True, 200, "evt_1", [])


def test_what_comes_back_from_the_dead_shows_both(engine: Engine, book: Book) -> None:
    coupon = {"id": "SUMMER", "object": "coupon", "created": 10, "percent_off": 10}
    tell(engine, book, coupon, 100)
    tell(engine, book, {"id": "SUMMER", "object": "coupon", "deleted": True}, 200)
    tell(engine, book, {**coupon, "percent_off": 20}, 300)
    found = told(engine, book, "coupon", "SUMMER")
    assert [one.buried for one in found.revisions] == [False, True]
    assert names(found) == [("10", "20")]


def test_what_rides_inside_has_versions_of_its_own(engine: Engine, book: Book) -> None:
    def subscription(*items: Json) -> Json:
        data = {"object": "list", "data": list(items), "has_more": False}
        return {"id": "sub_1", "object": "subscription", "created": 10, "items": data}

    def item(id: str, quantity: int) -> Json:
        return {"id": id, "object": "subscription_item", "quantity": quantity}

    tell(engine, book, subscription(item("si_1", 1), item("si_2", 5)), 100)
    tell(engine, book, subscription(item("si_1", 3)), 200, "evt_1")
    (first,) = told(engine, book, "subscription_item", "si_1").revisions
    (second,) = told(engine, book, "subscription_item", "si_2").revisions
    (owner,) = told(engine, book, "subscription", "sub_1").revisions
    assert (first.event_id, second.event_id, owner.event_id) == ("evt_1", "evt_1", "evt_1")
    assert (first.buried, second.buried) == (False, True)
    assert [(each.path, each.old.text, each.new.text) for each in owner.fields] == [
        ("items.data[0].quantity", "1", "3"),
        ("items.data[1]", "si_2", ""),
    ]


@pytest.mark.parametrize("kind", ["balance", "event", "balance_transaction"])
def test_kinds_whose_history_says_nothing_keep_none(engine: Engine, book: Book, kind: str) -> None:
    for amount in (1, 2):
        tell(engine, book, {"id": "x_1", "object": kind, "amount": amount}, 100 + amount)
    assert kept(engine) == 0


def test_books_and_kinds_never_mix(engine: Engine, book: Book) -> None:
    with db.writing(engine) as connection:
        other = books.open_book(connection, "acct_1", livemode=False)
    for shelf, name in ((book, "Live"), (other, "Test")):
        tell(engine, shelf, customer(name="Ann"), 100)
        tell(engine, shelf, customer(name=name), 200)
    tell(engine, book, {"id": "cus_1", "object": "coupon", "name": "Odd"}, 100)
    tell(engine, book, {"id": "cus_1", "object": "coupon", "name": "Odder"}, 200)
    assert names(told(engine, book, "customer", "cus_1")) == [("Ann", "Live")]
    assert names(told(engine, other, "customer", "cus_1")) == [("Ann", "Test")]


def test_only_the_newest_are_read_and_all_are_counted(engine: Engine, book: Book) -> None:
    for number in range(5):
        tell(engine, book, customer(name=str(number)), 100 + number)
    found = told(engine, book, "customer", "cus_1", limit=2)
    assert (names(found), found.total) == ([("3", "4"), ("2", "3")], 4)


def test_several_objects_have_one_history(engine: Engine, book: Book) -> None:
    intent: Json = {"id": "pi_1", "object": "payment_intent", "created": 10, "status": "processing"}
    charge: Json = {"id": "ch_1", "object": "charge", "created": 10, "payment_intent": "pi_1"}
    tell(engine, book, intent, 100)
    tell(engine, book, charge, 100)
    tell(engine, book, {**intent, "status": "succeeded"}, 200)
    tell(engine, book, {**charge, "refunded": True}, 300)
    now: dict[str, list[Raw | None]] = {
        "payment_intent": [{**intent, "status": "succeeded"}],
        "charge": [{**charge, "refunded": True}],
    }
    with db.reading(engine) as connection:
        found = history(connection, book, now)
    assert [one.object_id for one in found.revisions] == ["ch_1", "pi_1"]
    assert found.objects == 2
