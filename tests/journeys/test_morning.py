"""The first look of the day: a figure is followed to the rows that sum to it."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.core.money import written
from tests.journeys.conftest import Look, Site, sign_in

pytestmark = pytest.mark.browser


def figure(page: Page, label: str) -> tuple[str, str]:
    """Return the value of a figure and where it leads."""
    link = page.locator(".stat", has=page.get_by_role("heading", name=label)).locator(
        ".stat-value a"
    )
    return link.inner_text(), link.get_attribute("href") or ""


def exported(page: Page) -> list[dict[str, str]]:
    """Download the rows of the list that is shown, by its own menu."""
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("CSV")).click()
    with Path(download.value.path()).open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def counted(page: Page) -> int:
    """Return how many rows the list says that it has."""
    words = page.locator(".pager-count").inner_text()
    found = re.search(r"of ([\d,]+)", words)
    assert found, words
    return int(found[1].replace(",", ""))


@pytest.mark.parametrize("currency", ["usd", "jpy"])
def test_gross_volume_is_the_sum_of_the_rows_behind_it(look: Look, currency: str) -> None:
    page = look(f"/?created=ytd&currency={currency}")
    value, rows = figure(page, "Gross volume")
    page.goto(rows)
    lines = exported(page)
    assert lines
    assert {line["currency"] for line in lines} == {currency}
    assert written(sum(int(line["amount_minor"]) for line in lines), currency) == value


@pytest.mark.parametrize("label", ["Successful payments", "New customers", "Open disputes"])
def test_a_count_is_the_number_of_the_rows_behind_it(look: Look, label: str) -> None:
    page = look("/?created=ytd")
    value, rows = figure(page, label)
    page.goto(rows)
    count = int(value.replace(",", ""))
    assert count > 0
    assert counted(page) == count
    assert len(exported(page)) == count


def test_what_needs_attention_leads_to_all_of_it(look: Look) -> None:
    """Each group counts what it does not show, and the list behind it holds as many."""
    page = look("/")
    heads = page.locator(".waiting-head a")
    assert heads.count() > 0
    leads = {each.get_attribute("href") or "": each.inner_text() for each in heads.all()}
    for url, words in leads.items():
        page.goto(url)
        assert f"See all {counted(page):,}" in words


def test_the_morning_begins_with_signing_in(
    chromium: Browser, site: Site, complaints: list[str]
) -> None:
    """Sign in, see the chart, its numbers as a table, and leave."""
    page = chromium.new_page(base_url=site.url)
    sign_in(page, site.url)
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    expect(page.locator(".chart-plot .main-svg").first).to_be_visible()
    page.get_by_text("View as table").click()
    expect(page.get_by_role("columnheader", name="Gross")).to_be_visible()
    page.locator("summary", has_text="Account menu").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.goto("/payments")
    expect(page).to_have_url(re.compile("/login"))
    assert complaints == []
    page.close()
