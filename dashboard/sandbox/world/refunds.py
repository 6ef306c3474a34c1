"""Refunds: whole, in parts, still underway, and those that the customer's bank sends back."""

from dataclasses import dataclass
from random import Random

from dashboard.sandbox.shapes import Json, build
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.ledger import Entry
from dashboard.sandbox.world.orders import Aftermath, Sale
from dashboard.sandbox.world.seasons import DAY_SECONDS
from dashboard.sandbox.world.stories import Story
from dashboard.sandbox.world.tariff import Currency, Method, settle

_REASONS = ("requested_by_customer",) * 6 + ("duplicate", "fraudulent", None)
_BANK_REFUND_DAYS = 5
_FAILURE_DAYS = 6


@dataclass(frozen=True, slots=True)
class _Plan:
    """One refund to be made: `fails` when the bank will not accept it."""

    at: int
    amount: int
    reason: str | None
    fails: bool = False


class Refunds:
    """Pays money back, as far as the plans of a story lie before now."""

    def __init__(self, company: Company, dice: Random) -> None:
        """Refund sales of ``company`` at times and for reasons drawn from ``dice``."""
        self._company = company
        self._dice = dice

    def make(self, sale: Sale, story: Story) -> Aftermath:
        """Make the refunds of ``story``, as far as they are due by now."""
        plans = [plan for plan in self._plans(sale, story) if plan.at <= self._company.now]
        if not plans:
            return Aftermath()
        refunded = sum(self._refund(sale, plan) for plan in plans)
        return Aftermath(refunded=refunded, refunded_at=plans[-1].at)

    def void(self, sale: Sale, at: int, reason: str | None) -> None:
        """Write the refund by which an authorisation is let go: no money ever moved."""
        plan = _Plan(at, sale.amount, reason)
        refund = self._object(sale, plan, "succeeded")
        self._company.emit(refund)
        self._company.events.record("refund.created", at, refund)

    def _plans(self, sale: Sale, story: Story) -> list[_Plan]:
        dice = self._dice
        reason = dice.choice(_REASONS)
        first = sale.at + int(dice.expovariate(1 / 6) * DAY_SECONDS) + 1_800
        match story:
            case Story.REFUNDED:
                return [_Plan(first, sale.amount, reason)]
            case Story.PARTLY_REFUNDED:
                return [_Plan(first, self._part(sale, dice.uniform(0.1, 0.7)), reason)]
            case Story.REFUNDED_IN_PARTS:
                return self._in_parts(sale, first)
            case Story.REFUND_FAILED:
                return [_Plan(sale.at + 3 * DAY_SECONDS, sale.amount, reason, fails=True)]
            case _:
                return []

    def _in_parts(self, sale: Sale, first: int) -> list[_Plan]:
        """Two equal parts, and sometimes the rest as a third."""
        part = self._part(sale, 0.3)
        plans = [
            _Plan(first, part, "requested_by_customer"),
            _Plan(first + 2 * DAY_SECONDS, part, "requested_by_customer"),
        ]
        if self._dice.random() < 0.4:
            plans.append(_Plan(first + 9 * DAY_SECONDS, sale.amount - 2 * part, None))
        return plans

    def _part(self, sale: Sale, share: float) -> int:
        # Card amounts in three-decimal currencies must end in 0.
        step = 10 if sale.order.currency is Currency.KWD else 1
        return max(step, int(sale.amount * share) // step * step)

    def _refund(self, sale: Sale, plan: _Plan) -> int:
        failed_at = plan.at + _FAILURE_DAYS * DAY_SECONDS
        failed = plan.fails and failed_at <= self._company.now
        arrives = plan.at + _BANK_REFUND_DAYS * DAY_SECONDS
        slow = sale.order.instrument.settles_later and arrives > self._company.now
        refund = self._object(sale, plan, "pending" if slow else "succeeded")
        row = self._post(sale, refund, plan.at, -plan.amount)
        refund["balance_transaction"] = row["id"]
        self._company.events.record("refund.created", plan.at, refund)
        if failed:
            self._fail(sale, refund, failed_at)
        self._company.emit(refund)
        return 0 if failed else plan.amount

    def _fail(self, sale: Sale, refund: Json, at: int) -> None:
        row = self._post(sale, refund, at, refund["amount"])
        refund["status"] = "failed"
        refund["failure_reason"] = "expired_or_canceled_card"
        refund["failure_balance_transaction"] = row["id"]
        self._company.events.record("refund.failed", at, refund, {"status": "succeeded"})

    def _post(self, sale: Sale, refund: Json, at: int, amount: int) -> Json:
        """Book the refund, or with a positive ``amount`` its return by the bank."""
        order = sale.order
        booked_at = sale.at if amount < 0 else refund["created"]
        settled = settle(amount, order.currency, booked_at)
        kind = "refund" if order.instrument.method is Method.CARD else "payment_refund"
        entry = Entry(
            kind=kind if amount < 0 else "refund_failure",
            category="refund" if amount < 0 else "refund_failure",
            at=at,
            amount=settled.amount,
            currency=settled.currency,
            source=refund["id"],
            available_on=max(at, sale.available_on),
            description="REFUND FOR CHARGE" if amount < 0 else "REFUND FAILURE",
            exchange_rate=settled.exchange_rate,
        )
        return self._company.ledger.post(entry)

    def _object(self, sale: Sale, plan: _Plan, status: str) -> Json:
        order = sale.order
        card = order.instrument.method is Method.CARD
        return build(
            "refund",
            id=self._company.ids.new("re" if card else "pyr", plan.at),
            created=plan.at,
            amount=plan.amount,
            currency=order.currency.value,
            status=status,
            reason=plan.reason,
            charge=sale.charge,
            payment_intent=order.payment_intent,
            customer=order.customer,
            payment_method=order.instrument.id,
            destination_details=_destination(card=card),
        )


def _destination(*, card: bool) -> Json:
    if not card:
        return {"type": "customer_cash_balance", "customer_cash_balance": {}}
    details = {
        "reference": "74258479010512345678901",
        "reference_status": "available",
        "reference_type": "acquirer_reference_number",
        "type": "refund",
    }
    return {"type": "card", "card": details}
