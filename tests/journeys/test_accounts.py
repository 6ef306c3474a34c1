"""Two accounts in one dashboard: the switcher changes all that is seen, and nothing leaks."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from dashboard.core import db
from dashboard.mirror.payments import payments
from tests.browsers import violations
from tests.journeys.conftest import Look, Site

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("browser", [{}, {"java_script_enabled": False}], ids=["", "no script"])
def test_the_switcher_changes_the_account(look: Look, browser: dict[str, bool]) -> None:
    page = look("/payments", **browser)
    expect(page.locator(".brand-name").first).to_contain_text("Alder & Finch")
    before = page.locator("#payments-list tbody tr").first.get_attribute("id")
    page.locator("summary.brand").click()
    page.locator(".menu-list").get_by_text("Birch Labs").click()
    expect(page.locator(".brand-name").first).to_contain_text("Birch Labs")
    page.goto("/payments")
    expect(page.locator(".brand-name").first).to_contain_text("Birch Labs")
    assert page.locator("#payments-list tbody tr").first.get_attribute("id") != before


def test_an_object_of_the_other_account_is_not_found(look: Look, site: Site) -> None:
    assert site.second
    query = select(payments.c.id).where(payments.c.book_id == site.second.id).limit(1)
    with db.reading(site.engine) as connection:
        id = connection.scalar(query)
    page = look(f"/payments/{id}?account=acct_practiceAlpha1")
    expect(page.locator("[data-error='404']")).to_be_visible()


def test_all_accounts_are_one_list_that_the_keyboard_leads_to(look: Look) -> None:
    page = look("/payments")
    page.locator("summary.brand").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".brand-name").first).to_contain_text("All accounts")
    page.goto("/payments")
    page.locator("#payments-list .row-link").first.click()
    expect(page.locator("#beside .beside-head")).to_be_visible()
    assert "account=acct_" in page.url
    expect(page.locator(".brand-name").first).to_contain_text("All accounts")


def test_on_a_phone_rows_name_their_account_within_the_screen(look: Look) -> None:
    page = look("/payments?account=all&mode=test", width=390)
    expect(page.locator("#payments-list td.whose").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert violations(page) == []
