"""Events: what happened in the account, each with the object as it was then.

https://docs.stripe.com/api/events
"""

from collections.abc import Mapping

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
        Index("ix_events_kind", "book_id", "object_kind", "created_at", "id"),
    ),
    listed=True,
)
has_customer = events.c.customer_id.is_not(None)
Index(
    "ix_events_customer",
    events.c.book_id,
    events.c.customer_id,
    events.c.created_at,
    events.c.id,
    sqlite_where=has_customer,
    postgresql_where=has_customer,
)

NOUNS = {
    "charge.dispute": "dispute",
    "charge.refund": "refund",
    "checkout.session": "checkout",
    "customer.subscription": "subscription",
    "invoiceitem": "invoice item",
    "payment_intent": "payment",
}
"""What people say where Stripe's name for it says something else, or less clearly."""


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


def words(name: str) -> str:
    """Return a type of event as people say it: ``invoice.payment_failed`` is a failed payment.

    It is made of Stripe's own words, so that types of tomorrow are understood too.
    """
    subject, _, verb = name.rpartition(".")
    noun = NOUNS.get(subject) or subject.replace(".", " ").replace("_", " ")
    deed = verb.replace("_", " ").removeprefix(f"{noun} ")
    return f"{noun} {deed}".strip().capitalize()


def before(raw: Raw) -> Raw | None:
    """Return the object of an event as it was before, ``None`` where the event does not tell.

    Stripe names what changed alone, down to the keys of a map; a list is told whole.
    """
    now, was = dig(raw, "data", "object"), dig(raw, "data", "previous_attributes")
    if not isinstance(now, Mapping) or not isinstance(was, Mapping):
        return None
    return _overlaid(now, was)


def _overlaid(now: Raw, was: Raw) -> Raw:
    return {
        **now,
        **{
            name: _overlaid(now[name], value)
            if isinstance(value, Mapping) and isinstance(now.get(name), Mapping)
            else value
            for name, value in was.items()
        },
    }


# Only the number of deliveries still to come changes in an event.
KIND = Kind("event", events, project, path="/v1/events", versioned=False)
