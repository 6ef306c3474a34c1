"""The same meaning gives the same columns in every API version that carries it."""

from dataclasses import dataclass
from typing import Any

import pytest

from dashboard.mirror.registry import KINDS

Json = dict[str, Any]


def items(*data: Json) -> Json:
    return {"object": "list", "data": list(data), "has_more": False}


PRICE = {"id": "price_1", "object": "price", "product": "prod_1", "currency": "eur"}
PLAN = {"id": "price_1", "object": "plan", "product": "prod_1", "currency": "eur"}


@dataclass(frozen=True, slots=True)
class Moved:
    """One thing that moved: how a kind's object said it ``before``, and says it ``now``."""

    what: str
    kind: str
    before: Json
    now: Json
    means: Json


MOVED = (
    Moved(
        "the period moved from the subscription to its items",
        "subscription",
        {
            "current_period_start": 10,
            "current_period_end": 20,
            "items": items({"price": PRICE}, {"price": "price_2"}),
        },
        {
            "items": items(
                {"price": PRICE, "current_period_start": 10, "current_period_end": 20},
                {"price": "price_2", "current_period_start": 5, "current_period_end": 90},
            )
        },
        {"current_period_start_at": 10, "current_period_end_at": 20, "price_id": "price_1"},
    ),
    Moved(
        "the plan became a price",
        "subscription",
        {"plan": PLAN, "start_date": 3},
        {"currency": "eur", "items": items({"price": PRICE}), "start_date": 3},
        {"price_id": "price_1", "product_id": "prod_1", "currency": "eur", "started_at": 3},
    ),
    Moved(
        "an item's plan became a price",
        "subscription_item",
        {"plan": {**PLAN, "usage_type": "metered"}, "subscription": "sub_1"},
        {"price": {**PRICE, "recurring": {"usage_type": "metered"}}, "subscription": "sub_1"},
        {"price_id": "price_1", "product_id": "prod_1", "usage_type": "metered"},
    ),
    Moved(
        "billing became the collection method",
        "subscription",
        {"billing": "send_invoice"},
        {"collection_method": "send_invoice"},
        {"collection_method": "send_invoice"},
    ),
    Moved(
        "the invoice's subscription moved to its parent",
        "invoice",
        {"subscription": "sub_1", "status": "open"},
        {
            "parent": {"subscription_details": {"subscription": {"id": "sub_1"}}},
            "status": "open",
        },
        {"subscription_id": "sub_1", "status": "open"},
    ),
    Moved(
        "paid became a status",
        "invoice",
        {"paid": True, "closed": True, "forgiven": False, "amount_due": 900},
        {"status": "paid", "amount_due": 900, "amount_paid": 900, "amount_remaining": 0},
        {"status": "paid", "amount_paid_minor": 900, "amount_remaining_minor": 0},
    ),
    Moved(
        "forgiven became uncollectible",
        "invoice",
        {"paid": False, "closed": True, "forgiven": True, "amount_due": 900},
        {"status": "uncollectible", "amount_due": 900, "amount_paid": 0, "amount_remaining": 900},
        {"status": "uncollectible", "amount_remaining_minor": 900},
    ),
    Moved(
        "closed without a payment became void",
        "invoice",
        {"paid": False, "closed": True},
        {"status": "void"},
        {"status": "void"},
    ),
    Moved(
        "attempted without a payment became open",
        "invoice",
        {"paid": False, "closed": False, "attempted": True},
        {"status": "open"},
        {"status": "open"},
    ),
    Moved(
        "neither attempted nor numbered became a draft",
        "invoice",
        {"paid": False, "closed": False, "attempted": False},
        {"status": "draft"},
        {"status": "draft"},
    ),
    Moved(
        "finalized_at moved into the status transitions",
        "invoice",
        {"status": "open", "finalized_at": 77},
        {"status": "open", "status_transitions": {"finalized_at": 77}},
        {"finalized_at": 77},
    ),
    Moved(
        "a line's price moved to pricing, its subscription and proration to its parent",
        "line_item",
        {"price": PRICE, "subscription": "sub_1", "proration": True, "amount": 5},
        {
            "pricing": {"price_details": {"price": "price_1", "product": "prod_1"}},
            "parent": {
                "subscription_item_details": {"subscription": "sub_1", "proration": True},
            },
            "amount": 5,
        },
        {
            "price_id": "price_1",
            "product_id": "prod_1",
            "subscription_id": "sub_1",
            "proration": True,
        },
    ),
    Moved(
        "a line of a pending item names its subscription in its parent too",
        "line_item",
        {"plan": PLAN, "subscription": "sub_1", "proration": False},
        {
            "pricing": {"price_details": {"price": PRICE, "product": {"id": "prod_1"}}},
            "parent": {"invoice_item_details": {"subscription": "sub_1", "proration": False}},
        },
        {"price_id": "price_1", "subscription_id": "sub_1", "proration": False},
    ),
    Moved(
        "the intent's charges became its latest charge",
        "payment_intent",
        {"charges": items({"id": "ch_2"}, {"id": "ch_1"})},
        {"latest_charge": "ch_2"},
        {"latest_charge_id": "ch_2"},
    ),
    Moved(
        "a captured charge tells how much since 2020-08-27",
        "charge",
        {"status": "succeeded", "amount": 500, "captured": True},
        {"status": "succeeded", "amount": 500, "captured": True, "amount_captured": 500},
        {"amount_captured_minor": 500},
    ),
    Moved(
        "a failed charge captured nothing",
        "charge",
        {"status": "failed", "amount": 500, "captured": False, "failure_code": "card_declined"},
        {
            "status": "failed",
            "amount": 500,
            "captured": False,
            "amount_captured": 0,
            "outcome": {"reason": "card_declined"},
        },
        {"amount_captured_minor": 0, "failure_code": "card_declined"},
    ),
    Moved(
        "the dispute on a charge became a flag",
        "charge",
        {"status": "succeeded", "dispute": "du_1"},
        {"status": "succeeded", "disputed": True},
        {"disputed": True},
    ),
    Moved(
        "the reporting category came after the type",
        "balance_transaction",
        {"type": "payment_refund", "amount": -5, "net": -5},
        {"type": "payment_refund", "amount": -5, "net": -5, "reporting_category": "refund"},
        {"reporting_category": "refund", "net_minor": -5},
    ),
    Moved(
        "an unknown type of transaction is its own category",
        "balance_transaction",
        {"type": "moon_levy"},
        {"type": "moon_levy", "reporting_category": "moon_levy"},
        {"reporting_category": "moon_levy"},
    ),
    Moved(
        "the reason code moved to the dispute's means of payment",
        "dispute",
        {"network_reason_code": "10.4", "status": "lost"},
        {"payment_method_details": {"card": {"network_reason_code": "10.4"}}, "status": "lost"},
        {"network_reason_code": "10.4", "is_open": False},
    ),
    Moved(
        "a customer's source became a default payment method",
        "customer",
        {"default_source": {"id": "card_1"}},
        {"invoice_settings": {"default_payment_method": "card_1"}},
        {"default_payment_method_id": "card_1"},
    ),
    Moved(
        "decimals are text or numbers",
        "coupon",
        {"percent_off": 12.5, "valid": True},
        {"percent_off": "12.5", "valid": True},
        {"percent_off": "12.5"},
    ),
    Moved(
        "whole percentages are the same with and without a decimal point",
        "coupon",
        {"percent_off": 25.0},
        {"percent_off": 25},
        {"percent_off": "25"},
    ),
    Moved(
        "an amount in decimals is the same as the whole one",
        "price",
        {"unit_amount": 2000},
        {"unit_amount": 2000, "unit_amount_decimal": "2000"},
        {"unit_amount_minor": 2000, "unit_amount_decimal": "2000"},
    ),
    Moved(
        "fields are ids or the objects themselves",
        "refund",
        {"charge": {"id": "ch_1"}, "payment_intent": {"id": "pi_1"}, "status": "succeeded"},
        {"charge": "ch_1", "payment_intent": "pi_1", "status": "succeeded"},
        {"charge_id": "ch_1", "payment_intent_id": "pi_1"},
    ),
    Moved(
        "a refund without a status had succeeded",
        "refund",
        {"amount": 5},
        {"amount": 5, "status": "succeeded"},
        {"status": "succeeded"},
    ),
    Moved(
        "a trace id became an object",
        "payout",
        {"trace_id": "TR-1"},
        {"trace_id": {"status": "supported", "value": "TR-1"}},
        {"trace_id": "TR-1"},
    ),
    Moved(
        "an event names its object's customer",
        "event",
        {"data": {"object": {"id": "ch_1", "object": "charge", "customer": {"id": "cus_1"}}}},
        {"data": {"object": {"id": "ch_1", "object": "charge", "customer": "cus_1"}}},
        {"object_id": "ch_1", "object_kind": "charge", "customer_id": "cus_1"},
    ),
    Moved(
        "an account's name stood in the settings",
        "account",
        {"settings": {"dashboard": {"display_name": "Tea & Co", "timezone": "Asia/Tokyo"}}},
        {
            "business_profile": {"name": "Tea & Co"},
            "settings": {"dashboard": {"timezone": "Asia/Tokyo"}},
        },
        {"name": "Tea & Co", "timezone": "Asia/Tokyo"},
    ),
)


@pytest.mark.parametrize("moved", MOVED, ids=[moved.what for moved in MOVED])
def test_the_same_meaning_gives_the_same_columns(moved: Moved) -> None:
    project = KINDS[moved.kind].project
    before, now = project(moved.before), project(moved.now)
    assert before == now
    assert {name: now[name] for name in moved.means} == moved.means
