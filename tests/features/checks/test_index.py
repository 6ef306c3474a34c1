"""The certificate on every page, and the page that it leads to."""

import pytest
from flask import Flask
from sqlalchemy import event

from dashboard.core import clock, db
from dashboard.mirror.registry import KINDS
from dashboard.store import checks, differences
from dashboard.store.checks import KindCheck, SumCheck
from dashboard.store.differences import Difference, What
from tests.clients import CheckedClient
from tests.features.make import Maker

APRIL_2019 = 1_555_000_000


class Checked:
    """Says what was compared in the book of ``make``."""

    def __init__(self, make: Maker) -> None:
        self.make = make

    def compared(self, *, hours_ago: int = 0, refused: str = "") -> None:
        """Say that every kind was compared so long ago, or one of them was refused."""
        at = clock.seconds() - hours_ago * clock.HOUR_SECONDS
        every = [
            KindCheck(name, at, 41_233 if name == "charge" else 0, APRIL_2019)
            for name in KINDS
            if name != refused
        ]
        if refused:
            every.append(KindCheck(refused, message="The key may not."))
        with db.writing(self.make.engine) as connection:
            checks.save_kinds(connection, self.make.book, every)

    def differs(self, *found: Difference) -> None:
        """Say that these objects differ."""
        with db.writing(self.make.engine) as connection:
            differences.keep(connection, self.make.book, found)


@pytest.fixture
def checked(app: Flask, make: Maker) -> Checked:
    """The findings of a book that was synced."""
    make.synced()
    return Checked(make)


def test_before_the_first_comparison_the_certificate_says_so(
    rob: CheckedClient, make: Maker
) -> None:
    make.synced()
    page = rob.get("/payments").text
    assert "Not yet checked" in page
    assert "Not yet checked" in rob.get("/sync/check").text


def test_a_mirror_that_equals_stripe_is_certified_on_every_page(
    rob: CheckedClient, checked: Checked
) -> None:
    checked.compared()
    for path in ("/", "/payments", "/customers", "/sync"):
        page = rob.get(path).text
        assert "41,233 objects · 0 differences · complete since April 2019" in page
        assert 'class="fresh fresh-ok certificate"' in page
        assert 'href="/sync/check"' in page
    assert "0 differences" in rob.get("/sync/check").text


def test_an_open_page_learns_of_a_difference_by_itself(
    rob: CheckedClient, checked: Checked
) -> None:
    checked.compared()
    assert 'hx-get="/sync/check/certificate"' in rob.get("/payments").text
    told = rob.get("/sync/check/certificate")
    assert "fresh-ok" in told.text
    since = {"If-None-Match": told.headers["ETag"]}
    assert rob.get("/sync/check/certificate", headers=since).status_code == 304
    checked.differs(Difference("charge", "ch_1", What.STALE, ("amount",)))
    news = rob.get("/sync/check/certificate", headers=since)
    assert news.status_code == 200
    assert "fresh-error" in news.text
    assert "1 difference" in news.text


@pytest.mark.parametrize(("hours_ago", "state"), [(23, "ok"), (25, "stale")])
def test_the_certificate_is_amber_after_a_day(
    rob: CheckedClient, checked: Checked, hours_ago: int, state: str
) -> None:
    checked.compared(hours_ago=hours_ago)
    assert f'class="fresh fresh-{state} certificate"' in rob.get("/payments").text


def test_the_certificate_is_amber_where_a_kind_could_not_be_compared(
    rob: CheckedClient, checked: Checked
) -> None:
    checked.compared(refused="payout")
    page = rob.get("/sync/check").text
    assert "fresh-stale certificate" in page
    assert "Partly checked against Stripe" in page
    assert "The key may not." in page


def test_a_difference_is_red_and_named_with_its_page_and_fields(
    rob: CheckedClient, checked: Checked
) -> None:
    checked.compared()
    customer = checked.make.customer()
    checked.differs(
        Difference("customer", customer, What.STALE, ("email", "phone")),
        Difference("charge", "ch_gone", What.MISSING),
    )
    page = rob.get("/sync/check").text
    assert "fresh-error certificate" in page
    assert "2 differences" in page
    assert f'href="/customers/{customer}"' in page
    assert "email, phone" in page
    assert "ch_gone" in page
    assert 'href="/payments/ch_gone"' not in page


def test_sums_that_do_not_add_up_are_red(rob: CheckedClient, checked: Checked) -> None:
    checked.compared()
    with db.writing(checked.make.engine) as connection:
        broken = SumCheck("balance", 1, "Stripe states $5.00, we have $4.00.")
        checks.save_sums(connection, checked.make.book, [broken])
    page = rob.get("/sync/check").text
    assert "fresh-error certificate" in page
    assert "Stripe states $5.00, we have $4.00." in page


def test_the_certificate_costs_one_statement(rob: CheckedClient, checked: Checked) -> None:
    checked.compared()
    checked.differs(Difference("charge", "ch_1", What.MISSING))
    found: list[str] = []

    def note(*arguments: object) -> None:
        if "check_" in str(arguments[2]):
            found.append(str(arguments[2]))

    event.listen(checked.make.engine, "before_cursor_execute", note)
    rob.get("/payments")
    event.remove(checked.make.engine, "before_cursor_execute", note)
    assert len(found) == 1


def test_finance_may_repair_and_viewers_may_not(
    ann: CheckedClient, rob: CheckedClient, checked: Checked
) -> None:
    checked.compared()
    assert "Compare and repair" not in rob.get("/sync/check").text
    assert rob.submit("/sync/check/repair").status_code == 403
    assert "Compare and repair" in ann.get("/sync/check").text
    assert ann.post("/sync/check/repair").status_code == 400
    assert ann.submit("/sync/check/repair").status_code == 303
    assert "repair is starting" in ann.get("/sync/check").text
    ann.submit("/sync/check/repair")
    assert "queued or running already" in ann.get("/sync/check").text


def test_the_page_works_before_any_account_is_connected(ann: CheckedClient) -> None:
    assert ann.get("/sync/check").status_code == 200
    assert ann.submit("/sync/check/repair").status_code == 200


def test_eve_of_another_account_sees_nothing_of_it(rob: CheckedClient, checked: Checked) -> None:
    checked.compared()
    checked.differs(Difference("charge", "ch_secret", What.MISSING))
    Maker(checked.make.engine, "acct_eve")
    page = rob.get("/sync/check?account=acct_eve").text
    assert "ch_secret" not in page
    assert "Not yet checked" in page
