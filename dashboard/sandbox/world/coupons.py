"""Coupons, their promotion codes, and the discounts that subscriptions have from them."""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from dashboard.sandbox.reckoning.bills import Rebate
from dashboard.sandbox.reckoning.periods import add_months
from dashboard.sandbox.shapes import Json, build, part
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.offers import Offer
from dashboard.sandbox.world.tariff import Currency

_CODE_AFTER = 60
_CODE_RESTRICTIONS = {
    "first_time_transaction": True,
    "minimum_amount": None,
    "minimum_amount_currency": None,
}


@dataclass(frozen=True, slots=True)
class Coupon:
    """A rebate: ``percent_off`` in percent, or ``amount_off`` in minor units of ``currency``."""

    id: str
    name: str
    duration: str
    percent_off: float | None = None
    amount_off: int | None = None
    currency: Currency | None = None
    months: int | None = None
    product: str | None = None
    code: str | None = None
    deleted_days_ago: float | None = None


COUPONS = (
    Coupon("WELCOME20", "Welcome, 20 % off", "once", percent_off=20.0, code="WELCOME"),
    Coupon("SPRING25", "Spring", "repeating", percent_off=25.0, months=3, code="SPRING"),
    Coupon("LOYAL12", "Loyal customers", "forever", percent_off=12.5),
    Coupon("FRIENDS100", "Friends & family", "forever", percent_off=100.0),
    Coupon("TEAM15", "Teams only", "forever", percent_off=15.0, product="Team"),
    Coupon("FIVEOFF", "Five off", "repeating", amount_off=500, currency=Currency.USD, months=6),
    Coupon("ZEHN", "Zehn Euro geschenkt", "once", amount_off=1_000, currency=Currency.EUR),
    Coupon("EARLYBIRD", "Early birds", "forever", percent_off=10.0, deleted_days_ago=300),
    Coupon("SUMMER30", "Summer", "once", percent_off=30.0, code="SUMMER", deleted_days_ago=16),
)


@dataclass(frozen=True, slots=True)
class Discount:
    """A coupon given to one subscription; in force from ``start`` until before ``end``."""

    id: str
    coupon: Coupon
    start: int
    end: int | None

    def is_over(self, at: int) -> bool:
        """Whether the discount is no longer in force at ``at``."""
        return self.end is not None and at >= self.end

    def on(self, amount: int, offer: Offer) -> int:
        """Return the rebate on ``amount`` minor units for ``offer``."""
        return self.rebate.on(amount, offer.product_name, offer.currency)

    @property
    def rebate(self) -> Rebate:
        """What the discount takes off; products by their names."""
        coupon = self.coupon
        return Rebate(
            id=self.id,
            percent_off=None if coupon.percent_off is None else Fraction(coupon.percent_off),
            amount_off=coupon.amount_off,
            products=frozenset({coupon.product}) if coupon.product else None,
        )


class Coupons:
    """Gives out discounts and counts how often each coupon was redeemed."""

    def __init__(self, company: Company) -> None:
        """Offer all coupons to the customers of ``company``."""
        self._company = company
        self._redeemed: Counter[str] = Counter()
        self._by_id = {coupon.id: coupon for coupon in COUPONS}
        self._offered_at = company.opened_at + 300
        self._codes = {
            coupon.id: company.ids.new("promo", self._offered_at + _CODE_AFTER)
            for coupon in COUPONS
            if coupon.code
        }

    def redeem(self, coupon_id: str, subscription: str, customer: str, at: int) -> Discount:
        """Give ``subscription`` the coupon ``coupon_id`` and write the discount."""
        coupon = self._by_id[coupon_id]
        end = add_months(at, coupon.months) if coupon.months else None
        discount = Discount(self._company.ids.new("di", at), coupon, at, end)
        self._redeemed[coupon.id] += 1
        written = build(
            "discount",
            id=discount.id,
            start=at,
            end=end,
            source=part("coupon_source", coupon=coupon.id),
            customer=customer,
            subscription=subscription,
            promotion_code=self._codes.get(coupon.id),
        )
        self._company.emit(written)
        self._company.events.record("customer.discount.created", at, written)
        return discount

    def close(self, products: dict[str, str]) -> None:
        """Write the coupons and promotion codes with their final counts.

        ``products`` gives the product ids by name, for coupons that hold for one product only.
        """
        for coupon in COUPONS:
            written = _coupon_object(coupon, self._offered_at, self._redeemed[coupon.id], products)
            if coupon.deleted_days_ago is None:
                self._company.emit(written)
            else:
                self._company.discard(written, self._company.days_ago(coupon.deleted_days_ago))
            if coupon.code:
                self._company.emit(self._code_object(coupon, coupon.code))

    def _code_object(self, coupon: Coupon, code: str) -> Json:
        return build(
            "promotion_code",
            id=self._codes[coupon.id],
            created=self._offered_at + _CODE_AFTER,
            active=coupon.deleted_days_ago is None,
            code=code,
            promotion={"coupon": coupon.id, "type": "coupon"},
            times_redeemed=self._redeemed[coupon.id],
            restrictions=_CODE_RESTRICTIONS,
        )


def _coupon_object(coupon: Coupon, at: int, redeemed: int, products: dict[str, str]) -> Json:
    applies_to = {}
    if coupon.product:
        applies_to = {"applies_to": {"products": [products[coupon.product]]}}
    return build(
        "coupon",
        id=coupon.id,
        created=at,
        name=coupon.name,
        duration=coupon.duration,
        duration_in_months=coupon.months,
        percent_off=coupon.percent_off,
        amount_off=coupon.amount_off,
        currency=coupon.currency.value if coupon.currency else None,
        times_redeemed=redeemed,
        valid=coupon.deleted_days_ago is None,
        **applies_to,
    )
