"""Every page of the furniture, in both themes and two widths: accessible, allowed, not too wide."""

import pytest

from tests.browser.conftest import Visit
from tests.browsers import violations

pytestmark = pytest.mark.browser
PAGES = (
    "/payments",
    "/payments?q=nobody&status=failed&amount_min=x",
    "/payments/pi_1",
    "/macros",
    "/form",
    "/framed",
    "/beside",
    "/error/404",
)
PHONE, DESK = 390, 1440


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_wrong(visit: Visit, path: str, width: int, theme: str) -> None:
    """axe-core runs all WCAG 2.2 AA rules and its best practices."""
    page = visit(path, width, color_scheme=theme, bypass_csp=True)
    assert violations(page) == []


@pytest.mark.parametrize("path", PAGES[:-1])
def test_nothing_on_the_page_offends_the_strict_content_policy(
    visit: Visit, path: str, complaints: list[str]
) -> None:
    """Charts included: the policy of the gallery has no hash and no nonce."""
    visit(path)
    assert complaints == []


@pytest.mark.parametrize("width", [320, PHONE, 768, 1024])
@pytest.mark.parametrize("path", PAGES)
def test_the_page_never_scrolls_sideways(visit: Visit, path: str, width: int) -> None:
    """Wide content scrolls inside its own container or becomes cards."""
    page = visit(path, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_open_menus_stay_on_a_phone_s_screen(visit: Visit) -> None:
    """Filters open as a sheet at the lower edge."""
    page = visit("/payments", PHONE)
    page.get_by_text("Method").first.click()
    box = page.locator(".chip details[open] .menu-list").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE


def test_dialogs_and_open_menus_are_accessible(visit: Visit) -> None:
    """The help dialog, a refund to confirm, and the account menu."""
    page = visit("/payments/pi_1", bypass_csp=True)
    page.get_by_role("button", name="Refund").click()
    assert page.get_by_role("dialog", name="Refund $2,499.00 to Northwind Traders?").is_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Cancel").click()
    page.locator("summary", has_text="Account menu of").click()
    assert violations(page) == []
    page.get_by_role("button", name="Keyboard shortcuts").click()
    assert violations(page) == []


def test_paper_shows_the_statement_and_nothing_to_press(visit: Visit) -> None:
    """Printed, a page names its account and drops navigation, filters and buttons."""
    page = visit("/payments")
    page.emulate_media(media="print")
    assert not page.locator(".side").is_visible()
    assert not page.locator(".topbar").is_visible()
    assert not page.get_by_text("Create payment").is_visible()
    said = page.evaluate("getComputedStyle(document.querySelector('main'), '::before').content")
    assert "acct_1M2xQz8sT09fQ" in said
