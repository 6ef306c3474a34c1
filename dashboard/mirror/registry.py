"""Every kind that is mirrored, and what is derived from it.

A new kind is a file in kinds/ and a line here.
"""

from collections.abc import Mapping

from dashboard.mirror import payments
from dashboard.mirror.changes import Follower
from dashboard.mirror.kinds import balance_transaction, charge, customer, payment_intent
from dashboard.mirror.kinds.base import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        customer.KIND,
        payment_intent.KIND,
        charge.KIND,
        balance_transaction.KIND,
    )
}
"""By Stripe's word for the object, in the order in which they are filled."""

FOLLOWERS: Mapping[str, tuple[Follower, ...]] = {
    "payment_intent": (payments.follow_intents,),
    "charge": (payments.follow_charges,),
}
"""What keeps step with a kind's rows, in the order in which it runs."""
