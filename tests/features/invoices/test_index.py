"""The list of invoices: filters, search, sorts and exports."""

import pytest

from tests.clients import CheckedClient
from tests.features.make import DAY_SECONDS, Maker
from tests.features.pages import exported, listed, statements


@pytest.mark.parametrize(
    "query",
    [
        "status=open",
        "overdue=yes",
        "created=today",
        "due_from=2024-01-01",
        "amount_min=100&currency=eur",
        "currency=EUR",
        "customer=cus_meant",
        "subscription=sub_meant",
        "q=0042",
    ],
)
def test_each_filter_finds_the_one_that_is_meant(
    query: str, rob: CheckedClient, make: Maker
) -> None:
    make.invoice(make.customer(), number="ADA-0001", created=make.now - 90 * DAY_SECONDS)
    meant = make.invoice(
        make.customer(id="cus_meant"),
        total=12_000,
        currency="eur",
        number="GRETE-0042",
        status="open",
        created=make.now,
        due_date=make.now - DAY_SECONDS,
        parent={"subscription_details": {"subscription": "sub_meant"}},
    )

    assert listed(rob, f"/invoices?{query}", "invoice") == [meant]


def test_only_open_invoices_past_their_due_date_are_overdue(
    rob: CheckedClient, make: Maker
) -> None:
    customer, past = make.customer(), make.now - DAY_SECONDS
    paid = make.invoice(customer, due_date=past)
    to_come = make.invoice(customer, status="open", due_date=make.now + DAY_SECONDS)
    without = make.invoice(customer, status="open")
    late = make.invoice(customer, status="open", due_date=past)

    assert listed(rob, "/invoices?overdue=yes", "invoice") == [late]
    assert listed(rob, "/invoices?overdue=no", "invoice") == [paid, to_come, without]
    assert rob.get("/invoices").text.count("Overdue</span>") == 1


def test_invoices_sort_by_amount(rob: CheckedClient, make: Maker) -> None:
    customer = make.customer()
    small, large = make.invoice(customer, total=1), make.invoice(customer, total=9)

    assert listed(rob, "/invoices?sort=amount", "invoice") == [large, small]


def test_an_exact_number_jumps_to_its_invoice(rob: CheckedClient, make: Maker) -> None:
    id = make.invoice(make.customer(), number="ADA-0042")

    assert rob.get("/invoices?q=ada-0042").location == f"/invoices/{id}"
    assert rob.get(f"/invoices?q={id}").location == f"/invoices/{id}"


def test_an_export_holds_exactly_the_rows_of_the_list(rob: CheckedClient, make: Maker) -> None:
    for number in range(4):
        make.invoice(
            make.customer(name="Ada"), total=1_234, currency="kwd" if number % 2 else "jpy"
        )

    yen = exported(rob, "/invoices/export.csv?currency=jpy")
    dinars = exported(rob, "/invoices/export.csv?currency=kwd")

    assert [row["id"] for row in yen] == listed(rob, "/invoices?currency=jpy", "invoice")
    assert {row["total"] for row in yen} == {"1234"}
    assert {row["total"] for row in dinars} == {"1.234"}


def test_a_list_costs_three_statements_at_most(rob: CheckedClient, make: Maker) -> None:
    make.invoice(make.customer(), number="ADA-0042")
    rob.get("/invoices")

    with statements(make.engine) as found:
        rob.get("/invoices?q=0042&overdue=no&sort=amount")

    assert 2 <= len(found) <= 3, found


@pytest.mark.parametrize(
    "query", ["status=lost", "overdue=1", "amount_min=a", "amount_min=5&amount_max=1", "due_to=x"]
)
def test_what_makes_no_sense_is_refused(query: str, rob: CheckedClient, make: Maker) -> None:
    assert rob.get(f"/invoices?{query}").status_code == 400


def test_nobody_reads_invoices_without_signing_in(client: CheckedClient) -> None:
    assert client.get("/invoices").status_code == 303
