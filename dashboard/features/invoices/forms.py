"""What the list of invoices can be narrowed by."""

from dashboard.web.filters import CURRENCY, Amounts, Choice, Dates, Text

STATUSES = (
    ("draft", "Draft"),
    ("open", "Open"),
    ("paid", "Paid"),
    ("uncollectible", "Uncollectible"),
    ("void", "Void"),
)

FILTERS = (
    Choice("status", "Status", STATUSES),
    Choice("overdue", "Overdue", (("yes", "Past its due date"), ("no", "Not overdue"))),
    Dates("created", "Created"),
    Dates("due", "Due", future=True),
    Amounts("amount", "Amount"),
    CURRENCY,
    Text("customer", "Customer"),
    Text("subscription", "Subscription"),
)
