"""Stripe's well-known test bank accounts: when debits of them are paid, and which are refused."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.sandbox.shapes import Json

_SLOW_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Debit:
    """What becomes of a debit: seconds until the bank answers, and its refusal if it refuses."""

    seconds: int = 0
    code: str | None = None
    message: str | None = None


_NO_FUNDS = ("insufficient_funds", "The customer's account has insufficient funds.")
_CLOSED = ("account_closed", "The customer's bank account has been closed.")
_REFUSED = ("debit_not_authorized", "The customer's bank refused the debit.")

# By what the numbers of Stripe's testing page end in, which the objects show.
_BY_FINGERPRINT = {
    "practice35473204": Debit(_SLOW_SECONDS),
    "practice35473202": Debit(0, *_REFUSED),
    "practice35473203": Debit(_SLOW_SECONDS, *_REFUSED),
    "practice00343434": Debit(0, *_REFUSED),
    "practice32013001": Debit(0, *_REFUSED),
    "practice00123456": Debit(_SLOW_SECONDS, *_REFUSED),
    "practice11111116": Debit(0, *_CLOSED),
    "practice11111113": Debit(0, *_CLOSED),
    "practice22222227": Debit(0, *_NO_FUNDS),
}


def bank_fingerprint(number: str) -> str:
    """Return what tells an account from others on the objects that it leaves."""
    return f"practice{number[-8:]}"


def debit_of(method: Json) -> Debit:
    """Return what becomes of a debit by this payment method; those of the world are paid."""
    details = method.get(method["type"]) or {}
    return _BY_FINGERPRINT.get(str(details.get("fingerprint")), Debit())
