"""Beginning subscriptions: the first period, its bill, and the state that the bill leaves."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.asking import Asker
from tests.sandbox.billing.customers import DAY, Billing, foots, gap

Fits = Callable[[Any], None]


def test_a_subscription_is_billed_and_paid_at_once(
    billing: Billing, ask: Asker, fits: Fits
) -> None:
    before = gap(ask)
    customer = billing.customer()
    subscription = billing.subscribe(
        customer, billing.price(2_000), **{"items[0][quantity]": 3, "metadata[a]": "b"}
    )
    invoice = subscription["latest_invoice"]
    assert (subscription["status"], invoice["status"]) == ("active", "paid")
    assert (invoice["total"], invoice["amount_paid"]) == (6_000, 6_000)
    assert invoice["billing_reason"] == "subscription_create"
    assert invoice["parent"]["subscription_details"]["subscription"] == subscription["id"]
    payment = ask.get(f"/v1/invoice_payments?invoice={invoice['id']}")["data"][0]
    intent = ask.get(f"/v1/payment_intents/{payment['payment']['payment_intent']}")
    charge = ask.get(f"/v1/charges/{intent['latest_charge']}?expand[]=balance_transaction")
    assert (payment["status"], intent["status"], charge["amount"]) == ("paid", "succeeded", 6_000)
    assert charge["balance_transaction"]["amount"] == 6_000
    assert gap(ask) == before
    foots(invoice)
    for thing in (ask.get(f"/v1/subscriptions/{subscription['id']}"), invoice, payment, intent):
        fits(thing)


def test_the_bill_tells_its_story_in_order(billing: Billing) -> None:
    subscription = billing.subscribe(billing.customer(), billing.price(2_000))
    assert billing.told(subscription["latest_invoice"]["id"]) == [
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]
    assert billing.told(subscription["id"]) == [
        "customer.subscription.created",
        "customer.subscription.updated",
    ]


def test_a_declined_first_payment_leaves_it_incomplete(
    billing: Billing, ask: Asker, fits: Fits
) -> None:
    customer = billing.customer("pm_card_chargeCustomerFail")
    subscription = billing.subscribe(customer, billing.price(2_000))
    invoice = subscription["latest_invoice"]
    assert (subscription["status"], invoice["status"]) == ("incomplete", "open")
    assert (invoice["attempt_count"], invoice["amount_remaining"]) == (1, 2_000)
    fits(invoice)
    paid = ask.post(f"/v1/invoices/{invoice['id']}/pay", {"payment_method": "pm_card_visa"})
    assert paid["status"] == "paid"
    assert ask.get(f"/v1/subscriptions/{subscription['id']}")["status"] == "active"


def test_nothing_is_left_of_a_subscription_that_had_to_be_paid(
    billing: Billing, ask: Asker
) -> None:
    customer, price = billing.customer("pm_card_chargeCustomerFail"), billing.price(2_000)
    body = {
        "customer": customer,
        "items[0][price]": price,
        "payment_behavior": "error_if_incomplete",
    }
    before = len(ask.pages("/v1/charges"))
    refused = ask.refused("/v1/subscriptions", 402, method="POST", body=body)
    assert (refused["type"], refused["code"]) == ("card_error", "card_declined")
    assert billing.invoices(customer) == []
    assert ask.get(f"/v1/subscriptions?customer={customer}&status=all")["data"] == []
    assert len(ask.pages("/v1/charges")) == before


def test_a_customer_may_confirm_the_first_payment_later(billing: Billing, ask: Asker) -> None:
    body = {
        "payment_behavior": "default_incomplete",
        "expand[]": "latest_invoice.confirmation_secret",
    }
    subscription = billing.subscribe(billing.customer(None), billing.price(2_000), **body)
    assert subscription["status"] == "incomplete"
    secret = subscription["latest_invoice"]["confirmation_secret"]["client_secret"]
    intent = secret.partition("_secret_")[0]
    ask.post(f"/v1/payment_intents/{intent}/confirm", {"payment_method": "pm_card_visa"})
    assert ask.get(f"/v1/subscriptions/{subscription['id']}")["status"] == "active"
    invoice = ask.get(f"/v1/invoices/{subscription['latest_invoice']['id']}")
    assert (invoice["status"], invoice["amount_paid"]) == ("paid", 2_000)


def test_there_must_be_something_to_charge(billing: Billing, ask: Asker) -> None:
    body = {"customer": billing.customer(None), "items[0][price]": billing.price(2_000)}
    refused = ask.refused("/v1/subscriptions", 400, method="POST", body=body)
    assert refused["code"] == "resource_missing"
    sent = ask.post(
        "/v1/subscriptions", {**body, "collection_method": "send_invoice", "days_until_due": 14}
    )
    invoice = ask.get(f"/v1/invoices/{sent['latest_invoice']}")
    assert (sent["status"], invoice["status"]) == ("active", "draft")
    assert invoice["due_date"] - invoice["created"] == 14 * DAY


def test_a_trial_begins_with_a_bill_of_nothing(billing: Billing, ask: Asker, fits: Fits) -> None:
    subscription = billing.subscribe(
        billing.customer(None), billing.price(2_000), trial_period_days=2
    )
    invoice = subscription["latest_invoice"]
    assert (subscription["status"], invoice["status"], invoice["total"]) == ("trialing", "paid", 0)
    assert subscription["trial_end"] - subscription["trial_start"] == 2 * DAY
    item = subscription["items"]["data"][0]
    assert item["current_period_end"] == subscription["trial_end"]
    assert "customer.subscription.trial_will_end" in billing.told(subscription["id"])
    fits(ask.get(f"/v1/subscriptions/{subscription['id']}"))


def test_discounts_taxes_and_additions_are_on_the_first_bill(
    billing: Billing, ask: Asker, fits: Fits
) -> None:
    coupon = ask.post("/v1/coupons", {"percent_off": 25, "duration": "once"})["id"]
    tax = ask.post(
        "/v1/tax_rates", {"display_name": "VAT", "inclusive": "false", "percentage": "19"}
    )["id"]
    subscription = billing.subscribe(
        billing.customer(),
        billing.price(2_000),
        **{
            "discounts[0][coupon]": coupon,
            "default_tax_rates[0]": tax,
            "add_invoice_items[0][price]": "price_once",
        },
    )
    invoice = subscription["latest_invoice"]
    # 2000 + 700 = 2700; a quarter off: 2025; with 19 %: 2025 + 285 (1500) + 100 (525 -> 99.75)
    assert (invoice["subtotal"], invoice["total"]) == (2_700, 2_410)
    assert invoice["total_taxes"][0]["amount"] == 385
    assert subscription["discounts"] == []
    assert ask.get(f"/v1/coupons/{coupon}")["times_redeemed"] == 1
    foots(invoice)
    fits(invoice)


def test_an_anchor_to_come_makes_a_short_first_period(billing: Billing) -> None:
    clock = billing.clock(1_898_424_000)  # 2030-02-27 12:00 UTC
    customer = billing.customer(clock=clock)
    anchor = 1_898_424_000 + 14 * DAY
    subscription = billing.subscribe(customer, billing.price(2_800), billing_cycle_anchor=anchor)
    item = subscription["items"]["data"][0]
    assert item["current_period_end"] == anchor
    # Fourteen of the 28 days from 13 February to 13 March.
    assert subscription["latest_invoice"]["total"] == 1_400


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({}, "parameter_missing", "items"),
        ({"items[0][price]": "price_x"}, "resource_missing", "items[0][price]"),
        ({"items[0][price]": "price_once"}, None, "items[0][price]"),
        ({"items[0][prise]": "x"}, "parameter_unknown", "items[0][prise]"),
        (
            {"items[0][price]": "price_tiered", "items[1][price]": "price_tiered"},
            None,
            "items",
        ),
        (
            {"items[0][price]": "price_tiered", "collection_method": "send_invoice"},
            "parameter_missing",
            "days_until_due",
        ),
        (
            {"items[0][price]": "price_tiered", "trial_end": "5"},
            None,
            "trial_end",
        ),
        (
            {
                "items[0][price]": "price_tiered",
                "payment_behavior": "default_incomplete",
                "discounts[0][coupon]": "NONE",
            },
            "resource_missing",
            "discounts[0][coupon]",
        ),
    ],
)
def test_terms_that_do_not_fit_are_refused(
    ask: Asker, body: dict[str, str], code: str | None, param: str
) -> None:
    refused = ask.refused(
        "/v1/subscriptions", 400, method="POST", body={"customer": "cus_0", **body}
    )
    assert (refused.get("code"), refused["param"]) == (code, param)


def test_what_pays_the_first_bill_is_kept_where_that_is_asked(billing: Billing, ask: Asker) -> None:
    subscription = billing.subscribe(
        billing.customer(None),
        billing.price(2_000),
        **{
            "payment_behavior": "default_incomplete",
            "payment_settings[save_default_payment_method]": "on_subscription",
            "expand[]": "latest_invoice.confirmation_secret",
        },
    )
    secret = subscription["latest_invoice"]["confirmation_secret"]["client_secret"]
    intent = secret.partition("_secret_")[0]
    ask.post(f"/v1/payment_intents/{intent}/confirm", {"payment_method": "pm_card_visa"})
    kept = ask.get(f"/v1/subscriptions/{subscription['id']}?expand[]=default_payment_method")
    assert kept["default_payment_method"]["card"]["last4"] == "4242"


def test_a_trial_without_a_card_asks_for_one(billing: Billing, ask: Asker, fits: Fits) -> None:
    subscription = billing.subscribe(
        billing.customer(None), billing.price(2_000), trial_period_days=9
    )
    intent = ask.get(f"/v1/setup_intents/{subscription['pending_setup_intent']}")
    assert intent["status"] == "requires_payment_method"
    fits(intent)
