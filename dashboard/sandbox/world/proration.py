"""Changes within a period: the unused time is credited, the remaining time is charged."""

from dashboard.sandbox.reckoning.periods import remaining
from dashboard.sandbox.shapes import Json, build, part
from dashboard.sandbox.world.identity import Ids
from dashboard.sandbox.world.lines import Line, pricing
from dashboard.sandbox.world.offers import Offer
from dashboard.sandbox.world.people import Buyer
from dashboard.sandbox.world.subscriptions import Subscription


def proration_lines(
    subscription: Subscription, offer: Offer, quantity: int, at: int, ids: Ids
) -> list[Line]:
    """Return the two lines of a change at ``at`` to ``quantity`` units of ``offer``."""
    before = _share(subscription, subscription.offer, subscription.quantity, at)
    after = _share(subscription, offer, quantity, at)
    return [
        _line(
            subscription,
            subscription.offer,
            subscription.quantity,
            -before,
            "Unused time on",
            at,
            ids,
        ),
        _line(subscription, offer, quantity, after, "Remaining time on", at, ids),
    ]


def invoice_item_object(line: Line, buyer: Buyer, invoice: str | None) -> Json:
    """Return the invoice item behind ``line``; ``invoice`` is None while it is pending."""
    quantity = 1 if line.quantity is None else line.quantity
    fields: Json = {}
    if line.subscription:
        details = {"subscription": line.subscription, "subscription_item": line.item}
        fields["parent"] = {"subscription_details": details, "type": "subscription_details"}
    return build(
        "invoiceitem",
        id=line.invoice_item,
        amount=line.amount,
        currency=line.offer.currency.value if line.offer else buyer.person.currency.value,
        customer=buyer.id,
        date=line.start,
        description=line.description,
        discountable=not line.proration,
        invoice=invoice,
        period=part("period", start=line.start, end=line.end),
        pricing=pricing(line.offer),
        proration=line.proration,
        quantity=quantity,
        quantity_decimal=str(quantity),
        **fields,
    )


def _share(subscription: Subscription, offer: Offer, quantity: int, at: int) -> int:
    """Return what the rest of the period costs, less the discount in force."""
    cost = offer.cost(quantity)
    discount = subscription.discount_at(at)
    net = cost - (discount.on(cost, offer) if discount else 0)
    start, end = subscription.period_start, subscription.period_end
    return remaining(net, at, start, end, offer.currency)


def _line(
    subscription: Subscription,
    offer: Offer,
    quantity: int,
    amount: int,
    what: str,
    at: int,
    ids: Ids,
) -> Line:
    name = offer.product_name if quantity == 1 else f"{quantity} x {offer.product_name}"
    return Line(
        amount=amount,
        description=f"{what} {name}",
        start=at,
        end=subscription.period_end,
        quantity=quantity,
        offer=offer,
        subscription=subscription.id,
        item=subscription.item,
        invoice_item=ids.new("ii", at),
        proration=True,
    )
