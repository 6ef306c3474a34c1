"""The disputes pages."""

from typing import Any

import pytest
from flask import Flask

from tests.clients import CheckedClient
from tests.features.make import Maker
from tests.features.pages import exported, listed, statements


def dispute(make: Maker, payment: str, **fields: Any) -> str:
    given = {"amount": 2_000, "currency": "usd", "reason": "fraudulent", "charge": payment}
    return make.object("dispute", "du", **{"status": "needs_response", **given, **fields})


def test_open_disputes_are_one_link_away(ann: CheckedClient, make: Maker) -> None:
    payment = make.payment()
    waiting, lost = dispute(make, payment), dispute(make, payment, status="lost")
    page = ann.get("/disputes").text
    open_url = page.partition('class="btn" href="')[2].partition('"')[0]
    assert listed(ann, "/disputes", "dispute") == [waiting, lost]
    assert listed(ann, open_url.replace("&amp;", "&"), "dispute") == [waiting]


def test_a_dispute_is_found_by_its_customer_and_by_its_payment(
    ann: CheckedClient, make: Maker
) -> None:
    payment = make.payment(customer=make.customer(name="Ines Quill"))
    wanted = dispute(make, payment)
    dispute(make, make.payment())
    assert listed(ann, "/disputes?q=quill", "dispute") == [wanted]
    assert ann.get(f"/disputes?q={payment}").location == f"/disputes/{wanted}"


def test_the_export_equals_the_list(ann: CheckedClient, make: Maker) -> None:
    payment = make.payment()
    dispute(make, payment, status="won")
    lost = dispute(make, payment, status="lost", amount=1_999)
    lines = exported(ann, "/disputes/export.csv?status=lost")
    assert [(line["id"], line["amount"]) for line in lines] == [(lost, "19.99")]


def test_one_dispute_shows_its_deadline_payment_and_what_it_took(
    ann: CheckedClient, make: Maker
) -> None:
    payment = make.payment()
    due = make.now + 2 * 86_400
    raw = make.raw(
        "dispute",
        "du",
        amount=2_000,
        currency="usd",
        reason="fraudulent",
        status="needs_response",
        charge=payment,
    )
    raw["evidence_details"] = {**(raw.get("evidence_details") or {}), "due_by": due}
    id = make.keep(raw)
    make.object(
        "balance_transaction",
        "txn",
        source=id,
        amount=-2_000,
        fee=1_500,
        net=-3_500,
        currency="usd",
        type="adjustment",
        reporting_category="dispute",
        available_on=make.now,
    )
    page = ann.get(f"/disputes/{id}").text
    for words in ("Evidence is due", "$20.00 taken from the balance", "-$35.00", payment):
        assert words in page


@pytest.mark.parametrize("query", ["status=odd", "reason=whim", "due=never", "x=1"])
def test_bad_filters_are_refused(ann: CheckedClient, make: Maker, query: str) -> None:
    dispute(make, make.payment())
    assert ann.get(f"/disputes?{query}").status_code == 400


def test_an_unknown_dispute_is_404(ann: CheckedClient, make: Maker) -> None:
    make.payment()
    assert ann.get("/disputes/du_nowhere").status_code == 404


def test_a_page_costs_at_most_three_statements(app: Flask, ann: CheckedClient, make: Maker) -> None:
    dispute(make, make.payment(customer=make.customer(name="Ines Quill")))
    for query in ("", "?status=needs_response&created=30d", "?q=quill"):
        with statements(app.extensions["dashboard"].engine) as asked:
            ann.get(f"/disputes{query}")
        assert len(asked) <= 3, asked
