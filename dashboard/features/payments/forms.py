"""What the list of payments can be narrowed by."""

from dashboard.web.filters import CURRENCY, Amounts, Choice, Dates, Text

STATUSES = (
    ("succeeded", "Succeeded"),
    ("partially_refunded", "Partial refund"),
    ("refunded", "Refunded"),
    ("needs_response", "Needs response"),
    ("disputed", "Disputed"),
    ("lost", "Dispute lost"),
    ("uncaptured", "Uncaptured"),
    ("processing", "Processing"),
    ("requires_action", "Requires action"),
    ("incomplete", "Incomplete"),
    ("failed", "Failed"),
    ("canceled", "Canceled"),
)

METHODS = (
    ("card", "Card"),
    ("sepa_debit", "SEPA debit"),
    ("us_bank_account", "US bank account"),
    ("customer_balance", "Bank transfer"),
    ("bacs_debit", "Bacs debit"),
    ("ideal", "iDEAL"),
    ("bancontact", "Bancontact"),
    ("klarna", "Klarna"),
    ("link", "Link"),
    ("paypal", "PayPal"),
)

FILTERS = (
    Dates("created", "Created"),
    Choice("status", "Status", STATUSES),
    Amounts("amount", "Amount"),
    CURRENCY,
    Choice("method", "Method", METHODS),
    Text("last4", "Last four"),
    Text("customer", "Customer"),
)
