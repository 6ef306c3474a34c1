"""The products pages: list, export and one product with its prices."""

from dataclasses import dataclass

from flask import Blueprint, Response, url_for

from dashboard.features.products import queries
from dashboard.features.products.forms import FILTERS
from dashboard.features.products.queries import ProductRow
from dashboard.features.products.timeline import tell
from dashboard.mirror import objects
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import moment, text
from dashboard.mirror.prices import Price, Tier, tiers
from dashboard.mirror.versions import history
from dashboard.store.books import Book, Shelf
from dashboard.web import exports, htmx, lists
from dashboard.web.books import needs_book, needs_books
from dashboard.web.context import db

pages = Blueprint("products", __name__, url_prefix="/products")

EXPORT: exports.Columns[ProductRow] = {
    "id": lambda row: row.id,
    "created_utc": lambda row: exports.moment(row.created_at),
    "name": lambda row: row.name,
    "status": lambda row: row.status,
    "description": lambda row: row.description,
    "prices": lambda row: row.price_count,
    "default_price": lambda row: row.price_id,
    "default_price_words": lambda row: str(row.price) if row.price else None,
    "unit_amount_minor": lambda row: row.unit_minor,
    "currency": lambda row: row.price_currency,
}

LIST = lists.ListPage(
    feature="products",
    noun="products",
    listing=queries.LISTING,
    filters=FILTERS,
    named=queries.named,
    matching=queries.matching,
    export=EXPORT,
    kinds=("product", "price"),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A price as the page of its product shows it; ``count`` subscriptions use it."""

    id: str
    created_at: int | None
    words: Price
    name: str | None
    active: bool
    is_default: bool
    currency: str
    tiers: list[Tier]
    count: int


@pages.get("")
@needs_books
def index(shelf: Shelf) -> Response:
    """List the products that the query string asks for, newest first."""
    return LIST.show(db(), shelf)


@pages.get("/export.<any(csv, xlsx):format>")
@needs_books
def export(shelf: Shelf, format: str) -> Response:
    """Download exactly the products that the list shows, in its order."""
    return LIST.download(db(), shelf, format)


@pages.get("/<id>")
@needs_book
def detail(book: Book, id: str) -> Response:
    """Show one product, its prices with their tiers, and who subscribes to it."""
    product = LIST.one(queries.find, db(), book, id)
    return htmx.detail(
        "products/detail.html",
        product=product,
        row=product.row,
        offers=[_offer(price, product) for price in product.prices],
        timeline=tell(product),
        history=history(db(), book, {"product": [product.raw]}),
        raw=objects.pretty(product.raw),
        index_url=url_for(".index"),
    )


def _offer(price: Raw, product: queries.Product) -> Offer:
    id = text(price.get("id")) or ""
    return Offer(
        id=id,
        created_at=moment(price.get("created")),
        words=Price.of(price),
        name=text(price.get("nickname")) or text(price.get("lookup_key")),
        active=price.get("active") is not False,
        is_default=id == product.row.price_id,
        currency=(text(price.get("currency")) or "").upper(),
        tiers=tiers(price),
        count=product.subscribed_to.get(id, 0),
    )
