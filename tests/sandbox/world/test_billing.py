"""Invoices and subscriptions: their sums, their payments, and their places in time."""

from collections import defaultdict

from dashboard.sandbox.shapes import Json
from tests.sandbox.world.chronicle import Chronicle


def payments_of(world: Chronicle) -> dict[str, list[Json]]:
    payments = defaultdict(list)
    for payment in world.all("invoice_payment"):
        payments[payment["invoice"]].append(payment)
    return payments


def test_an_invoice_is_the_sum_of_its_lines_discounts_and_taxes(world: Chronicle) -> None:
    for invoice in world.all("invoice"):
        lines = invoice["lines"]["data"]
        rebate = sum(each["amount"] for each in invoice["total_discount_amounts"])
        added = sum(
            tax["amount"] for tax in invoice["total_taxes"] if tax["tax_behavior"] == "exclusive"
        )
        assert lines
        assert invoice["subtotal"] == sum(line["amount"] for line in lines)
        assert rebate == sum(each["amount"] for line in lines for each in line["discount_amounts"])
        assert invoice["total"] == invoice["subtotal"] - rebate + added >= 0
        assert invoice["amount_due"] == invoice["total"]
        assert invoice["amount_remaining"] == invoice["amount_due"] - invoice["amount_paid"]


def test_taxes_of_an_invoice_are_those_of_its_lines(world: Chronicle) -> None:
    taxed = [invoice for invoice in world.all("invoice") if invoice["total_taxes"]]
    behaviors = {tax["tax_behavior"] for invoice in taxed for tax in invoice["total_taxes"]}
    assert behaviors == {"exclusive", "inclusive"}
    for invoice in taxed:
        lines = invoice["lines"]["data"]
        total = sum(tax["amount"] for tax in invoice["total_taxes"])
        assert total == sum(tax["amount"] for line in lines for tax in line["taxes"])
        assert invoice["total_excluding_tax"] == invoice["total"] - total


def test_a_paid_invoice_was_paid_by_an_intent_of_its_amount(world: Chronicle) -> None:
    payments = payments_of(world)
    for invoice in world.all("invoice"):
        own = payments[invoice["id"]]
        for payment in own:
            intent = world.kinds["payment_intent"][payment["payment"]["payment_intent"]]
            assert intent["amount"] == invoice["total"] == payment["amount_requested"]
            assert (payment["status"] == "paid") == (intent["status"] == "succeeded")
            assert (payment["status"] == "paid") == (invoice["status"] == "paid")
        elsewhere = invoice.get("amount_paid_off_stripe", 0)
        expected = int(invoice["number"] is not None and invoice["total"] > 0 and not elsewhere)
        drops = invoice["status"] in {"void", "uncollectible"} and not own
        assert len(own) == expected or drops


def test_void_invoices_have_canceled_intents_and_payments(world: Chronicle) -> None:
    payments = payments_of(world)
    for invoice in world.all("invoice"):
        if invoice["status"] == "void":
            for payment in payments[invoice["id"]]:
                intent = world.kinds["payment_intent"][payment["payment"]["payment_intent"]]
                assert (intent["status"], payment["status"]) == ("canceled", "canceled")


def test_status_and_times_of_an_invoice_agree(world: Chronicle) -> None:
    reached = {
        "paid": "paid_at",
        "void": "voided_at",
        "uncollectible": "marked_uncollectible_at",
        "open": "finalized_at",
    }
    for invoice in world.all("invoice"):
        times = invoice["status_transitions"]
        assert (invoice["number"] is None) == (invoice["status"] == "draft")
        assert (times["finalized_at"] is None) == (invoice["status"] == "draft")
        if invoice["status"] in reached:
            assert invoice["created"] <= times[reached[invoice["status"]]] <= world.now


def test_numbers_run_through_for_each_customer(world: Chronicle) -> None:
    numbers = defaultdict(list)
    for invoice in world.all("invoice"):
        if invoice["number"]:
            numbers[invoice["customer"]].append(invoice["number"])
    for customer, own in numbers.items():
        prefix = world.kinds["customer"][customer]["invoice_prefix"]
        assert sorted(own) == [f"{prefix}-{count:04d}" for count in range(1, len(own) + 1)]
        following = world.kinds["customer"][customer]["next_invoice_sequence"]
        assert following == len(own) + 1


def test_the_latest_invoice_of_a_subscription_is_its_newest(world: Chronicle) -> None:
    invoices = defaultdict(list)
    for invoice in world.all("invoice"):
        if invoice["parent"]:
            details = invoice["parent"]["subscription_details"]
            invoices[details["subscription"]].append(invoice)
    for subscription in world.all("subscription"):
        own = invoices[subscription["id"]]
        newest = max(invoice["created"] for invoice in own)
        latest = world.kinds["invoice"][subscription["latest_invoice"]]
        assert latest["created"] == newest
        assert {invoice["customer"] for invoice in own} == {subscription["customer"]}


def test_running_subscriptions_are_within_their_period(world: Chronicle) -> None:
    for subscription in world.all("subscription"):
        item = subscription["items"]["data"][0]
        assert item["current_period_start"] < item["current_period_end"]
        assert item["current_period_start"] <= world.now
        if subscription["status"] in {"active", "past_due", "trialing", "unpaid"}:
            assert item["current_period_end"] > world.now
            assert subscription["ended_at"] is None
        assert (subscription["status"] in {"canceled", "incomplete_expired"}) == (
            subscription["ended_at"] is not None
        )


def test_regular_lines_cost_what_the_price_says(world: Chronicle) -> None:
    checked = 0
    for invoice in world.all("invoice"):
        for line in invoice["lines"]["data"]:
            details = line["pricing"] and line["pricing"]["price_details"]
            parent = line["parent"]["subscription_item_details"]
            if not details or parent["proration"] or line["description"].startswith("Trial"):
                continue
            price = world.kinds["price"][details["price"]]
            if price["unit_amount"] and not price["transform_quantity"]:
                assert line["amount"] == line["quantity"] * price["unit_amount"]
                checked += 1
    assert checked > 400


def test_discounts_belong_to_coupons_and_their_counts_agree(world: Chronicle) -> None:
    used: dict[str, int] = defaultdict(int)
    for discount in world.all("discount"):
        used[discount["source"]["coupon"]] += 1
    for coupon in world.all("coupon"):
        assert coupon["times_redeemed"] == used[coupon["id"]]


def test_every_recurring_price_is_a_plan_too(world: Chronicle) -> None:
    recurring = {one["id"]: one for one in world.all("price") if one["type"] == "recurring"}
    plans = world.kinds["plan"]
    assert plans.keys() == recurring.keys()
    for name, price in recurring.items():
        assert plans[name]["amount"] == price["unit_amount"]
        assert plans[name]["interval"] == price["recurring"]["interval"]
        assert plans[name].get("tiers") == price.get("tiers")
