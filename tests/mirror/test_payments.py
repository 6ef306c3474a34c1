"""Payments: one row for what Stripe tells of in three objects, in any order."""

from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from dashboard.core import db
from dashboard.mirror import search
from dashboard.mirror.apply import apply
from dashboard.mirror.measures import keeping
from dashboard.mirror.measures.counts import payment_counts
from dashboard.mirror.payments import PaymentStatus, payments
from dashboard.mirror.registry import KINDS
from dashboard.store import books
from dashboard.store.books import Book

INTENT: dict[str, Any] = {
    "id": "pi_1",
    "object": "payment_intent",
    "created": 100,
    "status": "succeeded",
    "amount": 5000,
    "amount_received": 5000,
    "currency": "eur",
    "customer": "cus_1",
    "latest_charge": "ch_2",
    "description": "Order 7",
    "receipt_email": "intent@example.com",
}
FAILED: dict[str, Any] = {
    "id": "ch_1",
    "object": "charge",
    "created": 101,
    "status": "failed",
    "amount": 5000,
    "amount_captured": 0,
    "amount_refunded": 0,
    "captured": False,
    "currency": "eur",
    "customer": "cus_1",
    "payment_intent": "pi_1",
    "description": "First try",
    "outcome": {"reason": "insufficient_funds"},
    "billing_details": {"email": "first@example.com", "name": "First"},
    "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "0002"}},
}
SUCCEEDED: dict[str, Any] = {
    **FAILED,
    "id": "ch_2",
    "created": 160,
    "status": "succeeded",
    "amount_captured": 5000,
    "amount_refunded": 1000,
    "captured": True,
    "disputed": True,
    "description": None,
    "outcome": {"reason": None},
    "billing_details": {"email": "second@example.com", "name": None},
    "payment_method_details": {"type": "card", "card": {"brand": "mastercard", "last4": "4444"}},
}
DISPUTE: dict[str, Any] = {
    "id": "du_1",
    "object": "dispute",
    "created": 900,
    "status": "needs_response",
    "amount": 5000,
    "currency": "eur",
    "charge": "ch_2",
    "payment_intent": "pi_1",
}
OLD_DISPUTE = {name: value for name, value in DISPUTE.items() if name != "payment_intent"}
REFUND: dict[str, Any] = {
    "id": "re_1",
    "object": "refund",
    "created": 800,
    "status": "succeeded",
    "amount": 1000,
    "currency": "eur",
    "charge": "ch_2",
    "payment_intent": "pi_1",
}


def tell(connection: Connection, book: Book, *objects: dict[str, Any], seen_at: int = 1000) -> None:
    for raw in objects:
        apply(connection, book, KINDS[raw["object"]], [raw], seen_at=seen_at)


def payment(connection: Connection, book: Book, id: str = "pi_1") -> dict[str, Any]:
    query = select(payments).where(payments.c.book_id == book.id, payments.c.id == id)
    return dict(connection.execute(query).mappings().one())


@pytest.mark.parametrize("dispute", [DISPUTE, OLD_DISPUTE], ids=["with intent", "charge only"])
def test_news_in_every_order_gives_the_same_payment(
    engine: Engine, dispute: dict[str, Any]
) -> None:
    seen = []
    with db.writing(engine) as connection:
        news = (INTENT, FAILED, SUCCEEDED, dispute, REFUND)
        for place, order in enumerate(permutations(news)):
            book = books.open_book(connection, f"acct_{place}", livemode=True)
            tell(connection, book, *order)
            row = payment(connection, book)
            assert row.pop("book_id") == book.id
            seen.append(row)
    assert all(row == seen[0] for row in seen)
    assert seen[0] == {
        "id": "pi_1",
        "created_at": 100,
        "status": PaymentStatus.NEEDS_RESPONSE,
        "amount_minor": 5000,
        "captured_minor": 5000,
        "refunded_minor": 1000,
        "currency": "eur",
        "customer_id": "cus_1",
        "email": "second@example.com",
        "name": None,
        "description": "Order 7",
        "method": "card",
        "brand": "mastercard",
        "last4": "4444",
        "charge_id": "ch_2",
        "charge_at": 160,
        "charge_status": "succeeded",
        "intent_status": "succeeded",
        "dispute_id": "du_1",
        "dispute_at": 900,
        "dispute_status": "needs_response",
        "failure_code": None,
    }


