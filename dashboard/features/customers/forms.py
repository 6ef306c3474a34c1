"""What the list of customers can be narrowed by."""

from dashboard.web.filters import CURRENCY, Choice, Dates, Text

FILTERS = (
    Dates("created", "Created"),
    Choice("delinquent", "Delinquent", (("yes", "Owes money"), ("no", "In good standing"))),
    Text("country", "Country", str.upper),
    CURRENCY,
)
