"""The statement of an invoice: its lines and the sums at its foot, from any API version."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.mirror.coupons import discount
from dashboard.mirror.kinds import line_item
from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import decimal, dig, members, ref, text, whole
from dashboard.mirror.kinds.read import number as whole_number


@dataclass(frozen=True, slots=True)
class Line:
    """One line; ``amount_minor`` before discounts and taxes on top, ``unit_minor`` decimal text."""

    description: str
    product_id: str | None
    quantity: int | None
    unit_minor: str | None
    amount_minor: int
    start_at: int | None
    end_at: int | None
    proration: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """A line at the foot: signed minor units; ``strong`` where it closes what stands above."""

    label: str
    amount_minor: int
    note: str | None = None
    strong: bool = False


def line(raw: Raw) -> Line:
    """Read an invoice line."""
    row = line_item.project(raw)
    unit = decimal(dig(raw, "pricing", "unit_amount_decimal"))
    price = raw.get("price") or raw.get("plan") or {}
    return Line(
        description=row["description"] or text(dig(price, "nickname")) or "Line",
        product_id=row["product_id"],
        quantity=row["quantity"],
        unit_minor=unit or decimal(dig(price, "unit_amount_decimal")),
        amount_minor=row["amount_minor"],
        start_at=row["period_start_at"],
        end_at=row["period_end_at"],
        proration=row["proration"],
    )


def sums(raw: Raw) -> list[Sum]:
    """Return the foot of an invoice, from its subtotal to what is still to be paid."""
    return [each for each in _sums(raw) if each.amount_minor or each.strong]


def _sums(raw: Raw) -> Iterator[Sum]:
    yield Sum("Subtotal", whole(raw.get("subtotal")), strong=True)
    yield from _discounts(raw)
    shipping = dig(raw, "shipping_cost", "amount_total")
    yield Sum("Shipping", whole(shipping))
    yield from _taxes(raw)
    yield Sum("Total", whole(raw.get("total")), strong=True)
    yield Sum("Credit notes", -whole(raw.get("pre_payment_credit_notes_amount")))
    yield Sum("From customer balance", _applied_balance(raw))
    yield Sum("Amount due", whole(raw.get("amount_due")), strong=True)
    yield Sum("Paid", -whole(raw.get("amount_paid")))
    yield Sum("Refunded by credit notes", whole(raw.get("post_payment_credit_notes_amount")))


def _applied_balance(raw: Raw) -> int:
    """A credit that was there before and is less afterwards was used; drafts have no ending."""
    start, end = whole(raw.get("starting_balance")), whole_number(raw.get("ending_balance"))
    return start - end if end is not None else 0


def _discounts(raw: Raw) -> Iterator[Sum]:
    names = {
        found.id: found.coupon
        for given in members(raw.get("discounts") or [raw.get("discount")])
        if (found := discount(given))
    }
    for each in members(raw.get("total_discount_amounts")):
        given = each.get("discount")
        name = discount(given).coupon if isinstance(given, Mapping) else names.get(ref(given))
        yield Sum("Discount", -whole(each.get("amount")), name or ref(given))


def _taxes(raw: Raw) -> Iterator[Sum]:
    """Inclusive taxes are in the total already and are noted only."""
    told = list(members(raw.get("total_taxes"))) or list(members(raw.get("total_tax_amounts")))
    for each in told:
        yield Sum("Tax", whole(each.get("amount")), _tax(each))
    if not told:
        yield Sum("Tax", whole(raw.get("tax")))


def _tax(raw: Raw) -> str:
    inclusive = raw.get("tax_behavior") == "inclusive" or raw.get("inclusive") is True
    rate: Any = raw.get("tax_rate") or dig(raw, "tax_rate_details", "tax_rate")
    name = text(dig(rate, "display_name"))
    percentage = decimal(dig(rate, "percentage"))
    named = " ".join(part for part in (name, f"{percentage}%" if percentage else None) if part)
    behaviour = "included in the amounts" if inclusive else "on top"
    return f"{named}, {behaviour}" if named else behaviour.capitalize()
