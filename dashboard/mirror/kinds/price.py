"""Prices: what a product costs, once or for each interval.

https://docs.stripe.com/api/prices
"""

from sqlalchemy import BigInteger, Column, Index

from dashboard.mirror.kinds.base import Kind, Raw, Row, flag, mirror_table, number, word
from dashboard.mirror.kinds.read import currency, decimal, dig, ref, text
from dashboard.mirror.kinds.read import number as whole_number

prices = mirror_table(
    "prices",
    word("product_id"),
    flag("active"),
    word("currency"),
    word("type"),
    Column("unit_amount_minor", BigInteger),
    word("unit_amount_decimal"),
    word("billing_scheme"),
    word("tiers_mode"),
    word("interval"),
    number("interval_count"),
    word("usage_type"),
    number("divide_by"),
    word("nickname"),
    word("lookup_key"),
    indexes=(
        Index(None, "book_id", "product_id", "created_at", "id"),
        Index(None, "book_id", "active", "created_at", "id"),
    ),
)


def project(raw: Raw) -> Row:
    """Return the columns of a price.

    ``unit_amount_minor`` is empty where tiers or fractions of a minor unit decide;
    ``unit_amount_decimal`` is minor units as decimal text.
    """
    return {
        "product_id": ref(raw.get("product")),
        "active": raw.get("active") is not False,
        "currency": currency(raw),
        "type": text(raw.get("type")),
        "unit_amount_minor": whole_number(raw.get("unit_amount")),
        "unit_amount_decimal": decimal(raw.get("unit_amount_decimal"))
        or decimal(raw.get("unit_amount")),
        "billing_scheme": text(raw.get("billing_scheme")),
        "tiers_mode": text(raw.get("tiers_mode")),
        "interval": text(dig(raw, "recurring", "interval")),
        "interval_count": whole_number(dig(raw, "recurring", "interval_count")),
        "usage_type": text(dig(raw, "recurring", "usage_type")),
        "divide_by": whole_number(dig(raw, "transform_quantity", "divide_by")),
        "nickname": text(raw.get("nickname")),
        "lookup_key": text(raw.get("lookup_key")),
    }


KIND = Kind("price", prices, project, path="/v1/prices", params={"expand[0]": "data.tiers"})
