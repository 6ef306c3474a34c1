"""Payment intents: what a customer owes for one sale.

https://docs.stripe.com/api/payment_intents
"""

from dashboard.mirror.kinds.base import Kind, Raw, Row, amount, mirror_table, word
from dashboard.mirror.kinds.read import dig, ref, text, whole

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
        "currency": text(raw.get("currency")),
        "customer_id": ref(raw.get("customer")),
        "latest_charge_id": ref(raw.get("latest_charge")) or ref(dig(raw, "charges", "data", 0)),
    }


KIND = Kind("payment_intent", payment_intents, project, path="/v1/payment_intents")
