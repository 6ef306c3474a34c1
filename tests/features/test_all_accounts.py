"""All accounts of one mode at once: lists, figures and exports, and never one of the other mode."""

import re
from copy import copy
from datetime import date
from itertools import count
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from dashboard.core import clock, db
from dashboard.core.paging import Wish
from dashboard.features.balance import queries as balance
from dashboard.features.coupons import queries as coupons
from dashboard.features.customers import queries as customers
from dashboard.features.disputes import queries as disputes
from dashboard.features.events import queries as events
from dashboard.features.invoices import queries as invoices
from dashboard.features.payments import queries as payments
from dashboard.features.payouts import queries as payouts
from dashboard.features.products import queries as products
from dashboard.features.subscriptions import queries as subscriptions
from dashboard.mirror.listing import Listing
from dashboard.mirror.measures import days, together
from dashboard.mirror.measures.periods import Period
from dashboard.store import audit, books, grants, jobs, users
from dashboard.store.roles import Role
from tests.clients import CheckedClient, signed_in
from tests.features.make import Maker
from tests.features.pages import exported, listed, statements

ALL = "account=all&mode=test"
ACCOUNTS = (
    ("acct_ny", "America/New_York", "usd"),
    ("acct_tokyo", "Asia/Tokyo", "jpy"),
    ("acct_berlin", "Europe/Berlin", "eur"),
)
LISTS = {
    "products": "product",
    "products/coupons": "coupon",
    "payments": "payment",
    "customers": "customer",
    "subscriptions": "subscription",
    "invoices": "invoice",
    "disputes": "dispute",
    "payouts": "payout",
    "balance": "transaction",
    "events": "event",
}


@pytest.fixture
def shops(app: Flask) -> list[Maker]:
    """Three accounts in test mode, of three currencies and time zones."""
    engine = app.extensions["dashboard"].engine
    makers = [_maker(engine, *told) for told in ACCOUNTS]
    for maker in makers:
        maker.synced()
    return makers


@pytest.fixture
def live(shops: list[Maker]) -> Maker:
    """The first of these accounts in live mode."""
    maker = copy(shops[0])
    with db.writing(maker.engine) as connection:
        maker.book = books.open_book(connection, "acct_ny", livemode=True)
    return maker


def _maker(engine: Engine, account: str, timezone: str, currency: str) -> Maker:
    maker = Maker(engine, account)
    # Stripe's ids are unique, whatever account they belong to.
    maker._number = count(100 * maker.book.id)  # noqa: SLF001
    name = f"Shop {account.removeprefix('acct_')}"
    with db.writing(engine) as connection:
        maker.book = books.describe(
            connection, maker.book, timezone=timezone, currency=currency, name=name
        )
        days.move(connection, maker.book)
    return maker


def everything(maker: Maker) -> dict[str, str]:
    """Make one row of every list."""
    currency = maker.book.currency
    customer = maker.customer(name=f"Buyer of {maker.book.name}")
    product = maker.product()
    payment = maker.payment(currency=currency, customer=customer)
    disputed = {"charge": payment, "amount": 500, "reason": "fraudulent"}
    return {
        "customers": customer,
        "products": product,
        "coupons": maker.coupon(id="SAME"),
        "payments": payment,
        "subscriptions": maker.subscription(
            customer, maker.price(product, currency=currency), currency=currency
        ),
        "invoices": maker.invoice(customer, currency=currency, total=2_900),
        "disputes": maker.object(
            "dispute", "du", status="needs_response", currency=currency, **disputed
        ),
        "payouts": maker.object(
            "payout",
            "po",
            status="in_transit",
            amount=900,
            currency=currency,
            arrival_date=maker.now,
        ),
        "balance": sold(maker, 700),
        "events": maker.event("customer.created", {"id": customer, "object": "customer"}),
    }


