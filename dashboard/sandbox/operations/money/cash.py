"""The cash that customers have sent by bank transfer, until it pays something."""

from __future__ import annotations

import orjson

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.shapes import Json

_NETWORKS = {"eur": "eu", "gbp": "gb", "jpy": "jp", "mxn": "mx", "usd": "us"}
_KIND = "customer_cash_balance_transaction"


def network_of(currency: str) -> str:
    """Return whose bank transfers a currency comes by; raises Stripe's 400 when there are none."""
    if currency not in _NETWORKS:
        raise invalid_request(
            f"There are no bank transfers in {currency}: use one of "
            f"{', '.join(sorted(_NETWORKS))}.",
            param="currency",
        )
    return _NETWORKS[currency]


def cash_of(engine: Engine, customer: str) -> dict[str, int]:
    """Return the customer's cash by currency, in minor units."""
    found = engine.shelf.bodies(_KIND, "WHERE customer = ? ORDER BY created, position", (customer,))
    rows = [orjson.loads(body) for body in found]
    return {row["currency"]: int(row["ending_balance"]) for row in rows}


def move_cash(engine: Engine, customer: str, currency: str, amount: int, **what: Json) -> Json:
    """Write that cash came (or, below zero, went); `what` names the type and tells its details."""
    ((kind, details),) = what.items()
    row = engine.make(
        _KIND,
        currency=currency,
        customer=customer,
        ending_balance=cash_of(engine, customer).get(currency, 0) + amount,
        net_amount=amount,
        type=kind,
        **{kind: details},
    )
    engine.put(row)
    engine.emit(f"{_KIND}.created", row)
    return row


def pay_from_cash(engine: Engine, intent: Json) -> int:
    """Use the customer's cash for an intent; return the minor units that are still missing."""
    currency, customer = intent["currency"], intent["customer"]
    waiting = (intent["next_action"] or {}).get("display_bank_transfer_instructions")
    missing = int(waiting["amount_remaining"] if waiting else intent["amount"])
    used = min(missing, cash_of(engine, customer).get(currency, 0)) if customer else 0
    if used > 0:
        about = {"payment_intent": intent["id"]}
        move_cash(engine, customer, currency, -used, applied_to_payment=about)
    return missing - max(used, 0)
