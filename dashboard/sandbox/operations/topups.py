"""Top-ups: money from the bank to the balance."""

from __future__ import annotations

from dashboard.sandbox.engine import Booking, Engine
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.money.amounts import amount_of, currency_of
from dashboard.sandbox.operations.operation import deed, operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_CREATE = (
    "amount!:integer currency! description metadata payment_method"
    " payment_method_options(us_bank_account:map) source statement_descriptor transfer_group"
)
_ARRIVAL_SECONDS = 2 * 86_400


@operation("POST", "/v1/topups", "topup", _CREATE)
def create_topup(engine: Engine, params: Params) -> Json:
    """Ask the bank for money; it is available in two days."""
    arrives = engine.today + _ARRIVAL_SECONDS
    topup = engine.make(
        "topup",
        amount=amount_of(params),
        currency=currency_of(params),
        description=params.text("description"),
        expected_availability_date=arrives,
        metadata=params.mapping("metadata") or {},
        statement_descriptor=params.text("statement_descriptor"),
        status="pending",
        transfer_group=params.text("transfer_group"),
    )
    topup["balance_transaction"] = _book(engine, topup, "topup", topup["amount"])
    engine.put(topup)
    engine.emit("topup.created", topup)
    engine.later(arrives, end_topup, topup["id"])
    return topup


@operation("POST", "/v1/topups/{topup}", "topup", "description metadata")
def update_topup(engine: Engine, params: Params, topup: str) -> Json:
    """Change what is noted about a top-up; nothing is told of it."""
    found = engine.find("topup", topup)
    changes = metadata_of(found, params)
    if "description" in params.tree:
        changes["description"] = params.text("description")
    return engine.put(found | changes)


@operation("POST", "/v1/topups/{topup}/cancel", "topup")
def cancel_topup(engine: Engine, params: Params, topup: str) -> Json:  # noqa: ARG001
    """Give a top-up up that has not arrived."""
    found = engine.find("topup", topup)
    if found["status"] != "pending":
        raise invalid_request(
            f"The top-up {topup} is {found['status']}: only a pending one can be canceled."
        )
    _book(engine, found, "topup_reversal", -found["amount"])
    return engine.change(found, "topup.canceled", {"status": "canceled"})


@deed
def end_topup(engine: Engine, identity: str) -> None:
    """Let a top-up arrive."""
    topup = engine.find("topup", identity)
    if topup["status"] == "pending":
        engine.change(topup, "topup.succeeded", {"status": "succeeded"})


def _book(engine: Engine, topup: Json, kind: str, amount: int) -> str:
    booking = Booking(
        source=topup["id"],
        type=kind,
        category=kind,
        amount=amount,
        currency=topup["currency"],
        description=topup["description"],
        available_at=topup["expected_availability_date"],
    )
    return str(engine.book(booking)["id"])
