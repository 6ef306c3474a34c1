"""The page of one customer."""

import pytest
from flask import Flask

from tests.clients import CheckedClient
from tests.features.make import Maker

HOSTILE = '"><script>alert(1)</script>{{ 7 * 7 }}'


def test_lifetime_value_is_told_for_each_currency_less_refunds(
    rob: CheckedClient, make: Maker
) -> None:
    id = make.customer()
    make.payment(customer=id, amount=5_000, refunded=1_000)
    make.payment(customer=id, amount=2_000)
    make.payment(customer=id, amount=9_999, status="failed")
    make.payment(customer=id, amount=98_000, currency="jpy")

    page = rob.get(f"/customers/{id}").text

    assert "$60.00" in page
    assert "2 payments, $10.00 refunded" in page
    assert "¥98,000" in page
    assert "Lifetime value JPY" in page


def test_the_figure_leads_to_the_payments_that_sum_to_it(rob: CheckedClient, make: Maker) -> None:
    id = make.customer()
    make.payment(customer=id, amount=5_000)
    make.payment(customer=id, amount=7_000, status="failed")

    page = rob.get(f"/customers/{id}").text
    link = page.partition('class="stat-value"><a href="')[2].partition('"')[0]
    payments = rob.get(link.replace("&amp;", "&")).text

    assert "1 of 1 payments" in payments
    assert "$50.00" in payments


def test_everything_that_belongs_to_it_is_shown(rob: CheckedClient, make: Maker) -> None:
    id = make.customer(name="Ada Lovelace")
    price = make.price(make.product(name="Kiln hours"))
    subscription = make.subscription(id, price, quantity=3)
    make.subscription(id, price, ended_at=make.now - 60, status="canceled")
    invoice = make.invoice(id, number="ADA-0001")
    payment = make.payment(customer=id)
    make.card(id, "1881")

    page = rob.get(f"/customers/{id}").text

    for part in (
        "Ada Lovelace",
        "Kiln hours",
        "$29.00 / month",
        "$87.00",
        "Subscribed to Kiln hours",
        "Subscription to Kiln hours ended",
        f"/subscriptions/{subscription}",
        "ADA-0001",
        f"/invoices/{invoice}",
        f"/payments/{payment}",
        "1881",
        "Expires 04/2031",
        f"/payments?customer={id}",
        f"/invoices?customer={id}",
        f"/subscriptions?customer={id}",
    ):
        assert part in page


def test_hostile_words_are_only_words(rob: CheckedClient, make: Maker) -> None:
    id = make.customer(name=HOSTILE, email=HOSTILE, description=HOSTILE, phone=HOSTILE)

    for page in (rob.get("/customers").text, rob.get(f"/customers/{id}").text):
        assert "<script>alert" not in page
        assert "{{ 7 * 7 }}" in page


def test_a_bare_object_of_an_old_version_has_a_page(rob: CheckedClient, make: Maker) -> None:
    make.keep({"id": "cus_bare", "object": "customer", "created": 1_600_000_000})

    assert rob.get("/customers/cus_bare").status_code == 200


@pytest.mark.parametrize("by", ["payment", "invoice", "subscription"])
def test_a_customer_that_was_deleted_before_the_first_sync_has_a_page(
    rob: CheckedClient, make: Maker, by: str
) -> None:
    told_by = {
        "payment": lambda: make.payment(customer="cus_gone", amount=4_200),
        "invoice": lambda: make.invoice("cus_gone", customer_name="Ada Lovelace"),
        "subscription": lambda: make.subscription("cus_gone", make.price(make.product())),
    }
    id = told_by[by]()
    make.synced()

    page = rob.get("/customers/cus_gone")

    assert page.status_code == 200
    assert f"/{by}s/{id}" in page.text
    assert "deleted before the first sync" in page.text
    assert "Raw JSON" not in page.text
    assert ("Ada Lovelace" in page.text) == (by == "invoice")
    assert rob.get("/customers?q=cus_gone").headers["Location"] == "/customers/cus_gone"


def test_a_customer_that_is_not_read_yet_or_refused_is_not_called_deleted(
    rob: CheckedClient, make: Maker
) -> None:
    make.payment(customer="cus_late")
    make.invoice("cus_late", customer_name="Ada Lovelace")

    make.synced(but=["customer"])
    page = rob.get("/customers/cus_late").text
    assert "has not read this customer" in page
    assert "Ada Lovelace" in page
    assert "eleted" not in page

    make.synced(refused=["customer"])
    page = rob.get("/customers/cus_late").text
    assert "Stripe refuses customers to this key." in page
    assert "eleted" not in page


def test_an_unknown_customer_or_one_of_another_account_is_not_found(
    app: Flask, rob: CheckedClient, make: Maker
) -> None:
    other = Maker(make.engine, "acct_other")
    foreign = other.customer(name="Evelyn")
    other.payment(customer="cus_none")

    assert rob.get("/customers/cus_none").status_code == 404
    assert rob.get(f"/customers/{foreign}").status_code == 404
    assert "Evelyn" not in rob.get("/customers").text
