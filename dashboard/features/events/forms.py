"""What the list of events can be narrowed by."""

from dashboard.web.filters import Choice, Dates, Text

KINDS = (
    ("payment_intent", "Payment"),
    ("charge", "Charge"),
    ("refund", "Refund"),
    ("dispute", "Dispute"),
    ("customer", "Customer"),
    ("payment_method", "Payment method"),
    ("subscription", "Subscription"),
    ("invoice", "Invoice"),
    ("product", "Product"),
    ("price", "Price"),
    ("coupon", "Coupon"),
    ("checkout.session", "Checkout"),
    ("payout", "Payout"),
    ("balance", "Balance"),
    ("account", "Account"),
)

FILTERS = (
    Dates("created", "When"),
    Text("type", "Type"),
    Choice("kind", "Kind", KINDS),
    Text("object", "Object"),
    Text("customer", "Customer"),
)
