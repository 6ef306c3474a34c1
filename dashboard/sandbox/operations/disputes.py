"""Disputes: opened by the holders of test cards, answered with evidence, won or lost."""

from __future__ import annotations

from dashboard.sandbox.engine import Booking, Engine
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.money.cards import PracticeCard
from dashboard.sandbox.operations.money.settling import fee_of_dispute
from dashboard.sandbox.operations.operation import deed, operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json, part

_DAY_SECONDS = 86_400
_DAYS_TO_ANSWER = 7
_DAYS_TO_JUDGE = 60
_NETWORK_CODES = {"fraudulent": "10.4", "product_not_received": "13.1"}
_VERDICTS = {"winning_evidence": "won", "losing_evidence": "lost"}
_OPEN = {"needs_response", "warning_needs_response"}
_CLOSED = {"lost", "warning_closed", "won"}
_EVIDENCE = (
    "access_activity_log appeal:map billing_address cancellation_policy"
    " cancellation_policy_disclosure cancellation_rebuttal customer_communication"
    " customer_email_address customer_name customer_purchase_ip customer_signature"
    " duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id"
    " enhanced_evidence:map product_description receipt refund_policy refund_policy_disclosure"
    " refund_refusal_explanation service_date service_documentation shipping_address"
    " shipping_carrier shipping_date shipping_documentation shipping_tracking_number"
    " uncategorized_file uncategorized_text"
)
_UPDATE = (
    f"evidence({_EVIDENCE}) intended_submission_method=manual|prefer_manual|prefer_smart_disputes"
    "|smart_disputes metadata submit:flag"
)


def open_dispute(engine: Engine, charge: Json, card: PracticeCard) -> Json:
    """Open the dispute that the card's holder starts; all but an inquiry takes the money."""
    reason = card.disputed or "general"
    code = _NETWORK_CODES.get(reason)
    dispute = engine.make(
        "dispute",
        amount=charge["amount"],
        charge=charge["id"],
        currency=charge["currency"],
        is_charge_refundable=card.inquires,
        network_reason_code=code,
        payment_intent=charge["payment_intent"],
        payment_method_details={
            "card": part(
                "dispute_card",
                brand=card.brand,
                case_type="inquiry" if card.inquires else "chargeback",
                network=card.brand,
                network_reason_code=code,
            ),
            "type": "card",
        },
        reason=reason,
        status="warning_needs_response" if card.inquires else "needs_response",
    )
    day = engine.today - engine.today % _DAY_SECONDS
    due_by = day + (_DAYS_TO_ANSWER + 1) * _DAY_SECONDS - 1
    dispute["evidence_details"]["due_by"] = due_by
    if not card.inquires:
        dispute["balance_transactions"].append(_withdraw(engine, dispute))
    engine.put(dispute)
    engine.change(charge, "charge.updated", {"disputed": True})
    engine.emit("charge.dispute.created", dispute)
    if not card.inquires:
        engine.emit("charge.dispute.funds_withdrawn", dispute)
    engine.later(due_by, end_unanswered, dispute["id"])
    return dispute


@operation("POST", "/v1/disputes/{dispute}", "dispute", _UPDATE)
def update_dispute(engine: Engine, params: Params, dispute: str) -> Json:
    """Keep evidence, and hand it to the bank unless `submit` says no.

    The text `winning_evidence` or `losing_evidence` brings the verdict at once, as in Stripe's
    test mode; other evidence is under review for two months.
    """
    found = engine.find("dispute", dispute)
    changes = metadata_of(found, params)
    evidence = params.values.get("evidence") or {}
    if "intended_submission_method" in params.values:
        changes["intended_submission_method"] = params.values["intended_submission_method"]
    if not evidence and not params.values.get("submit"):
        return engine.change(found, "charge.dispute.updated", changes)
    if found["status"] not in _OPEN:
        raise invalid_request("This dispute is closed: its evidence can no longer be changed.")
    changes["evidence"] = found["evidence"] | {
        name: value for name, value in evidence.items() if name in found["evidence"]
    }
    submitted = params.flag("submit", default=True)
    changes["evidence_details"] = _details(found, submitted=submitted)
    if submitted:
        prefix = "warning_" if found["status"].startswith("warning_") else ""
        changes["status"] = f"{prefix}under_review"
    answered = engine.change(found, "charge.dispute.updated", changes)
    return _judge(engine, answered) if submitted else answered


@operation("POST", "/v1/disputes/{dispute}/close", "dispute")
def close_dispute(engine: Engine, params: Params, dispute: str) -> Json:  # noqa: ARG001
    """Give a dispute up: it is lost, an inquiry just closed."""
    found = engine.find("dispute", dispute)
    if found["status"] in _CLOSED:
        raise invalid_request("This dispute is already closed.")
    return _close(engine, found, "lost")


@deed
def end_unanswered(engine: Engine, identity: str) -> None:
    """Lose a dispute that nobody answered in time."""
    dispute = engine.find("dispute", identity)
    if dispute["status"] in _OPEN:
        late = {"evidence_details": dispute["evidence_details"] | {"past_due": True}}
        _close(engine, dispute | late, "lost")


@deed
def end_review(engine: Engine, identity: str) -> None:
    """Let the bank decide for the merchant who answered."""
    dispute = engine.find("dispute", identity)
    if dispute["status"].endswith("under_review"):
        _close(engine, dispute, "won")


def _judge(engine: Engine, dispute: Json) -> Json:
    verdict = _VERDICTS.get(str(dispute["evidence"]["uncategorized_text"] or "").strip())
    if verdict:
        return _close(engine, dispute, verdict)
    engine.later(engine.today + _DAYS_TO_JUDGE * _DAY_SECONDS, end_review, dispute["id"])
    return dispute


def _details(dispute: Json, *, submitted: bool) -> Json:
    details: Json = dispute["evidence_details"] | {"has_evidence": True}
    if submitted:
        details["submission_count"] += 1
        details["submission_method"] = "manual"
    return details


def _close(engine: Engine, dispute: Json, verdict: str) -> Json:
    inquiry = dispute["status"].startswith("warning_")
    changes: Json = {"status": "warning_closed" if inquiry else verdict}
    won = verdict == "won" and not inquiry
    if won:
        rows = [*dispute["balance_transactions"], _reinstate(engine, dispute)]
        changes["balance_transactions"] = rows
    closed = engine.put(dispute | changes)
    if won:
        engine.emit("charge.dispute.funds_reinstated", closed)
    engine.emit("charge.dispute.closed", closed, {"status": dispute["status"]})
    return closed


def _withdraw(engine: Engine, dispute: Json) -> Json:
    """Take what the charge brought, and the fee of a dispute."""
    charge = engine.find("charge", dispute["charge"])
    row = engine.find("balance_transaction", charge["balance_transaction"])
    return engine.book(
        Booking(
            source=dispute["id"],
            type="adjustment",
            category="dispute",
            amount=-row["amount"],
            currency=row["currency"],
            fees=(("stripe_fee", fee_of_dispute(row["currency"])),),
            description=f"Chargeback withdrawal for {dispute['charge']}",
            exchange_rate=row["exchange_rate"],
            available_at=engine.today,
        )
    )


def _reinstate(engine: Engine, dispute: Json) -> Json:
    """Give back what was withdrawn, fee and all."""
    row = dispute["balance_transactions"][0]
    return engine.book(
        Booking.undoing(
            row,
            source=dispute["id"],
            type="adjustment",
            category="dispute_reversal",
            description=f"Chargeback reversal for {dispute['charge']}",
            available_at=engine.today,
        )
    )
