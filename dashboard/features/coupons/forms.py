"""What the list of coupons can be narrowed by."""

from dashboard.web.filters import Choice, Dates, Text

DURATIONS = (("once", "Once"), ("repeating", "Some months"), ("forever", "Forever"))

FILTERS = (
    Choice("status", "Status", (("active", "Active"), ("expired", "Expired"))),
    Choice("duration", "Duration", DURATIONS),
    Text("currency", "Currency", str.lower),
    Dates("created", "Created"),
)
