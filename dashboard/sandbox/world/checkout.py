"""Checkout: the sessions of buyers who pay on Stripe's own page, or leave it again."""

from dashboard.sandbox.shapes import Json, build, part
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.invoices import Invoice
from dashboard.sandbox.world.orders import Order
from dashboard.sandbox.world.people import Person
from dashboard.sandbox.world.seasons import DAY_SECONDS
from dashboard.sandbox.world.tariff import Currency

#: How long before they pay the buyers come to the page, and how long it is kept for them.
_TIME_TO_PAY, _OPEN_SECONDS = 150, DAY_SECONDS
_SHOP = "https://northwind.example"


class Checkout:
    """Writes the checkout sessions of one company."""

    def __init__(self, company: Company) -> None:
        """Write sessions for ``company``."""
        self._company = company

    def pay(self, order: Order, person: Person) -> None:
        """Write the session in which ``person`` paid ``order`` at once."""
        is_new = order.buyer is not None and order.buyer.created_at == order.at
        self._complete(
            order.at,
            person,
            mode="payment",
            amount_subtotal=order.amount,
            amount_total=order.amount,
            currency=order.currency.value,
            customer=order.customer,
            customer_creation="always" if is_new or not order.buyer else None,
            metadata=order.metadata,
            payment_intent=order.intent,
            payment_status="paid",
        )

    def subscribe(self, invoice: Invoice) -> None:
        """Write the session in which a subscription began with ``invoice``, paid at once."""
        sums = invoice.totals
        self._complete(
            invoice.created_at,
            invoice.buyer.person,
            mode="subscription",
            amount_subtotal=sums.subtotal,
            amount_total=sums.total,
            currency=invoice.currency.value,
            customer=invoice.buyer.id,
            invoice=invoice.id,
            payment_method_collection="always",
            payment_status="paid" if sums.total else "no_payment_required",
            subscription=invoice.subscription,
            total_details=_details(sums.rebate, sums.tax),
        )

    def leave(self, amount: int, currency: Currency, at: int) -> None:
        """Write the session of somebody who looked at ``at`` and did not pay."""
        expires_at = at + _OPEN_SECONDS
        is_over = expires_at <= self._company.now
        written = self._object(
            at,
            mode="payment",
            amount_subtotal=amount,
            amount_total=amount,
            currency=currency.value,
            customer_creation="always",
            status="expired" if is_over else "open",
        )
        if not is_over:
            written["url"] = f"https://checkout.stripe.com/c/pay/{written['id']}"
        self._company.events.record("checkout.session.expired", expires_at, written)
        self._company.emit(written)

    def _complete(self, at: int, person: Person, **fields: object) -> None:
        details = part(
            "checkout_customer",
            address=person.address,
            email=person.email,
            name=person.name,
            phone=person.phone,
        )
        written = self._object(
            at - _TIME_TO_PAY, customer_details=details, status="complete", **fields
        )
        self._company.events.record("checkout.session.completed", at, written, sale=True)
        self._company.emit(written)

    def _object(self, at: int, **fields: object) -> Json:
        return build(
            "checkout.session",
            id=self._company.ids.new("cs_test"),
            created=at,
            cancel_url=f"{_SHOP}/cart",
            expires_at=at + _OPEN_SECONDS,
            success_url=f"{_SHOP}/thanks",
            **{"total_details": _details(0, 0), **fields},
        )


def _details(discount: int, tax: int) -> Json:
    """Return the totals of a session, in minor units."""
    return {"amount_discount": discount, "amount_shipping": 0, "amount_tax": tax}
