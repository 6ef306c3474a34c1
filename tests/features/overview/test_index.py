"""The first page: figures that equal their rows, and what needs attention."""

import re
from datetime import date, timedelta
from typing import Any

import plotly.graph_objects as go
import pytest
from flask import Flask

from dashboard.mirror.registry import KINDS
from tests.clients import CheckedClient
from tests.features.make import Maker
from tests.features.pages import exported, listed, steps

DAY_MILLISECONDS = 86_400_000


def moved(make: Maker, amount: int, category: str = "charge", **fields: Any) -> str:
    given = {"type": category, "reporting_category": category, "currency": "usd", "fee": 0}
    given |= {"net": amount - int(fields.get("fee", 0)), "available_on": make.now}
    return make.object("balance_transaction", "txn", amount=amount, **{**given, **fields})


def card(page: str, label: str) -> tuple[str, str]:
    """Return the value of a figure and where it leads."""
    body = page.partition(f'<h2 class="stat-label">{label}</h2>')[2].partition("</article>")[0]
    link = re.search(r'<p class="stat-value">\s*<a href="([^"]+)">([^<]+)</a>', body)
    assert link, body
    return link[2].strip(), link[1].replace("&amp;", "&")


def test_gross_volume_equals_the_sum_of_the_rows_that_it_leads_to(
    ann: CheckedClient, make: Maker
) -> None:
    moved(make, 10_000, fee=300)
    moved(make, 2_345)
    moved(make, -1_000, "charge_failure")
    moved(make, -500, "refund")
    moved(make, 99_999, currency="eur")
    value, url = card(ann.get("/").text, "Gross volume")
    lines = exported(ann, url.replace("/balance?", "/balance/export.csv?"))
    assert sum(int(line["amount_minor"]) for line in lines) == 11_345
    assert value == "$113.45"


def test_successful_payments_equal_the_list_that_they_lead_to(
    ann: CheckedClient, make: Maker
) -> None:
    paid = [make.payment(), make.payment(refunded=2_000), make.payment(refunded=5)]
    make.payment(status="failed")
    make.payment(created=make.now - 60 * 86_400)
    value, url = card(ann.get("/").text, "Successful payments")
    assert int(value) == len(paid)
    assert listed(ann, url, "payment") == paid


def test_new_customers_equal_the_list_that_they_lead_to(ann: CheckedClient, make: Maker) -> None:
    made = [make.customer(name="Ines"), make.customer(name="Omar")]
    make.customer(name="Old", created=make.now - 60 * 86_400)
    value, url = card(ann.get("/").text, "New customers")
    assert int(value) == 2
    assert listed(ann, url, "customer") == made


def test_open_disputes_equal_the_list_that_they_lead_to(ann: CheckedClient, make: Maker) -> None:
    payment = make.payment()
    given = {"amount": 2_000, "currency": "usd", "reason": "general", "charge": payment}
    waiting = make.object("dispute", "du", status="needs_response", **given)
    make.object("dispute", "du", status="won", **given)
    value, url = card(ann.get("/").text, "Open disputes")
    assert int(value) == 1
    assert listed(ann, url, "dispute") == [waiting]


def test_mrr_leads_to_the_subscriptions_that_it_counts(ann: CheckedClient, make: Maker) -> None:
    counted = make.subscription(make.customer(), make.price(make.product()))
    make.subscription(make.customer(), make.price(make.product(), currency="eur"), currency="eur")
    make.subscription(make.customer(), make.price(make.product()), status="canceled")
    value, url = card(ann.get("/").text, "MRR")
    assert value == "$29.00"
    assert listed(ann, url, "subscription") == [counted]
    lines = exported(ann, url.replace("/subscriptions?", "/subscriptions/export.csv?"))
    assert sum(int(line["mrr_minor"]) for line in lines) == 2_900


def test_a_figure_is_set_against_the_period_before(ann: CheckedClient, make: Maker) -> None:
    moved(make, 15_000)
    moved(make, 10_000, created=make.now - 40 * 86_400)
    page = ann.get("/?created=30d").text
    assert "50.0%" in page
    assert "vs. $100.00 the 30 days before" in page


def test_one_currency_is_shown_at_a_time_and_can_be_switched(
    ann: CheckedClient, make: Maker
) -> None:
    moved(make, 10_000)
    moved(make, 98_000, currency="jpy")
    assert card(ann.get("/").text, "Gross volume")[0] == "$100.00"
    assert card(ann.get("/?currency=jpy").text, "Gross volume")[0] == "¥98,000"


