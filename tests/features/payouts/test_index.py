"""The payouts pages, and the proof that a payout is the sum of its transactions."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from dashboard.core import db
from dashboard.mirror import membership
from dashboard.store import books
from tests.clients import CheckedClient
from tests.features.make import Maker
from tests.features.pages import exported, listed, statements

MIDNIGHT = int(datetime(2026, 3, 5, tzinfo=UTC).timestamp())


def payout(make: Maker, amount: int = 9_680, **fields: Any) -> str:
    given = {"amount": amount, "currency": "usd", "status": "paid", "automatic": True}
    given |= {"arrival_date": MIDNIGHT, "reconciliation_status": "completed", "method": "standard"}
    return make.object("payout", "po", **{**given, **fields})


def paid_out(make: Maker, payout_id: str, *nets: int) -> None:
    ids = [
        make.object(
            "balance_transaction",
            "txn",
            amount=net,
            net=net,
            fee=0,
            currency="usd",
            type="charge",
            reporting_category="charge",
            available_on=make.now,
        )
        for net in nets
    ]
    with db.writing(make.engine) as connection:
        membership.link_all(connection, make.book, {payout_id: ids})


def test_a_payout_that_is_the_sum_of_its_transactions_is_proven(
    ann: CheckedClient, make: Maker
) -> None:
    id = payout(make)
    paid_out(make, id, 5_000, 4_680)
    page = ann.get(f"/payouts/{id}").text
    assert "Reconciled" in page
    assert "sum to exactly $96.80" in page


def test_the_rows_beside_the_proof_are_those_that_it_sums(ann: CheckedClient, make: Maker) -> None:
    id = payout(make)
    paid_out(make, id, 5_000, 4_680)
    make.object(
        "balance_transaction",
        "txn",
        source=id,
        amount=-9_680,
        net=-9_680,
        fee=0,
        currency="usd",
        type="payout",
        reporting_category="payout",
        available_on=make.now,
    )
    assert f'hx-get="/balance?payout={id}"' in ann.get(f"/payouts/{id}").text
    lines = exported(ann, f"/balance/export.csv?payout={id}")
    assert sorted(int(line["net_minor"]) for line in lines) == [4_680, 5_000]


def test_a_payout_that_is_not_says_by_how_much(ann: CheckedClient, make: Maker) -> None:
    id = payout(make)
    paid_out(make, id, 5_000)
    page = ann.get(f"/payouts/{id}").text
    assert "Does not add up" in page
    assert "$46.80" in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"automatic": False, "reconciliation_status": "not_applicable"}, "Manual payout"),
        ({"status": "in_transit", "reconciliation_status": "in_progress"}, "In progress"),
    ],
)
def test_a_payout_without_linked_transactions_is_no_mismatch(
    ann: CheckedClient, make: Maker, fields: dict[str, Any], words: str
) -> None:
    page = ann.get(f"/payouts/{payout(make, **fields)}").text
    assert words in page
    assert "Does not add up" not in page


def test_an_arrival_is_a_date_and_never_shifted_into_the_zone(
    ann: CheckedClient, make: Maker
) -> None:
    with db.writing(make.engine) as connection:
        books.describe(
            connection, make.book, timezone="America/New_York", currency="usd", name="Shop"
        )
    id = payout(make)
    assert "Mar 5, 2026" in ann.get("/payouts").text
    assert "Mar 4, 2026" not in ann.get(f"/payouts/{id}").text


def test_what_is_on_its_way_is_shown_before_the_list(ann: CheckedClient, make: Maker) -> None:
    coming = payout(make, 1_234, status="in_transit", reconciliation_status="in_progress")
    page = ann.get("/payouts").text
    assert "On the way to the bank" in page
    assert page.index(f"/payouts/{coming}") < page.index('id="payouts-list"')


def test_filters_and_export_agree(ann: CheckedClient, make: Maker) -> None:
    failed = payout(make, status="failed", failure_code="account_closed")
    paid = payout(make, 500)
    assert listed(ann, "/payouts?status=failed", "payout") == [failed]
    assert listed(ann, "/payouts?sort=amount&direction=asc", "payout") == [paid, failed]
    lines = exported(ann, "/payouts/export.csv?status=failed")
    assert [(line["id"], line["arrival_date"]) for line in lines] == [(failed, "2026-03-05")]


def test_unknown_payouts_and_filters_are_refused(ann: CheckedClient, make: Maker) -> None:
    payout(make)
    assert ann.get("/payouts/po_nowhere").status_code == 404
    assert ann.get("/payouts?status=gone").status_code == 400


def test_the_list_costs_at_most_three_statements(
    app: Flask, ann: CheckedClient, make: Maker
) -> None:
    payout(make)
    part_of_page = {"HX-Request": "true", "HX-Request-Type": "partial"}
    for query in ("", "?status=paid&arrival=ytd", "?q=stripe payout"):
        with statements(app.extensions["dashboard"].engine) as asked:
            ann.get(f"/payouts{query}", headers=part_of_page)
        assert len(asked) <= 3, asked
