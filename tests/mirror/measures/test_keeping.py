"""What is kept equals a full scan: whatever comes, in any order, again, corrected or deleted."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from dashboard.core import db
from dashboard.core.clock import at as moment
from dashboard.mirror.apply import apply
from dashboard.mirror.kinds.balance_transaction import balance_transactions
from dashboard.mirror.measures import keeping
from dashboard.mirror.measures.daily import daily_balance
from dashboard.mirror.measures.mrr_changes import mrr_changes
from dashboard.mirror.registry import KINDS
from dashboard.store import books
from dashboard.store.books import Book
from tests.mirror.measures.make import Object, at, discount, event, item, line, price, subscription

START = at("2026-03-26")
moments = st.integers(START, START + 6 * 86_400)
amounts = st.integers(-5_000, 5_000)
names = st.integers(1, 4)
currencies = st.sampled_from(["usd", "jpy"])
deleted = st.just({"deleted": True})


def of(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, Object]]:
    """Draw objects of a kind, few ids among many objects, some of them deleted."""
    drawn = st.fixed_dictionaries({"n": names, "created": moments, **fields})
    whole = drawn.map(lambda raw: (kind, {**raw, "object": kind, "id": f"{kind}_{raw['n']}"}))
    gone = names.map(
        lambda number: (kind, {"id": f"{kind}_{number}", "object": kind, "deleted": True})
    )
    return whole | whole | whole | gone


subscriptions = st.builds(
    lambda number, status, quantity, listed, resumes: subscription(
        item(price(1000), quantity),
        id=f"sub_{number}",
        customer=f"customer_{number % 2}",
        status=status,
        discounts=listed,
        pause_collection=resumes and {"behavior": "void", "resumes_at": resumes},
    ),
    names,
    st.sampled_from(["active", "canceled", "trialing"]),
    st.integers(0, 3),
    st.lists(st.just(discount(end="2026-03-29", percent_off=50)), max_size=1),
    st.none() | moments,
)
news = st.one_of(
    of(
        "balance_transaction",
        amount=amounts,
        fee=amounts,
        net=amounts,
        currency=currencies,
        reporting_category=st.sampled_from(["charge", "refund", "of_tomorrow", None]),
    ),
    of(
        "charge",
        amount=amounts,
        currency=currencies,
        status=st.sampled_from(["succeeded", "failed"]),
        payment_intent=st.sampled_from(["payment_intent_1", None]),
    ),
    of("payment_intent", amount=amounts, currency=currencies, status=st.just("succeeded")),
    of("customer", discount=st.none() | st.just(discount(percent_off=10))),
    of("dispute", amount=amounts, currency=currencies, status=st.sampled_from(["won", "lost"])),
    subscriptions.map(lambda told: ("subscription", told)),
    st.builds(
        lambda number, told, when: (
            "event",
            {**event("updated", "2026-01-01", told), "id": f"evt_{number}", "created": when},
        ),
        st.integers(1, 6),
        subscriptions,
        moments,
    ),
)
steps = st.lists(st.tuples(news, moments), max_size=15)


def _apply(connection: Connection, book: Book, drawn: Sequence[Any]) -> None:
    for (kind, raw), seen_at in drawn:
        apply(connection, book, KINDS[kind], [raw], seen_at=seen_at)


def _state(connection: Connection, book: Book) -> list[Any]:
    changes = select(mrr_changes).where(mrr_changes.c.book_id == book.id)
    kept = [summary.kept(connection, book) for summary in keeping.EVERY]
    return [*kept, sorted(map(tuple, connection.execute(changes)))]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(drawn=steps)
def test_what_is_kept_equals_a_scan_and_a_rebuild(engine: Engine, zone: str, drawn: Any) -> None:
    with engine.connect() as connection, connection.begin() as transaction:
        book = books.open_book(connection, "acct_1", livemode=False)
        book = books.describe(connection, book, timezone=zone, currency="usd", name="")
        _apply(connection, book, drawn)
        assert list(keeping.check(connection, book)) == []
        assert _counted_apart(connection, book, zone) == _nets(connection, book)
        before = _state(connection, book)
        keeping.rebuild(connection, book)
        assert _state(connection, book) == before
        transaction.rollback()


def _nets(connection: Connection, book: Book) -> Counter[tuple[str, ...]]:
    kept = daily_balance.kept(connection, book)
    return Counter({key: sums[3] for key, sums in kept.items() if sums[3]})


def _counted_apart(connection: Connection, book: Book, zone: str) -> Counter[tuple[str, ...]]:
    """Add up the net of every row without any of the code under test."""
    found: Counter[tuple[str, ...]] = Counter()
    for row in connection.execute(select(balance_transactions)):
        if not row.deleted:
            day = moment(row.created_at).astimezone(ZoneInfo(zone)).date().isoformat()
            found[day, row.currency, row.reporting_category or "unknown"] += row.net_minor
    return Counter({key: net for key, net in found.items() if net})


def test_days_follow_the_account_into_another_zone(engine: Engine) -> None:
    account: Object = {"id": "acct_1", "object": "account", "default_currency": "usd"}
    with db.writing(engine) as connection:
        book = books.open_book(connection, "acct_1", livemode=False)
        late = line("charge", 100, "2026-03-01T23:30:00")
        apply(connection, book, KINDS["balance_transaction"], [late], seen_at=START)
        assert [key[0] for key in daily_balance.kept(connection, book)] == ["2026-03-01"]
        account["settings"] = {"dashboard": {"timezone": "Asia/Tokyo"}}
        apply(connection, book, KINDS["account"], [account], seen_at=START)
        assert [key[0] for key in daily_balance.kept(connection, book)] == ["2026-03-02"]
        apply(connection, book, KINDS["balance_transaction"], [late], seen_at=START)
        assert list(keeping.check(connection, book)) == []


def test_a_sum_that_was_tampered_with_is_found(engine: Engine) -> None:
    with db.writing(engine) as connection:
        book = books.open_book(connection, "acct_1", livemode=False)
        apply(
            connection,
            book,
            KINDS["balance_transaction"],
            [line("charge", 100, "2026-03-01")],
            seen_at=START,
        )
        connection.execute(daily_balance.table.update().values(net_minor=1))
        found = [str(difference) for difference in keeping.check(connection, book)]
        assert found == [
            "daily_balance 2026-03-01 usd charge: kept (1, 100, 0, 1), scanned (1, 100, 0, 100)",
            "monthly_balance 2026-03 usd: kept (1, 100), scanned (1, 1)",
        ]
        keeping.rebuild(connection, book)
        assert list(keeping.check(connection, book)) == []