def sold(maker: Maker, amount: int, **fields: Any) -> str:
    given = {"type": "charge", "reporting_category": "charge", "fee": 0, "net": amount}
    given |= {"available_on": maker.now, "currency": maker.book.currency}
    return maker.object("balance_transaction", "txn", amount=amount, **{**given, **fields})


@pytest.mark.parametrize("feature", LISTS)
def test_each_list_holds_the_rows_of_all_accounts_of_the_mode(
    ann: CheckedClient, shops: list[Maker], live: Maker, feature: str
) -> None:
    room = feature.rpartition("/")[2]
    made = [everything(maker)[room] for maker in shops]
    everything(live)
    with statements(live.engine) as asked:
        page = ann.get(f"/{feature}?{ALL}").text
    assert len(asked) <= (3 if room not in ("payouts", "balance") else 2 + 4 * len(shops)), asked
    assert page.count('<tr id="') == len(shops)
    for maker in shops:
        assert maker.book.name in page
        assert f"account={maker.book.account_id}&amp;mode=test" in page
    lines = exported(ann, f"/{feature}/export.csv")
    assert {line["id"] for line in lines} == set(made)
    assert {line["account"] for line in lines} == {maker.book.account_id for maker in shops}


def test_the_choice_stays_and_an_object_is_looked_at_in_its_own_account(
    ann: CheckedClient, shops: list[Maker]
) -> None:
    made = [maker.payment(currency=maker.book.currency) for maker in shops]
    page = ann.get(f"/payments?{ALL}").text
    links = re.findall(r'class="row-link" href="([^"]+)"', page)
    assert len(links) == len(shops)
    for link in links:
        detail = ann.get(link.replace("&amp;", "&"))
        assert detail.status_code == 200
        assert "account=" not in detail.text.partition('aria-label="Breadcrumb"')[2][:300]
    assert sorted(listed(ann, "/payments", "payment")) == sorted(made)
    assert ann.get(f"/payments/{made[1]}").status_code == 200
    assert ann.get("/payments/ch_nowhere").status_code == 404
    assert f"account={shops[2].book.account_id}" in ann.get(f"/payments?q={made[2]}").location
    assert ann.get("/payments?account=acct_tokyo").text.count('<tr id="payment-') == 1
    assert listed(ann, "/payments", "payment") == [made[1]]


def test_test_and_live_are_never_together(
    ann: CheckedClient, shops: list[Maker], live: Maker
) -> None:
    tested = shops[0].payment()
    real = live.payment()
    assert listed(ann, f"/payments?{ALL}", "payment") == [tested]
    assert listed(ann, "/payments?account=all&mode=live", "payment") == [real]
    assert "All accounts" not in ann.get("/payments").text.partition("<main")[2]


def test_moments_and_days_are_each_accounts_own(ann: CheckedClient, shops: list[Maker]) -> None:
    noon_in_berlin = 1_762_686_000
    for maker in shops:
        maker.payment(currency=maker.book.currency, created=noon_in_berlin)
        maker.payment(currency=maker.book.currency, created=noon_in_berlin + 6 * 3_600)
    page = ann.get(f"/payments?{ALL}").text
    for moment in ("Nov 9, 2025, 06:00", "Nov 9, 2025, 20:00", "Nov 9, 2025, 12:00"):
        assert moment in page
    day = "created_from=2025-11-09&created_to=2025-11-09"
    # 18:00 in Berlin is the next day in Tokyo.
    assert len(listed(ann, f"/payments?{day}", "payment")) == 5
    assert "5 of 5" in ann.get(f"/payments?{day}").text


def test_an_amount_needs_a_currency_where_the_accounts_have_several(
    ann: CheckedClient, shops: list[Maker]
) -> None:
    made = [maker.payment(currency=maker.book.currency, amount=5_000) for maker in shops]
    refused = ann.get(f"/payments?{ALL}&amount_min=50")
    assert refused.status_code == 400
    assert "An amount needs its currency" in refused.text
    assert listed(ann, "/payments?amount_min=50&currency=eur", "payment") == [made[2]]
    assert listed(ann, "/payments?amount_min=5000&currency=jpy", "payment") == [made[1]]


