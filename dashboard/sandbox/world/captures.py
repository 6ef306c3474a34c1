"""Authorisations that are captured by hand: all of them, a part, or nothing."""

from dashboard.sandbox.world.charges import Charges
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.intents import Intents
from dashboard.sandbox.world.ledger import Entry
from dashboard.sandbox.world.orders import Order, Sale
from dashboard.sandbox.world.seasons import DAY_SECONDS, HOUR_SECONDS
from dashboard.sandbox.world.stories import Fate, Story
from dashboard.sandbox.world.tariff import settle


class Captures:
    """Authorises first and captures within two days."""

    def __init__(self, company: Company, charges: Charges, intents: Intents) -> None:
        """Capture for ``company``, writing through ``charges`` and ``intents``."""
        self._company = company
        self._charges = charges
        self._intents = intents
        self._dice = company.dice("captures")

    def authorise(self, order: Order, fate: Fate, story: Story) -> None:
        """Authorise ``order`` now and capture or release it later."""
        order.manual_capture = True
        at = order.at + self._dice.randrange(HOUR_SECONDS, 2 * DAY_SECONDS)
        if at > self._company.now or fate is Fate.AWAITS_CAPTURE:
            self._hold(order)
        elif fate is Fate.RELEASED:
            self._release(order, at)
        else:
            self._capture(order, at, fate, story)

    def _hold(self, order: Order) -> None:
        charge_id = self._charges.new_id(order, order.at)
        self._company.emit(
            self._charges.object(order, charge_id, order.at, "succeeded", captured=False)
        )
        intent = self._intents.write(
            order, "requires_capture", latest_charge=charge_id, amount_capturable=order.amount
        )
        kind = "payment_intent.amount_capturable_updated"
        self._company.events.record(kind, order.at, intent, sale=True)

    def _release(self, order: Order, at: int) -> None:
        sale = self._charges.sale(
            order, self._charges.new_id(order, order.at), order.at, order.amount
        )
        self._charges.refunds.void(sale, at, "requested_by_customer")
        charge = self._charges.object(
            order,
            sale.charge,
            order.at,
            "succeeded",
            captured=False,
            amount_refunded=order.amount,
            refunded=True,
        )
        self._company.emit(charge)
        reason = "requested_by_customer"
        self._intents.canceled(order, at, reason, latest_charge=sale.charge)

    def _capture(self, order: Order, at: int, fate: Fate, story: Story) -> None:
        whole = fate is Fate.CAPTURED_LATER
        taken = order.amount if whole else max(10, order.amount * 7 // 100 * 10)
        sale = self._charges.sale(order, self._charges.new_id(order, order.at), at, taken)
        reversing = fate is Fate.PARTLY_REVERSED
        row = self._charges.post(sale, order.amount if reversing else taken)
        if reversing:
            self._reverse_uncaptured(sale, order.amount - taken)
        after = self._charges.follow(sale, story)
        charge = self._charges.taken(sale, order.at, row["id"], after)
        self._company.events.record("charge.captured", at, charge, sale=True)
        self._charges.tell_taken(charge, order.at, after)
        self._company.emit(charge)
        self._intents.paid(order, charge, at)

    def _reverse_uncaptured(self, sale: Sale, amount: int) -> None:
        """Book back the part of an authorisation that had been booked whole."""
        settled = settle(-amount, sale.order.currency, sale.at)
        entry = Entry(
            kind="refund",
            category="partial_capture_reversal",
            at=sale.at,
            amount=settled.amount,
            currency=settled.currency,
            source=sale.charge,
            available_on=sale.available_on,
            description="Uncaptured part of the charge",
            exchange_rate=settled.exchange_rate,
        )
        self._company.ledger.post(entry)
