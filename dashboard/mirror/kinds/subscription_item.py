"""Subscription items: one price of a subscription and how many of it.

https://docs.stripe.com/api/subscription_items
"""

from typing import Any

from sqlalchemy import Index

from dashboard.mirror.kinds.base import Kind, Raw, Row, mirror_table, moment, number, word
from dashboard.mirror.kinds.read import dig, ref, text
from dashboard.mirror.kinds.read import moment as seconds
from dashboard.mirror.kinds.read import number as whole_number

subscription_items = mirror_table(
    "subscription_items",
    word("subscription_id"),
    word("price_id"),
    word("product_id"),
    number("quantity"),
    word("usage_type"),
    moment("current_period_start_at"),
    moment("current_period_end_at"),
    indexes=(
        Index(None, "book_id", "subscription_id", "id"),
        Index(None, "book_id", "price_id", "id"),
        Index(None, "book_id", "product_id", "id"),
    ),
)


def price_of(raw: Any) -> Any:
    """Return what an item or a subscription charges: its price, or the plan of older versions."""
    return dig(raw, "price") or dig(raw, "plan")


def project(raw: Raw) -> Row:
    """Return the columns of a subscription item; metered items have no quantity."""
    price = price_of(raw)
    return {
        "subscription_id": ref(raw.get("subscription")),
        "price_id": ref(price),
        "product_id": ref(dig(price, "product")),
        "quantity": whole_number(raw.get("quantity")),
        "usage_type": text(dig(price, "recurring", "usage_type")) or text(dig(price, "usage_type")),
        "current_period_start_at": seconds(raw.get("current_period_start")),
        "current_period_end_at": seconds(raw.get("current_period_end")),
    }


KIND = Kind("subscription_item", subscription_items, project, part_of="subscription_id")
