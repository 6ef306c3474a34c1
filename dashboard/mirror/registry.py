"""Every kind that is mirrored, and what is derived from it.

A new kind is a file in kinds/ and a line here.
"""

from collections.abc import Mapping

from dashboard.mirror import documents, invoice_links, payment_news, profile
from dashboard.mirror.changes import Follower
from dashboard.mirror.kinds import (
    account,
    balance,
    balance_transaction,
    charge,
    coupon,
    customer,
    dispute,
    event,
    invoice,
    invoice_payment,
    line_item,
    payment_intent,
    payment_method,
    payout,
    price,
    product,
    refund,
    subscription,
    subscription_item,
)
from dashboard.mirror.kinds.base import Kind
from dashboard.mirror.measures import keeping, ledger, mrr_changes
from dashboard.mirror.measures.daily import daily_customers, daily_disputes

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        account.KIND,
        balance.KIND,
        product.KIND,
        price.KIND,
        coupon.KIND,
        customer.KIND,
        payment_method.KIND,
        subscription.KIND,
        subscription_item.KIND,
        invoice.KIND,
        line_item.KIND,
        invoice_payment.KIND,
        payment_intent.KIND,
        charge.KIND,
        refund.KIND,
        dispute.KIND,
        balance_transaction.KIND,
        payout.KIND,
        event.KIND,
    )
}
"""By Stripe's word for the object, in the order in which they are filled."""

FOLLOWERS: Mapping[str, tuple[Follower, ...]] = {
    "account": (profile.follow, keeping.follow_account),
    "invoice_payment": (invoice_links.follow,),
    "payment_intent": (payment_news.follow_intents,),
    "charge": (payment_news.follow_charges,),
    "dispute": (payment_news.follow_disputes, daily_disputes.follow),
    "balance_transaction": (ledger.follow,),
    "price": (mrr_changes.follow_prices,),
    "coupon": (mrr_changes.follow_coupons,),
    "subscription": (mrr_changes.follow_subscriptions,),
    "event": (mrr_changes.follow_events,),
    "customer": (
        documents.follower("customer", ("name", "email")),
        daily_customers.follow,
        mrr_changes.follow_customers,
    ),
    "product": (documents.follower("product", ("name", "description")),),
    "invoice": (documents.follower("invoice", ("number", "customer_name", "customer_email")),),
}
"""What keeps step with a kind's rows, in the order in which it runs."""
