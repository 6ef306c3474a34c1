"""What the list of payouts can be narrowed by."""

from dashboard.web.filters import CURRENCY, Amounts, Choice, Dates

STATUSES = (
    ("paid", "Paid"),
    ("in_transit", "In transit"),
    ("pending", "Pending"),
    ("failed", "Failed"),
    ("canceled", "Canceled"),
)

RECONCILIATIONS = (
    ("completed", "Completed"),
    ("in_progress", "In progress"),
    ("not_applicable", "Not applicable"),
)

FILTERS = (
    Dates("arrival", "Arrival", future=True),
    Choice("status", "Status", STATUSES),
    CURRENCY,
    Amounts("amount", "Amount"),
    Choice("reconciliation", "Reconciliation", RECONCILIATIONS),
    Dates("created", "Created"),
)
