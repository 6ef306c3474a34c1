"""The balance pages: agreement with Stripe, the ledger and the summary of a period."""

from typing import Any

import pytest
from flask import Flask

from dashboard.core import db
from dashboard.mirror import membership
from dashboard.sandbox.shapes import build, part
from tests.clients import CheckedClient
from tests.features.make import Maker
from tests.features.pages import exported, listed, statements


def moved(make: Maker, amount: int, **fields: Any) -> str:
    given = {"type": "charge", "reporting_category": "charge", "currency": "usd", "fee": 0}
    given |= {"net": amount - int(fields.get("fee", 0)), "available_on": make.now - 86_400}
    return make.object("balance_transaction", "txn", amount=amount, **{**given, **fields})


def stated(make: Maker, amount: int, currency: str = "usd") -> None:
    funds = [part("funds", amount=amount, currency=currency)]
    make.keep({**build("balance", available=funds, pending=[]), "id": "balance"})


def test_a_balance_that_equals_stripes_is_marked_so(ann: CheckedClient, make: Maker) -> None:
    moved(make, 10_000, fee=320)
    stated(make, 9_680)
    page = ann.get("/balance").text
    assert "$96.80" in page
    assert "Equals Stripe" in page


def test_a_difference_to_stripes_balance_is_said_with_its_amount(
    ann: CheckedClient, make: Maker
) -> None:
    moved(make, 10_000)
    stated(make, 9_000)
    assert "$10.00 off Stripe" in ann.get("/balance").text


def test_two_currencies_are_never_one_sum(ann: CheckedClient, make: Maker) -> None:
    moved(make, 10_000)
    moved(make, 10_000, currency="jpy")
    page = ann.get("/balance").text
    assert "$100.00" in page
    assert "¥10,000" in page


def test_transactions_are_filtered_by_category_and_payout(ann: CheckedClient, make: Maker) -> None:
    charge, refund = moved(make, 5_000), moved(make, -500, reporting_category="refund")
    with db.writing(make.engine) as connection:
        membership.link_all(connection, make.book, {"po_1": [refund]})
    assert listed(ann, "/balance?category=charge", "transaction") == [charge]
    assert listed(ann, "/balance?payout=po_1", "transaction") == [refund]
    assert exported(ann, "/balance/export.csv?payout=po_1")[0]["payout"] == "po_1"


def test_the_summary_of_a_period_adds_up_and_leads_to_its_rows(
    ann: CheckedClient, make: Maker
) -> None:
    moved(make, 10_000, fee=300, created=make.now - 60 * 86_400)
    moved(make, 4_000, fee=100)
    moved(make, -1_000, reporting_category="refund")
    page = ann.get("/balance/summary?created=7d").text
    for words in ("$97.00", "$39.00", "-$10.00", "$29.00", "$126.00"):
        assert words in page
    rows = page.partition("category=charge")[0].rpartition('href="')[2]
    assert rows.startswith("/balance?")


def test_one_transaction_shows_fees_source_and_payout(ann: CheckedClient, make: Maker) -> None:
    payment = make.payment()
    fee = part(
        "fee_detail",
        amount=88,
        currency="usd",
        type="stripe_fee",
        description="Stripe processing fees",
    )
    id = moved(make, 2_000, fee=88, source=payment, fee_details=[fee])
    with db.writing(make.engine) as connection:
        membership.link_all(connection, make.book, {"po_1": [id]})
    page = ann.get(f"/balance/{id}").text
    for words in ("Stripe processing fees", "$0.88", "$19.12", f'"/payments/{payment}"', "po_1"):
        assert words in page
    assert "/payouts/po_1" not in page
    paid = {"amount": 1_912, "currency": "usd", "status": "paid", "arrival_date": make.now}
    make.object("payout", "po", id="po_1", **paid)
    assert 'href="/payouts/po_1"' in ann.get(f"/balance/{id}").text
    assert ann.get("/balance/txn_nowhere").status_code == 404


def test_other_movements_are_those_of_the_same_source(ann: CheckedClient, make: Maker) -> None:
    payment = make.payment()
    charge, refund = moved(make, 2_000, source=payment), moved(make, -500, source=payment)
    fee, bill = moved(make, -100, source=None), moved(make, -200, source=None)
    assert f"/balance/{refund}" in ann.get(f"/balance/{charge}").text
    assert bill not in ann.get(f"/balance/{fee}").text


def test_a_transaction_is_found_by_its_source(ann: CheckedClient, make: Maker) -> None:
    payment = make.payment(customer=make.customer(name="Ines Quill"))
    id = moved(make, 2_000, source=payment)
    moved(make, 3_000)
    assert ann.get(f"/balance?q={payment}").location == f"/balance/{id}"
    assert listed(ann, "/balance?q=quill", "transaction") == [id]


@pytest.mark.parametrize("query", ["category=odd", "available=whenever", "sort=net", "a=b"])
def test_bad_filters_are_refused(ann: CheckedClient, make: Maker, query: str) -> None:
    moved(make, 1)
    assert ann.get(f"/balance?{query}").status_code == 400


def test_the_list_costs_at_most_three_statements(
    app: Flask, ann: CheckedClient, make: Maker
) -> None:
    moved(make, 2_000)
    part_of_page = {"HX-Request": "true", "HX-Request-Type": "partial"}
    for query in ("", "?category=charge&created=30d", "?payout=po_1", "?q=quill"):
        with statements(app.extensions["dashboard"].engine) as asked:
            ann.get(f"/balance{query}", headers=part_of_page)
        assert len(asked) <= 3, asked


def test_a_period_that_makes_no_sense_stays_to_be_corrected(
    ann: CheckedClient, make: Maker
) -> None:
    assert make.book
    url = "/balance/summary?created_from=2026-05-02&created_to=2026-05-01"
    for headers in ({}, {"HX-Request": "true", "HX-Request-Type": "partial"}):
        page = ann.get(url, headers=headers)
        assert page.status_code == 400
        assert "Period: The last day lies before the first." in page.text
        assert 'value="2026-05-02"' in page.text
        assert '<a class="btn" href="/balance/summary">Show this month</a>' in page.text
