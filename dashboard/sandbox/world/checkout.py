"""Checkout: the sessions of buyers who pay on Stripe's own page, or leave it again."""

from dashboard.sandbox.reckoning.bills import Reckoned
from dashboard.sandbox.shapes import Json, build, part
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.invoices import Invoice
from dashboard.sandbox.world.lines import Line
from dashboard.sandbox.world.orders import Order
from dashboard.sandbox.world.people import Person
from dashboard.sandbox.world.seasons import DAY_SECONDS
from dashboard.sandbox.world.tariff import Currency

#: How long before they pay the buyers come to the page, and how long it is kept for them.
_TIME_TO_PAY, _OPEN_SECONDS = 150, DAY_SECONDS


class Checkout:
    """Writes the checkout sessions of one company."""

    def __init__(self, company: Company) -> None:
        """Write sessions for ``company``."""
        self._company = company

    def pay(self, order: Order, person: Person) -> None:
        """Write the session in which ``person`` paid ``order`` at once."""
        self._complete(
            order.at,
            person,
            [self._item(order.at, order.description, order.amount, order.currency)],
            mode="payment",
            amount_subtotal=order.amount,
            amount_total=order.amount,
            currency=order.currency.value,
            customer=order.customer,
            customer_creation=_creation(order),
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
            [
                self._item_of(line, reckoned, invoice)
                for line, reckoned in zip(invoice.lines, invoice.reckoned, strict=True)
            ],
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

    def leave(self, order: Order) -> None:
        """Write the session of somebody who put the same into a cart and did not pay."""
        expires_at = order.at + _OPEN_SECONDS
        is_over = expires_at <= self._company.now
        written = self._object(
            order.at,
            [self._item(order.at, order.description, order.amount, order.currency)],
            mode="payment",
            amount_subtotal=order.amount,
            amount_total=order.amount,
            currency=order.currency.value,
            customer_creation="always",
            status="expired" if is_over else "open",
        )
        if not is_over:
            written["url"] = f"https://checkout.stripe.com/c/pay/{written['id']}"
        self._write(written, "expired", expires_at)

    def _complete(self, at: int, person: Person, items: list[Json], **fields: object) -> None:
        details = part(
            "checkout_customer",
            address=person.address,
            email=person.email,
            name=person.name,
            phone=person.phone,
        )
        written = self._object(
            at - _TIME_TO_PAY, items, customer_details=details, status="complete", **fields
        )
        self._write(written, "completed", at)

    def _write(self, written: Json, end: str, at: int) -> None:
        """Write a session, and the event of its ``end``, which does not show the items."""
        if at >= self._company.events.sales_since:
            shown = {name: value for name, value in written.items() if name != "line_items"}
            self._company.events.record(f"checkout.session.{end}", at, shown, sale=True)
        self._company.emit(written)

    def _object(self, at: int, items: list[Json], **fields: object) -> Json:
        shop = self._company.premises.url
        written = build(
            "checkout.session",
            id=self._company.ids.new("cs_test", at),
            created=at,
            cancel_url=f"{shop}/cart",
            expires_at=at + _OPEN_SECONDS,
            success_url=f"{shop}/thanks",
            **{"total_details": _details(0, 0), **fields},
        )
        written["line_items"]["data"].extend(items)
        return written

    def _item(
        self, at: int, name: str | None, amount: int, currency: Currency, **fields: object
    ) -> Json:
        """Return one line of a session: ``amount`` minor units before discounts and taxes."""
        return build(
            "item",
            id=self._company.ids.new("li", at),
            amount_subtotal=amount,
            currency=currency.value,
            description=name,
            **{"amount_total": amount, "quantity": 1, **fields},
        )

    def _item_of(self, line: Line, reckoned: Reckoned, invoice: Invoice) -> Json:
        return self._item(
            invoice.created_at,
            line.offer.product_name if line.offer else line.description,
            line.amount,
            invoice.currency,
            amount_discount=reckoned.rebate,
            amount_tax=reckoned.tax,
            amount_total=reckoned.taxable + reckoned.added_tax,
            price=line.offer.price if line.offer else None,
            quantity=line.quantity,
        )


def _creation(order: Order) -> str | None:
    """Return when the session makes a customer: never for one who is known already."""
    if order.buyer is None:
        return "if_required"
    return "always" if order.buyer.created_at == order.at else None


def _details(discount: int, tax: int) -> Json:
    """Return the totals of a session, in minor units."""
    return {"amount_discount": discount, "amount_shipping": 0, "amount_tax": tax}
