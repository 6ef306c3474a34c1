"""Drafting the invoices of subscriptions: which lines, for which period, with which discount."""

from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.invoices import Invoice
from dashboard.sandbox.world.lines import Line
from dashboard.sandbox.world.offers import Offer
from dashboard.sandbox.world.proration import invoice_item_object
from dashboard.sandbox.world.subscriptions import Subscription

_MOST_USED_HOURS = 160


class Drafting:
    """Drafts the invoices of one company's subscriptions."""

    def __init__(self, company: Company) -> None:
        """Draft for ``company``; how much was used of metered prices is drawn."""
        self._company = company
        self._dice = company.dice("drafting")

    def regular_lines(
        self, subscription: Subscription, at: int, previous_start: int | None
    ) -> list[Line]:
        """Return the lines of a period that begins at ``at``, one for each item.

        Metered prices are billed afterwards, for the period since ``previous_start``.
        """
        items = [(subscription.item, subscription.offer, subscription.quantity)]
        if subscription.addon:
            items.append(subscription.addon)
        return [
            self._line(subscription, item, offer, quantity, at, previous_start)
            for item, offer, quantity in items
        ]

    def invoice(
        self, subscription: Subscription, lines: list[Line], reason: str, at: int, start: int
    ) -> Invoice:
        """Return the invoice of ``lines``, created at ``at`` for the period since ``start``."""
        invoice = Invoice(
            id=self._company.ids.new("in", at),
            buyer=subscription.buyer,
            currency=subscription.offer.currency,
            lines=lines,
            reason=reason,
            created_at=at,
            period_start=start,
            period_end=at,
            subscription=subscription.id,
            subscription_metadata=subscription.metadata,
            discount=subscription.discount_at(at),
            tax=subscription.tax,
        )
        subscription.latest_invoice = invoice.id
        if invoice.total and invoice.discount and invoice.discount.coupon.duration == "once":
            subscription.discount = None
        for line in lines:
            if line.invoice_item:
                self._company.emit(invoice_item_object(line, subscription.buyer, invoice.id))
        return invoice

    def _line(
        self,
        subscription: Subscription,
        item: str,
        offer: Offer,
        quantity: int,
        at: int,
        previous_start: int | None,
    ) -> Line:
        start, end = at, subscription.period_end
        if offer.metered:
            quantity = self._dice.randrange(_MOST_USED_HOURS) if previous_start else 0
            start, end = (previous_start, at) if previous_start else (start, end)
        every = offer.interval if offer.interval_count == 1 else f"{offer.interval_count} months"
        return Line(
            amount=offer.cost(quantity),
            description=f"{quantity} x {offer.product_name} (every {every})",
            start=start,
            end=end,
            quantity=quantity,
            offer=offer,
            subscription=subscription.id,
            item=item,
        )