def test_a_search_finds_in_every_account(ann: CheckedClient, shops: list[Maker]) -> None:
    made = [maker.customer(name="Ada Quill") for maker in shops]
    shops[0].customer(name="Somebody else")
    assert sorted(listed(ann, f"/customers?{ALL}&q=quill", "customer")) == sorted(made)


def test_figures_add_up_each_currency_apart(ann: CheckedClient, shops: list[Maker]) -> None:
    for maker in shops:
        sold(maker, 1_000)
        sold(maker, 250, currency="eur")
    page = ann.get(f"/?{ALL}&currency=eur").text
    assert card(page, "Gross volume") == "€17.50"
    assert card(ann.get("/?currency=usd").text, "Gross volume") == "$10.00"
    assert card(ann.get("/?currency=jpy").text, "Gross volume") == "¥1,000"
    link = re.search(r'stat-value">\s*<a href="([^"]+)"', page)
    assert link
    rows = exported(ann, link[1].replace("&amp;", "&").replace("/balance?", "/balance/export.csv?"))
    assert {line["currency"] for line in rows} == {"eur"}
    assert sum(int(line["amount_minor"]) for line in rows) == 1_750
    summary = ann.get("/balance/summary").text
    assert "€17.50" in summary
    assert "in days of each account" in summary
    chart = ann.get("/revenue.json?currency=eur").json
    assert chart
    gross = next(trace for trace in chart["data"] if trace["name"] == "Gross")
    assert sum(gross["y"]) in (17.5, 0)


def test_an_event_leads_to_what_it_is_about_in_its_account(
    ann: CheckedClient, shops: list[Maker]
) -> None:
    made = [everything(maker)["customers"] for maker in shops]
    page = ann.get(f"/events?{ALL}").text
    for maker, customer in zip(shops, made, strict=True):
        assert f'href="/customers/{customer}"' in page
        assert maker.book.name in ann.get(f"/customers/{customer}").text


def test_an_export_of_all_accounts_is_in_the_audit_log_with_their_names(
    ann: CheckedClient, shops: list[Maker]
) -> None:
    for maker in shops:
        maker.payment(currency=maker.book.currency)
    ann.get(f"/payments/export.csv?{ALL}")
    with db.reading(shops[0].engine) as connection:
        noted = connection.execute(select(audit.audit_log)).one()
    assert noted.deed == "export.taken"
    for maker in shops:
        assert maker.book.account_id in noted.after


def test_what_waits_names_its_account(ann: CheckedClient, shops: list[Maker]) -> None:
    for maker in shops:
        everything(maker)
    page = ann.get(f"/?{ALL}").text
    waiting = page.partition("Needs attention")[2].partition("</section>")[0]
    assert waiting.count('href="/disputes/du_') == len(shops)
    assert all(f"account={maker.book.account_id}" in waiting for maker in shops)
    payout = page.partition("Next payout")[2].partition("</dl>")[0]
    assert "account=acct_" in payout
    assert "Shop" in payout


def test_the_stamp_tells_the_worst_and_whose_it_is(ann: CheckedClient, shops: list[Maker]) -> None:
    shops[1].synced(but=("charge",))
    for path in (f"/payments?{ALL}", "/sync/freshness"):
        assert "Shop tokyo: Last sync incomplete" in ann.get(path).text
    assert "Not yet checked" in ann.get("/sync/check/certificate").text


@pytest.mark.parametrize("path", ["/sync", "/sync/check", "/webhooks"])
def test_a_page_about_one_account_asks_which(
    ann: CheckedClient, shops: list[Maker], path: str
) -> None:
    page = ann.get(f"{path}?{ALL}").text
    assert "This page is about one account" in page
    link = f'href="{path}?account=acct_berlin&amp;mode=test"'
    assert link in page
    assert "This page is about one account" not in ann.get(f"{path}?account=acct_berlin").text


