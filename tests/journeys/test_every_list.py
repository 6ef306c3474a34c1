"""Every list and every page without rows: accessible, allowed by the policy, and fits a phone."""

import re

import pytest
from flask import Flask

from tests.journeys.conftest import BOSS, Look, Site
from tests.journeys.fitness import faults
from tests.journeys.places import DETAILS, LISTS, OF_ADMINS, STEPS

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_accessible_allowed_and_fits(
    look: Look, path: str, complaints: list[str]
) -> None:
    page = look(path)
    assert page.locator("h1").count() == 1
    assert faults(page) == []
    assert complaints == []


@pytest.mark.parametrize("path", OF_ADMINS)
def test_a_page_of_admins_is_accessible_allowed_and_fits(
    look: Look, path: str, complaints: list[str]
) -> None:
    page = look(path, who=BOSS)
    assert page.locator("h1").count() == 1
    assert faults(page) == []
    assert complaints == []


def test_a_long_address_stays_on_its_line_of_a_phone(look: Look) -> None:
    address = look("/payments", width=390).locator("#payments-list .sub.trunc").first
    usual = address.bounding_box()
    address.evaluate("each => { each.textContent = 'quite-long.'.repeat(9) + '@example.com' }")
    longer = address.bounding_box()
    assert usual
    assert longer
    assert longer["height"] == usual["height"]


@pytest.mark.parametrize(
    "path", ["/", "/payments", "/balance/summary", "/sync", "/?created=odd", "/events", "/webhooks"]
)
def test_an_account_that_was_never_synced_has_pages(
    look: Look, fresh_site: Site, path: str
) -> None:
    page = look(path, at=fresh_site)
    assert page.locator("[data-empty]").first.is_visible()
    assert faults(page) == []


@pytest.mark.parametrize("path", ["/payments/pi_unknown", "/payments?status=odd", "/no-such-page"])
def test_a_refusal_is_a_page_with_a_way_out(look: Look, path: str) -> None:
    page = look(path)
    assert page.get_by_role("link", name="Overview").first.is_visible()
    assert faults(page) == []


@pytest.mark.parametrize("path", ["/", "/payments", "/payouts", "/sync"])
def test_a_dashboard_without_an_account_says_how_to_connect_one(
    look: Look, bare_site: Site, path: str, complaints: list[str]
) -> None:
    page = look(path, at=bare_site)
    assert page.locator("[data-empty=not-connected]").is_visible()
    assert faults(page) == []
    assert complaints == []


@pytest.mark.parametrize("path", ["/login", "/login/forgotten"])
def test_the_sign_in_page_is_accessible(look: Look, path: str, complaints: list[str]) -> None:
    page = look(path, storage_state=None)
    assert faults(page) == []
    assert complaints == []


def test_no_page_of_the_product_is_left_out(app: Flask) -> None:
    """A new page must be named in ``places``; downloads, data and parts are no pages."""
    folders = {f"/{folder}" for folder, _, _ in DETAILS.values()}
    known = {path.partition("?")[0] for path in LISTS} | {f"{each}/<id>" for each in folders}
    known |= {re.sub("1$", "<id>", path) for path in OF_ADMINS} | STEPS
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    pages = {re.sub("<[^>]*>", "<id>", rule.rule) for rule in rules}
    no_pages = {
        each for each in pages if "/export." in each or each.endswith(".json") or "stripe/" in each
    }
    parts = {"/sync/check/certificate", "/sync/freshness", "/webhooks/figures"}
    health = {f"/health/{each}" for each in ("live", "ready", "deep")}
    forms = {"/connections/key", "/connections/platform", "/webhooks/secrets"}
    bare = {"/login", "/login/forgotten", "/static/<id>"}
    assert pages - no_pages - known == {*bare, *parts, *health, *forms}
