"""Everything that can happen in a business happens in a world, near enough to now to be seen."""

from collections import Counter
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from dashboard.sandbox.shapes import Json
from tests.sandbox.world.chronicle import Chronicle, chronicle

HOURS_48 = 48 * 3_600


def kinds_of(objects: list[Json], *path: str) -> set[object]:
    """Return the values that ``objects`` have at ``path``, where they have one."""
    found = set()
    for each in objects:
        value: object = each
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        found.add(value)
    return found


def test_payments_of_every_kind_happen(world: Chronicle) -> None:
    intents, charges = world.all("payment_intent"), world.all("charge")
    assert kinds_of(charges, "currency") == {"usd", "eur", "gbp", "jpy", "kwd"}
    assert kinds_of(intents, "status") == {
        "succeeded",
        "canceled",
        "processing",
        "requires_action",
        "requires_capture",
        "requires_payment_method",
    }
    assert kinds_of(charges, "payment_method_details", "type") == {
        "card",
        "sepa_debit",
        "us_bank_account",
        "customer_balance",
    }
    assert kinds_of(charges, "status") == {"succeeded", "pending", "failed"}
    assert kinds_of(charges, "payment_method_details", "card", "brand") >= {
        "visa",
        "mastercard",
        "amex",
        "discover",
        "jcb",
    }
    assert kinds_of(charges, "outcome", "type") >= {"authorized", "issuer_declined", "blocked"}
    assert kinds_of(charges, "outcome", "network_status") >= {
        "approved_by_network",
        "declined_by_network",
        "not_sent_to_network",
        "reversed_after_approval",
    }
    assert kinds_of(charges, "failure_code") >= {"card_declined", "expired_card", "incorrect_cvc"}
    attempts = Counter(charge["payment_intent"] for charge in charges)
    retried = {intent["id"] for intent in intents if intent["status"] == "succeeded"}
    assert any(attempts[intent] > 1 for intent in retried)
    assert any(0 < charge["amount_captured"] < charge["amount"] for charge in charges)
    assert any(charge["failure_balance_transaction"] for charge in charges)
    assert None in kinds_of(charges, "customer")


def test_rows_of_every_category_are_in_the_balance(world: Chronicle) -> None:
    rows = world.all("balance_transaction")
    assert kinds_of(rows, "reporting_category") == {
        "charge",
        "charge_failure",
        "contribution",
        "dispute",
        "dispute_reversal",
        "fee",
        "network_cost",
        "other_adjustment",
        "partial_capture_reversal",
        "payout",
        "payout_reversal",
        "refund",
        "refund_failure",
        "risk_reserved_funds",
        "tax",
        "topup",
    }
    assert kinds_of(rows, "type") == {
        "adjustment",
        "charge",
        "contribution",
        "payment",
        "payment_failure_refund",
        "payment_refund",
        "payout",
        "payout_failure",
        "refund",
        "refund_failure",
        "reserve_hold",
        "reserve_release",
        "stripe_fee",
        "tax_fee",
        "topup",
    }
    assert any(row["exchange_rate"] for row in rows)
    fee_types = {detail["type"] for row in rows for detail in row["fee_details"]}
    assert fee_types == {"stripe_fee", "tax"}


def test_refunds_and_disputes_of_every_kind_happen(world: Chronicle) -> None:
    refunds, disputes = world.all("refund"), world.all("dispute")
    assert kinds_of(refunds, "status") >= {"succeeded", "failed"}
    per_charge = Counter(refund["charge"] for refund in refunds)
    assert max(per_charge.values()) > 1
    charges = world.all("charge")
    assert any(charge["refunded"] for charge in charges)
    assert any(0 < charge["amount_refunded"] < charge["amount_captured"] for charge in charges)
    assert kinds_of(disputes, "status") >= {
        "won",
        "lost",
        "needs_response",
        "under_review",
        "warning_needs_response",
        "warning_closed",
    }
    soon = [
        dispute
        for dispute in disputes
        if dispute["status"] == "needs_response"
        and 0 < dispute["evidence_details"]["due_by"] - world.now <= HOURS_48
    ]
    assert len(soon) >= 2
    rows = [row for dispute in disputes for row in dispute["balance_transactions"]]
    assert 1500 in kinds_of(rows, "fee")
    assert any(row["reporting_category"] == "dispute_reversal" for row in rows)


def test_subscriptions_of_every_kind_exist(world: Chronicle) -> None:
    subscriptions, prices = world.all("subscription"), world.kinds["price"]
    assert kinds_of(subscriptions, "status") == {
        "active",
        "canceled",
        "incomplete",
        "incomplete_expired",
        "past_due",
        "paused",
        "trialing",
        "unpaid",
    }
    sold = [
        prices[item["price"]["id"]]
        for subscription in subscriptions
        for item in subscription["items"]["data"]
    ]
    assert kinds_of(sold, "recurring", "interval") == {"week", "month", "year"}
    assert 3 in kinds_of(sold, "recurring", "interval_count")
    assert kinds_of(sold, "recurring", "usage_type") == {"licensed", "metered"}
    assert kinds_of(sold, "tiers_mode") == {None, "graduated", "volume"}
    assert any(price["transform_quantity"] for price in sold)
    assert False in kinds_of(sold, "active")
    assert kinds_of(subscriptions, "pause_collection", "behavior") >= {"void", "keep_as_draft"}
    assert kinds_of(subscriptions, "cancellation_details", "reason") >= {
        "cancellation_requested",
        "payment_failed",
    }
    assert kinds_of(subscriptions, "collection_method") == {"charge_automatically", "send_invoice"}
    assert any(each["cancel_at_period_end"] and not each["ended_at"] for each in subscriptions)
    trials = [each for each in subscriptions if each["trial_end"]]
    assert kinds_of(trials, "status") >= {"trialing", "active", "canceled", "paused"}
    assert any(each["default_tax_rates"] for each in subscriptions)
    coupons = world.all("coupon")
    assert kinds_of(coupons, "duration") == {"once", "repeating", "forever"}
    assert 100.0 in kinds_of(coupons, "percent_off")
    assert all(coupon["times_redeemed"] for coupon in coupons)
    assert any(len(each["items"]["data"]) > 1 for each in subscriptions)
    per_customer = Counter(each["customer"] for each in subscriptions)
    assert max(per_customer.values()) > 1


