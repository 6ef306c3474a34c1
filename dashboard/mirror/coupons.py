"""Coupons in words, and discounts as detail pages list them; read from any API version."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.core.money import written
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import decimal, dig, moment, number, ref, text


@dataclass(frozen=True, slots=True)
class Discount:
    """A coupon that was given to somebody, from ``start`` until ``end`` (UTC seconds)."""

    id: str | None
    coupon_id: str | None
    coupon: str
    start: int | None
    end: int | None
    promotion_code: str | None = None


def off(raw: Raw) -> str:
    """Return what a coupon takes off: ``20% off``, ``$5.00 off``."""
    percent = decimal(raw.get("percent_off"))
    if percent is not None:
        return f"{percent.rstrip('0').rstrip('.') if '.' in percent else percent}% off"
    amount = number(raw.get("amount_off"))
    currency = text(raw.get("currency"))
    return f"{written(amount, currency)} off" if amount is not None and currency else "Discount"


def lasting(raw: Raw) -> str:
    """Return how long a coupon lasts: ``once``, ``for 3 months``, ``forever``."""
    months = number(raw.get("duration_in_months"))
    if months:
        return "for 1 month" if months == 1 else f"for {months} months"
    return (text(raw.get("duration")) or "").replace("_", " ")


def in_words(raw: Raw) -> str:
    """Return a coupon's terms: ``20% off for 3 months``."""
    return f"{off(raw)} {lasting(raw)}".rstrip()


def discount(raw: Raw) -> Discount:
    """Read a discount; the coupon stands in ``source`` since 2025-09-30, and may be an id only."""
    coupon = dig(raw, "source", "coupon") or raw.get("coupon")
    told = coupon if isinstance(coupon, Mapping) else {}
    name = text(told.get("name")) or ref(coupon) or ref(raw) or "Discount"
    return Discount(
        id=ref(raw),
        coupon_id=ref(coupon),
        coupon=f"{name} ({in_words(told)})" if told else name,
        start=moment(raw.get("start")),
        end=moment(raw.get("end")),
        promotion_code=ref(raw.get("promotion_code")),
    )
