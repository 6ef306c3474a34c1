"""What the list of disputes can be narrowed by."""

from dashboard.web.filters import CURRENCY, Amounts, Choice, Dates

STATUSES = (
    ("needs_response", "Needs response"),
    ("under_review", "Under review"),
    ("won", "Won"),
    ("lost", "Lost"),
    ("warning_needs_response", "Inquiry: needs response"),
    ("warning_under_review", "Inquiry: under review"),
    ("warning_closed", "Inquiry: closed"),
    ("prevented", "Prevented"),
)

REASONS = (
    ("fraudulent", "Fraudulent"),
    ("product_not_received", "Product not received"),
    ("product_unacceptable", "Product unacceptable"),
    ("subscription_canceled", "Subscription canceled"),
    ("duplicate", "Duplicate"),
    ("credit_not_processed", "Credit not processed"),
    ("unrecognized", "Unrecognized"),
    ("general", "General"),
)

FILTERS = (
    Choice("status", "Status", STATUSES),
    Dates("due", "Due", future=True),
    Choice("reason", "Reason", REASONS),
    Amounts("amount", "Amount"),
    CURRENCY,
    Dates("created", "Created"),
)
