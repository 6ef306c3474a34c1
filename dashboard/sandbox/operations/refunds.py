"""Giving money back."""

from __future__ import annotations

import orjson

from dashboard.sandbox.engine import Booking, Engine
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.money.amounts import part_of
from dashboard.sandbox.operations.money.cards import Returns, card_behind
from dashboard.sandbox.operations.money.settling import settled
from dashboard.sandbox.operations.operation import deed, operation
from dashboard.sandbox.operations.transfers import take_back
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_CREATE = (
    "amount:integer charge currency customer instructions_email metadata origin=customer_balance"
    " payment_intent reason=duplicate|fraudulent|requested_by_customer refund_application_fee:flag"
    " reverse_transfer:flag"
)
_SLOW_SECONDS = 5
_WAYS_BACK = {"sepa_debit": "eu_bank_transfer", "us_bank_account": "us_bank_transfer"}


@operation("POST", "/v1/refunds", "refund", _CREATE)
def create_refund(engine: Engine, params: Params) -> Json:
    """Refund a charge, in full or in part, within what is left of it."""
    charge = _charge(engine, params)
    amount = _amount(charge, params)
    returns = _returns(engine, charge)
    refund = _make(
        engine,
        charge,
        amount,
        metadata=params.mapping("metadata") or {},
        reason=params.text("reason"),
        status="pending" if returns is Returns.LATER else "succeeded",
    )
    if refund["status"] == "pending":
        refund["pending_reason"] = "processing"
    refund["balance_transaction"] = _book(engine, refund, charge)
    if params.flag("reverse_transfer", default=False):
        refund["transfer_reversal"] = _reverse(engine, charge, amount)
    engine.put(refund)
    _note_on_charge(engine, charge, amount)
    engine.emit("refund.created", refund)
    if returns is not Returns.AT_ONCE:
        engine.later(engine.today + _SLOW_SECONDS, answer_refund, refund["id"])
    return refund


@operation("POST", "/v1/refunds/{refund}", "refund", "metadata")
def update_refund(engine: Engine, params: Params, refund: str) -> Json:
    """Change what is noted about a refund."""
    found = engine.find("refund", refund)
    changed = engine.change(found, "refund.updated", metadata_of(found, params))
    if changed != found:
        engine.emit("charge.refund.updated", changed, {"metadata": found["metadata"]})
    return changed


@operation("POST", "/v1/refunds/{refund}/cancel", "refund")
def cancel_refund(engine: Engine, params: Params, refund: str) -> Json:  # noqa: ARG001
    """Take a refund back that still waits for the customer."""
    found = engine.find("refund", refund)
    if found["status"] not in {"pending", "requires_action"}:
        raise invalid_request(
            f"The refund {refund} is {found['status']}: only one that is pending or requires "
            "action can be canceled."
        )
    return _give_back(engine, found, "canceled", None)


@deed
def answer_refund(engine: Engine, identity: str) -> None:
    """Let the bank take a pending refund, or send back one that it does not want."""
    refund = engine.find("refund", identity)
    charge = engine.find("charge", refund["charge"])
    if refund["status"] not in {"pending", "succeeded"}:
        return
    if _returns(engine, charge) is Returns.NEVER:
        _give_back(engine, refund, "failed", "expired_or_canceled_card")
        return
    refund.pop("pending_reason", None)
    changed = engine.change(refund, "refund.updated", {"status": "succeeded"})
    engine.emit("charge.refund.updated", changed, {"status": "pending"})


def let_go(engine: Engine, charge: Json, amount: int) -> Json:
    """Release a part of an authorisation that will not be captured; no money moves.

    Returns the charge.
    """
    refund = _make(engine, charge, amount, status="succeeded")
    engine.put(refund)
    engine.emit("refund.created", refund)
    return _note_on_charge(engine, charge, amount)


def _make(engine: Engine, charge: Json, amount: int, **facts: object) -> Json:
    kind = charge["payment_method_details"]["type"]
    refund = engine.make(
        "refund",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        customer=charge["customer"],
        destination_details=_destination(kind),
        payment_intent=charge["payment_intent"],
        payment_method=charge["payment_method"],
        **facts,
    )
    if kind != "card":
        refund["id"] = new_id("pyr_", at=engine.today)
    return refund


def _destination(kind: str) -> Json:
    """Return where the money goes, as refunds show it."""
    reference = {"reference": "practice", "reference_status": "available"}
    if kind == "card":
        about = {"reference_type": "acquirer_reference_number", "type": "refund"}
        return {"card": reference | about, "type": kind}
    way = _WAYS_BACK.get(kind, "customer_cash_balance")
    return {"type": way, way: reference if kind in _WAYS_BACK else {}}


