"""What the list of products can be narrowed by."""

from dashboard.web.filters import Choice, Dates

FILTERS = (
    Choice("status", "Status", (("active", "Active"), ("archived", "Archived"))),
    Dates("created", "Created"),
)
