"""The company's Stripe account itself: its name, its time zone and its bank accounts."""

from dashboard.sandbox.shapes import Json, build, part
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.seasons import DAY_SECONDS, TIMEZONE

NAME = "Northwind Pottery & Co."


def account(company: Company) -> Json:
    """Return the account object of ``company``."""
    at = company.opened_at - 30 * DAY_SECONDS
    return build(
        "account",
        id=company.ids.account(at),
        created=at,
        business_profile=part(
            "business_profile", mcc="5719", name=NAME, url="https://northwind.example"
        ),
        business_type="company",
        email="finance@northwind.example",
        settings=part("account_settings", dashboard={"display_name": NAME, "timezone": TIMEZONE}),
    )
