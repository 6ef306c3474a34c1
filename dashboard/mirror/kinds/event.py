"""Events: what happened in the account, each with the object as it was then.

https://docs.stripe.com/api/events
"""

from sqlalchemy import Index

from dashboard.mirror.kinds.base import Kind, Raw, Row, mirror_table, word
from dashboard.mirror.kinds.read import dig, ref, text

events = mirror_table(
    "events",
    word("type"),
    word("object_id"),
    word("object_kind"),
    word("customer_id"),
    indexes=(
        Index(None, "book_id", "type", "created_at", "id"),
        Index(None, "book_id", "object_id", "created_at", "id"),
    ),
    listed=True,
)


def project(raw: Raw) -> Row:
    """Return the columns of an event: of which object it tells, and of which customer."""
    told = dig(raw, "data", "object")
    kind = text(dig(told, "object"))
    return {
        "type": text(raw.get("type")),
        "object_id": ref(told),
        "object_kind": kind,
        "customer_id": ref(told) if kind == "customer" else ref(dig(told, "customer")),
    }


# Only the number of deliveries still to come changes in an event.
KIND = Kind("event", events, project, path="/v1/events", versioned=False)
