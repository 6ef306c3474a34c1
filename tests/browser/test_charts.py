"""Charts: drawn from a plain spec, coloured by the page, readable without the picture."""

import plotly.graph_objects as go
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.gallery_app import revenue_spec

pytestmark = pytest.mark.browser
LINES = "#revenue .scatterlayer .trace path.js-line"


def colour_of(page: Page, index: int) -> str:
    """Return the colour in which a line is drawn."""
    colour: str = page.locator(LINES).nth(index).evaluate("line => getComputedStyle(line).stroke")
    return colour


def test_the_gallery_s_spec_is_one_that_plotly_accepts() -> None:
    """Roles in ``meta`` are a part of Plotly's own format."""
    go.Figure(revenue_spec())


def test_a_chart_takes_its_colours_from_the_theme(visit: Visit) -> None:
    """Changing the theme paints it anew; one role has one colour in all traces."""
    page = visit("/payments", color_scheme="light")
    expect(page.locator(LINES)).to_have_count(4)
    assert colour_of(page, 0) == colour_of(page, 1)
    light = colour_of(page, 0)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "([path, old]) => getComputedStyle(document.querySelector(path)).stroke !== old",
        arg=[LINES, light],
    )
    assert colour_of(page, 0) != light


def test_the_unfinished_day_is_dashed(visit: Visit) -> None:
    """The last stretch of a series is a trace of its own."""
    page = visit("/payments")
    assert (
        page.locator(LINES).nth(1).evaluate("line => getComputedStyle(line).strokeDasharray")
        != "none"
    )


def test_a_chart_can_be_read_as_a_table(visit: Visit) -> None:
    """The rows are the days, the columns the series; parts of one series are one column."""
    page = visit("/payments")
    page.get_by_text("View as table").click()
    table = page.locator("#revenue table")
    assert table.locator("thead th").all_inner_texts() == ["Date", "Gross", "Net", "30 days before"]
    expect(table.locator("tbody tr")).to_have_count(32)


def test_a_range_swaps_the_data_and_the_url(visit: Visit) -> None:
    """The link names the page, for a reload, and the data, for now."""
    page = visit("/payments")
    with page.expect_response(lambda answer: "revenue.json?range=7d" in answer.url):
        page.get_by_role("link", name="7D").click()
    assert page.url.endswith("?range=7d")
    expect(page.get_by_role("link", name="7D")).to_have_attribute("aria-current", "true")


def test_a_chart_without_data_says_so(visit: Visit) -> None:
    """The words stay and no empty frame is drawn."""
    page = visit("/payments")
    page.route("**/revenue.json*", lambda route: route.fulfill(status=503))
    page.get_by_role("link", name="7D").click()
    expect(page.locator("#revenue .chart-plot")).to_contain_text("could not be loaded")


def test_a_chart_fits_the_paper_and_the_window_again(visit: Visit) -> None:
    page = visit("/payments")
    width = "document.querySelector('#revenue .main-svg').getBoundingClientRect().width"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(f"() => {width} === 660")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.wait_for_function(f"() => {width} > 1000")
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_function(f"() => {width} < 700")