@pytest.mark.parametrize(
    ("objects", "status"),
    [
        ([INTENT], "succeeded"),
        ([INTENT, SUCCEEDED], "partially_refunded"),
        ([INTENT, {**SUCCEEDED, "amount_refunded": 5000}], "refunded"),
        ([{**INTENT, "status": "requires_payment_method"}, FAILED], "failed"),
        ([{**INTENT, "status": "requires_payment_method"}], "incomplete"),
        ([{**INTENT, "status": "requires_action"}], "requires_action"),
        ([{**INTENT, "status": "canceled"}, FAILED], "canceled"),
        ([{**INTENT, "status": "processing"}, {**SUCCEEDED, "status": "pending"}], "processing"),
        ([{**INTENT, "status": "a_status_of_tomorrow"}], "incomplete"),
        ([INTENT, SUCCEEDED, {**DISPUTE, "status": "lost"}], "lost"),
        ([INTENT, SUCCEEDED, {**DISPUTE, "status": "won"}], "partially_refunded"),
        ([INTENT, SUCCEEDED, {**DISPUTE, "status": "under_review"}], "disputed"),
        (
            [
                {**INTENT, "status": "requires_capture"},
                {**SUCCEEDED, "amount_captured": 0, "amount_refunded": 0, "captured": False},
            ],
            "uncaptured",
        ),
    ],
)
def test_status_says_what_became_of_a_payment(
    sqlite_engine: Engine, objects: list[dict[str, Any]], status: str
) -> None:
    with db.writing(sqlite_engine) as connection:
        book = books.open_book(connection, "acct_1", livemode=True)
        tell(connection, book, *objects)
        assert payment(connection, book)["status"] == status


def test_a_released_authorization_without_an_intent_is_canceled(sqlite_engine: Engine) -> None:
    released = {
        **SUCCEEDED,
        "payment_intent": None,
        "captured": False,
        "amount_captured": 0,
        "amount_refunded": 5000,
    }
    with db.writing(sqlite_engine) as connection:
        book = books.open_book(connection, "acct_1", livemode=True)
        tell(connection, book, released)
        assert payment(connection, book, "ch_2")["status"] == "canceled"


def test_a_later_dispute_of_a_payment_speaks_for_it(sqlite_engine: Engine) -> None:
    second = {**DISPUTE, "id": "du_2", "created": 950, "status": "lost"}
    with db.writing(sqlite_engine) as connection:
        book = books.open_book(connection, "acct_1", livemode=True)
        tell(connection, book, second, INTENT, DISPUTE, SUCCEEDED)
        assert payment(connection, book)["dispute_id"] == "du_2"
        tell(connection, book, {**second, "status": "won"}, seen_at=2000)
        assert payment(connection, book)["status"] == "partially_refunded"


def test_a_dispute_alone_makes_no_payment(sqlite_engine: Engine) -> None:
    with db.writing(sqlite_engine) as connection:
        book = books.open_book(connection, "acct_1", livemode=True)
        tell(connection, book, DISPUTE, REFUND)
        assert connection.execute(select(payments)).first() is None


def test_payments_whose_objects_are_gone_are_gone(engine: Engine) -> None:
    gone = [
        {"id": "ch_9", "object": "charge", "deleted": True},
        {"id": "pi_1", "object": "payment_intent", "deleted": True},
    ]
    with db.writing(engine) as connection:
        book = books.open_book(connection, "acct_1", livemode=True)
        tell(connection, book, INTENT, {**SUCCEEDED, "id": "ch_9", "payment_intent": None})
        tell(connection, book, SUCCEEDED)
        assert set(search.find(connection, book, "payment", "second")) == {"pi_1", "ch_9"}
        tell(connection, book, *gone, seen_at=2000)
        assert connection.execute(select(payments)).first() is None
        assert search.find(connection, book, "payment", "second") == ()
        tell(connection, book, {**SUCCEEDED, "id": "ch_8", "payment_intent": None})
        assert search.find(connection, book, "payment", "second") == ("ch_8",)


def test_a_word_longer_than_a_key_is_counted_under_its_beginning(engine: Engine) -> None:
    odd = {**SUCCEEDED, "payment_method_details": {"type": "m" * 100, "m" * 100: {}}}
    with db.writing(engine) as connection:
        book = books.open_book(connection, "acct_odd", livemode=False)
        apply(connection, book, KINDS["charge"], [{**odd, "payment_intent": None}], seen_at=9)
        assert list(keeping.check(connection, book)) == []
        counted = connection.execute(select(payment_counts.table.c.method)).scalars().all()
    assert counted == ["m" * 64]
