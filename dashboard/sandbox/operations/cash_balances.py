"""Bank transfers from customers, in practice, and the cash balance that they fill."""

from __future__ import annotations

import orjson

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.operations.money.amounts import amount_of, currency_of
from dashboard.sandbox.operations.money.cash import cash_of, move_cash, network_of
from dashboard.sandbox.operations.money.charging import continue_with_cash
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json, build

_SENDERS: dict[str, Json] = {
    "eu": {"bic": "DEUTDEFF", "iban_last4": "3000", "sender_name": "PRACTICE SENDER"},
    "gb": {
        "account_number_last4": "6789",
        "sender_name": "PRACTICE SENDER",
        "sort_code": "108800",
    },
    "jp": {"sender_bank": "STRIPE TEST BANK", "sender_branch": "", "sender_name": "PRACTICE"},
    "us": {"network": "ach", "sender_name": "PRACTICE SENDER"},
}


@operation("GET", "/v1/customers/{customer}/cash_balance", "cash_balance")
def retrieve_cash_balance(engine: Engine, params: Params, customer: str) -> Json:  # noqa: ARG001
    """Show what cash the customer has."""
    engine.find("customer", customer)
    available = {name: cash for name, cash in cash_of(engine, customer).items() if cash}
    return build("cash_balance", customer=customer, available=available or None)


@operation(
    "POST",
    "/v1/test_helpers/customers/{customer}/fund_cash_balance",
    "customer_cash_balance_transaction",
    "amount!:integer currency! reference",
)
def fund_cash_balance(engine: Engine, params: Params, customer: str) -> Json:
    """Let a bank transfer of the customer arrive; it pays what waits for it, oldest first."""
    engine.find("customer", customer)
    currency = currency_of(params)
    network = network_of(currency)
    kind = f"{network}_bank_transfer"
    transfer: Json = {"reference": params.text("reference"), "type": kind}
    if network in _SENDERS:
        transfer[kind] = _SENDERS[network]
    funded = {"bank_transfer": transfer}
    row = move_cash(engine, customer, currency, amount_of(params), funded=funded)
    for intent in _waiting(engine, customer, currency):
        continue_with_cash(engine, intent)
    cash = cash_of(engine, customer)
    if cash[currency]:
        told = build("cash_balance", customer=customer, available=cash)
        engine.emit("cash_balance.funds_available", told)
    return row


def _waiting(engine: Engine, customer: str, currency: str) -> list[Json]:
    found = engine.shelf.bodies(
        "payment_intent", "WHERE customer = ? ORDER BY created, position", (customer,)
    )
    intents = [orjson.loads(body) for body in found]
    return [one for one in intents if one["currency"] == currency and _waits_for_cash(one)]


def _waits_for_cash(intent: Json) -> bool:
    action = intent["next_action"] or {}
    return bool(action.get("type") == "display_bank_transfer_instructions")
