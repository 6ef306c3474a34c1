"""One payment is found and followed to everything that it touches, up to the bank."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Select, select

from dashboard.core import db
from dashboard.mirror.kinds.charge import charges
from dashboard.mirror.kinds.invoice import invoices
from dashboard.mirror.kinds.invoice_payment import invoice_payments
from dashboard.mirror.kinds.subscription import subscriptions
from dashboard.mirror.membership import payout_transactions
from dashboard.mirror.payments import payments
from tests.journeys.conftest import Look, Site

pytestmark = pytest.mark.browser


def one(site: Site, query: Select[Any]) -> tuple[str, ...]:
    """Return one row of the mirror."""
    with db.reading(site.engine) as connection:
        row = connection.execute(query.limit(1)).first()
    assert row, "The practice world holds no such payment."
    return tuple(str(each) for each in row)


def ids_shown(page: Page) -> list[str]:
    """Return the payments in the list, in its order."""
    found: list[str] = page.evaluate(
        """[...document.querySelectorAll('#payments-list tbody tr[id]')].map((row) => row.id)"""
    )
    return [each.removeprefix("payment-") for each in found]


def test_a_payment_is_found_by_its_e_mail_and_by_its_last_four(look: Look, site: Site) -> None:
    """The search box swaps the list in place; the chip narrows it further."""
    query = select(payments.c.id, payments.c.email, payments.c.last4).where(
        payments.c.book_id == 1, payments.c.email.is_not(None), payments.c.last4.is_not(None)
    )
    id, email, last4 = one(site, query)
    page = look("/payments")
    page.get_by_role("searchbox").fill(email)
    expect(page).to_have_url(re.compile("q="))
    expect(page.locator(f"#payment-{id}")).to_be_visible()
    page.locator(".chip summary", has_text="Last four").click()
    page.locator(".chip details[open]").get_by_role("textbox").fill(last4)
    page.locator(".chip details[open]").get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(f"last4={last4}"))
    expect(page.locator(f"#payment-{id}")).to_be_visible()
    shown = ids_shown(page)
    page.reload()
    assert ids_shown(page) == shown


def test_an_exact_id_jumps_to_its_object(look: Look, site: Site) -> None:
    """A pasted id needs no list."""
    (id,) = one(site, select(payments.c.id).where(payments.c.book_id == 1))
    page = look(f"/payments?q={id}")
    assert page.url.endswith(f"/payments/{id}")


def test_a_payment_is_followed_to_its_invoice_and_its_proven_payout(
    look: Look, site: Site, complaints: list[str]
) -> None:
    """Payment, invoice, subscription, customer, and the payout whose rows sum to it."""
    query = (
        select(payments.c.id, invoices.c.id, subscriptions.c.id, payout_transactions.c.payout_id)
        .join(invoice_payments, invoice_payments.c.payment_id == payments.c.id)
        .join(invoices, invoices.c.id == invoice_payments.c.invoice_id)
        .join(subscriptions, subscriptions.c.id == invoices.c.subscription_id)
        .join(charges, charges.c.id == payments.c.charge_id)
        .join(
            payout_transactions,
            payout_transactions.c.transaction_id == charges.c.balance_transaction_id,
        )
        .where(payments.c.book_id == 1, payments.c.status == "succeeded")
    )
    payment, invoice, subscription, payout = one(site, query)
    page = look(f"/payments/{payment}")
    customer = page.locator('main a[href^="/customers/"]').first.get_attribute("href") or ""
    transaction = page.locator('main a[href^="/balance/"]').first.get_attribute("href") or ""
    for link in (f"/invoices/{invoice}", f"/subscriptions/{subscription}", customer):
        page.locator(f'main a[href="{link}"]').first.click()
        page.wait_for_url("**" + link)
    page.goto(transaction)
    page.locator(f'main a[href="/payouts/{payout}"]').click()
    expect(page.get_by_text("Reconciled")).to_be_visible()
    expect(page.locator("#balance-list tbody tr").first).to_be_visible()
    assert complaints == []
