"""Invoice lines: what an invoice bills for.

https://docs.stripe.com/api/invoice-line-item
"""

from typing import Any

from sqlalchemy import Index

from dashboard.mirror.kinds.base import (
    Kind,
    Raw,
    Row,
    amount,
    flag,
    mirror_table,
    moment,
    number,
    word,
)
from dashboard.mirror.kinds.read import currency, dig, ref, text, whole
from dashboard.mirror.kinds.read import moment as seconds
from dashboard.mirror.kinds.read import number as whole_number

line_items = mirror_table(
    "line_items",
    word("invoice_id"),
    word("price_id"),
    word("product_id"),
    word("subscription_id"),
    amount("amount_minor"),
    word("currency"),
    number("quantity"),
    moment("period_start_at"),
    moment("period_end_at"),
    word("description"),
    flag("proration"),
    indexes=(
        Index(None, "book_id", "invoice_id", "id"),
        Index(None, "book_id", "subscription_id", "id"),
        Index(None, "book_id", "product_id", "id"),
    ),
)


def project(raw: Raw) -> Row:
    """Return the columns of an invoice line; the amount is in minor units, before tax.

    Until 2025-03-31 the line carried its ``price`` (or ``plan``), ``subscription`` and
    ``proration`` itself; since then ``pricing`` and ``parent`` do.
    """
    price = raw.get("price") or raw.get("plan")
    return {
        "invoice_id": ref(raw.get("invoice")),
        "price_id": ref(dig(raw, "pricing", "price_details", "price")) or ref(price),
        "product_id": ref(dig(raw, "pricing", "price_details", "product"))
        or ref(dig(price, "product")),
        "subscription_id": ref(_of_parent(raw, "subscription")) or ref(raw.get("subscription")),
        "amount_minor": whole(raw.get("amount")),
        "currency": currency(raw),
        "quantity": whole_number(raw.get("quantity")),
        "period_start_at": seconds(dig(raw, "period", "start")),
        "period_end_at": seconds(dig(raw, "period", "end")),
        "description": text(raw.get("description")),
        "proration": bool(_of_parent(raw, "proration") or raw.get("proration")),
    }


def _of_parent(raw: Raw, field: str) -> Any:
    return dig(raw, "parent", "subscription_item_details", field) or dig(
        raw, "parent", "invoice_item_details", field
    )


KIND = Kind("line_item", line_items, project, part_of="invoice_id")
