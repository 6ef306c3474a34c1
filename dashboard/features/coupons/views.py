"""The coupons pages, a tab of the products: list, export and one coupon."""

from dataclasses import asdict

from flask import Blueprint, Response, url_for

from dashboard.core.money import decimal_string
from dashboard.features.coupons import queries
from dashboard.features.coupons.forms import FILTERS
from dashboard.features.coupons.queries import Coupon, CouponRow
from dashboard.mirror import coupons, objects
from dashboard.mirror.kinds.read import number
from dashboard.mirror.versions import history
from dashboard.store.books import Book, Shelf
from dashboard.web import exports, htmx, lists
from dashboard.web.books import needs_book, needs_books
from dashboard.web.context import db
from dashboard.web.related import Related
from dashboard.web.timeline import Moment, newest_first

pages = Blueprint("coupons", __name__, url_prefix="/products/coupons")


def terms(row: CouponRow) -> str:
    """Return what the coupon takes off, and for how long, in words."""
    return coupons.in_words(asdict(row))


EXPORT: exports.Columns[CouponRow] = {
    "id": lambda row: row.id,
    "created_utc": lambda row: exports.moment(row.created_at),
    "name": lambda row: row.name,
    "status": lambda row: row.status,
    "terms": terms,
    "percent_off": lambda row: row.percent_off,
    "amount_off": lambda row: (
        decimal_string(row.amount_off, row.currency) if row.amount_off and row.currency else None
    ),
    "amount_off_minor": lambda row: row.amount_off,
    "currency": lambda row: row.currency,
    "duration": lambda row: row.duration,
    "duration_in_months": lambda row: row.duration_in_months,
    "times_redeemed": lambda row: row.times_redeemed,
    "redeem_by_utc": lambda row: exports.moment(row.redeem_by_at),
}

LIST = lists.ListPage(
    feature="coupons",
    noun="coupons",
    listing=queries.LISTING,
    filters=FILTERS,
    matching=queries.matching,
    export=EXPORT,
    kinds=("coupon",),
)


@pages.get("")
@needs_books
def index(shelf: Shelf) -> Response:
    """List the coupons that the query string asks for, newest first."""
    return LIST.show(db(), shelf, terms=terms)


@pages.get("/export.<any(csv, xlsx):format>")
@needs_books
def export(shelf: Shelf, format: str) -> Response:
    """Download exactly the coupons that the list shows, in its order."""
    return LIST.download(db(), shelf, format)


@pages.get("/<path:id>")
@needs_book
def detail(book: Book, id: str) -> Response:
    """Show one coupon and what it is limited to."""
    coupon = LIST.one(queries.find, db(), book, id)
    return htmx.detail(
        "coupons/detail.html",
        coupon=coupon,
        row=coupon.row,
        terms=terms(coupon.row),
        most=number(coupon.raw.get("max_redemptions")),
        timeline=_tell(coupon),
        related=[
            Related("Only for", each.name or each.id, url_for("products.detail", id=each.id))
            for each in coupon.products
        ],
        history=history(db(), book, {"coupon": [coupon.raw]}),
        raw=objects.pretty(coupon.raw),
        index_url=url_for(".index"),
    )


def _tell(coupon: Coupon) -> list[Moment]:
    moments = [Moment(coupon.row.created_at, "Coupon created", icon="tag")]
    if coupon.row.redeem_by_at:
        moments.append(
            Moment(coupon.row.redeem_by_at, "Last moment to redeem it", icon="hourglass")
        )
    return newest_first(moments)
