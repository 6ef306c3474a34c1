"""Taxes on subscriptions: on top of the price in Germany, inside it in Britain."""

from dataclasses import dataclass
from fractions import Fraction

from dashboard.sandbox.shapes import Json, build
from dashboard.sandbox.world.company import Company
from dashboard.sandbox.world.tariff import Currency, rounded


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A tax: its percentage, whether prices include it, and its object."""

    id: str
    percentage: int
    inclusive: bool
    object: Json

    def on(self, amount: int, currency: Currency) -> int:
        """Return the tax in or on ``amount`` minor units of ``currency``."""
        base = 100 + self.percentage if self.inclusive else 100
        return rounded(Fraction(amount * self.percentage, base), currency)

    def row(self, amount: int, taxable: int) -> Json:
        """Return how invoices and their lines state ``amount`` of this tax."""
        return {
            "amount": amount,
            "tax_behavior": "inclusive" if self.inclusive else "exclusive",
            "tax_rate_details": {"tax_rate": self.id},
            "taxability_reason": "standard_rated",
            "taxable_amount": taxable,
            "type": "tax_rate_details",
        }


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
    written = build(
        "tax_rate",
        id=company.ids.new("txr"),
        created=company.opened_at + 120,
        country=country,
        display_name=name,
        effective_percentage=percentage,
        inclusive=inclusive,
        jurisdiction=country,
        jurisdiction_level="country",
        percentage=percentage,
        tax_type="vat",
    )
    return TaxRate(written["id"], percentage, inclusive, written)
