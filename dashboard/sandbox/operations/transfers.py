"""Money that goes on to connected accounts, and comes back from them."""

from __future__ import annotations

from dashboard.sandbox.engine import Booking, Engine
from dashboard.sandbox.errors import invalid_request, missing_parameter
from dashboard.sandbox.operations.metadata import metadata_of
from dashboard.sandbox.operations.money.amounts import amount_of, currency_of, part_of
from dashboard.sandbox.operations.money.available import refuse_beyond_available
from dashboard.sandbox.operations.money.settling import settled
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json, list_object

_CREATE = (
    "amount:integer currency! description destination! metadata source_transaction"
    " source_type=bank_account|card|fpx transfer_group"
)


@operation("POST", "/v1/transfers", "transfer", _CREATE)
def create_transfer(engine: Engine, params: Params) -> Json:
    """Send available money, or that of one charge, to a connected account."""
    destination = params.needed_text("destination")
    engine.find("account", destination, "destination")
    source = params.text("source_transaction")
    charge = engine.find("charge", source, "source_transaction") if source else None
    if params.integer("amount") is not None:
        amount = amount_of(params)
    elif charge:
        amount = charge["amount"]
    else:
        raise missing_parameter("amount")
    currency = currency_of(params)
    if charge is None:
        refuse_beyond_available(engine, amount, currency)
    return send(
        engine,
        amount=amount,
        currency=currency,
        description=params.text("description"),
        destination=destination,
        metadata=params.mapping("metadata") or {},
        source_transaction=source,
        source_type=params.text("source_type") or "card",
        transfer_group=params.text("transfer_group") or (source and f"group_{source}"),
    )


@operation("POST", "/v1/transfers/{transfer}", "transfer", "description metadata")
def update_transfer(engine: Engine, params: Params, transfer: str) -> Json:
    """Change what is noted about a transfer."""
    found = engine.find("transfer", transfer)
    changes = metadata_of(found, params)
    if "description" in params.values:
        changes["description"] = params.text("description")
    return engine.change(found, "transfer.updated", changes)


@operation(
    "POST",
    "/v1/transfers/{transfer}/reversals",
    "transfer_reversal",
    "amount:integer description metadata refund_application_fee:flag",
)
def reverse_transfer(engine: Engine, params: Params, transfer: str) -> Json:
    """Take a transfer back, in full or in part, within what is left of it."""
    found = engine.find("transfer", transfer)
    left = found["amount"] - found["amount_reversed"]
    too_much = invalid_request(
        f"The transfer {transfer} has only {left} {found['currency']} left to be reversed.",
        param="amount",
    )
    if left == 0:
        raise too_much
    amount = part_of(params, left, too_much)
    return take_back(engine, found, amount, metadata=params.mapping("metadata") or {})


def send(engine: Engine, **facts: object) -> Json:
    """Make a transfer, book it and tell of it."""
    transfer = engine.make("transfer", **facts)
    transfer["balance_transaction"] = book_for_accounts(
        engine, transfer, "transfer", -transfer["amount"]
    )
    engine.put(transfer)
    engine.emit("transfer.created", transfer)
    return transfer


def take_back(engine: Engine, transfer: Json, amount: int, **facts: object) -> Json:
    """Reverse `amount` (minor units) of a transfer and return the reversal."""
    reversal = engine.make(
        "transfer_reversal",
        amount=amount,
        currency=transfer["currency"],
        transfer=transfer["id"],
        **facts,
    )
    reversal["balance_transaction"] = book_for_accounts(engine, reversal, "transfer_refund", amount)
    engine.put(reversal)
    reversed_amount = transfer["amount_reversed"] + amount
    shown = transfer["reversals"]
    engine.put(
        transfer
        | {
            "amount_reversed": reversed_amount,
            "reversals": list_object(shown["url"], [reversal, *shown["data"]]),
            "reversed": reversed_amount == transfer["amount"],
        }
    )
    engine.emit("transfer.reversed", engine.find("transfer", transfer["id"]))
    return reversal


def send_on(engine: Engine, charge: Json) -> Json:
    """Send a captured charge on to the account that it was made for; return the charge."""
    data = charge["transfer_data"]
    if not data:
        return charge
    transfer = send(
        engine,
        amount=data.get("amount") or charge["amount_captured"],
        currency=charge["currency"],
        destination=data["destination"],
        source_transaction=charge["id"],
        transfer_group=charge["transfer_group"],
    )
    fee = charge["application_fee_amount"]
    return charge | {
        "application_fee": _collect_fee(engine, charge, fee) if fee else None,
        "transfer": transfer["id"],
    }


def _collect_fee(engine: Engine, charge: Json, amount: int) -> str:
    """Take the platform's fee from the account that a charge went on to."""
    fee = engine.make(
        "application_fee",
        account=charge["transfer_data"]["destination"],
        amount=amount,
        application="ca_practice",
        charge=charge["id"],
        currency=charge["currency"],
    )
    fee["balance_transaction"] = book_for_accounts(engine, fee, "application_fee", amount)
    engine.put(fee)
    engine.emit("application_fee.created", fee)
    return str(fee["id"])


_CATEGORIES = {
    "application_fee": "platform_earning",
    "application_fee_refund": "platform_earning_refund",
    "transfer": "transfer",
    "transfer_refund": "transfer_reversal",
}


def book_for_accounts(engine: Engine, thing: Json, kind: str, amount: int) -> str:
    """Book money that goes to accounts, or comes from them; return the transaction's id."""
    money = settled(amount, thing["currency"], engine.today)
    booking = Booking(
        source=thing["id"],
        type=kind,
        category=_CATEGORIES[kind],
        amount=money.amount,
        currency=money.currency,
        description=thing.get("description"),
        exchange_rate=money.exchange_rate,
        available_at=engine.today,
    )
    return str(engine.book(booking)["id"])
