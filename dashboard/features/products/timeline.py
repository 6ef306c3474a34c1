"""What happened to a product, told from its prices and events."""

from collections.abc import Iterator

from dashboard.features.products.queries import Product
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import dig
from dashboard.mirror.prices import Price
from dashboard.web.timeline import Moment, newest_first


def tell(product: Product) -> list[Moment]:
    """Return the moments of a product, newest first."""
    return newest_first(
        [
            Moment(product.row.created_at, "Product created", icon="package"),
            *(
                Moment(price.get("created") or 0, f"Price of {Price.of(price)} added", icon="tag")
                for price in product.prices
            ),
            *(moment for event in product.events for moment in _of_event(event)),
        ]
    )


def _of_event(event: Raw) -> Iterator[Moment]:
    match event.get("type"):
        case "product.updated":
            changed = dig(event, "data", "previous_attributes") or {}
            words = ", ".join(sorted(str(name).replace("_", " ") for name in changed))
            yield Moment(event["created"], "Product changed", words or None, "pencil")
        case "product.deleted":
            yield Moment(event["created"], "Product deleted", icon="x", tone="bad")
