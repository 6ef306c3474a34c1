"""Payouts by hand: sent to the bank, canceled, taken back, arrived or failed."""

from __future__ import annotations

import orjson

from dashboard.sandbox.engine import Booking, Engine
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.money.amounts import amount_of, currency_of
from dashboard.sandbox.operations.money.available import refuse_beyond_available
from dashboard.sandbox.operations.operation import deed, operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_CREATE = (
    "amount!:integer currency! description destination metadata method=instant|standard"
    " payout_method source_type=bank_account|card|fpx statement_descriptor"
)
_DAY_SECONDS = 86_400
_SUBMITTED_SECONDS = 3_600
_BANKING_DAYS = 2
_SATURDAY = 5
_THURSDAY_OF_DAY_ZERO = 3
_INSTANT_SHARE = 100

# What the numbers of Stripe's test bank accounts end in, and what becomes of payouts to them.
_FAILURES = {
    "1116": ("no_account", "The bank account could not be located."),
    "1113": ("account_closed", "The bank account has been closed."),
    "2227": ("insufficient_funds", "The balance has not enough money for the payout."),
    "3335": ("debit_not_authorized", "The bank account may not be debited."),
    "4440": ("invalid_currency", "The bank cannot take this currency."),
}


@operation("POST", "/v1/payouts", "payout", _CREATE)
def create_payout(engine: Engine, params: Params) -> Json:
    """Send available money to the bank."""
    amount, currency = amount_of(params), currency_of(params)
    instant = params.text("method") == "instant"
    fee = amount // _INSTANT_SHARE if instant else 0
    refuse_beyond_available(engine, amount + fee, currency)
    payout = engine.make(
        "payout",
        amount=amount,
        arrival_date=engine.today if instant else _arrival(engine.today),
        automatic=False,
        currency=currency,
        description=params.text("description"),
        destination=_destination(engine, params, currency),
        metadata=params.mapping("metadata") or {},
        method="instant" if instant else "standard",
        reconciliation_status="not_applicable",
        source_type=params.text("source_type") or "card",
        statement_descriptor=params.text("statement_descriptor"),
        status="pending",
        trace_id={"status": "pending", "value": None},
    )
    fees = (("stripe_fee", fee),) if fee else ()
    payout["balance_transaction"] = _book(engine, payout, "payout", -amount, fees)
    engine.put(payout)
    engine.emit("payout.created", payout)
    arrival = payout["arrival_date"]
    engine.later(min(engine.today + _SUBMITTED_SECONDS, arrival + 1), submit_payout, payout["id"])
    engine.later(arrival + 1, end_payout, payout["id"])
    return payout


@operation("POST", "/v1/payouts/{payout}", "payout", "metadata")
def update_payout(engine: Engine, params: Params, payout: str) -> Json:
    """Change what is noted about a payout."""
    found = engine.find("payout", payout)
    return engine.change(found, "payout.updated", metadata_of(found, params))


@operation("POST", "/v1/payouts/{payout}/cancel", "payout")
def cancel_payout(engine: Engine, params: Params, payout: str) -> Json:  # noqa: ARG001
    """Keep a payout from leaving; its money is available again."""
    found = engine.find("payout", payout)
    if found["status"] != "pending" or found["automatic"]:
        raise invalid_request(
            f"The payout {payout} cannot be canceled: only those made by hand can, while they are "
            "pending."
        )
    returned = _give_back(engine, found, "payout_cancel")
    changes = {"failure_balance_transaction": returned, "status": "canceled"}
    return engine.change(found, "payout.canceled", changes)


@operation("POST", "/v1/payouts/{payout}/reverse", "payout", "metadata")
def reverse_payout(engine: Engine, params: Params, payout: str) -> Json:
    """Take the money of a payout back from the bank, by a payout the other way."""
    found = engine.find("payout", payout)
    if found["status"] != "paid" or found["original_payout"] or found["reversed_by"]:
        raise invalid_request(
            f"The payout {payout} cannot be reversed: only those that have arrived can, once."
        )
    names = ("currency", "destination", "method", "source_type", "type")
    reversal = engine.make(
        "payout",
        **{name: found[name] for name in names},
        amount=-found["amount"],
        arrival_date=_arrival(engine.today),
        automatic=False,
        metadata=params.mapping("metadata") or {},
        original_payout=payout,
        reconciliation_status="not_applicable",
        status="pending",
    )
    reversal["balance_transaction"] = _book(engine, reversal, "payout", found["amount"])
    engine.put(reversal)
    engine.put(found | {"reversed_by": reversal["id"]})
    engine.emit("payout.created", reversal)
    engine.later(reversal["arrival_date"], end_payout, reversal["id"])
    return reversal


@deed
def submit_payout(engine: Engine, identity: str) -> None:
    """Hand a payout to the bank."""
    payout = engine.find("payout", identity)
    if payout["status"] == "pending":
        engine.change(payout, "payout.updated", {"status": "in_transit"})


@deed
def end_payout(engine: Engine, identity: str) -> None:
    """Let a payout arrive, or let the bank refuse it."""
    payout = engine.find("payout", identity)
    if payout["status"] not in {"pending", "in_transit"}:
        return
    bank = engine.shelf.get("bank_account", payout["destination"]) or {"last4": ""}
    failure = _FAILURES.get(bank["last4"])
    if failure is None:
        trace = {"status": "supported", "value": new_id("", 15)}
        engine.change(payout, "payout.paid", {"status": "paid", "trace_id": trace})
        return
    code, message = failure
    failed = {
        "failure_balance_transaction": _give_back(engine, payout, "payout_failure"),
        "failure_code": code,
        "failure_message": message,
        "status": "failed",
    }
    engine.change(payout, "payout.failed", failed)


def _destination(engine: Engine, params: Params, currency: str) -> str:
    """Return the bank account that is named, or the one that the currency goes to."""
    named = params.text("destination")
    if named:
        bank = engine.find("bank_account", named, "destination")
        if bank["currency"] != currency:
            raise invalid_request(
                f"The bank account {named} takes {bank['currency']}, not {currency}.",
                param="destination",
            )
        return named
    for body in engine.shelf.bodies("payout", "ORDER BY created DESC, position DESC LIMIT 100"):
        earlier = orjson.loads(body)
        if earlier["currency"] == currency and earlier["destination"]:
            return str(earlier["destination"])
    return new_id("ba_")


def _book(
    engine: Engine, payout: Json, kind: str, amount: int, fees: tuple[tuple[str, int], ...] = ()
) -> str:
    booking = Booking(
        source=payout["id"],
        type=kind,
        category="payout" if kind == "payout" and amount < 0 else "payout_reversal",
        amount=amount,
        currency=payout["currency"],
        fees=fees,
        description=payout["description"] or "STRIPE PAYOUT",
        available_at=engine.today,
    )
    return str(engine.book(booking)["id"])


def _give_back(engine: Engine, payout: Json, kind: str) -> str:
    row = engine.find("balance_transaction", payout["balance_transaction"])
    return _book(engine, payout, kind, -row["amount"])


def _arrival(now: int) -> int:
    """Return the midnight (UTC) that begins the banking day on which a payout arrives."""
    day = now // _DAY_SECONDS
    left = _BANKING_DAYS
    while left:
        day += 1
        left -= (day + _THURSDAY_OF_DAY_ZERO) % 7 < _SATURDAY
    return day * _DAY_SECONDS
