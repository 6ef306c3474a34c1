"""One payment: its story, what belongs to it, and nobody else's."""

from flask import Flask

from dashboard.sandbox.shapes import part
from tests.clients import CheckedClient
from tests.features.make import Maker


def test_a_payment_shows_amount_status_and_who_paid(ann: CheckedClient, make: Maker) -> None:
    details = part("billing_details", name="Ines Quill", email="ines@quill.example")
    payment = make.payment(amount=123_456, billing_details=details)
    page = ann.get(f"/payments/{payment}").text
    for words in ("$1,234.56", "Succeeded", "Ines Quill", "ines@quill.example", payment):
        assert words in page


def test_an_intent_tells_of_each_attempt(ann: CheckedClient, make: Maker) -> None:
    first = make.payment(status="failed", payment_intent="pi_1", failure_code="card_declined")
    second = make.payment(payment_intent="pi_1", created=make.now)
    make.object(
        "payment_intent",
        "pi",
        id="pi_1",
        amount=2_000,
        currency="usd",
        status="succeeded",
        latest_charge=second,
    )
    page = ann.get("/payments/pi_1").text
    assert "Attempt of $20.00 failed" in page
    assert "$20.00 paid" in page
    assert first != second


def test_what_a_payment_moved_is_shown_with_its_refund(ann: CheckedClient, make: Maker) -> None:
    payment = make.payment(refunded=500)
    refund = make.object(
        "refund", "re", charge=payment, amount=500, currency="usd", status="succeeded"
    )
    for source, amount in ((payment, 2_000), (refund, -500)):
        make.object(
            "balance_transaction",
            "txn",
            source=source,
            amount=amount,
            net=amount,
            fee=0,
            currency="usd",
            type="charge" if amount > 0 else "refund",
            reporting_category="charge" if amount > 0 else "refund",
            available_on=make.now,
        )
    page = ann.get(f"/payments/{payment}").text
    assert "Refund of $5.00" in page
    assert "-$5.00" in page


def test_an_unknown_payment_is_404_and_so_is_one_of_another_account(
    app: Flask, ann: CheckedClient, make: Maker
) -> None:
    make.payment()
    Maker(app.extensions["dashboard"].engine, "acct_other").payment(id="ch_secret")
    ann.get(f"/payments?account={make.book.account_id}")
    for id in ("ch_nowhere", "ch_secret"):
        assert ann.get(f"/payments/{id}").status_code == 404


def test_the_id_of_a_charge_or_refund_leads_to_its_payment(ann: CheckedClient, make: Maker) -> None:
    alone = make.payment()
    attempt = make.payment(payment_intent="pi_1")
    given = {"amount": 5, "currency": "usd", "status": "succeeded"}
    of_attempt = make.object("refund", "re", charge=attempt, payment_intent="pi_1", **given)
    of_alone = make.object("refund", "re", charge=alone, **given)
    make.object("payment_intent", "pi", id="pi_1", amount=2_000, currency="usd", status="succeeded")
    for id, payment in ((attempt, "pi_1"), (of_attempt, "pi_1"), (of_alone, alone)):
        answer = ann.get(f"/payments/{id}")
        assert (answer.status_code, answer.location) == (303, f"/payments/{payment}")
    assert ann.get(f"/payments/{alone}").status_code == 200


def test_a_charge_of_another_account_leads_nowhere(
    app: Flask, ann: CheckedClient, make: Maker
) -> None:
    other = Maker(app.extensions["dashboard"].engine, "acct_other")
    other.payment(id="ch_secret", payment_intent="pi_secret")
    ann.get(f"/payments?account={make.book.account_id}")
    assert ann.get("/payments/ch_secret").status_code == 404


def test_hostile_names_are_only_text(ann: CheckedClient, make: Maker) -> None:
    hostile = '"><img src=x onerror=alert(1)>'
    payment = make.payment(billing_details=part("billing_details", name=hostile))
    assert "<img src=x" not in ann.get(f"/payments/{payment}").text


def test_an_object_that_lacks_currency_and_time_spoils_no_page(
    ann: CheckedClient, make: Maker
) -> None:
    payment = make.raw("charge", "ch", amount=2_000, status="succeeded", currency="usd")
    transaction = make.raw(
        "balance_transaction",
        "txn",
        source=payment["id"],
        amount=2_000,
        net=2_000,
        fee=0,
        type="charge",
        currency="usd",
        available_on=make.now,
        reporting_category="charge",
    )
    for raw in (payment, transaction):
        for field in ("currency", "created"):
            del raw[field]
        make.keep(raw)
    for path in ("/", "/payments", f"/payments/{payment['id']}", "/balance", "/balance/export.csv"):
        assert ann.get(path).status_code == 200
    assert ann.get(f"/balance/{transaction['id']}").status_code == 200
    assert "20.00" in ann.get("/payments/export.csv").text
