"""The identities that hold between balance, transactions and payouts, in every currency."""

from collections import defaultdict
from datetime import UTC, datetime

import pytest

from dashboard.sandbox.shapes import Json
from tests.sandbox.world.chronicle import Chronicle, chronicle

CURRENCIES = ("usd", "eur", "gbp", "jpy")
PAYOUT_CATEGORIES = {"payout", "payout_reversal"}


def net(rows: list[Json]) -> int:
    return sum(row["net"] for row in rows)


def members(world: Chronicle) -> dict[str, list[Json]]:
    rows = world.kinds["balance_transaction"]
    by_payout = defaultdict(list)
    for row, payout in world.payouts.items():
        by_payout[payout].append(rows[row])
    return by_payout


def test_every_transaction_is_amount_less_fee_with_its_fee_explained(world: Chronicle) -> None:
    for row in world.all("balance_transaction"):
        assert row["net"] == row["amount"] - row["fee"]
        assert row["fee"] == sum(detail["amount"] for detail in row["fee_details"])
        assert {detail["currency"] for detail in row["fee_details"]} <= {row["currency"]}


def test_transactions_are_in_the_currencies_of_the_balance_only(world: Chronicle) -> None:
    assert {row["currency"] for row in world.all("balance_transaction")} == set(CURRENCIES)


@pytest.mark.parametrize("currency", CURRENCIES)
def test_starting_balance_and_activity_and_payouts_make_the_ending_balance(
    world: Chronicle, currency: str
) -> None:
    rows = [row for row in world.all("balance_transaction") if row["currency"] == currency]
    moment = world.now - 90 * 86_400
    before = net([row for row in rows if row["created"] < moment])
    since = [row for row in rows if row["created"] >= moment]
    payouts = net([row for row in since if row["reporting_category"] in PAYOUT_CATEGORIES])
    activity = net([row for row in since if row["reporting_category"] not in PAYOUT_CATEGORIES])
    ending = sum(
        funds["amount"]
        for part in ("available", "pending")
        for funds in world.balance[part]
        if funds["currency"] == currency
    )
    assert before + activity + payouts == ending
    assert payouts < 0 < activity


@pytest.mark.parametrize("currency", CURRENCIES)
def test_the_available_balance_is_what_is_available_by_now(world: Chronicle, currency: str) -> None:
    rows = [row for row in world.all("balance_transaction") if row["currency"] == currency]
    available = [row for row in rows if row["available_on"] <= world.now]
    pending = [row for row in rows if row["available_on"] > world.now]
    assert {row["status"] for row in available} == {"available"}
    assert {row["status"] for row in pending} <= {"pending"}
    for part, expected in (("available", available), ("pending", pending)):
        funds = next(each for each in world.balance[part] if each["currency"] == currency)
        assert funds["amount"] == net(expected)


def test_no_transaction_is_available_before_it_exists_or_exists_after_now(
    world: Chronicle,
) -> None:
    for row in world.all("balance_transaction"):
        assert row["created"] <= world.now
        assert row["available_on"] >= row["created"] - row["created"] % 86_400


def test_every_automatic_payout_is_the_sum_of_its_transactions(world: Chronicle) -> None:
    by_payout = members(world)
    automatic = [payout for payout in world.all("payout") if payout["automatic"]]
    assert len(automatic) > 500
    for payout in automatic:
        rows = by_payout[payout["id"]]
        own = [row for row in rows if row["id"] == payout["balance_transaction"]]
        others = [row for row in rows if row["id"] != payout["balance_transaction"]]
        assert payout["amount"] == net(others) == -net(own)
        assert {row["currency"] for row in rows} == {payout["currency"]}
        assert all(row["available_on"] <= payout["created"] for row in others)


def test_manual_payouts_have_no_transactions_but_their_own_row(world: Chronicle) -> None:
    by_payout = members(world)
    manual = [payout for payout in world.all("payout") if not payout["automatic"]]
    assert manual
    for payout in manual:
        assert payout["id"] not in by_payout
        assert payout["reconciliation_status"] == "not_applicable"
        row = world.kinds["balance_transaction"][payout["balance_transaction"]]
        assert row["amount"] == -payout["amount"]


def test_the_money_of_a_failed_payout_returns_and_leaves_in_a_later_one(world: Chronicle) -> None:
    failed = [payout for payout in world.all("payout") if payout["status"] == "failed"]
    assert failed
    for payout in failed:
        row = world.kinds["balance_transaction"][payout["failure_balance_transaction"]]
        assert (row["type"], row["reporting_category"]) == ("payout_failure", "payout_reversal")
        assert row["net"] == payout["amount"]
        later = world.kinds["payout"][world.payouts[row["id"]]]
        assert later["created"] > payout["created"]
        assert later["id"] != payout["id"]


def test_payouts_leave_and_arrive_on_banking_days_at_midnight_utc(world: Chronicle) -> None:
    for payout in world.all("payout"):
        arrival = datetime.fromtimestamp(payout["arrival_date"], UTC)
        assert (arrival.hour, arrival.minute, arrival.second) == (0, 0, 0)
        assert arrival.weekday() < 5
        assert datetime.fromtimestamp(payout["created"], UTC).weekday() < 5


def test_payouts_underway_are_not_reconciled_yet(world: Chronicle) -> None:
    underway = [
        payout
        for payout in world.all("payout")
        if payout["automatic"] and payout["arrival_date"] > world.now
    ]
    assert underway
    for payout in underway:
        assert payout["status"] in {"in_transit", "pending"}
        assert payout["reconciliation_status"] == "in_progress"


def test_dinars_settle_in_dollars_at_the_rate_on_the_transaction(world: Chronicle) -> None:
    charges = [
        charge
        for charge in world.all("charge")
        if charge["currency"] == "kwd" and charge["balance_transaction"] and charge["captured"]
    ]
    assert charges
    for charge in charges:
        row = world.kinds["balance_transaction"][charge["balance_transaction"]]
        dinars = charge["amount"] / 1_000
        assert row["currency"] == "usd"
        assert charge["amount"] % 10 == 0
        if charge["amount_captured"] == charge["amount"]:
            assert abs(row["amount"] / 100 - dinars * row["exchange_rate"]) <= 0.0051


def test_only_converted_transactions_have_an_exchange_rate(world: Chronicle) -> None:
    for row in world.all("balance_transaction"):
        if row["currency"] != "usd":
            assert row["exchange_rate"] is None


@pytest.mark.parametrize("payments", [1, 60, 400])
def test_the_identities_hold_in_small_worlds_too(payments: int) -> None:
    small = chronicle(payments, seed=payments)
    by_payout = members(small)
    for payout in small.all("payout"):
        own = payout["balance_transaction"]
        others = [row for row in by_payout[payout["id"]] if row["id"] != own]
        assert not payout["automatic"] or payout["amount"] == net(others)
    for currency in CURRENCIES:
        booked = [row for row in small.all("balance_transaction") if row["currency"] == currency]
        funds = [*small.balance["available"], *small.balance["pending"]]
        assert net(booked) == sum(f["amount"] for f in funds if f["currency"] == currency)
