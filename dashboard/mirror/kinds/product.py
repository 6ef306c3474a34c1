"""Products: what is sold.

https://docs.stripe.com/api/products
"""

from sqlalchemy import Index

from dashboard.mirror.kinds.base import Kind, Raw, Row, flag, mirror_table, word
from dashboard.mirror.kinds.read import ref, text

products = mirror_table(
    "products",
    word("name"),
    flag("active"),
    word("default_price_id"),
    word("description"),
    word("type"),
    indexes=(
        Index(None, "book_id", "active", "created_at", "id"),
        Index(None, "book_id", "name", "id"),
    ),
    listed=True,
)


def project(raw: Raw) -> Row:
    """Return the columns of a product."""
    return {
        "name": text(raw.get("name")),
        "active": raw.get("active") is not False,
        "default_price_id": ref(raw.get("default_price")),
        "description": text(raw.get("description")),
        "type": text(raw.get("type")),
    }


KIND = Kind("product", products, project, path="/v1/products")
