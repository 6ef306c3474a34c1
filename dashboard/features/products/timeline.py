"""What happened to a product, told from its prices and events."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from dashboard.features.products.queries import Product
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import currency, dig, whole
from dashboard.mirror.prices import Price
from dashboard.web.timeline import Moment, newest_first


def tell(product: Product) -> list[Moment]:
    """Return the moments of a product, newest first."""
    return newest_first(
        [
            *(moment for event in product.events for moment in _of_event(event)),
            *_of_prices(product.prices),
            Moment(product.row.created_at, "Product created", icon="package"),
        ]
    )


def _of_prices(prices: Sequence[Raw]) -> Iterator[Moment]:
    """Prices of several currencies are mostly added at once, which is told once."""
    for at, added in groupby(prices, key=lambda price: whole(price.get("created"))):
        words = [f"{Price.of(price)} {currency(price).upper()}".rstrip() for price in added]
        title = "Price added" if len(words) == 1 else f"{len(words)} prices added"
        yield Moment(at, title, ", ".join(words), "tag")


def _of_event(event: Raw) -> Iterator[Moment]:
    match event.get("type"):
        case "product.updated":
            changed = dig(event, "data", "previous_attributes")
            names = changed if isinstance(changed, dict) else ()
            words = ", ".join(sorted(name.replace("_", " ") for name in names))
            yield Moment(whole(event.get("created")), "Product changed", words or None, "pencil")
        case "product.deleted":
            yield Moment(whole(event.get("created")), "Product deleted", icon="x", tone="bad")
