"""Crediting and debiting the balance that customers' invoices draw on."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request, missing_object
from dashboard.sandbox.operations.billing.balances import move_balance
from dashboard.sandbox.operations.billing.checks import currency_code
from dashboard.sandbox.operations.billing.clocks import customer_on_clock
from dashboard.sandbox.operations.metadata import merged_metadata
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_KIND = "customer_balance_transaction"


@operation(
    "POST",
    "/v1/customers/{customer}/balance_transactions",
    _KIND,
    "amount!:integer currency! description metadata",
)
def create_balance_transaction(engine: Engine, params: Params, customer: str) -> Json:
    """Credit a customer with a negative amount, or let them owe a positive one.

    Raises Stripe's 400 for another currency than that of their bills.
    """
    given = params.values
    engine, found = customer_on_clock(engine, customer)
    currency = currency_code("currency", given["currency"])
    if found["currency"] not in {None, currency}:
        raise invalid_request(
            f"The customer {customer} is billed in {found['currency']}: their balance cannot be in "
            f"{currency}.",
            param="currency",
        )
    return move_balance(
        engine,
        customer,
        given["amount"],
        currency,
        "adjustment",
        description=given.get("description"),
        metadata=given.get("metadata") or {},
    )


@operation(
    "POST",
    "/v1/customers/{customer}/balance_transactions/{transaction}",
    _KIND,
    "description metadata",
)
def update_balance_transaction(
    engine: Engine, params: Params, customer: str, transaction: str
) -> Json:
    """Change the description and the metadata of a transaction."""
    found, given = engine.find(_KIND, transaction), params.values
    if found["customer"] != customer:
        raise missing_object(_KIND, transaction)
    if "description" in given:
        found["description"] = given["description"]
    if "metadata" in given:
        found["metadata"] = merged_metadata(found["metadata"], given["metadata"])
    return engine.put(found)
