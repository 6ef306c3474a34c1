"""The door of the mirror: news and old news, tombstones, parts, and writers at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, select

from dashboard.core import db
from dashboard.mirror.apply import apply
from dashboard.mirror.kinds.base import unfinished
from dashboard.mirror.kinds.customer import customers
from dashboard.mirror.kinds.invoice import invoices
from dashboard.mirror.kinds.invoice_payment import invoice_payments
from dashboard.mirror.kinds.line_item import line_items
from dashboard.mirror.kinds.subscription_item import subscription_items
from dashboard.mirror.payments import payments
from dashboard.mirror.registry import KINDS
from dashboard.store import books
from dashboard.store.books import Book

Json = dict[str, Any]


@pytest.fixture
def book(engine: Engine) -> Book:
    with db.writing(engine) as connection:
        return books.open_book(connection, "acct_1", livemode=True)


def tell(engine: Engine, book: Book, raw: Json, seen_at: int) -> int:
    with db.writing(engine) as connection:
        return apply(connection, book, KINDS[raw["object"]], [raw], seen_at=seen_at)


def held(engine: Engine, table: Table, *, deleted: bool | None = False) -> dict[str, Any]:
    query = select(*(column for column in table.c if column.name != "raw"))
    if deleted is not None:
        query = query.where(table.c.deleted.is_(deleted))
    with db.reading(engine) as connection:
        return {row["id"]: dict(row) for row in connection.execute(query).mappings()}


def customer(**fields: object) -> Json:
    return {"id": "cus_1", "object": "customer", "created": 10, **fields}


def listed(*items: Json, has_more: bool = False, url: str = "/v1/rest") -> Json:
    return {"object": "list", "data": list(items), "has_more": has_more, "url": url}


def test_older_news_is_dropped_and_news_of_the_same_second_wins_by_arrival(
    engine: Engine, book: Book
) -> None:
    assert tell(engine, book, customer(name="Ann"), 100) == 1
    assert tell(engine, book, customer(name="Old Ann"), 99) == 0
    assert held(engine, customers)["cus_1"]["name"] == "Ann"
    assert tell(engine, book, customer(name="New Ann"), 100) == 1
    assert held(engine, customers)["cus_1"]["name"] == "New Ann"


def test_the_last_of_two_news_in_one_page_wins(engine: Engine, book: Book) -> None:
    twice = [customer(name="First"), customer(name="Second")]
    with db.writing(engine) as connection:
        assert apply(connection, book, KINDS["customer"], twice, seen_at=5) == 1
    assert held(engine, customers)["cus_1"]["name"] == "Second"


def test_a_tombstone_keeps_what_was_known_and_stays_dead(engine: Engine, book: Book) -> None:
    tell(engine, book, customer(name="Ann"), 100)
    tell(engine, book, {"id": "cus_1", "object": "customer", "deleted": True}, 200)
    for seen_at in (150, 200):
        assert tell(engine, book, customer(name="Ghost"), seen_at) == 0
    assert held(engine, customers) == {}
    buried = held(engine, customers, deleted=True)["cus_1"]
    assert (buried["name"], buried["created_at"], buried["seen_at"]) == ("Ann", 10, 200)


def test_a_tombstone_that_comes_first_holds_against_the_object(engine: Engine, book: Book) -> None:
    tell(engine, book, {"id": "cus_1", "object": "customer", "deleted": True}, 200)
    assert tell(engine, book, customer(name="Ghost"), 100) == 0
    assert held(engine, customers) == {}


def test_a_coupon_made_again_under_its_old_id_lives(engine: Engine, book: Book) -> None:
    coupon = {"id": "SUMMER", "object": "coupon", "created": 10, "valid": True}
    tell(engine, book, coupon, 100)
    tell(engine, book, {"id": "SUMMER", "object": "coupon", "deleted": True}, 200)
    assert tell(engine, book, {**coupon, "created": 300}, 300) == 1
    assert held(engine, KINDS["coupon"].table)["SUMMER"]["created_at"] == 300


def test_what_has_no_id_is_passed_over_but_a_balance_needs_none(engine: Engine, book: Book) -> None:
    assert tell(engine, book, {"object": "invoice", "total": 5, "lines": listed()}, 100) == 0
    assert held(engine, invoices, deleted=None) == {}
    assert tell(engine, book, {"object": "balance", "available": []}, 100) == 1
    assert list(held(engine, KINDS["balance"].table)) == ["balance"]


def test_books_never_mix(engine: Engine, book: Book) -> None:
    with db.writing(engine) as connection:
        other = books.open_book(connection, "acct_1", livemode=False)
        apply(connection, other, KINDS["customer"], [customer(name="Test")], seen_at=100)
    tell(engine, book, customer(name="Live"), 50)
    with db.reading(engine) as connection:
        names = connection.execute(select(customers.c.book_id, customers.c.name)).all()
    assert {tuple(row) for row in names} == {(other.id, "Test"), (book.id, "Live")}


def subscription(*items: str, has_more: bool = False) -> Json:
    held_items = [{"id": name, "object": "subscription_item", "created": 7} for name in items]
    return {
        "id": "sub_1",
        "object": "subscription",
        "created": 10,
        "status": "active",
        "items": listed(*held_items, has_more=has_more, url="/v1/subscription_items"),
    }


def test_an_item_that_its_subscription_dropped_is_buried(engine: Engine, book: Book) -> None:
    tell(engine, book, subscription("si_1", "si_2"), 100)
    tell(engine, book, subscription("si_2", "si_3"), 200)
    assert set(held(engine, subscription_items)) == {"si_2", "si_3"}
    assert held(engine, subscription_items, deleted=True)["si_1"]["subscription_id"] == "sub_1"
    tell(engine, book, subscription("si_1", "si_2"), 150)
    assert set(held(engine, subscription_items)) == {"si_2", "si_3"}


@pytest.mark.parametrize("odd", [["si_1"], {"id": "si_1"}, 7, None])
def test_a_part_with_an_odd_id_is_passed_over(engine: Engine, book: Book, odd: Any) -> None:
    told = subscription("si_1", "si_2")
    tell(engine, book, told, 100)
    told["items"]["data"][0]["id"] = odd
    tell(engine, book, told, 200)
    assert set(held(engine, subscription_items)) == {"si_2"}


def test_a_list_cut_short_buries_nothing_and_says_where_the_rest_is(
    engine: Engine, book: Book
) -> None:
    tell(engine, book, subscription("si_1", "si_2"), 100)
    short = subscription("si_2", has_more=True)
    tell(engine, book, short, 200)
    assert set(held(engine, subscription_items)) == {"si_1", "si_2"}
    kind = KINDS["subscription"]
    assert list(unfinished(kind, short)) == [("items", "/v1/subscription_items")]
    assert list(unfinished(kind, subscription("si_1"))) == []
    assert list(unfinished(kind, {"items": "odd"})) == []


def invoice(*lines: str, **fields: object) -> Json:
    return {
        "id": "in_1",
        "object": "invoice",
        "created": 10,
        "lines": listed(*({"id": name, "object": "line_item", "amount": 5} for name in lines)),
        **fields,
    }


def test_lines_are_as_old_as_their_invoice_and_go_with_it(engine: Engine, book: Book) -> None:
    tell(engine, book, invoice("il_1", "il_2"), 100)
    lines = held(engine, line_items)
    assert {(line["invoice_id"], line["created_at"]) for line in lines.values()} == {("in_1", 10)}
    tell(engine, book, {"id": "in_1", "object": "invoice", "deleted": True}, 200)
    assert held(engine, line_items) == {}
    assert set(held(engine, line_items, deleted=True)) == {"il_1", "il_2"}


OLD_INVOICE = invoice(
    status="paid",
    amount_due=900,
    amount_paid=900,
    currency="eur",
    payment_intent="pi_1",
    charge="ch_1",
    status_transitions={"paid_at": 20},
)
OLD_INTENT = {
    "id": "pi_1",
    "object": "payment_intent",
    "created": 11,
    "status": "succeeded",
    "amount": 900,
    "currency": "eur",
    "invoice": "in_1",
    "charges": listed({"id": "ch_1", "object": "charge"}),
}
OLD_CHARGE = {
    "id": "ch_1",
    "object": "charge",
    "created": 20,
    "status": "succeeded",
    "paid": True,
    "amount": 900,
    "currency": "eur",
    "invoice": "in_1",
    "payment_intent": "pi_1",
}
REAL = {
    "id": "inpay_1",
    "object": "invoice_payment",
    "created": 20,
    "invoice": "in_1",
    "amount_requested": 900,
    "amount_paid": 900,
    "currency": "eur",
    "is_default": True,
    "payment": {"type": "payment_intent", "payment_intent": "pi_1"},
    "status": "paid",
    "status_transitions": {"paid_at": 20},
}
TOLD = ("invoice_id", "payment_id", "amount_requested_minor", "amount_paid_minor", "paid_at")


@pytest.mark.parametrize("raw", [OLD_INVOICE, OLD_CHARGE, REAL], ids=lambda raw: raw["object"])
def test_invoice_and_payment_meet_in_every_version(engine: Engine, book: Book, raw: Json) -> None:
    tell(engine, book, raw, 100)
    (link,) = held(engine, invoice_payments).values()
    assert [link[name] for name in TOLD] == ["in_1", "pi_1", 900, 900, 20]
    assert link["status"] == "paid"


def test_an_open_invoice_meets_the_intent_that_failed(engine: Engine, book: Book) -> None:
    tell(engine, book, {**OLD_INTENT, "status": "requires_payment_method"}, 100)
    (link,) = held(engine, invoice_payments).values()
    assert [link[name] for name in TOLD] == ["in_1", "pi_1", 900, 0, None]
    assert link["status"] == "open"


@pytest.mark.parametrize("first", [True, False], ids=["real first", "real last"])
def test_a_real_invoice_payment_takes_the_place_of_what_others_told(
    engine: Engine, book: Book, *, first: bool
) -> None:
    others = [OLD_INVOICE, {**OLD_INTENT, "status": "processing"}, OLD_CHARGE]
    for raw in [REAL, *others] if first else [*others, REAL]:
        tell(engine, book, raw, 100)
    assert list(held(engine, invoice_payments, deleted=None)) == ["inpay_1"]


def test_an_invoice_paid_twice_keeps_both_payments(engine: Engine, book: Book) -> None:
    tell(engine, book, REAL, 100)
    tell(engine, book, {**OLD_CHARGE, "id": "ch_2", "payment_intent": "pi_2"}, 100)
    assert {link["payment_id"] for link in held(engine, invoice_payments).values()} == {
        "pi_1",
        "pi_2",
    }


def test_the_account_describes_its_own_book_only(engine: Engine, book: Book) -> None:
    def account(id: str, zone: str) -> Json:
        return {
            "id": id,
            "object": "account",
            "default_currency": "eur",
            "business_profile": {"name": "Tea & Co"},
            "settings": {"dashboard": {"timezone": zone}},
        }

    tell(engine, book, account("acct_2", "Asia/Tokyo"), 100)
    tell(engine, book, account("acct_1", "Europe/Berlin"), 100)
    tell(engine, book, account("acct_1", "Mars/Olympus"), 200)
    with db.reading(engine) as connection:
        found = books.find(connection, "acct_1")
    assert (found.name, found.currency, found.timezone) == ("Tea & Co", "eur", "Europe/Berlin")


def test_writers_at_once_leave_one_truth(engine: Engine, book: Book) -> None:
    """Each of four writers tells of the same payments, charge by charge, again and again."""

    def write(writer: int) -> None:
        for round_ in range(5):
            charges = [
                {
                    **OLD_CHARGE,
                    "id": f"ch_{number}_{writer}",
                    "payment_intent": f"pi_{number}",
                    "created": 20 + writer,
                    "invoice": None,
                }
                for number in range(20)
            ]
            with db.writing(engine) as connection:
                apply(connection, book, KINDS["charge"], charges, seen_at=100 + round_)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert len(held(engine, KINDS["charge"].table)) == 80
    with db.reading(engine) as connection:
        speaking = set(_speaking_charges(connection))
    assert speaking == {(f"pi_{number}", f"ch_{number}_3") for number in range(20)}


def _speaking_charges(connection: Connection) -> list[tuple[str, str]]:
    found = connection.execute(select(payments.c.id, payments.c.charge_id))
    return [(row.id, row.charge_id) for row in found]
