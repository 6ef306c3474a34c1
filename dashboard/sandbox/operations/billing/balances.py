"""Customers' credit balances: what invoices take from them and give to them."""

from __future__ import annotations

from typing import Any

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.shapes import Json


def move_balance(
    engine: Engine, customer: str, amount: int, currency: str, type_: str, **fields: Any
) -> Json:
    """Add `amount` minor units to what a customer owes, or credit them a negative one.

    Returns the transaction, which is kept and tells the balance afterwards.
    """
    found = engine.find("customer", customer)
    found |= {"balance": found["balance"] + amount, "currency": found["currency"] or currency}
    transaction = engine.make(
        "customer_balance_transaction",
        amount=amount,
        currency=currency,
        customer=customer,
        ending_balance=found["balance"],
        type=type_,
        **fields,
    )
    engine.put(transaction)
    engine.put(found)
    engine.emit("customer.updated", found, {"balance": found["balance"] - amount})
    return transaction


def use_balance(engine: Engine, invoice: Json) -> None:
    """Take from the balance what it pays of an invoice, or credit what the invoice gives back."""
    amount = invoice["ending_balance"] - invoice["starting_balance"]
    if amount:
        move_balance(
            engine,
            invoice["customer"],
            amount,
            invoice["currency"],
            "applied_to_invoice",
            invoice=invoice["id"],
        )


def return_balance(engine: Engine, invoice: Json) -> None:
    """Undo what an invoice that is void took from the balance."""
    amount = invoice["starting_balance"] - (invoice["ending_balance"] or 0)
    if amount and invoice["ending_balance"] is not None:
        move_balance(
            engine,
            invoice["customer"],
            amount,
            invoice["currency"],
            "unapplied_from_invoice",
            invoice=invoice["id"],
        )
