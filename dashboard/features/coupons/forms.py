"""What the list of coupons can be narrowed by."""

from dashboard.web.filters import CURRENCY, Choice, Dates

DURATIONS = (("once", "Once"), ("repeating", "Some months"), ("forever", "Forever"))

FILTERS = (
    Choice("status", "Status", (("active", "Active"), ("expired", "Expired"))),
    Choice("duration", "Duration", DURATIONS),
    CURRENCY,
    Dates("created", "Created"),
)
