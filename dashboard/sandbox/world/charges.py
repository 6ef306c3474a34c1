"""Charges: the objects, and the rows that they leave in the balance."""

from dashboard.sandbox.shapes import Json, build, part
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.declines import Decline
from dashboard.sandbox.world.disputes import Disputes, is_disputed
from dashboard.sandbox.world.ledger import Entry
from dashboard.sandbox.world.orders import Aftermath, Order, Sale
from dashboard.sandbox.world.refunds import Refunds
from dashboard.sandbox.world.seasons import DAY_SECONDS, utc_midnight
from dashboard.sandbox.world.stories import Story
from dashboard.sandbox.world.tariff import Currency, Method, charge_fees, settle

_SETTLING_DAYS = {
    Method.CARD: 2,
    Method.BANK_TRANSFER: 1,
    Method.SEPA_DEBIT: 7,
    Method.US_BANK_ACCOUNT: 6,
}
_APPROVALS = tuple(
    part(
        "outcome",
        network_status="approved_by_network",
        risk_level="elevated" if score > 64 else "normal",
        risk_score=score,
        seller_message="Payment complete.",
    )
    for score in (3, 7, 11, 19, 26, 34, 48, 67)
)
_UNTOUCHED = Aftermath()


class Charges:
    """Writes the charges of one company, their balance transactions and what follows them."""

    def __init__(self, company: Company) -> None:
        """Write charges for ``company``, with refunds and disputes as they come."""
        self._company = company
        self.refunds = Refunds(company, company.dice("refunds"))
        self._disputes = Disputes(company, company.dice("disputes"))

    def new_id(self, order: Order, at: int) -> str:
        """Return the id of a charge of ``order`` at ``at``: ``ch_…`` for cards, else ``py_…``."""
        prefix = "ch" if order.instrument.method is Method.CARD else "py"
        return self._company.ids.new(prefix, at)

    def sale(self, order: Order, charge: str, at: int, amount: int) -> Sale:
        """Return the sale that charge ``charge`` makes of ``amount`` minor units at ``at``."""
        days = _SETTLING_DAYS[order.instrument.method] + 2 * (order.currency is Currency.JPY)
        return Sale(charge, at, amount, order, utc_midnight(at) + days * DAY_SECONDS)

    def post(self, sale: Sale, amount: int) -> Json:
        """Book ``amount`` (minor units charged) of ``sale`` and return its balance transaction."""
        order = sale.order
        settled = settle(amount, order.currency, sale.at)
        method = order.instrument.method
        return self._company.ledger.post(
            Entry(
                kind="charge" if method is Method.CARD else "payment",
                category="charge",
                at=sale.at,
                amount=settled.amount,
                currency=settled.currency,
                source=sale.charge,
                available_on=sale.available_on,
                description=order.description,
                fees=charge_fees(settled, method),
                exchange_rate=settled.exchange_rate,
            )
        )

    def follow(self, sale: Sale, story: Story) -> Aftermath:
        """Let ``story`` happen to ``sale`` as far as it lies before now."""
        if story is Story.KEPT:
            return _UNTOUCHED
        if not is_disputed(story):
            return self.refunds.make(sale, story)
        if sale.order.instrument.method is not Method.CARD:
            return _UNTOUCHED
        return Aftermath(disputed=self._disputes.open(sale, story))

    def take(self, order: Order, at: int, story: Story) -> Json:
        """Charge ``order`` at ``at`` at once, write the charge and return it."""
        charge_id = self.new_id(order, at)
        sale = self.sale(order, charge_id, at, order.amount)
        row = self.post(sale, order.amount)
        after = self.follow(sale, story)
        charge = self.taken(sale, at, row["id"], after)
        self.tell_taken(charge, at, after)
        self._company.emit(charge)
        return charge

    def taken(self, sale: Sale, at: int, transaction: str, after: Aftermath) -> Json:
        """Return the charge, made at ``at``, that took ``sale`` by balance ``transaction``."""
        return self.object(
            sale.order,
            sale.charge,
            at,
            "succeeded",
            amount_captured=sale.amount,
            balance_transaction=transaction,
            amount_refunded=after.refunded,
            refunded=after.refunded == sale.amount,
            disputed=after.disputed,
        )

    def decline(self, order: Order, at: int, decline: Decline) -> str:
        """Write a failed charge of ``order`` at ``at`` and return its id."""
        charge_id = self.new_id(order, at)
        charge = self.object(
            order,
            charge_id,
            at,
            "failed",
            captured=False,
            failure_code=decline.code,
            failure_message=decline.message,
            outcome=decline.outcome or None,
            paid=False,
        )
        self._company.events.record("charge.failed", at, charge, sale=True)
        self._company.emit(charge)
        return charge_id

    def object(self, order: Order, charge_id: str, at: int, status: str, **fields: object) -> Json:
        """Return a charge of ``order``, ``fields`` over what the order tells."""
        instrument = order.instrument
        details: Json = {
            "billing_details": instrument.holder,
            "calculated_statement_descriptor": self._company.premises.descriptor,
            "customer": order.customer,
            "description": order.description,
            "metadata": order.metadata,
            "outcome": _APPROVALS[at & 7],
            "payment_intent": order.payment_intent,
            "payment_method": instrument.id,
            "payment_method_details": instrument.details,
            "receipt_email": order.email,
            "receipt_url": f"https://pay.stripe.com/receipts/{charge_id}",
        }
        details.update(fields)
        return build(
            "charge",
            id=charge_id,
            created=at,
            amount=order.amount,
            currency=order.currency.value,
            status=status,
            **details,
        )

    def tell_taken(self, charge: Json, at: int, after: Aftermath) -> None:
        """Write the events of ``charge``, which succeeded at ``at``."""
        events = self._company.events
        if at >= events.sales_since:
            fresh = charge | {"amount_refunded": 0, "refunded": False, "disputed": False}
            events.record("charge.succeeded", at, fresh, sale=True)
        if after.refunded:
            events.record("charge.refunded", after.refunded_at, charge, {"amount_refunded": 0})