def test_a_currency_that_is_new_to_us_can_be_chosen_where_money_moved_in_it(
    ann: CheckedClient, make: Maker
) -> None:
    moved(make, 1_000, currency="zzz")
    assert "currency=zzz" in ann.get("/").text
    for url in ("/?currency=zzz", "/?currency=chf", "/revenue.json?currency=zzz"):
        assert ann.get(url).status_code == 200


def test_a_currency_that_has_only_recurring_revenue_can_be_chosen(
    ann: CheckedClient, make: Maker
) -> None:
    price = make.price(make.product(), currency="kwd", unit_amount=12_500)
    make.subscription(make.customer(), price, currency="kwd")
    assert "currency=kwd" in ann.get("/").text
    assert card(ann.get("/?currency=kwd").text, "MRR")[0] == "KWD\u00a012.500"


def test_an_empty_account_has_a_page(ann: CheckedClient, make: Maker) -> None:
    make.synced()
    page = ann.get("/").text
    assert "Nothing does." in page
    assert 'data-empty="nothing-yet"' in page
    assert "first sync" not in page
    assert "No revenue in these days" in page
    moved(make, 500)
    assert "No revenue in these days" not in ann.get("/").text


def test_what_is_not_read_yet_is_not_called_nothing(ann: CheckedClient, make: Maker) -> None:
    for kinds in ([*KINDS], ["dispute"]):
        make.synced(but=kinds)
        page = ann.get("/").text
        assert "Nothing does." not in page
        assert "The first sync has not read everything." in page
        assert ('data-empty="not-read"' in page) == ("charge" in kinds)


def test_what_stripe_refuses_is_said_beside_what_needs_attention(
    ann: CheckedClient, make: Maker
) -> None:
    make.synced(refused=["dispute"])
    page = ann.get("/").text
    assert "Stripe refuses disputes to this key." in page
    assert "Nothing does." not in page


def test_the_chart_is_a_spec_that_plotly_takes_and_adds_up(ann: CheckedClient, make: Maker) -> None:
    moved(make, 10_050, fee=300)
    moved(make, -50, "refund")
    answer = ann.get("/revenue.json?created=7d")
    figure = go.Figure(answer.json)
    gross = [each for each in figure.data if each.name == "Gross"]
    finished, growing = gross
    values = [*finished.y, growing.y[-1]]
    assert len(values) == 7
    assert (finished.dx, growing.dx) == (DAY_MILLISECONDS, DAY_MILLISECONDS)
    days = date.fromisoformat(growing.x0) - date.fromisoformat(finished.x0)
    assert days == timedelta(days=5)
    assert finished.y[-1] == growing.y[0]
    assert sum(values) == 100.5
    assert growing.line.dash == "dot"
    assert figure.layout.yaxis.rangemode == "tozero"


def test_the_chart_costs_the_same_however_many_payments_a_day_has(
    ann: CheckedClient, make: Maker, app: Flask
) -> None:
    assert app

    def cost() -> int:
        with steps(make.engine) as counted:
            ann.get("/revenue.json")
        return counted[0]

    moved(make, 500, created=make.now)
    ann.get("/revenue.json")
    with_one = cost()
    for _ in range(50):
        moved(make, 500, created=make.now)
    assert cost() == with_one
    moved(make, 500, created=make.now - 86_400)
    assert cost() > with_one


@pytest.mark.parametrize(
    "query",
    [
        "created=always",
        "by=hour",
        "currency=usd&x=1",
        "currency=zzz",
        "currency=us$",
        "currency=usd&currency=jpy",
        "by=day&by=week",
        "q=quill",
        "created_from=2999-01-01",
    ],
)
def test_a_view_that_makes_no_sense_is_refused(ann: CheckedClient, make: Maker, query: str) -> None:
    assert make.book
    assert ann.get(f"/revenue.json?{query}").status_code == 400
    page = ann.get(f"/?{query}")
    assert page.status_code == 400
    assert 'data-empty="not-understood"' in page.text
    assert '<a class="btn" href="/">Show the last 30 days</a>' in page.text
    assert 'href="/?created=7d"' in page.text


def test_what_needs_attention_is_named(ann: CheckedClient, make: Maker, app: Flask) -> None:
    assert app
    payment = make.payment(status="failed", failure_code="card_declined")
    raw = make.raw(
        "dispute",
        "du",
        amount=3_000,
        currency="usd",
        reason="general",
        status="needs_response",
        charge=payment,
    )
    raw["evidence_details"] = {**(raw.get("evidence_details") or {}), "due_by": make.now + 86_400}
    dispute = make.keep(raw)
    late = make.subscription(
        make.customer(name="Ines Quill"), make.price(make.product()), status="past_due"
    )
    page = ann.get("/").text
    for id in (payment, dispute, late):
        assert id in page
