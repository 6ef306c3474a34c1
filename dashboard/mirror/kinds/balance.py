"""The balance as Stripe states it now; one object a book, kept whole.

https://docs.stripe.com/api/balance
"""

from dashboard.mirror.kinds.base import Kind, Raw, Row, mirror_table

balances = mirror_table("balances")


def project(_raw: Raw) -> Row:
    """Return no columns: its amounts are lists by currency, read from the raw object."""
    return {}


# The balance changes with every payment, and the ledger tells its history.
KIND = Kind(
    "balance", balances, project, path="/v1/balance", windowed=False, single=True, versioned=False
)
