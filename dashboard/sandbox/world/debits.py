"""Direct debits: pending for days, then paid, or refused by the customer's bank."""

from dashboard.sandbox.shapes import Json
from dashboard.sandbox.world.charges import Charges
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.declines import BANK_REFUSALS
from dashboard.sandbox.world.intents import Intents
from dashboard.sandbox.world.ledger import Entry
from dashboard.sandbox.world.orders import Aftermath, Order, Sale
from dashboard.sandbox.world.seasons import DAY_SECONDS
from dashboard.sandbox.world.stories import Story
from dashboard.sandbox.world.tariff import charge_fees, settle

#: How long a debit is pending before it is paid or refused.
DEBIT_SECONDS = 5 * DAY_SECONDS


class Debits:
    """Debits bank accounts for one company."""

    def __init__(self, company: Company, charges: Charges, intents: Intents) -> None:
        """Debit for ``company``, writing through ``charges`` and ``intents``."""
        self._company = company
        self._charges = charges
        self._intents = intents
        self._dice = company.dice("debits")

    def collect(self, order: Order, story: Story, *, refused: bool) -> Json:
        """Debit ``order``, write all of it as it stands now, and return the intent."""
        settled_at = order.at + DEBIT_SECONDS
        charges = self._charges
        sale = charges.sale(order, charges.new_id(order, order.at), order.at, order.amount)
        transaction = charges.post(sale, order.amount)["id"]
        if settled_at > self._company.now:
            return self._wait(sale, transaction)
        if refused:
            return self._refuse(sale, transaction, settled_at)
        after = charges.follow(sale, story)
        charge = charges.taken(sale, order.at, transaction, after)
        charges.tell_taken(charge, settled_at, after)
        self._company.emit(charge)
        return self._intents.paid(order, charge, settled_at)

    def _wait(self, sale: Sale, transaction: str) -> Json:
        charge = self._charges.taken(sale, sale.at, transaction, Aftermath())
        charge |= {"status": "pending", "paid": False}
        self._company.events.record("charge.pending", sale.at, charge, sale=True)
        self._company.emit(charge)
        return self._intents.write(sale.order, "processing", latest_charge=sale.charge)

    def _refuse(self, sale: Sale, transaction: str, at: int) -> Json:
        """Take back at ``at`` what the bank would not pay, and Stripe's fee with it."""
        decline = self._dice.choice(BANK_REFUSALS)
        charge = self._charges.taken(sale, sale.at, transaction, Aftermath())
        charge |= {
            "status": "failed",
            "paid": False,
            "failure_code": decline.code,
            "failure_message": decline.message,
            "failure_balance_transaction": self._take_back(sale, at)["id"],
        }
        self._company.events.record("charge.failed", at, charge, {"status": "pending"}, sale=True)
        self._company.emit(charge)
        self._intents.tell_refused(sale.order, at, sale.charge, decline)
        return self._intents.refused(sale.order, sale.charge, decline)

    def _take_back(self, sale: Sale, at: int) -> Json:
        order = sale.order
        settled = settle(order.amount, order.currency, order.at)
        fees = charge_fees(settled, order.instrument.method)
        entry = Entry(
            kind="payment_failure_refund",
            category="charge_failure",
            at=at,
            amount=-settled.amount,
            currency=settled.currency,
            source=sale.charge,
            available_on=max(at, sale.available_on),
            description=f"Payment failure refund for {sale.charge}",
            fees=tuple((kind, -fee) for kind, fee in fees),
            exchange_rate=settled.exchange_rate,
        )
        return self._company.ledger.post(entry)
