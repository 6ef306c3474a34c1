"""What the list of subscriptions can be narrowed by."""

from dashboard.web.filters import CURRENCY, Choice, Dates, Text

STATUSES = (
    ("active", "Active"),
    ("trialing", "Trialing"),
    ("past_due", "Past due"),
    ("unpaid", "Unpaid"),
    ("paused", "Paused"),
    ("incomplete", "Incomplete"),
    ("incomplete_expired", "Expired"),
    ("canceled", "Canceled"),
)

COLLECTION = (
    ("charge_automatically", "Charged automatically"),
    ("send_invoice", "Invoice by e-mail"),
)

FILTERS = (
    Choice("status", "Status", STATUSES),
    Choice("cancels", "Cancellation", (("yes", "Scheduled"), ("no", "Not scheduled"))),
    Dates("created", "Created"),
    Text("product", "Product"),
    Text("price", "Price"),
    Text("customer", "Customer"),
    CURRENCY,
    Choice("collection", "Collection", COLLECTION),
)
