"""Disputes and inquiries: opened by the cardholder's bank, answered or not, won, lost or open."""

from dataclasses import dataclass
from random import Random

from dashboard.sandbox.shapes import Json, build, part
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.ledger import Entry
from dashboard.sandbox.world.orders import Sale
from dashboard.sandbox.world.seasons import DAY_SECONDS, utc_midnight
from dashboard.sandbox.world.stories import Story
from dashboard.sandbox.world.tariff import dispute_fee, settle

_REASONS = (
    ("fraudulent", "10.4"),
    ("fraudulent", "4837"),
    ("product_not_received", "13.1"),
    ("product_unacceptable", "13.3"),
    ("subscription_canceled", "13.2"),
    ("duplicate", "12.6"),
    ("credit_not_processed", "13.6"),
    ("unrecognized", "4863"),
    ("general", "C31"),
)
_ANSWER_DAYS = (7, 14, 21)
_VERDICT_DAYS = 62
_INQUIRY_DAYS = 120
_INQUIRIES = {Story.INQUIRY, Story.INQUIRY_DUE_SOON}


@dataclass(frozen=True, slots=True)
class _Case:
    """A dispute as decided at its opening; ``won`` tells the share of the money that returns."""

    opened_at: int
    due_by: int
    answered: bool
    closes_at: int
    won: float
    inquiry: bool


class Disputes:
    """Opens and closes disputes, with the rows that they leave in the balance."""

    def __init__(self, company: Company, dice: Random) -> None:
        """Dispute sales of ``company`` as ``dice`` decides."""
        self._company = company
        self._dice = dice

    def open(self, sale: Sale, story: Story) -> bool:
        """Open the dispute of ``story`` about ``sale``; False when that is still to come."""
        case = self._case(sale, story)
        if case.opened_at > self._company.now:
            return False
        dispute = self._object(sale, case)
        if not case.inquiry:
            self._withdraw(sale, case, dispute)
        self._tell(case, dispute)
        self._company.emit(dispute)
        return True

    def _case(self, sale: Sale, story: Story) -> _Case:
        dice, now = self._dice, self._company.now
        opened_at = sale.at + int(dice.uniform(3, 45) * DAY_SECONDS)
        won = 1.0 if dice.random() < 0.4 else 0.0
        answered = won > 0 or dice.random() < 0.6
        due_by = utc_midnight(opened_at) + (dice.choice(_ANSWER_DAYS) + 1) * DAY_SECONDS - 1
        match story:
            case Story.DISPUTE_WON | Story.DISPUTE_PARTLY_WON | Story.DISPUTE_LOST:
                won = {Story.DISPUTE_WON: 1.0, Story.DISPUTE_PARTLY_WON: 0.6}.get(story, 0.0)
                answered = won > 0
            case Story.DISPUTE_DUE_SOON | Story.INQUIRY_DUE_SOON:
                opened_at = sale.at + (now - sale.at) // 2
                due_by = utc_midnight(now) + 2 * DAY_SECONDS - 1
                answered = False
            case Story.DISPUTE_OPEN:
                opened_at = sale.at + (now - sale.at) * 3 // 4
                due_by = utc_midnight(now) + 11 * DAY_SECONDS - 1
                answered = False
            case Story.DISPUTE_UNDER_REVIEW:
                opened_at = sale.at + (now - sale.at) // 3
                answered = True
        inquiry = story in _INQUIRIES
        days = _INQUIRY_DAYS if inquiry else _VERDICT_DAYS
        closes_at = opened_at + days * DAY_SECONDS if answered or inquiry else due_by + 7_200
        return _Case(opened_at, due_by, answered, closes_at, won, inquiry)

    def _status(self, case: _Case) -> str:
        now = self._company.now
        if case.closes_at <= now:
            return "warning_closed" if case.inquiry else "won" if case.won else "lost"
        prefix = "warning_" if case.inquiry else ""
        return prefix + ("under_review" if case.answered else "needs_response")

    def _object(self, sale: Sale, case: _Case) -> Json:
        order = sale.order
        reason, network_code = self._dice.choice(_REASONS)
        dispute = build(
            "dispute",
            id=self._company.ids.new("du", case.opened_at),
            created=case.opened_at,
            amount=sale.amount,
            currency=order.currency.value,
            charge=sale.charge,
            payment_intent=order.payment_intent,
            reason=reason,
            status=self._status(case),
            network_reason_code=network_code,
            is_charge_refundable=case.inquiry,
            payment_method_details={
                "type": "card",
                "card": part(
                    "dispute_card",
                    brand=order.instrument.brand,
                    network=order.instrument.brand,
                    case_type="inquiry" if case.inquiry else "chargeback",
                    network_reason_code=network_code,
                ),
            },
        )
        dispute["evidence_details"] |= self._answers(case)
        if case.answered:
            dispute["evidence"] |= {
                "customer_name": order.instrument.holder["name"],
                "product_description": order.description,
                "uncategorized_text": "The parcel was signed for; the signature is attached.",
            }
        return dispute

    def _answers(self, case: _Case) -> Json:
        return {
            "due_by": case.due_by,
            "has_evidence": case.answered,
            "past_due": not case.answered and case.due_by <= self._company.now,
            "submission_count": int(case.answered),
            "submission_method": "manual" if case.answered else "not_submitted",
        }

    def _withdraw(self, sale: Sale, case: _Case, dispute: Json) -> None:
        """Take the money and the fee at the opening, and give back what is won by now."""
        settled = settle(-sale.amount, sale.order.currency, sale.at)
        entry = Entry(
            kind="adjustment",
            category="dispute",
            at=case.opened_at,
            amount=settled.amount,
            currency=settled.currency,
            source=dispute["id"],
            description=f"Chargeback withdrawal for {sale.charge}",
            fees=(("stripe_fee", dispute_fee(settled.currency)),),
            exchange_rate=settled.exchange_rate,
        )
        dispute["balance_transactions"].append(self._company.ledger.post(entry))
        if case.won and case.closes_at <= self._company.now:
            dispute["balance_transactions"].append(self._reinstate(sale, case, dispute))

    def _tell(self, case: _Case, dispute: Json) -> None:
        record = self._company.events.record
        rows = dispute["balance_transactions"]
        before = "warning_needs_response" if case.inquiry else "needs_response"
        opened = dispute | {"status": before, "balance_transactions": rows[:1]}
        record("charge.dispute.created", case.opened_at, opened)
        if not case.inquiry:
            record("charge.dispute.funds_withdrawn", case.opened_at, opened)
        if len(rows) > 1:
            record("charge.dispute.funds_reinstated", case.closes_at, dispute)
        record("charge.dispute.closed", case.closes_at, dispute, {"status": before})

    def _reinstate(self, sale: Sale, case: _Case, dispute: Json) -> Json:
        settled = settle(int(sale.amount * case.won), sale.order.currency, sale.at)
        entry = Entry(
            kind="adjustment",
            category="dispute_reversal",
            at=case.closes_at,
            amount=settled.amount,
            currency=settled.currency,
            source=dispute["id"],
            description=f"Chargeback reversal for {sale.charge}",
            fees=(("stripe_fee", -dispute_fee(settled.currency)),),
            exchange_rate=settled.exchange_rate,
        )
        return self._company.ledger.post(entry)


def is_disputed(story: Story) -> bool:
    """Return whether ``story`` tells of a dispute or an inquiry."""
    return story in _INQUIRIES or story.name.startswith("DISPUTE")
