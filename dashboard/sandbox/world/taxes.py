"""Taxes on subscriptions: on top of the price in Germany, inside it in Britain."""

from dataclasses import dataclass
from fractions import Fraction

from dashboard.sandbox.reckoning.bills import Tax
from dashboard.sandbox.shapes import Json, build
from dashboard.sandbox.world.company import Company


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A tax, and the object that Stripe shows of it."""

    tax: Tax
    object: Json


def tax_rates(company: Company) -> dict[str, TaxRate]:
    """Write the tax rates of ``company`` and return them by country."""
    rates = {
        "DE": _rate(company, "DE", "USt.", 19, inclusive=False),
        "GB": _rate(company, "GB", "VAT", 20, inclusive=True),
    }
    for rate in rates.values():
        company.emit(rate.object)
    return rates


def _rate(
    company: Company, country: str, name: str, percentage: int, *, inclusive: bool
) -> TaxRate:
    at = company.opened_at + 120
    written = build(
        "tax_rate",
        id=company.ids.new("txr", at),
        created=at,
        country=country,
        display_name=name,
        effective_percentage=percentage,
        inclusive=inclusive,
        jurisdiction=country,
        jurisdiction_level="country",
        percentage=percentage,
        tax_type="vat",
    )
    return TaxRate(Tax(written["id"], Fraction(percentage), inclusive), written)
