"""Payment intents: what a customer owes for one sale.

https://docs.stripe.com/api/payment_intents
"""

from collections.abc import Iterator

from dashboard.mirror.kinds.base import Kind, Part, Raw, Row, amount, mirror_table, word
from dashboard.mirror.kinds.invoice_payment import told
from dashboard.mirror.kinds.read import currency, dig, ref, text, whole

payment_intents = mirror_table(
    "payment_intents",
    word("status"),
    amount("amount_minor"),
    amount("amount_received_minor"),
    word("currency"),
    word("customer_id"),
    word("latest_charge_id"),
)


def project(raw: Raw) -> Row:
    """Return the columns of a payment intent; amounts in minor units of its currency.

    Until 2022-11-15 the intent carried its ``charges``, newest first; since then ``latest_charge``.
    """
    return {
        "status": text(raw.get("status")),
        "amount_minor": whole(raw.get("amount")),
        "amount_received_minor": whole(raw.get("amount_received")),
        "currency": currency(raw),
        "customer_id": ref(raw.get("customer")),
        "latest_charge_id": ref(raw.get("latest_charge")) or ref(dig(raw, "charges", "data", 0)),
    }


def parts(raw: Raw) -> Iterator[Part]:
    """Yield what an intent of before 2025-03-31 says of its invoice, until a charge succeeds.

    From then on the charge says it, and knows when.
    """
    if raw.get("invoice") is not None and raw.get("status") != "succeeded":
        yield from told(
            invoice=raw["invoice"],
            intent=raw,
            charge=None,
            amount_requested=raw.get("amount"),
            currency=raw.get("currency"),
            status="canceled" if raw.get("status") == "canceled" else "open",
            created=raw.get("created"),
        )


KIND = Kind("payment_intent", payment_intents, project, path="/v1/payment_intents", parts=parts)
