"""The lines of an invoice: what is asked for which period, less discounts, with taxes."""

from dataclasses import dataclass

from dashboard.sandbox.reckoning.bills import Entry, Reckoned
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


def entry_of(line: Line, discount: Discount | None, tax: TaxRate | None) -> Entry:
    """Return ``line`` ready to be reckoned with ``discount`` and ``tax``.

    Prorations have their discount in their amount already and take no other.
    """
    takes = discount is not None and line.offer is not None and not line.proration
    return Entry(
        amount=line.amount,
        product=line.offer.product_name if line.offer else None,
        rebates=(discount.rebate,) if discount and takes else (),
        taxes=(tax.tax,) if tax else (),
    )


def line_object(
    ids: Ids,
    invoice: str,
    line: Line,
    reckoned: Reckoned,
    currency: Currency,
    at: int,
) -> Json:
    """Return the line item of ``line`` on ``invoice``, made ``at``, as it was ``reckoned``."""
    rebates = [(discount, amount) for discount, amount in reckoned.rebates if amount]
    return build(
        "line_item",
        id=ids.new("il", at),
        amount=line.amount,
        subtotal=line.amount,
        currency=currency.value,
        description=line.description,
        discount_amounts=[
            part("discount_amount", amount=amount, discount=discount)
            for discount, amount in rebates
        ],
        discountable=not line.proration,
        discounts=[discount for discount, _ in rebates],
        invoice=invoice,
        metadata=dict(line.metadata),
        parent=_parent(line),
        period=part("period", start=line.start, end=line.end),
        pricing=pricing(line.offer),
        quantity=line.quantity,
        quantity_decimal=None if line.quantity is None else str(line.quantity),
        subscription=line.subscription,
        taxes=[tax.row(amount, reckoned.taxable) for tax, amount in reckoned.taxes],
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
