"""Giving back the fees that a platform takes from its accounts."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.operations.money.amounts import part_of
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.operations.transfers import book_for_accounts
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json, list_object


@operation("POST", "/v1/application_fees/{fee}/refunds", "fee_refund", "amount:integer metadata")
def refund_application_fee(engine: Engine, params: Params, fee: str) -> Json:
    """Give a fee back to the account, in full or in part."""
    found = engine.find("application_fee", fee)
    left = found["amount"] - found["amount_refunded"]
    too_much = invalid_request(
        f"The application fee {fee} has {left} {found['currency']} left to be refunded.",
        code="application_fee_already_refunded" if left == 0 else None,
        param="amount",
    )
    if left == 0:
        raise too_much
    refund = engine.make(
        "fee_refund",
        amount=part_of(params, left, too_much),
        currency=found["currency"],
        fee=fee,
        metadata=params.mapping("metadata") or {},
    )
    row = book_for_accounts(engine, refund, "application_fee_refund", -refund["amount"])
    refund["balance_transaction"] = row
    engine.put(refund)
    refunded = found["amount_refunded"] + refund["amount"]
    changes = {
        "amount_refunded": refunded,
        "refunded": refunded == found["amount"],
        "refunds": list_object(found["refunds"]["url"], [refund, *found["refunds"]["data"]]),
    }
    engine.change(found, "application_fee.refunded", changes)
    return refund
