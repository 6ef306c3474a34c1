"""Customers: the buyers.

https://docs.stripe.com/api/customers
"""

from sqlalchemy import Boolean, Column, Index
from sqlalchemy import text as sql

from dashboard.mirror.kinds.base import Kind, Raw, Row, amount, mirror_table, word
from dashboard.mirror.kinds.read import dig, ref, text, whole

customers = mirror_table(
    "customers",
    word("name"),
    word("email"),
    word("country"),
    word("currency"),
    amount("balance_minor"),
    Column("delinquent", Boolean, nullable=False),
    word("default_payment_method_id"),
    indexes=(
        Index(None, "book_id", "country", "created_at", "id"),
        Index(None, "book_id", "currency", "created_at", "id"),
        Index(
            "ix_customers_delinquent_created_at",
            "book_id",
            "created_at",
            "id",
            sqlite_where=sql("delinquent = 1"),
            postgresql_where=sql("delinquent"),
        ),
    ),
    listed=True,
)


def project(raw: Raw) -> Row:
    """Return the columns of a customer; ``balance_minor`` is credit when negative."""
    return {
        "name": text(raw.get("name")) or text(dig(raw, "shipping", "name")),
        "email": text(raw.get("email")),
        "country": text(dig(raw, "address", "country")),
        "currency": text(raw.get("currency")),
        "balance_minor": whole(raw.get("balance")),
        "delinquent": bool(raw.get("delinquent")),
        "default_payment_method_id": ref(dig(raw, "invoice_settings", "default_payment_method"))
        or ref(raw.get("default_source")),
    }


KIND = Kind("customer", customers, project, path="/v1/customers")
