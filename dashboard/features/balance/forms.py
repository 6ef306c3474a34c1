"""What balance transactions can be narrowed by, and the period of the summary."""

from dashboard.web.filters import CURRENCY, Amounts, Choice, Dates, Text

CATEGORIES = (
    ("charge", "Charge"),
    ("charge_failure", "Charge failure"),
    ("partial_capture_reversal", "Partial capture reversal"),
    ("refund", "Refund"),
    ("refund_failure", "Refund failure"),
    ("dispute", "Dispute"),
    ("dispute_reversal", "Dispute reversal"),
    ("fee", "Stripe fee"),
    ("tax", "Tax on fees"),
    ("network_cost", "Network cost"),
    ("payout", "Payout"),
    ("payout_reversal", "Payout reversal"),
    ("topup", "Top-up"),
    ("topup_reversal", "Top-up reversal"),
    ("transfer", "Transfer"),
    ("transfer_reversal", "Transfer reversal"),
    ("risk_reserved_funds", "Reserve"),
    ("other_adjustment", "Adjustment"),
)

FILTERS = (
    Dates("created", "Created"),
    Choice("category", "Category", CATEGORIES),
    CURRENCY,
    Amounts("amount", "Amount"),
    Dates("available", "Available", future=True),
    Text("type", "Type"),
    Text("payout", "Payout"),
)

PERIOD = Dates("created", "Period")
