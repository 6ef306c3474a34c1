"""What the scripts add to pages, and that pages do without them."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser
NAME = "Acme Robotics GmbH"


def theme_of(page: Page) -> str:
    """Return the theme that is shown."""
    theme: str = page.evaluate("document.documentElement.dataset.bsTheme")
    return theme


def test_the_theme_button_goes_round_and_is_remembered(visit: Visit) -> None:
    """System, light, dark; the choice holds before the first paint of the next page."""
    page = visit("/payments", color_scheme="dark")
    assert theme_of(page) == "dark"
    page.get_by_role("button", name="Theme: system").click()
    assert theme_of(page) == "light"
    page.reload(wait_until="commit")
    page.wait_for_selector("body", state="attached")
    assert theme_of(page) == "light"
    page.get_by_role("button", name="Theme: light").click()
    assert theme_of(page) == "dark"


def test_a_theme_that_the_portal_fixes_wins(visit: Visit) -> None:
    """The embedding page decides, whatever the system says."""
    page = visit("/framed?theme=dark", color_scheme="light")
    assert theme_of(page) == "dark"


def test_a_click_anywhere_on_a_row_opens_its_link(visit: Visit) -> None:
    """The click need not hit the amount."""
    page = visit("/payments")
    page.get_by_text(NAME).click()
    expect(page).to_have_url(re.compile(r"/payments/pi_1$"))


def test_selecting_text_in_a_row_opens_nothing(visit: Visit) -> None:
    """Dragging over a name to copy it stays on the list."""
    page = visit("/payments")
    name = page.get_by_text(NAME)
    box = name.bounding_box()
    assert box
    page.mouse.move(box["x"] + 14, box["y"] + 16)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 16, steps=5)
    page.mouse.up()
    page.wait_for_timeout(200)
    assert page.evaluate("String(getSelection())") != ""
    assert page.url.endswith("/payments")


def test_a_row_opened_with_control_goes_to_a_new_tab(visit: Visit) -> None:
    """As the link itself would."""
    page = visit("/payments")
    with page.context.expect_page() as opened:
        page.get_by_text(NAME).click(modifiers=["Control"])
    assert opened.value.url.endswith("/payments/pi_1")
    assert page.url.endswith("/payments")


def test_copying_an_id_is_said_aloud(visit: Visit) -> None:
    """The clipboard has the whole id, not the truncated one."""
    page = visit("/payments", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy payment ID pi_3QaRMD5NubeKxLw0Zq").click()
    expect(page.locator("#announcer")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "pi_3QaRMD5NubeKxLw0Zq"


def test_keys_search_help_places_and_rows(visit: Visit) -> None:
    """`/`, `j`, `k`, Enter, `?` and `g c`."""
    page = visit("/payments")
    page.keyboard.press("/")
    expect(page.locator("#list-search")).to_be_focused()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
    expect(page.locator("#payments-list tbody tr").nth(1).locator(".row-link")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile("/customers$"))


def test_keys_can_be_switched_off(visit: Visit) -> None:
    """Single-key shortcuts disturb people who dictate; the help dialog turns them off for good."""
    page = visit("/payments")
    page.keyboard.press("?")
    page.get_by_label("Use keyboard shortcuts").uncheck()
    page.reload(wait_until="networkidle")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).not_to_be_visible()


def test_typing_a_search_swaps_the_list_and_keeps_the_caret(visit: Visit) -> None:
    """The URL follows, so that a reload shows the same rows."""
    page = visit("/payments")
    page.locator("#list-search").press_sequentially("acme")
    expect(page.locator("#payments-list tbody tr")).to_have_count(1)
    expect(page.locator("#list-search")).to_be_focused()
    expect(page.locator("#list-search")).to_have_value("acme")
    expect(page).to_have_url(re.compile("q=acme"))
    expect(page.locator("#announcer")).to_have_text(re.compile("payments"))


def filters_by_status(page: Page) -> None:
    """Choose Failed in the status chip, then take it away by its cross."""
    page.locator("summary", has_text="Status").click()
    page.get_by_role("checkbox", name="Failed").check()
    page.locator(".chip details[open]").get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("status=failed"))
    expect(page.locator(".chip-on", has_text="Status: Failed")).to_be_visible()
    page.get_by_role("link", name="Remove filter Status: Failed").click()
    expect(page).to_have_url(re.compile(r"/payments$"))


def sorts_and_pages(page: Page) -> None:
    """Sort by amount, then go to older rows."""
    page.locator("th").get_by_role("link", name="Amount").click()
    expect(page).to_have_url(re.compile("sort=amount"))
    page.get_by_role("link", name="Older").click()
    expect(page).to_have_url(re.compile("before=pi_7"))


@pytest.mark.parametrize("scripted", [True, False], ids=["scripted", "plain"])
@pytest.mark.parametrize("deed", [filters_by_status, sorts_and_pages])
def test_lists_work_with_and_without_javascript(
    visit: Visit, deed: Callable[[Page], None], *, scripted: bool
) -> None:
    """Each htmx request sits on a real link or form."""
    deed(visit("/payments", java_script_enabled=scripted))


def test_without_javascript_nothing_dead_is_shown(visit: Visit) -> None:
    """Copy buttons, theme button and the drawing of charts are absent; words and table stay."""
    page = visit("/payments", java_script_enabled=False)
    for dead in ("[data-copy]", "[data-theme-toggle]", ".chart-plot"):
        assert not page.locator(dead).first.is_visible(), dead
    assert page.get_by_text("Gross volume was $184,920.40").is_visible()


def test_the_sidebar_opens_on_a_phone_without_javascript(visit: Visit) -> None:
    """It is a native popover."""
    page = visit("/payments", 390, java_script_enabled=False)
    assert not page.get_by_role("link", name="Customers").is_visible()
    page.get_by_role("button", name="Open navigation").click()
    page.get_by_role("link", name="Customers").click()
    expect(page).to_have_url(re.compile("/customers$"))


def test_the_header_of_a_list_sticks_under_the_top_bar(visit: Visit) -> None:
    """Column names stay in sight however far one scrolls."""
    page = visit("/payments")
    page.locator(".pager").scroll_into_view_if_needed()
    page.mouse.wheel(0, 5000)
    page.wait_for_timeout(200)
    head = page.locator("thead th").nth(2).bounding_box()
    bar = page.locator(".topbar").bounding_box()
    assert head
    assert bar
    assert abs(head["y"] - bar["height"]) <= 1 or head["y"] > bar["height"]


def test_a_fault_keeps_the_content_and_says_so(visit: Visit) -> None:
    """An answer of 500 is never swapped in."""
    page = visit("/macros")
    before = page.locator("#nothing-yet").inner_text()
    page.locator("#breaks").click()
    expect(page.locator("#toasts")).to_contain_text("could not answer")
    assert page.locator("#nothing-yet").inner_text() == before
    expect(page.locator("html")).not_to_have_class(re.compile("loading"))


def test_freshness_asks_again_every_half_minute(visit: Visit, gallery: str) -> None:
    """The poll morphs the stamp in place and stays silent."""
    page = visit("/payments")
    page.clock.install()
    page.goto(f"{gallery}/payments")
    expect(page.locator("#freshness")).to_contain_text("Synced 40 s ago")
    page.clock.fast_forward(31_000)
    expect(page.locator("#freshness")).to_contain_text("Synced 1 h ago")
    expect(page.locator("#freshness")).to_have_class(re.compile("fresh-stale"))


def test_a_refused_form_takes_the_focus_to_its_errors(visit: Visit) -> None:
    """The summary is focused, and each field says what is wrong with it."""
    page = visit("/form")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_focused()
    described = page.get_by_label("Password").get_attribute("aria-describedby") or ""
    assert described.split() == ["password-hint", "password-error"]


def test_a_detail_opens_beside_its_list_and_closes_in_place(visit: Visit) -> None:
    page = visit("/beside")
    page.locator("tr", has_text="$20.00").get_by_role("link").click()
    expect(page.locator("#beside h2")).to_be_focused()
    expect(page).to_have_url(re.compile(r"/beside/re_1$"))
    expect(page.locator("tr[aria-selected=true]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#beside")).to_be_empty()
    expect(page).to_have_url(re.compile(r"/beside$"))
    expect(page.locator(".row-link")).to_be_focused()
