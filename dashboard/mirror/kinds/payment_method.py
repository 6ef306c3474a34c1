"""Payment methods: what a customer pays with.

https://docs.stripe.com/api/payment_methods
"""

from sqlalchemy import Index

from dashboard.mirror.kinds.base import Kind, Raw, Row, mirror_table, number, word
from dashboard.mirror.kinds.read import dig, ref, text
from dashboard.mirror.kinds.read import number as whole_number

payment_methods = mirror_table(
    "payment_methods",
    word("type"),
    word("brand"),
    word("last4"),
    word("customer_id"),
    number("exp_month"),
    number("exp_year"),
    word("country"),
    indexes=(Index(None, "book_id", "customer_id", "created_at", "id"),),
)


def project(raw: Raw) -> Row:
    """Return the columns of a payment method; ``brand`` is the bank where there is no network."""
    kind = text(raw.get("type"))
    details = raw.get(kind) if kind else None
    return {
        "type": kind,
        "brand": text(dig(details, "brand"))
        or text(dig(details, "bank_name"))
        or text(dig(details, "bank")),
        "last4": text(dig(details, "last4")),
        "customer_id": ref(raw.get("customer")),
        "exp_month": whole_number(dig(details, "exp_month")),
        "exp_year": whole_number(dig(details, "exp_year")),
        "country": text(dig(details, "country"))
        or text(dig(raw, "billing_details", "address", "country")),
    }


KIND = Kind("payment_method", payment_methods, project, path="/v1/payment_methods", windowed=False)
