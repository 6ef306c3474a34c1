"""Subscriptions: agreements to pay again and again, with their items.

https://docs.stripe.com/api/subscriptions
"""

from collections.abc import Iterator

from sqlalchemy import Column, Index, Integer
from sqlalchemy import text as sql

from dashboard.mirror.kinds.base import Kind, Part, Raw, Row, flag, mirror_table, moment, word
from dashboard.mirror.kinds.read import dig, members, ref, text
from dashboard.mirror.kinds.read import moment as seconds
from dashboard.mirror.kinds.subscription_item import price_of

subscriptions = mirror_table(
    "subscriptions",
    word("status"),
    word("customer_id"),
    word("currency"),
    moment("started_at"),
    moment("current_period_start_at"),
    moment("current_period_end_at"),
    moment("cancel_at"),
    flag("cancel_at_period_end"),
    moment("canceled_at"),
    moment("ended_at"),
    moment("trial_start_at"),
    moment("trial_end_at"),
    word("collection_method"),
    word("pause_behavior"),
    moment("pause_resumes_at"),
    word("latest_invoice_id"),
    word("price_id"),
    word("product_id"),
    Column("item_count", Integer, nullable=False),
    flag("is_to_end"),
    indexes=(
        Index(None, "book_id", "status", "created_at", "id"),
        Index(None, "book_id", "customer_id", "created_at", "id"),
        Index(None, "book_id", "currency", "created_at", "id"),
        Index(None, "book_id", "price_id", "created_at", "id"),
        Index(None, "book_id", "product_id", "created_at", "id"),
        Index(None, "book_id", "collection_method", "created_at", "id"),
        Index(None, "book_id", "current_period_end_at", "id"),
        Index(
            "ix_subscriptions_to_end_created_at",
            "book_id",
            "created_at",
            "id",
            sqlite_where=sql("is_to_end = 1"),
            postgresql_where=sql("is_to_end"),
        ),
    ),
    listed=True,
)


def project(raw: Raw) -> Row:
    """Return the columns of a subscription; price and product are those of its first item.

    ``is_to_end`` says that a cancellation is scheduled and has not come yet.
    """
    start, end = _period(raw)
    price = price_of(dig(raw, "items", "data", 0) or raw)
    return {
        "status": text(raw.get("status")),
        "customer_id": ref(raw.get("customer")),
        "currency": text(raw.get("currency")) or text(dig(price, "currency")),
        "started_at": seconds(raw.get("start_date")) or seconds(raw.get("created")),
        "current_period_start_at": start,
        "current_period_end_at": end,
        "cancel_at": seconds(raw.get("cancel_at")),
        "cancel_at_period_end": bool(raw.get("cancel_at_period_end")),
        "canceled_at": seconds(raw.get("canceled_at")),
        "ended_at": seconds(raw.get("ended_at")),
        "trial_start_at": seconds(raw.get("trial_start")),
        "trial_end_at": seconds(raw.get("trial_end")),
        "collection_method": text(raw.get("collection_method")) or text(raw.get("billing")),
        "pause_behavior": text(dig(raw, "pause_collection", "behavior")),
        "pause_resumes_at": seconds(dig(raw, "pause_collection", "resumes_at")),
        "latest_invoice_id": ref(raw.get("latest_invoice")),
        "price_id": ref(price),
        "product_id": ref(dig(price, "product")),
        "item_count": len(list(members(raw.get("items")))) or int(bool(price)),
        "is_to_end": seconds(raw.get("ended_at")) is None
        and (bool(raw.get("cancel_at_period_end")) or seconds(raw.get("cancel_at")) is not None),
    }


def _period(raw: Raw) -> tuple[int | None, int | None]:
    """Return the period's start and end: of the item that renews first since 2025-03-31."""
    if seconds(raw.get("current_period_end")) is not None:
        return seconds(raw.get("current_period_start")), seconds(raw.get("current_period_end"))
    periods = [
        (end, seconds(item.get("current_period_start")))
        for item in members(raw.get("items"))
        if (end := seconds(item.get("current_period_end"))) is not None
    ]
    end, start = min(periods, key=lambda period: period[0], default=(None, None))
    return start, end


def parts(raw: Raw) -> Iterator[Part]:
    """Yield the subscription's items."""
    for item in members(raw.get("items")):
        yield Part("subscription_item", item, {"subscription_id": ref(raw)})


KIND = Kind(
    "subscription",
    subscriptions,
    project,
    path="/v1/subscriptions",
    params={
        "status": "all",
        "expand[0]": "data.discounts.source.coupon",
        "expand[1]": "data.items.data.discounts",
    },
    parts=parts,
    embeds={"subscription_item": "items"},
)
