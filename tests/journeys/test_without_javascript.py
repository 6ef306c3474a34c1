"""Every deed of a list with JavaScript switched off: forms and links are real."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Look, Site, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def payments(look: Look) -> Page:
    """The payments page in a browser that runs no script."""
    return look("/payments", java_script_enabled=False)


def rows(page: Page) -> list[str]:
    """Return the ids of the rows that are shown."""
    return [
        each.get_attribute("id") or "" for each in page.locator("#payments-list tbody tr").all()
    ]


def test_signing_in(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site.url)
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    context.close()


def test_filtering_and_removing_the_filter(payments: Page) -> None:
    before = rows(payments)
    payments.locator(".chip summary", has_text="Status").click()
    payments.get_by_label("Failed").check()
    payments.locator(".chip details[open]").get_by_role("button", name="Apply").click()
    assert "status=failed" in payments.url
    states = payments.locator("#payments-list tbody .status").all_inner_texts()
    assert set(states) == {"Failed"}
    payments.get_by_role("link", name="Remove filter Status: Failed").click()
    assert rows(payments) == before


def test_searching(payments: Page) -> None:
    email = payments.locator("#payments-list tbody tr .sub.trunc").first.inner_text()
    payments.get_by_role("searchbox").fill(email)
    payments.keyboard.press("Enter")
    expect(payments).to_have_url(re.compile("q="))
    assert rows(payments)
    shown = payments.locator("#payments-list tbody tr .sub.trunc").all_inner_texts()
    assert set(shown) == {email}


def test_sorting(payments: Page) -> None:
    payments.get_by_role("link", name="Amount").click()
    header = payments.get_by_role("columnheader", name="Amount")
    assert header.get_attribute("aria-sort") in ("ascending", "descending")
    assert "sort=amount" in payments.url


def test_paging_there_and_back(payments: Page) -> None:
    first = rows(payments)
    payments.get_by_role("link", name="Older").click()
    second = rows(payments)
    assert not set(first) & set(second)
    payments.get_by_role("link", name="Newer").click()
    assert rows(payments) == first


def test_opening_a_row(payments: Page) -> None:
    payments.locator("#payments-list .row-link").first.click()
    expect(payments).to_have_url(re.compile("/payments/(pi|ch|py)_"))
    expect(payments.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize("kind", ["CSV", "XLSX"])
def test_exporting(payments: Page, kind: str) -> None:
    payments.locator("summary", has_text="Export").click()
    with payments.expect_download() as download:
        payments.get_by_role("link", name=re.compile(kind, re.IGNORECASE)).first.click()
    assert download.value.path().stat().st_size > 1_000
