"""What of the balance can leave it, and when the rest will."""

from __future__ import annotations

from dashboard.sandbox.agenda import RIPENING, is_due
from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.operations.operation import deed


def refuse_beyond_available(engine: Engine, amount: int, currency: str) -> None:
    """Raise Stripe's 400 for more (minor units) than the available balance of a currency."""
    balance = engine.find("balance", "balance")
    available = sum(
        funds["amount"] for funds in balance["available"] if funds["currency"] == currency
    )
    if amount > available:
        raise invalid_request(
            f"You have insufficient available funds in your Stripe account: {available} {currency} "
            "in the smallest unit. Charges of the test card 4000000000000077 are available at "
            "once.",
            code="balance_insufficient",
        )


@deed
def become_available(engine: Engine, identity: str) -> None:
    """Let the money of a balance transaction be paid out; what comes at one moment is told once."""
    row = engine.find("balance_transaction", identity)
    engine.put(row | {"status": "available"})
    engine.move_balance("pending", row["currency"], -row["net"])
    engine.move_balance("available", row["currency"], row["net"])
    if not is_due(engine.shelf, engine.now, RIPENING):
        engine.emit("balance.available", engine.find("balance", "balance"))
