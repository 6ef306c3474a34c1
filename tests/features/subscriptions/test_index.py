"""The list of subscriptions: filters, search and exports."""

import pytest

from dashboard.sandbox.shapes import part
from tests.clients import CheckedClient
from tests.features.make import Maker
from tests.features.pages import exported, listed, statements


@pytest.mark.parametrize(
    "query",
    [
        "status=past_due",
        "cancels=yes",
        "created=today",
        "product=prod_meant",
        "price=price_meant",
        "customer=cus_meant",
        "currency=EUR",
        "collection=send_invoice",
        "q=grete",
    ],
)
def test_each_filter_finds_the_one_that_is_meant(
    query: str, rob: CheckedClient, make: Maker
) -> None:
    ada, grete = make.customer(name="Ada"), make.customer(id="cus_meant", name="Grete")
    plain = make.price(make.product())
    meant_price = make.price(make.product(id="prod_meant"), id="price_meant")
    make.subscription(ada, plain, created=make.now - 90 * 86_400)
    meant = make.subscription(
        grete,
        plain,
        meant_price,
        status="past_due",
        created=make.now,
        currency="eur",
        collection_method="send_invoice",
        cancel_at_period_end=True,
    )

    assert listed(rob, f"/subscriptions?{query}", "subscription") == [meant]


def test_what_has_ended_is_no_scheduled_cancellation(rob: CheckedClient, make: Maker) -> None:
    price = make.price(make.product())
    ended = make.subscription(
        make.customer(), price, status="canceled", cancel_at=make.now, ended_at=make.now
    )

    assert listed(rob, "/subscriptions?cancels=yes", "subscription") == []
    assert listed(rob, "/subscriptions?cancels=no", "subscription") == [ended]


def test_an_export_holds_exactly_the_rows_of_the_list(rob: CheckedClient, make: Maker) -> None:
    price = make.price(make.product())
    for number in range(4):
        status = "active" if number % 2 else "trialing"
        make.subscription(make.customer(), price, status=status, quantity=3)

    rows = exported(rob, "/subscriptions/export.csv?status=trialing")

    shown = listed(rob, "/subscriptions?status=trialing", "subscription")
    assert [row["id"] for row in rows] == shown
    assert {(row["quantity"], row["price_words"]) for row in rows} == {("3", "$29.00 / month")}


def test_mrr_stands_in_the_list_and_its_export(rob: CheckedClient, make: Maker) -> None:
    product = make.product()
    monthly = make.price(product, unit_amount=2_900)
    yearly = make.price(
        product,
        currency="kwd",
        unit_amount=120_000,
        recurring=part("recurring", interval="year"),
    )
    make.subscription(make.customer(), monthly, quantity=2)
    make.subscription(make.customer(), yearly, currency="kwd")
    make.subscription(make.customer(), monthly, status="trialing")
    make.subscription(make.customer(), monthly, status="canceled", ended_at=make.now - 60)

    page = rob.get("/subscriptions").text
    lines = exported(rob, "/subscriptions/export.csv?sort=created&direction=desc")

    assert "$58.00" in page
    assert "KWD\u00a010.000" in page
    assert [(line["mrr"], line["mrr_minor"]) for line in lines] == [
        ("58.00", "5800"),
        ("10.000", "10000"),
        ("0.00", "0"),
        ("0.00", "0"),
    ]


def test_what_the_clock_has_yet_to_bring_is_not_in_todays_mrr(
    rob: CheckedClient, make: Maker
) -> None:
    price = make.price(make.product())
    make.subscription(make.customer(), price, cancel_at=make.now + 86_400)

    assert [line["mrr_minor"] for line in exported(rob, "/subscriptions/export.csv")] == ["2900"]


def test_the_id_of_an_item_jumps_to_its_subscription(rob: CheckedClient, make: Maker) -> None:
    id = make.subscription(make.customer(), make.price(make.product()))
    with make.engine.connect() as connection:
        item = connection.exec_driver_sql("SELECT id FROM subscription_items").scalar()

    assert rob.get(f"/subscriptions?q={item}").location == f"/subscriptions/{id}"


def test_a_list_costs_three_statements_at_most(rob: CheckedClient, make: Maker) -> None:
    make.subscription(make.customer(name="Ada"), make.price(make.product()))
    rob.get("/subscriptions")

    with statements(make.engine) as found:
        rob.get("/subscriptions?q=Ada&status=active&cancels=no")

    assert 2 <= len(found) <= 3, found


@pytest.mark.parametrize("query", ["status=asleep", "cancels=maybe", "created_from=2999-01-01"])
def test_what_makes_no_sense_is_refused(query: str, rob: CheckedClient, make: Maker) -> None:
    assert rob.get(f"/subscriptions?{query}").status_code == 400


def test_nobody_reads_subscriptions_without_signing_in(client: CheckedClient) -> None:
    assert client.get("/subscriptions").status_code == 303


def test_a_price_is_shown_in_its_own_currency(rob: CheckedClient, make: Maker) -> None:
    price = make.price(make.product(), currency="jpy", unit_amount=2_900)
    make.subscription(make.customer(), price, currency="eur")

    row = rob.get("/subscriptions").text.partition("<tbody")[2]

    assert "¥2,900 / month JPY" in " ".join(row.split())