def test_invoices_of_every_kind_exist(world: Chronicle) -> None:
    invoices = world.all("invoice")
    assert kinds_of(invoices, "status") == {"draft", "open", "paid", "uncollectible", "void"}
    assert kinds_of(invoices, "billing_reason") == {
        "manual",
        "subscription_create",
        "subscription_cycle",
        "subscription_update",
    }
    late = [each for each in invoices if each["status"] == "open" and each["due_date"]]
    assert any(each["due_date"] < world.now for each in late)
    assert any(each["due_date"] > world.now for each in late)
    retried = [each for each in invoices if each["attempt_count"] > 1]
    assert kinds_of(retried, "status") >= {"paid", "open"}
    lines = [line for invoice in invoices for line in invoice["lines"]["data"]]
    assert any(line["parent"]["subscription_item_details"] is None for line in lines)
    prorations = [
        line
        for line in lines
        if (line["parent"]["subscription_item_details"] or {}).get("proration")
    ]
    assert any(line["amount"] < 0 for line in prorations)
    assert any(line["amount"] > 0 for line in prorations)
    assert any(len(invoice["lines"]["data"]) > 10 for invoice in invoices)
    assert any(invoice.get("amount_paid_off_stripe") for invoice in invoices)
    assert any(invoice["post_payment_credit_notes_amount"] for invoice in invoices)
    assert any(customer["delinquent"] for customer in world.all("customer"))


def test_payouts_of_every_kind_exist(world: Chronicle) -> None:
    payouts = world.all("payout")
    assert kinds_of(payouts, "currency") == {"usd", "eur", "gbp", "jpy"}
    assert kinds_of(payouts, "status") >= {"paid", "failed"}
    assert kinds_of(payouts, "status") & {"in_transit", "pending"}
    assert kinds_of(payouts, "automatic") == {True, False}
    assert kinds_of(payouts, "method") == {"standard", "instant"}
    assert kinds_of(payouts, "reconciliation_status") == {
        "completed",
        "in_progress",
        "not_applicable",
    }


def test_customers_have_names_that_break_careless_software(world: Chronicle) -> None:
    guests = (charge["billing_details"] for charge in world.all("charge"))
    names = " ".join(buyer["name"] for buyer in (*world.all("customer"), *guests))
    for hostile in ("<script>", "=HYPERLINK(", "DROP TABLE", "O'", "&", "ü", "山", "محمد", "🚀"):
        assert hostile in names
    assert None in kinds_of(world.all("customer"), "email")
    assert len(kinds_of(world.all("customer"), "address", "country")) > 10


def test_the_last_thirty_days_are_told_in_events(world: Chronicle) -> None:
    events = world.all("event")
    assert min(event["created"] for event in events) >= world.now - 30 * 86_400
    assert kinds_of(events, "type") >= {
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.failed",
        "charge.refunded",
        "charge.succeeded",
        "customer.created",
        "customer.subscription.created",
        "customer.subscription.deleted",
        "customer.subscription.updated",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_failed",
        "invoice_payment.paid",
        "payment_intent.created",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
        "payout.created",
        "price.created",
        "product.created",
        "payout.paid",
        "payout.reconciliation_completed",
        "refund.created",
    }


def test_the_business_grows(world: Chronicle) -> None:
    year = 365 * 86_400
    created = [intent["created"] for intent in world.all("payment_intent")]
    last = sum(at > world.now - year for at in created)
    first = sum(world.now - 2 * year < at <= world.now - year for at in created)
    assert last > 1.4 * first


@pytest.fixture(scope="module")
def days() -> Counter[datetime]:
    """Return how many sales each local day of a larger world has."""
    busy = chronicle(5_000)
    zone = ZoneInfo(busy.account["settings"]["dashboard"]["timezone"])
    return Counter(
        datetime.fromtimestamp(intent["created"], zone).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        for intent in busy.all("payment_intent")
    )


def test_weekends_are_quiet(days: Counter[datetime]) -> None:
    sundays = sum(count for day, count in days.items() if day.weekday() == 6)
    tuesdays = sum(count for day, count in days.items() if day.weekday() == 1)
    assert sundays < 0.8 * tuesdays


def test_november_is_busier_than_july(days: Counter[datetime]) -> None:
    july = [count for day, count in days.items() if (day.year, day.month) == (2025, 7)]
    november = [count for day, count in days.items() if (day.year, day.month) == (2025, 11)]
    assert sum(november) / len(november) > 1.3 * sum(july) / len(july)


def test_some_objects_share_a_second(world: Chronicle) -> None:
    created = sorted(charge["created"] for charge in world.all("charge"))
    assert any(first == second for first, second in pairwise(created))