def _charge(engine: Engine, params: Params) -> Json:
    named, intent = params.text("charge"), params.text("payment_intent")
    if named is None and intent is None:
        raise invalid_request(
            "One of the following params should be provided for this request: payment_intent or "
            "charge.",
            code="parameter_missing",
        )
    if named is None:
        found = engine.find("payment_intent", intent or "", "payment_intent")
        named = found["latest_charge"]
        if named is None:
            raise invalid_request(
                f"This PaymentIntent ({intent}) does not have a successful charge to refund.",
                param="payment_intent",
            )
    charge = engine.find("charge", named, "charge")
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise invalid_request(
            f"The charge {charge['id']} has not taken any money that could be refunded.",
            param="charge" if intent is None else "payment_intent",
        )
    if charge["disputed"] and not _refundable(engine, charge):
        raise invalid_request(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    return charge


def _refundable(engine: Engine, charge: Json) -> bool:
    """Return whether the disputes of a charge, inquiries, leave it refundable."""
    found = engine.shelf.bodies("dispute", "WHERE charge = ?", (charge["id"],))
    disputes = [orjson.loads(body) for body in found]
    return all(one["is_charge_refundable"] or one["status"] == "won" for one in disputes)


def _amount(charge: Json, params: Params) -> int:
    let_go_before = charge["amount"] - charge["amount_captured"]
    left = charge["amount_captured"] - max(0, charge["amount_refunded"] - let_go_before)
    if left <= 0:
        raise invalid_request(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    too_much = invalid_request(
        f"The charge {charge['id']} has {left} {charge['currency']} left to be refunded, which is "
        f"less than {params.text('amount')}.",
        code="amount_too_large",
        param="amount",
    )
    return part_of(params, left, too_much)


def _returns(engine: Engine, charge: Json) -> Returns:
    method = charge["payment_method"] and engine.shelf.get(
        "payment_method", charge["payment_method"]
    )
    return card_behind(method).returns if method else Returns.AT_ONCE


def _book(engine: Engine, refund: Json, charge: Json) -> str:
    card = charge["payment_method_details"]["type"] == "card"
    money = settled(-refund["amount"], refund["currency"], engine.today)
    row = engine.find("balance_transaction", charge["balance_transaction"])
    booking = Booking(
        source=refund["id"],
        type="refund" if card else "payment_refund",
        category="refund",
        amount=money.amount,
        currency=money.currency,
        description="REFUND FOR CHARGE",
        exchange_rate=money.exchange_rate,
        available_at=max(engine.today, row["available_on"]),
    )
    return str(engine.book(booking)["id"])


def _give_back(engine: Engine, refund: Json, status: str, reason: str | None) -> Json:
    """End a refund without the customer's bank: the money is on the balance again."""
    row = engine.find("balance_transaction", refund["balance_transaction"])
    booking = Booking(
        source=refund["id"],
        type="refund_failure",
        category="refund_failure",
        amount=-row["amount"],
        currency=row["currency"],
        description="REFUND FAILURE",
        exchange_rate=row["exchange_rate"],
        available_at=max(engine.today, row["available_on"]),
    )
    ended = refund | {
        "failure_balance_transaction": engine.book(booking)["id"],
        "status": status,
    }
    if reason:
        ended["failure_reason"] = reason
    engine.put(ended)
    charge = engine.find("charge", refund["charge"])
    refunded = charge["amount_refunded"] - refund["amount"]
    engine.put(charge | {"amount_refunded": refunded, "refunded": False})
    before = {"status": refund["status"]}
    engine.emit("refund.failed" if status == "failed" else "refund.updated", ended, before)
    engine.emit("charge.refund.updated", ended, before)
    return ended


def _reverse(engine: Engine, charge: Json, amount: int) -> str:
    """Take the refunded share of the transfer back from the connected account."""
    if "transfer" not in charge:
        raise invalid_request(
            f"The charge {charge['id']} was not made for a connected account: it has no transfer "
            "that could be reversed.",
            param="reverse_transfer",
        )
    transfer = engine.find("transfer", charge["transfer"])
    share = min(
        transfer["amount"] - transfer["amount_reversed"],
        transfer["amount"] * amount // charge["amount_captured"],
    )
    return str(take_back(engine, transfer, share)["id"])


def _note_on_charge(engine: Engine, charge: Json, amount: int) -> Json:
    refunded = charge["amount_refunded"] + amount
    changes = {"amount_refunded": refunded, "refunded": refunded == charge["amount"]}
    return engine.change(charge, "charge.refunded", changes)