@pytest.mark.parametrize("path", ["/sync/start", "/sync/stop", "/sync/check/repair"])
def test_nothing_is_done_to_an_account_that_was_not_named(
    boss: CheckedClient, shops: list[Maker], path: str
) -> None:
    boss.get(f"/payments?{ALL}")
    assert "This page is about one account" in boss.submit(path).text
    with db.reading(shops[0].engine) as connection:
        assert connection.execute(select(jobs.jobs)).all() == []


def test_the_switcher_offers_all_accounts_where_there_are_several(
    ann: CheckedClient, shops: list[Maker], live: Maker
) -> None:
    page = ann.get("/payments").text
    assert "?account=all&amp;mode=test" in page
    assert "?account=all&amp;mode=live" not in page
    assert shops[0].book.name in page
    assert live.book.account_id in page


def test_a_role_must_hold_at_every_open_account(app: Flask, shops: list[Maker]) -> None:
    eve = signed_in(app, "eve@example.com", Role.VIEWER)
    assert eve.user
    granted = {"acct_ny": Role.FINANCE, "acct_tokyo": Role.VIEWER}
    with db.writing(shops[0].engine) as connection:
        of_eve = users.users.c.id == eve.user.id
        connection.execute(users.users.update().where(of_eve).values(every_account=False))
        grants.replace(connection, eve.user.id, granted)
    made = [maker.payment(currency=maker.book.currency) for maker in shops]
    assert sorted(listed(eve, f"/payments?{ALL}", "payment")) == sorted(made[:2])
    assert eve.get("/payments/export.csv").status_code == 403
    assert eve.get(f"/payments/{made[2]}").status_code == 404
    assert eve.get("/payments/export.csv?account=acct_ny").status_code == 200


LISTINGS: tuple[Listing[Any], ...] = (
    *(balance.LISTING, coupons.LISTING, customers.LISTING, disputes.LISTING, events.LISTING),
    *(invoices.LISTING, payments.LISTING, payouts.LISTING, products.LISTING),
    subscriptions.LISTING,
)


def test_every_list_and_figure_reads_several_books_in_both_databases(engine: Engine) -> None:
    makers = [_maker(engine, *told) for told in ACCOUNTS]
    for maker in makers:
        everything(maker)
    shelf = [maker.book for maker in makers]
    period = Period(date(2026, 1, 1), clock.local_day(clock.seconds(), "UTC"))
    with db.reading(engine) as connection:
        for listing in LISTINGS:
            for sort in listing.sorts:
                wishes = dict.fromkeys(shelf, Wish(sort=sort))
                page = listing.across(connection, wishes)
                every = list(listing.every_across(connection, wishes))
                assert page.count == len(page.rows) == len(every) == len(shelf)
                assert [row.id for row in page.rows] == [row.id for _book, row in every]
        figures, whose = together.overviews(connection, shelf, period, clock.seconds())
        on_the_way, _pending = together.arrivals(connection, shelf, clock.seconds())
    assert {currency: pair.now.gross for currency, pair in figures.volume.items()} == {
        "eur": 700,
        "jpy": 700,
        "usd": 700,
    }
    assert figures.mrr.now.by_currency == {"eur": 2_900, "jpy": 2_900, "usd": 2_900}
    assert figures.open_disputes == figures.new_customers.now == len(shelf)
    assert {now.available for now in figures.balance.values()} == {700}
    assert whose == min(on_the_way, key=lambda each: each.arrival.payout).book


def card(page: str, label: str) -> str:
    """Return the value of a figure."""
    body = page.partition(f'<h2 class="stat-label">{label}</h2>')[2].partition("</article>")[0]
    value = re.search(r'<p class="stat-value">\s*<a [^>]+>([^<]+)</a>', body)
    assert value, body
    return value[1].strip()
