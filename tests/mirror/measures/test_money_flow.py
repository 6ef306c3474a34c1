"""Volume, balance and payouts: by category, by the account's days, by Stripe's own dates."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from dashboard.core import db
from dashboard.core.errors import BadInputError, NotFoundError
from dashboard.mirror.apply import apply
from dashboard.mirror.dataset import compute, opened
from dashboard.mirror.measures.overview import overview
from dashboard.mirror.measures.periods import Bucket, Period
from dashboard.mirror.measures.volume import revenue
from dashboard.mirror.registry import KINDS
from dashboard.store import books
from tests.mirror.measures.make import (
    Object,
    at,
    dataset,
    event,
    ledger,
    line,
    subscription,
)

MARCH = {"start": "2026-03-01", "end": "2026-03-31"}


def volume(*lines: Object, **more: Any) -> Any:
    return compute(ledger(lines, **more), "volume", MARCH)


def payout(name: str, status: str, arrival: str, amount: int = 100, **more: Any) -> Object:
    return {
        "id": name,
        "object": "payout",
        "created": at("2026-03-01"),
        "arrival_date": at(arrival),
        "amount": amount,
        "currency": "usd",
        "status": status,
        "automatic": True,
        "reconciliation_status": "completed",
        **more,
    }


def test_every_category_has_its_place_and_an_unknown_one_is_other() -> None:
    day = "2026-03-10"
    lines = [
        line("charge", 10_000, day, fee=320),
        line("charge", 4_000, day, fee=150),
        line("charge_failure", -4_000, day, fee=-150),
        line("partial_capture_reversal", -500, day, fee=-15),
        line("refund", -700, day),
        line("refund_failure", 200, day),
        line("dispute", -1_000, day, fee=1_500),
        line("dispute_reversal", 400, day, fee=-1_500),
        line("fee", -90, day),
        line("tax", -19, day),
        line("network_cost", -11, day),
        line("transfer", -300, day),
        line("transfer_reversal", 100, day),
        line("topup", 5_000, day),
        line("risk_reserved_funds", -60, day),
        line("of_tomorrow", 7, day, fee=2),
        line("payout", -9_000, day, fee=25),
        line("payout_reversal", 10, day, fee=3),
    ]
    fees = 320 - 15 + 2 + 90 + 19 + 11
    assert volume(*lines)["usd"] == {
        "gross": 9_500,
        "refunds": 500,
        "disputes": 600,
        "fees": fees,
        "transfers": 200,
        "other": 4_947,
        "net": 9_500 - 500 - 600 - fees - 200,
        "payments": 1,
    }


def test_a_type_stands_in_where_the_category_is_missing() -> None:
    old = {**line("charge", 100, "2026-03-02"), "type": "payment", "reporting_category": None}
    assert volume(old)["usd"]["gross"] == 100


@pytest.mark.parametrize(
    ("zone", "moment", "inside"),
    [
        ("America/New_York", "2026-03-01T04:59:59", False),
        ("America/New_York", "2026-03-01T05:00:00", True),
        ("America/New_York", "2026-04-01T03:59:59", True),
        ("America/New_York", "2026-04-01T04:00:00", False),
        ("Pacific/Auckland", "2026-02-28T11:00:00", True),
        ("Pacific/Auckland", "2026-03-31T11:00:00", False),
    ],
)
def test_days_are_the_accounts_own_before_and_after_the_clocks_change(
    zone: str, moment: str, *, inside: bool
) -> None:
    assert bool(volume(line("charge", 100, moment), zone=zone)) is inside


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25)])
def test_days_of_23_and_25_hours_take_all_of_their_hours(day: str, hours: int) -> None:
    first = at(f"{day}T{'05' if hours == 23 else '04'}:00:00")
    lines = [
        {**line("charge", 1, day), "id": f"txn_hour_{hour}", "created": first + hour * 3_600}
        for hour in range(-1, hours + 1)
    ]
    given = ledger(lines, zone="America/New_York", as_of="2026-12-31")
    assert compute(given, "volume", {"start": day, "end": day})["usd"]["gross"] == hours


def test_currencies_are_never_added() -> None:
    found = volume(
        line("charge", 500, "2026-03-02", currency="jpy"), line("charge", 700, "2026-03-02")
    )
    assert {currency: flow["gross"] for currency, flow in found.items()} == {"jpy": 500, "usd": 700}


def test_a_balance_starts_with_what_came_before_and_ends_with_all() -> None:
    lines = [line("charge", 900, "2026-02-10"), line("payout", -300, "2026-03-01")]
    eur = line("charge", 40, "2026-01-01", currency="eur")
    found = compute(ledger([*lines, eur]), "balance_summary", MARCH)
    assert (found["usd"]["starting"], found["usd"]["payouts"], found["usd"]["ending"]) == (
        900,
        -300,
        600,
    )
    assert found["eur"] == {
        "starting": 40,
        "categories": {},
        "activity": 0,
        "payouts": 0,
        "ending": 40,
    }


def test_without_word_from_stripe_there_is_nothing_to_differ_from() -> None:
    lines = [line("charge", 900, "2026-02-10", available_on=at("2026-09-01"))]
    assert compute(ledger(lines), "balance_now", {}) == {
        "usd": {"available": 0, "pending": 900, "api_total": None, "difference": None}
    }


def test_a_balance_of_now_knows_nothing_of_later_on_the_same_day() -> None:
    lines = [line("charge", 1, "2026-03-10T11:00:00"), line("charge", 2, "2026-03-10T13:00:00")]
    given = ledger(lines, as_of="2026-03-10T12:00:00")
    assert compute(given, "balance_now", {})["usd"]["available"] == 1


def test_what_is_expected_comes_in_the_order_in_which_it_arrives() -> None:
    given = dataset(
        zone="America/New_York",
        as_of="2026-03-10T12:00:00",
        payouts=[
            payout("po_late", "in_transit", "2026-03-14"),
            payout("po_paid", "paid", "2026-03-02"),
            payout("po_soon", "pending", "2026-03-11", 50),
        ],
        balance_transactions=[
            line("charge", 30, "2026-03-10", available_on=at("2026-03-13")),
            line("charge", 12, "2026-03-09", available_on=at("2026-03-12")),
            line("charge", 5, "2026-03-10", available_on=at("2026-03-13")),
            line("charge", 9, "2026-03-08"),
            line("charge", 8, "2026-03-11", available_on=at("2026-03-15")),
        ],
    )
    assert compute(given, "payouts_expected", {}) == {
        "in_transit": [
            {"payout": "po_soon", "date": "2026-03-11", "currency": "usd", "amount": 50},
            {"payout": "po_late", "date": "2026-03-14", "currency": "usd", "amount": 100},
        ],
        "becoming_available": [
            {"date": "2026-03-12", "currency": "usd", "amount": 12},
            {"date": "2026-03-13", "currency": "usd", "amount": 35},
        ],
    }


def test_an_instant_payout_has_no_transactions_of_its_own() -> None:
    given = dataset(payouts=[payout("po_1", "paid", "2026-03-02", method="instant")])
    found = compute(given, "payout_reconciliation", {"payout": "po_1"})
    assert found == {"status": "manual", "amount": 100, "currency": "usd"}


def test_revenue_has_a_bucket_for_every_day_week_and_month() -> None:
    lines = [line("charge", 100, "2026-03-02", fee=3), line("refund", -40, "2026-04-01")]
    with opened(ledger(lines)) as reading:
        period = Period(date(2026, 3, 1), date(2026, 4, 2))
        series = {
            bucket: {
                start.isoformat(): (flow.gross, flow.refunds, flow.fees, flow.net)
                for start, flow in revenue(
                    reading.db, reading.book, period, "usd", by=bucket
                ).items()
            }
            for bucket in Bucket
        }
    assert series[Bucket.MONTH] == {"2026-03-01": (100, 0, 3, 97), "2026-04-01": (0, 40, 0, -40)}
    assert list(series[Bucket.WEEK])[:2] == ["2026-02-23", "2026-03-02"]
    assert len(series[Bucket.DAY]) == 33
    assert series[Bucket.DAY]["2026-03-02"] == (100, 0, 3, 97)


def test_the_overview_sets_each_figure_beside_the_period_before(sqlite_engine: Engine) -> None:
    charge: Object = {
        "id": "ch_1",
        "object": "charge",
        "created": at("2026-03-05"),
        "status": "succeeded",
        "amount": 100,
        "amount_captured": 100,
        "captured": True,
        "currency": "usd",
    }
    given = dataset(
        as_of="2026-03-20",
        customers=[{"id": "cus_9", "object": "customer", "created": at("2026-02-20")}],
        charges=[charge, {**charge, "id": "ch_2", "status": "failed", "captured": False}],
        disputes=[
            {"id": "dp_1", "created": at("2026-01-05"), "status": "under_review"},
            {"id": "dp_2", "created": at("2026-03-05"), "status": "won"},
        ],
        balance_transactions=[
            line("charge", 100, "2026-03-05", fee=3),
            line("charge", 50, "2026-02-20"),
        ],
        payouts=[payout("po_1", "in_transit", "2026-03-21"), payout("po_2", "paid", "2026-03-19")],
        subscription_events=[event("created", "2026-03-01", subscription())],
    )
    with opened(given) as reading:
        period = Period(date(2026, 3, 1), date(2026, 3, 20))
        found = overview(reading.db, reading.book, period, reading.as_of, reading.choices)
    assert (found.volume["usd"].now.net, found.volume["usd"].before.net) == (97, 50)
    assert (found.successful_payments.now, found.successful_payments.before) == (1, 0)
    assert (found.new_customers.now, found.new_customers.before) == (0, 1)
    assert (found.mrr.now.total, found.mrr.before.total) == (1000, 0)
    assert (found.open_disputes, found.opened_disputes.now) == (1, 1)
    assert (found.balance["usd"].available, found.balance_before["usd"]) == (147, 50)
    assert found.payout.now is not None
    assert found.payout.before is not None
    assert (found.payout.now.payout, found.payout.before.payout) == ("po_1", "po_2")


@pytest.mark.parametrize(
    ("metric", "args", "field"),
    [
        ("profit", {}, "metric"),
        ("mrr", [], "args"),
        ("mrr", {}, "date"),
        ("mrr", {"date": 20260131}, "date"),
        ("mrr", {"date": "2026-02-30"}, "date"),
        ("mrr", {"date": "20260131"}, "date"),
        ("mrr", {"date": "9999-12-31"}, "date"),
        ("volume", {"start": "2026-01-01"}, "end"),
        ("volume", {"start": "2026-02-01", "end": "2026-01-01"}, "start"),
        ("payout_reconciliation", {}, "payout"),
    ],
)
def test_a_wrong_argument_is_named(metric: str, args: Any, field: str) -> None:
    with pytest.raises(BadInputError) as refused:
        compute(dataset(), metric, args)
    assert refused.value.field == field


def test_an_unknown_payout_is_named() -> None:
    with pytest.raises(NotFoundError) as refused:
        compute(dataset(), "payout_reconciliation", {"payout": "po_nobody"})
    assert refused.value.field == "payout"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"format": "another/2"}, "dataset"),
        ({"settings": {"churn_timing": "never"}}, "settings.churn_timing"),
        ({"account": {"timezone": "Mars/Olympus"}}, "account.timezone"),
        ({"fx": [{"date": "soon", "currency": "eur", "rate": "1"}]}, "fx.date"),
        ({"charges": {"data": []}}, "dataset.charges"),
    ],
)
def test_a_wrong_dataset_is_named(wrong: Object, field: str) -> None:
    with pytest.raises(BadInputError) as refused:
        compute({**dataset(), **wrong}, "volume", MARCH)
    assert refused.value.field == field


def test_one_books_figures_leave_out_anothers(sqlite_engine: Engine) -> None:
    with db.writing(sqlite_engine) as connection:
        mine, theirs = (
            books.open_book(connection, name, livemode=False) for name in ("acct_1", "acct_2")
        )
        lines = [line("charge", 100, "2026-03-02")]
        apply(connection, theirs, KINDS["balance_transaction"], lines, seen_at=0)
        march = Period(date(2026, 3, 1), date(2026, 3, 31))
        assert sum(flow.gross for flow in revenue(connection, mine, march, "usd").values()) == 0
        assert sum(flow.gross for flow in revenue(connection, theirs, march, "usd").values()) == 100
