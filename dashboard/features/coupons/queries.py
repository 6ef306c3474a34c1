"""Reads for the coupons pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, or_, select

from dashboard.mirror import objects, search
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.coupon import coupons
from dashboard.mirror.kinds.product import products
from dashboard.mirror.kinds.read import dig, ref
from dashboard.mirror.listing import Listing, either
from dashboard.mirror.short import Short, newest
from dashboard.store.books import Book


@dataclass(frozen=True, slots=True)
class CouponRow:
    """A coupon as its line in the list shows it: a percentage or an amount in minor units."""

    id: str
    created_at: int
    name: str | None
    valid: bool
    deleted: bool
    percent_off: str | None
    amount_off: int | None
    currency: str | None
    duration: str | None
    duration_in_months: int | None
    times_redeemed: int | None
    redeem_by_at: int | None

    @property
    def title(self) -> str:
        """The best name that we have for the coupon."""
        return self.name or self.id

    @property
    def status(self) -> str:
        """Whether it can still be given, in one word."""
        if self.deleted:
            return "deleted"
        return "active" if self.valid else "expired"


LISTING = Listing(
    table=coupons,
    row=CouponRow,
    columns=(
        coupons.c.id,
        coupons.c.created_at,
        coupons.c.name,
        coupons.c.valid,
        coupons.c.deleted,
        coupons.c.percent_off,
        coupons.c.amount_off_minor,
        coupons.c.currency,
        coupons.c.duration,
        coupons.c.duration_in_months,
        coupons.c.times_redeemed,
        coupons.c.redeem_by_at,
    ),
    filters={
        "created": coupons.c.created_at,
        "status": either(coupons.c.valid, "active", "expired"),
        "duration": coupons.c.duration,
        "currency": coupons.c.currency,
    },
    sorts={"created": coupons.c.created_at},
    scope=(~coupons.c.deleted,),
)


def matching(db: Connection, book: Book, words: str, most: int = search.MOST) -> tuple[str, ...]:
    """Return the coupons whose id or name contains ``words``; there are few, so all are read."""
    query = (
        select(coupons.c.id)
        .where(
            coupons.c.book_id == book.id,
            or_(
                func.lower(coupons.c.id).contains(words.lower(), autoescape=True),
                func.lower(coupons.c.name).contains(words.lower(), autoescape=True),
            ),
        )
        .order_by(coupons.c.created_at.desc())
        .limit(most)
    )
    return tuple(db.scalars(query))


@dataclass(frozen=True, slots=True)
class ShortProduct(Short):
    """A product that a coupon is limited to."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Coupon:
    """One coupon and the products that it is limited to, if any."""

    row: CouponRow
    raw: Raw
    products: Sequence[ShortProduct]


def find(db: Connection, book: Book, id: str) -> Coupon:
    """Return the coupon ``id`` of ``book``, also a deleted one.

    Raises:
        NotFoundError: the book holds no such coupon.
    """
    row = LISTING.get(db, book, id, "coupon")
    raw = objects.find(db, book, coupons, id) or {}
    named = dig(raw, "applies_to", "products")
    limited_to = [ref(each) for each in named] if isinstance(named, list) else []
    limits = newest(db, book, products, ShortProduct, products.c.id.in_(limited_to), limit=100)
    return Coupon(row=row, raw=raw, products=limits)
