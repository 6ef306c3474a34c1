"""The till: takes one order through its attempts, and writes the intent and its charges."""

from random import Random

from dashboard.sandbox.shapes import Json, build, part
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.declines import (
    BANK_REFUSALS,
    BLOCK,
    BLOCK_AFTER_APPROVAL,
    Decline,
    draw_decline,
)
from dashboard.sandbox.world.disputes import Disputes, is_disputed
from dashboard.sandbox.world.instruments import payment_method_object
from dashboard.sandbox.world.ledger import Entry
from dashboard.sandbox.world.orders import Aftermath, Order, Sale
from dashboard.sandbox.world.refunds import Refunds
from dashboard.sandbox.world.seasons import DAY_SECONDS, utc_midnight
from dashboard.sandbox.world.stories import Fate, Scene, Story
from dashboard.sandbox.world.tariff import Currency, Method, charge_fees, settle

_SETTLING_DAYS = {
    Method.CARD: 2,
    Method.BANK_TRANSFER: 1,
    Method.SEPA_DEBIT: 7,
    Method.US_BANK_ACCOUNT: 6,
}
_DEBIT_DAYS = 5
_AUTHORISATION_DAYS = 7
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


class Till:
    """Takes payments for the sales and the invoices of one company."""

    def __init__(self, company: Company) -> None:
        """Take payments for ``company``, with refunds and disputes as they come."""
        self._company = company
        self._dice: Random = company.dice("till")
        self._refunds = Refunds(company, company.dice("refunds"))
        self._disputes = Disputes(company, company.dice("disputes"))

    def settle_order(self, order: Order, fate: Fate, story: Story) -> Json:
        """Let ``order`` meet its ``fate``, write all objects of it and return the intent."""
        match fate:
            case Fate.SUCCEEDS:
                return self._succeed(order, order.at, story)
            case Fate.SUCCEEDS_AFTER_DECLINES:
                return self._succeed_after_declines(order, story)
            case Fate.DECLINED:
                return self.fail(order, [order.at], draw_decline(self._dice))
            case Fate.BLOCKED:
                return self.fail(order, [order.at], BLOCK)
            case Fate.BLOCKED_AFTER_APPROVAL:
                return self.fail(order, [order.at], BLOCK_AFTER_APPROVAL)
            case Fate.ABANDONED:
                return self._write(order, "requires_payment_method", payment_method=None)
            case Fate.AWAITS_ACTION:
                return self._write(order, "requires_action", next_action=_ask_bank())
            case Fate.CANCELED:
                return self._cancel(order)
            case _:
                return self._authorise(order, fate, story)

    def settle_scene(self, order: Order, scene: Scene) -> Json:
        """Let ``order`` go as ``scene`` prescribes and return the intent."""
        if order.instrument.settles_later:
            return self.debit(order, refused=scene.bank_refuses, story=scene.story)
        return self.settle_order(order, scene.fate, scene.story)

    def take(self, order: Order, at: int, story: Story) -> Json:
        """Charge ``order`` at ``at`` at once, write the charge and return it."""
        charge_id = self._company.ids.new(_prefix(order))
        sale = self._sale(order, charge_id, at, order.amount)
        row = self._post(sale, order.amount)
        after = self._follow(sale, story)
        charge = self._charge(
            order,
            charge_id,
            at,
            "succeeded",
            amount_captured=order.amount,
            balance_transaction=row["id"],
            **_traces(after, order.amount),
        )
        self._tell_taken(charge, at, after)
        self._company.emit(charge)
        return charge

    def debit(self, order: Order, *, refused: bool, story: Story = Story.KEPT) -> Json:
        """Debit a bank account: pending for days, then paid or refused. Return the intent."""
        settled_at = order.at + _DEBIT_DAYS * DAY_SECONDS
        charge_id = self._company.ids.new(_prefix(order))
        sale = self._sale(order, charge_id, order.at, order.amount)
        row = self._post(sale, order.amount)
        pending = settled_at > self._company.now
        failed = refused and not pending
        after = _UNTOUCHED if pending or failed else self._follow(sale, story)
        charge = self._charge(
            order,
            charge_id,
            order.at,
            "pending" if pending else "succeeded",
            amount_captured=order.amount,
            balance_transaction=row["id"],
            paid=not pending,
            **_traces(after, order.amount),
        )
        self._company.events.record("charge.pending", order.at, charge, sale=True)
        if failed:
            return self._refuse_debit(order, sale, charge, settled_at)
        self._company.emit(charge)
        if pending:
            return self._write(order, "processing", latest_charge=charge_id)
        self._tell_taken(charge, settled_at, after)
        return self._write_paid(order, charge, settled_at)

    def fail(self, order: Order, attempts: list[int], decline: Decline) -> Json:
        """Decline ``order`` at each of ``attempts`` and leave its intent open. Return the intent."""
        charge = ""
        for at in attempts:
            charge = self.decline(order, at, decline)
        return self._write(
            order,
            "requires_payment_method",
            latest_charge=charge,
            payment_method=None,
            last_payment_error=self._error(order, charge, decline),
        )

    def decline(self, order: Order, at: int, decline: Decline) -> str:
        """Write a failed charge of ``order`` at ``at`` and return its id."""
        charge_id = self._company.ids.new(_prefix(order))
        charge = self._charge(
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

    def _succeed(self, order: Order, at: int, story: Story) -> Json:
        if order.instrument.settles_later:
            return self.debit(order, refused=self._dice.random() < 0.04, story=story)
        return self._write_paid(order, self.take(order, at, story), at)

    def _succeed_after_declines(self, order: Order, story: Story) -> Json:
        at = order.at
        for _ in range(self._dice.choice((1, 1, 1, 2, 3))):
            decline, charge = draw_decline(self._dice), ""
            charge = self.decline(order, at, decline)
            at += self._dice.randrange(20, 900)
            if at > self._company.now:
                error = self._error(order, charge, decline)
                return self._write(
                    order,
                    "requires_payment_method",
                    latest_charge=charge,
                    payment_method=None,
                    last_payment_error=error,
                )
        return self._succeed(order, at, story)

    def _cancel(self, order: Order) -> Json:
        at = order.at + self._dice.randrange(600, DAY_SECONDS)
        if at > self._company.now:
            return self._write(order, "requires_payment_method", payment_method=None)
        reason = self._dice.choice(("abandoned", "requested_by_customer", "duplicate", None))
        return self._write_canceled(order, at, reason, payment_method=None)

    def _authorise(self, order: Order, fate: Fate, story: Story) -> Json:
        """Authorise now and capture later: all, a part, or nothing."""
        order.manual_capture = True
        captured_at = order.at + self._dice.randrange(3_600, 2 * DAY_SECONDS)
        charge_id = self._company.ids.new("ch")
        if captured_at > self._company.now:
            self._company.emit(
                self._charge(order, charge_id, order.at, "succeeded", captured=False)
            )
            return self._write(
                order, "requires_capture", latest_charge=charge_id, amount_capturable=order.amount
            )
        if fate is Fate.RELEASED:
            return self._release(order, charge_id, captured_at)
        return self._capture(order, charge_id, captured_at, fate, story)

    def _release(self, order: Order, charge_id: str, at: int) -> Json:
        sale = self._sale(order, charge_id, order.at, order.amount)
        self._refunds.void(sale, at, "requested_by_customer")
        charge = self._charge(
            order,
            charge_id,
            order.at,
            "succeeded",
            captured=False,
            amount_refunded=order.amount,
            refunded=True,
        )
        self._company.emit(charge)
        return self._write_canceled(order, at, "requested_by_customer", latest_charge=charge_id)

    def _capture(self, order: Order, charge_id: str, at: int, fate: Fate, story: Story) -> Json:
        whole = fate is Fate.CAPTURED_LATER
        taken = order.amount if whole else max(10, order.amount * 7 // 10 // 10 * 10)
        sale = self._sale(order, charge_id, at, taken)
        reversing = fate is Fate.PARTLY_REVERSED
        row = self._post(sale, order.amount if reversing else taken)
        if reversing:
            self._reverse_uncaptured(sale, order.amount - taken)
        after = self._follow(sale, story)
        charge = self._charge(
            order,
            charge_id,
            order.at,
            "succeeded",
            amount_captured=taken,
            balance_transaction=row["id"],
            **_traces(after, taken),
        )
        self._company.events.record("charge.captured", at, charge, sale=True)
        self._tell_taken(charge, order.at, after)
        self._company.emit(charge)
        return self._write_paid(order, charge, at)

    def _reverse_uncaptured(self, sale: Sale, amount: int) -> None:
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

    def _refuse_debit(self, order: Order, sale: Sale, charge: Json, at: int) -> Json:
        """Take back a debit that the customer's bank refused days later."""
        decline = self._dice.choice(BANK_REFUSALS)
        settled = settle(order.amount, order.currency, order.at)
        fees = charge_fees(settled, order.instrument.method)
        entry = Entry(
            kind="payment_failure_refund",
            category="charge_failure",
            at=at,
            amount=-settled.amount,
            currency=settled.currency,
            source=charge["id"],
            available_on=max(at, sale.available_on),
            description=f"Payment failure refund for {charge['id']}",
            fees=tuple((kind, -fee) for kind, fee in fees),
            exchange_rate=settled.exchange_rate,
        )
        charge |= {
            "status": "failed",
            "paid": False,
            "failure_code": decline.code,
            "failure_message": decline.message,
            "failure_balance_transaction": self._company.ledger.post(entry)["id"],
        }
        self._company.events.record("charge.failed", at, charge, {"status": "pending"}, sale=True)
        self._company.emit(charge)
        return self._write(
            order,
            "requires_payment_method",
            latest_charge=charge["id"],
            payment_method=None,
            last_payment_error=self._error(order, charge["id"], decline),
        )

    def _error(self, order: Order, charge: str, decline: Decline) -> Json:
        return decline.error(charge, payment_method_object(order.instrument, order.buyer))

    def _follow(self, sale: Sale, story: Story) -> Aftermath:
        if story is Story.KEPT:
            return _UNTOUCHED
        if not is_disputed(story):
            return self._refunds.make(sale, story)
        if sale.order.instrument.method is not Method.CARD:
            return _UNTOUCHED
        return Aftermath(disputed=self._disputes.open(sale, story))

    def _sale(self, order: Order, charge: str, at: int, amount: int) -> Sale:
        days = _SETTLING_DAYS[order.instrument.method] + 2 * (order.currency is Currency.JPY)
        return Sale(charge, at, amount, order, utc_midnight(at) + days * DAY_SECONDS)

    def _post(self, sale: Sale, amount: int) -> Json:
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

    def _charge(self, order: Order, charge_id: str, at: int, status: str, **fields: object) -> Json:
        instrument = order.instrument
        details: Json = {
            "billing_details": instrument.holder,
            "calculated_statement_descriptor": "NORTHWIND",
            "customer": order.customer,
            "description": order.description,
            "metadata": order.metadata,
            "outcome": _APPROVALS[at & 7],
            "payment_intent": order.intent,
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

    def _tell_taken(self, charge: Json, at: int, after: Aftermath) -> None:
        events = self._company.events
        if at >= events.sales_since:
            fresh = charge | {"amount_refunded": 0, "refunded": False, "disputed": False}
            events.record("charge.succeeded", at, fresh, sale=True)
        if after.refunded:
            events.record("charge.refunded", after.refunded_at, charge, {"amount_refunded": 0})

    def _write_paid(self, order: Order, charge: Json, at: int) -> Json:
        intent = self._write(
            order,
            "succeeded",
            amount_received=charge["amount_captured"],
            latest_charge=charge["id"],
        )
        self._company.events.record("payment_intent.succeeded", at, intent, sale=True)
        return intent

    def _write_canceled(self, order: Order, at: int, reason: str | None, **fields: object) -> Json:
        intent = self._write(
            order, "canceled", canceled_at=at, cancellation_reason=reason, **fields
        )
        self._company.events.record("payment_intent.canceled", at, intent, sale=True)
        return intent

    def _write(self, order: Order, status: str, **fields: object) -> Json:
        company = self._company
        details: Json = {
            "capture_method": "manual" if order.manual_capture else "automatic_async",
            "client_secret": f"{order.intent}_secret_{order.intent[-12:]}",
            "customer": order.customer,
            "description": order.description,
            "metadata": order.metadata,
            "payment_method": order.instrument.id,
            "payment_method_types": [order.instrument.method.value],
            "receipt_email": order.email,
            "setup_future_usage": "off_session" if order.off_session else None,
        }
        details.update(fields)
        intent = build(
            "payment_intent",
            id=order.intent,
            created=order.at,
            amount=order.amount,
            currency=order.currency.value,
            status=status,
            **details,
        )
        self._tell_intent(order, intent)
        company.emit(intent)
        return intent

    def _tell_intent(self, order: Order, intent: Json) -> None:
        events = self._company.events
        if order.at < events.sales_since:
            return
        begun = intent | {
            "status": "requires_payment_method",
            "latest_charge": None,
            "amount_received": 0,
            "last_payment_error": None,
        }
        events.record("payment_intent.created", order.at, begun, sale=True)
        if intent["last_payment_error"]:
            events.record("payment_intent.payment_failed", order.at, intent, sale=True)


def _prefix(order: Order) -> str:
    return "ch" if order.instrument.method is Method.CARD else "py"


def _traces(after: Aftermath, captured: int) -> Json:
    return {
        "amount_refunded": after.refunded,
        "refunded": after.refunded == captured,
        "disputed": after.disputed,
    }


def _ask_bank() -> Json:
    url = "https://hooks.stripe.com/3d_secure_2/hosted?merchant=acct_practice"
    return {"type": "redirect_to_url", "redirect_to_url": {"return_url": None, "url": url}}
