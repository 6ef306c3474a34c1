"""What holds for every page: accessible in both themes, and never wider than its window."""

from playwright.sync_api import Page

from tests.browser.conftest import violations

PHONE, TABLET, DESK = 390, 1024, 1360
ON_A_PHONE = ("target-size", "color-contrast", "scrollable-region-focusable", "page-has-heading-one")


def is_fit(page: Page) -> None:
    """Assert that a page is accessible and fits, in both themes and three widths.

    The dark theme changes colours only, so that its contrast is all that is looked at again.
    """
    page.emulate_media(reduced_motion="reduce", color_scheme="light")
    assert violations(page) == []
    page.emulate_media(reduced_motion="reduce", color_scheme="dark")
    page.wait_for_timeout(20)
    assert violations(page, ["color-contrast"]) == []
    for width in (DESK, TABLET, PHONE):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
        assert sticking_out(page) == [], width
    assert violations(page, ON_A_PHONE) == []


def sticking_out(page: Page) -> list[str]:
    """Return the panels whose content sticks out of them."""
    found: list[str] = page.evaluate(
        """[...document.querySelectorAll(".panel, .stats, .stat")]
             .filter((each) => each.scrollWidth > each.clientWidth + 1)
             .map((each) => each.id || each.getAttribute("aria-label") || each.className)"""
    )
    return found
