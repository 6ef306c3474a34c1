"""The list of customers: filters, search, pages and exports."""

import pytest
from flask import Flask

from tests.clients import CheckedClient
from tests.features.make import Maker
from tests.features.pages import exported, listed, statements


def test_customers_are_listed_newest_first(rob: CheckedClient, make: Maker) -> None:
    newest, older = make.customer(name="Ada"), make.customer(name=None, email="b@example.com")

    assert listed(rob, "/customers", "customer") == [newest, older]
    assert listed(rob, "/customers?direction=asc", "customer") == [older, newest]


@pytest.mark.parametrize(
    "query", ["delinquent=yes", "country=de", "currency=EUR", "q=Grete", "created=today"]
)
def test_each_filter_finds_the_one_that_is_meant(
    query: str, rob: CheckedClient, make: Maker
) -> None:
    make.customer(name="Ada", created=make.now - 90 * 86_400)
    meant = make.customer(
        name="Grete", address={"country": "DE"}, currency="eur", delinquent=True, created=make.now
    )

    assert listed(rob, f"/customers?{query}", "customer") == [meant]


def test_an_export_holds_exactly_the_rows_of_the_list(rob: CheckedClient, make: Maker) -> None:
    for number in range(60):
        make.customer(name=f"Customer {number}", delinquent=number % 2 == 0)

    rows = exported(rob, "/customers/export.csv?delinquent=yes")

    assert len(rows) == 30
    assert [row["id"] for row in rows] == listed(rob, "/customers?delinquent=yes", "customer")


def test_an_export_cannot_run_formulas(rob: CheckedClient, make: Maker) -> None:
    make.customer(name="=HYPERLINK(1)")

    assert exported(rob, "/customers/export.csv")[0]["name"] == "'=HYPERLINK(1)"


def test_an_exact_id_jumps_to_its_customer(rob: CheckedClient, make: Maker) -> None:
    id = make.customer()

    assert rob.get(f"/customers?q={id}").location == f"/customers/{id}"


def test_a_deleted_customer_leaves_the_list_but_keeps_its_page(
    rob: CheckedClient, make: Maker
) -> None:
    id = make.customer(name="Gone")
    make.keep({"object": "customer", "id": id, "deleted": True})

    assert listed(rob, "/customers", "customer") == []
    assert "Deleted" in rob.get(f"/customers/{id}").text


def test_pages_follow_each_other_without_gap_or_repetition(rob: CheckedClient, make: Maker) -> None:
    made = [make.customer() for _ in range(70)]
    first = rob.get("/customers")
    older = first.text.partition('id="pager-older"')[2].partition('href="')[2].partition('"')[0]

    seen = listed(rob, "/customers", "customer") + listed(
        rob, older.replace("&amp;", "&"), "customer"
    )

    assert seen == made
    assert "50 of 70 customers" in first.text


@pytest.mark.parametrize(
    "query",
    [
        "delinquent=perhaps",
        "sort=name",
        "direction=up",
        "cursor=x",
        "colour=red",
        "q=a",
        "q=ada&q=eve",
    ],
)
def test_what_makes_no_sense_is_refused_with_a_message(
    query: str, rob: CheckedClient, make: Maker
) -> None:
    assert rob.get(f"/customers?{query}").status_code == 400


def test_a_list_costs_three_statements_at_most(app: Flask, rob: CheckedClient, make: Maker) -> None:
    make.customer(name="Ada")
    rob.get("/customers")

    with statements(make.engine) as found:
        rob.get("/customers?q=Ada&delinquent=no")

    assert 2 <= len(found) <= 3, found


def test_the_four_reasons_for_an_empty_list(app: Flask, rob: CheckedClient) -> None:
    assert "not-connected" in rob.get("/customers").text

    make = Maker(app.extensions["dashboard"].engine)
    assert 'data-empty="not-read"' in rob.get("/customers").text

    make.synced()
    assert 'data-empty="nothing-yet"' in rob.get("/customers").text

    make.customer(name="Ada")
    assert 'data-empty="nothing-matches"' in rob.get("/customers?country=FR").text


def test_nobody_reads_customers_without_signing_in(client: CheckedClient) -> None:
    for path in ("/customers", "/customers/export.csv", "/customers/cus_1"):
        assert client.get(path).status_code == 303
