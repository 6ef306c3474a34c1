"""The subscriptions pages: list, export and one subscription."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, url_for

from dashboard.core.money import decimal_string
from dashboard.features.subscriptions import queries
from dashboard.features.subscriptions.forms import FILTERS
from dashboard.features.subscriptions.queries import Subscription, SubscriptionRow
from dashboard.features.subscriptions.timeline import tell
from dashboard.mirror import objects
from dashboard.mirror.coupons import discount
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import dig, moment, number, ref
from dashboard.mirror.kinds.subscription_item import price_of
from dashboard.mirror.prices import Price
from dashboard.mirror.versions import history
from dashboard.store.books import Book, Shelf
from dashboard.web import exports, htmx, lists
from dashboard.web.books import needs_book, needs_books
from dashboard.web.context import db

pages = Blueprint("subscriptions", __name__, url_prefix="/subscriptions")


EXPORT: exports.Columns[SubscriptionRow] = {
    "id": lambda row: row.id,
    "created_utc": lambda row: exports.moment(row.created_at),
    "status": lambda row: row.status,
    "customer": lambda row: row.customer_id,
    "name": lambda row: row.name,
    "email": lambda row: row.email,
    "product": lambda row: row.product_id,
    "product_name": lambda row: row.product,
    "price": lambda row: row.price_id,
    "price_words": lambda row: str(row.price) if row.price else None,
    "unit_amount_minor": lambda row: row.unit_minor,
    "mrr": lambda row: decimal_string(row.mrr_minor, row.currency) if row.currency else None,
    "mrr_minor": lambda row: row.mrr_minor,
    "currency": lambda row: row.currency,
    "items": lambda row: row.item_count,
    "quantity": lambda row: row.quantity,
    "collection_method": lambda row: row.collection_method,
    "current_period_end_utc": lambda row: exports.moment(row.period_end_at),
    "cancel_at_period_end": lambda row: row.cancel_at_period_end,
    "ends_utc": lambda row: exports.moment(row.ends_at),
    "canceled_utc": lambda row: exports.moment(row.canceled_at),
    "trial_end_utc": lambda row: exports.moment(row.trial_end_at),
}

LIST = lists.ListPage(
    feature="subscriptions",
    noun="subscriptions",
    listing=queries.LISTING,
    filters=FILTERS,
    named=queries.named,
    matching=queries.matching,
    export=EXPORT,
    kinds=("subscription",),
)


@dataclass(frozen=True, slots=True)
class Item:
    """One item as the page of its subscription shows it."""

    product_id: str | None
    product: str | None
    price_id: str | None
    price: str | None
    quantity: int | None
    period_end_at: int | None


@pages.get("")
@needs_books
def index(shelf: Shelf) -> Response:
    """List the subscriptions that the query string asks for, newest first."""
    return LIST.show(db(), shelf)


@pages.get("/export.<any(csv, xlsx):format>")
@needs_books
def export(shelf: Shelf, format: str) -> Response:
    """Download exactly the subscriptions that the list shows, in its order."""
    return LIST.download(db(), shelf, format)


@pages.get("/<id>")
@needs_book
def detail(book: Book, id: str) -> Response:
    """Show one subscription: what was agreed, what was billed and what changed."""
    subscription = LIST.one(queries.find, db(), book, id)
    items = [_item(item, subscription) for item in subscription.items]
    return htmx.detail(
        "subscriptions/detail.html",
        subscription=subscription,
        row=subscription.row,
        title=", ".join(item.product or item.product_id or "Item" for item in items) or id,
        items=items,
        discounts=[discount(each) for each in subscription.discounts],
        timeline=tell(subscription),
        history=history(db(), book, {"subscription": [subscription.raw]}),
        raw=objects.pretty(subscription.raw),
        index_url=url_for(".index"),
    )


def _item(item: Raw, subscription: Subscription) -> Item:
    price = price_of(item)
    product_id = ref(dig(price, "product"))
    return Item(
        product_id=product_id,
        product=subscription.products.get(product_id or ""),
        price_id=ref(price),
        price=str(Price.of(price)) if isinstance(price, Mapping) else ref(price),
        quantity=number(item.get("quantity")),
        period_end_at=moment(item.get("current_period_end")) or subscription.row.period_end_at,
    )
