"""Debiting bank accounts: the bank answers later, and may take back what it did not pay."""

from __future__ import annotations

from dashboard.sandbox.engine import Booking, Engine
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.operations.money.debits import debit_of
from dashboard.sandbox.operations.money.means import new_mandate
from dashboard.sandbox.operations.money.outcomes import keep_method, paid, sent_back, underway
from dashboard.sandbox.operations.money.taking import capture, new_charge
from dashboard.sandbox.operations.operation import deed
from dashboard.sandbox.shapes import Json


def debit(engine: Engine, intent: Json, method: Json) -> Json:
    """Ask the customer's bank for the money, and return the intent, which waits for it."""
    charge = new_charge(engine, intent, method, "pending")
    charge["payment_method_details"][method["type"]]["mandate"] = new_mandate(engine, method)
    charge |= {"id": new_id("py_", at=engine.today), "paid": False, "payment_intent": intent["id"]}
    charge = capture(engine, charge, intent["amount"])
    engine.emit("charge.pending", charge)
    keep_method(engine, intent, method)
    intent = underway(engine, intent, charge)
    seconds = max(debit_of(method).seconds, 1)
    engine.later(engine.today + seconds, answer_debit, intent["id"])
    return intent


@deed
def answer_debit(engine: Engine, identity: str) -> None:
    """Let the bank answer a debit: it pays, or the money goes back with Stripe's fee."""
    intent = engine.find("payment_intent", identity)
    charge = engine.find("charge", intent["latest_charge"])
    method = engine.find("payment_method", intent["payment_method"])
    answer = debit_of(method)
    if answer.code is None:
        charge = engine.put(charge | {"paid": True, "status": "succeeded"})
        engine.emit("charge.succeeded", charge)
        paid(engine, intent, charge)
        return
    charge |= {
        "failure_balance_transaction": _take_back(engine, charge),
        "failure_code": answer.code,
        "failure_message": answer.message,
        "status": "failed",
    }
    engine.put(charge)
    engine.emit("charge.failed", charge)
    error = {"charge": charge["id"], "code": answer.code, "message": answer.message}
    sent_back(engine, intent, method, error)


def _take_back(engine: Engine, charge: Json) -> str:
    """Book what the bank did not pay, and Stripe's fee with it."""
    row = engine.find("balance_transaction", charge["balance_transaction"])
    booking = Booking.undoing(
        row,
        source=charge["id"],
        type="payment_failure_refund",
        category="charge_failure",
        description=f"Payment failure refund for {charge['id']}",
        available_at=row["available_on"],
    )
    return str(engine.book(booking)["id"])
