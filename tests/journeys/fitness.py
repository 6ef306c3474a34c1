"""What holds for every page: accessible in both themes, and never wider than its window."""

from playwright.sync_api import Page

from tests.browsers import violations

PHONE, TABLET, DESK = 390, 1024, 1360
ON_A_PHONE = (
    "target-size",
    "color-contrast",
    "scrollable-region-focusable",
    "page-has-heading-one",
)


def faults(page: Page) -> list[str]:
    """Return what keeps a page from being accessible and fitting, in two themes and three widths.

    The dark theme changes colours only, so that its contrast is all that is looked at again.
    """
    page.emulate_media(reduced_motion="reduce", color_scheme="light")
    found = violations(page)
    page.emulate_media(reduced_motion="reduce", color_scheme="dark")
    page.wait_for_function(
        """() => document.documentElement.dataset.bsTheme === "dark"
             && new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
                  .then(() => true)"""
    )
    found += [f"dark: {each}" for each in violations(page, ["color-contrast"])]
    for width in (DESK, TABLET, PHONE):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(60)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{width}: the page scrolls sideways")
        found += [f"{width}: {each} sticks out" for each in sticking_out(page)]
        found += [f"{width}: {each} hides columns" for each in hiding_columns(page)]
    return found + [f"phone: {each}" for each in violations(page, ON_A_PHONE)]


def sticking_out(page: Page) -> list[str]:
    """Return the panels whose content sticks out of them."""
    found: list[str] = page.evaluate(
        """[...document.querySelectorAll(".panel, .stats, .stat")]
             .filter((each) => each.scrollWidth > each.clientWidth + 1)
             .map((each) => each.id || each.getAttribute("aria-label") || each.className)"""
    )
    return found


def hiding_columns(page: Page) -> list[str]:
    """Return the tables that have to be scrolled sideways to be read to their last column."""
    found: list[str] = page.evaluate(
        """[...document.querySelectorAll(".scroll:not([tabindex])")]
             .filter((each) => each.scrollWidth > each.clientWidth + 1)
             .map((each) => each.innerText.split("\\n")[0])"""
    )
    return found
