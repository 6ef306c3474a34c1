"""The lines of an invoice: what is asked for which period, less discounts, with taxes."""

from dataclasses import dataclass

from dashboard.sandbox.shapes import Json, build, part
from dashboard.sandbox.world.coupons import Discount
from dashboard.sandbox.world.identity import Ids
from dashboard.sandbox.world.offers import Offer
from dashboard.sandbox.world.tariff import Currency
from dashboard.sandbox.world.taxes import TaxRate


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``amount`` minor units before discounts and exclusive taxes."""

    amount: int
    description: str
    start: int
    end: int
    quantity: int | None = None
    offer: Offer | None = None
    subscription: str | None = None
    item: str | None = None
    invoice_item: str | None = None
    proration: bool = False
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Priced:
    """A line with its rebate and its tax (minor units)."""

    line: Line
    rebate: int
    tax: int
    taxable: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums at the foot of an invoice, in minor units."""

    subtotal: int
    rebate: int
    tax: int
    taxable: int
    total: int
    total_excluding_tax: int
    subtotal_excluding_tax: int


def priced(
    lines: list[Line], currency: Currency, discount: Discount | None, tax: TaxRate | None
) -> list[Priced]:
    """Return ``lines`` with the rebate of ``discount`` and the tax of each.

    Prorations have their discount in their amount already and take no other.
    """
    result = []
    left = discount.coupon.amount_off if discount else None
    for line in lines:
        rebate = 0
        if discount and line.offer and not line.proration and line.amount > 0:
            rebate = discount.on(line.amount, line.offer)
        if left is not None:
            # An amount off is taken once from the invoice, not from each of its lines.
            rebate = min(rebate, left)
            left -= rebate
        taxable = line.amount - rebate
        result.append(Priced(line, rebate, tax.on(taxable, currency) if tax else 0, taxable))
    return result


def totals(lines: list[Priced], currency: Currency, tax: TaxRate | None) -> Totals:
    """Return the sums of ``lines``."""
    subtotal = sum(each.line.amount for each in lines)
    rebate = sum(each.rebate for each in lines)
    taxes = sum(each.tax for each in lines)
    inclusive = tax is not None and tax.inclusive
    taxable = subtotal - rebate
    included = sum(tax.on(each.line.amount, currency) for each in lines) if tax and inclusive else 0
    return Totals(
        subtotal=subtotal,
        rebate=rebate,
        tax=taxes,
        taxable=taxable,
        total=taxable if inclusive else taxable + taxes,
        total_excluding_tax=taxable - taxes if inclusive else taxable,
        subtotal_excluding_tax=subtotal - included,
    )


def line_object(
    ids: Ids,
    invoice: str,
    each: Priced,
    currency: Currency,
    discount: Discount | None,
    tax: TaxRate | None,
) -> Json:
    """Return the line item of ``each`` on ``invoice``."""
    line = each.line
    rebates = []
    if discount and each.rebate:
        rebates = [part("discount_amount", amount=each.rebate, discount=discount.id)]
    return build(
        "line_item",
        id=ids.new("il"),
        amount=line.amount,
        subtotal=line.amount,
        currency=currency.value,
        description=line.description,
        discount_amounts=rebates,
        discountable=not line.proration,
        discounts=[discount.id] if rebates and discount else [],
        invoice=invoice,
        metadata=dict(line.metadata),
        parent=_parent(line),
        period=part("period", start=line.start, end=line.end),
        pricing=pricing(line.offer),
        quantity=line.quantity,
        quantity_decimal=None if line.quantity is None else str(line.quantity),
        subscription=line.subscription,
        taxes=[tax.row(each.tax, each.taxable)] if tax else [],
    )


def pricing(offer: Offer | None) -> Json | None:
    """Return how lines and invoice items name the price of ``offer``."""
    if offer is None:
        return None
    return part(
        "pricing",
        price_details=part("price_details", price=offer.id, product=offer.product),
        unit_amount_decimal=offer.price["unit_amount_decimal"],
    )


def _parent(line: Line) -> Json:
    if line.subscription is None:
        details = part("invoice_item_details", invoice_item=line.invoice_item)
        return part("line_parent", type="invoice_item_details", invoice_item_details=details)
    details = part(
        "subscription_item_details",
        invoice_item=line.invoice_item,
        proration=line.proration,
        subscription=line.subscription,
        subscription_item=line.item,
    )
    return part("line_parent", subscription_item_details=details)
