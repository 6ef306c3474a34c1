"""What happened between a customer and us, told from the objects around it."""

from collections.abc import Iterator

from dashboard.features.customers.queries import Customer, CustomerRow
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import dig, whole
from dashboard.web.timeline import Moment, newest_first


def tell(customer: Customer) -> list[Moment]:
    """Return the moments of a customer, newest first."""
    return newest_first(
        [
            *(moment for event in customer.events for moment in _of_event(event)),
            *_of_agreements(customer),
            *_of_itself(customer.row),
        ]
    )


def _of_itself(row: CustomerRow) -> Iterator[Moment]:
    if row.created_at is not None:
        yield Moment(row.created_at, "Customer created", icon="user")


def _of_agreements(customer: Customer) -> Iterator[Moment]:
    for each in customer.agreements:
        began = f"Subscribed to {each.title}"
        yield Moment(each.started_at, began, icon="repeat", tone="ok")
        if each.ended_at:
            yield Moment(each.ended_at, f"Subscription to {each.title} ended", icon="x")


def _of_event(event: Raw) -> Iterator[Moment]:
    match event.get("type"):
        case "customer.updated":
            changed = dig(event, "data", "previous_attributes")
            names = changed if isinstance(changed, dict) else ()
            words = ", ".join(sorted(name.replace("_", " ") for name in names))
            yield Moment(whole(event.get("created")), "Details changed", words or None, "pencil")
        case "customer.deleted":
            yield Moment(whole(event.get("created")), "Customer deleted", icon="x", tone="bad")
