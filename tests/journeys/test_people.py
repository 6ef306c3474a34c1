"""Somebody is invited, sets up a second factor and comes back with it, in a real browser."""

import re

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.core import clock, db
from dashboard.features.people import actions
from dashboard.store.audit import TERMINAL
from dashboard.store.links import Access
from dashboard.store.roles import Role
from tests.browsers import heard, violations
from tests.journeys.conftest import Site

BOB = "bob@example.com"
PASSWORD = "nine loud herons"


@pytest.mark.browser
def test_who_is_invited_sets_up_a_second_factor_and_signs_in_with_it(
    chromium: Browser, bare_site: Site, complaints: list[str]
) -> None:
    with db.writing(bare_site.engine) as connection:
        token = actions.invite(connection, BOB, Access(Role.ADMIN), actor=TERMINAL)
    page = chromium.new_page()
    heard(page, complaints)
    page.goto(f"{bare_site.url}/invitation?token={token}")
    page.get_by_label("Your name").fill("Bob Baker")
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url(f"{bare_site.url}/")
    codes = _set_up(page, bare_site)
    page.goto(f"{bare_site.url}/people")
    expect(page.get_by_role("link", name=BOB)).to_be_visible()
    page.get_by_text("Account menu of").locator("..").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Email").fill(BOB)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("textbox", name="Code").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{bare_site.url}/")
    page.close()
    assert complaints == []


def _set_up(page: Page, site: Site) -> list[str]:
    """Turn the second factor on as an app does that cannot read pictures."""
    page.goto(f"{site.url}/account/second-factor")
    expect(page.get_by_role("img", name="The secret as a QR code")).to_be_visible()
    assert violations(page) == []
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(secret).at(clock.seconds()))
    page.get_by_role("button", name="Turn on").click()
    codes = page.get_by_role("region", name="Recovery codes").inner_text()
    page.get_by_role("link", name="I have kept them").click()
    return re.findall(r"\S+", codes)
