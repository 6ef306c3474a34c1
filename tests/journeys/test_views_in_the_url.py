"""What is seen is in the address: reload, share, go back and print, in either theme."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Look

pytestmark = pytest.mark.browser


def shown(page: Page) -> str:
    """Return what the list shows."""
    return page.locator("#payments-list").inner_text()


def choose_status(page: Page, value: str) -> None:
    """Tick a status in its chip and wait for the list."""
    page.locator(".chip summary", has_text="Status").click()
    page.get_by_label(value, exact=True).check()
    page.locator(".chip details[open]").get_by_role("button", name="Apply").click()
    expect(page.locator(".chip-on", has_text=value)).to_be_visible()


def test_filters_come_back_on_reload(look: Look, complaints: list[str]) -> None:
    """Two chips and a sort, chosen in place, then read from the address alone."""
    page = look("/payments")
    choose_status(page, "Succeeded")
    page.locator(".chip summary", has_text="Created").click()
    page.locator(".chip details[open] .menu-item").last.click()
    expect(page.locator(".chip-on", has_text="Created")).to_be_visible()
    page.get_by_role("link", name="Amount").click()
    expect(page).to_have_url(re.compile("sort=amount"))
    before = shown(page)
    page.reload()
    assert shown(page) == before
    assert complaints == []


def test_back_and_forward_show_what_was_there(look: Look, complaints: list[str]) -> None:
    page = look("/payments")
    first = shown(page)
    choose_status(page, "Failed")
    failed = shown(page)
    page.get_by_role("link", name="Payouts").click()
    expect(page.get_by_role("heading", name="Payouts", level=1)).to_be_visible()
    page.go_back()
    expect(page.locator(".chip-on", has_text="Failed")).to_be_visible()
    assert shown(page) == failed
    page.go_back()
    expect(page.locator(".chip-on")).to_have_count(0)
    assert shown(page) == first
    page.go_forward()
    expect(page.locator(".chip-on", has_text="Failed")).to_be_visible()
    assert complaints == []


def test_a_detail_beside_its_list_has_its_own_address(look: Look) -> None:
    page = look("/payments?status=succeeded", width=1600)
    page.locator("#payments-list tbody tr").nth(2).locator("td").nth(2).click()
    expect(page).to_have_url(re.compile("/payments/(pi|ch|py)_"))
    amount = page.locator(".beside-head h2").inner_text()
    page.reload()
    assert page.get_by_role("heading", level=1).inner_text().split()[0] in amount
    page.go_back()
    expect(page).to_have_url(re.compile("status=succeeded"))


def test_the_dark_theme_is_there_before_the_first_paint(look: Look) -> None:
    page = look("/payments", color_scheme="light")
    for _ in range(2):
        page.locator("[data-theme-toggle]").click()
    page.goto("/customers", wait_until="commit")
    page.wait_for_selector("body", state="attached")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"


def test_a_printed_list_is_a_statement(look: Look) -> None:
    page = look("/payments")
    page.emulate_media(media="print")
    assert not page.locator(".side").is_visible()
    assert not page.locator(".filter-bar .search-box").is_visible()
    assert page.locator("#payments-list tbody tr").first.is_visible()
    said = page.evaluate("getComputedStyle(document.querySelector('main'), '::before').content")
    assert "acct_practiceAlpha1" in said


def test_everything_is_reached_by_keys_and_the_focus_is_seen(look: Look) -> None:
    """Tab walks from the skip link over the navigation to the rows, and each stop shows itself."""
    page = look("/payments")
    stops = []
    for _ in range(40):
        page.keyboard.press("Tab")
        stops.append(
            page.evaluate(
                """() => {
                     const on = document.activeElement, style = getComputedStyle(on);
                     const seen = style.outlineStyle !== "none" || style.boxShadow !== "none";
                     return [on.className || on.tagName, on.textContent.trim().slice(0, 30), seen];
                   }"""
            )
        )
    assert [stop for stop in stops if not stop[2]] == []
    words = [stop[1] for stop in stops]
    assert words[0].startswith("Skip")
    assert words.index("Payments") < words.index("Export")
    assert any("row-link" in stop[0] for stop in stops)


def test_a_row_is_opened_by_keys(look: Look) -> None:
    page = look("/payments")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/payments/(pi|ch|py)_"))


def test_help_and_search_are_one_key_away(look: Look) -> None:
    page = look("/payments")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_a_search_may_pause_after_its_first_letters(look: Look) -> None:
    """One letter is too little to search for; the box stays, and so does the cursor in it."""
    page = look("/customers")
    box = page.get_by_role("searchbox")
    name = page.locator("#customers-list tbody .row-link").first.inner_text()
    box.click()
    page.keyboard.type(name[:1])
    expect(page.locator("[data-empty=not-understood]")).to_contain_text("too short")
    expect(box).to_be_focused()
    page.keyboard.type(name[1:])
    expect(page.locator("#customers-list tbody .row-link").first).to_have_text(name)
    expect(box).to_have_value(name)


def test_a_filter_that_makes_no_sense_is_corrected_in_place(look: Look) -> None:
    page = look("/payments?status=gone&method=card")
    page.locator(".chip-error summary").click()
    page.get_by_label("Failed", exact=True).check()
    page.locator(".chip details[open]").get_by_role("button", name="Apply").click()
    expect(page.locator(".chip-on")).to_have_text([re.compile("Failed"), re.compile("Card")])
    expect(page.locator(".chip-error")).to_have_count(0)


def test_an_export_is_of_what_the_list_shows_now(look: Look) -> None:
    """The menu stands outside of what a filter swaps."""
    page = look("/payments")
    choose_status(page, "Failed")
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert "status=failed" in download.value.url
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) > 1
    assert all("failed" in line for line in lines[1:])
