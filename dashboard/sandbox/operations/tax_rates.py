"""Making and changing tax rates."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.operations.metadata import merged_metadata
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_TYPES = (
    "admissions_tax|amusement_tax|attendance_tax|communications_tax|digital_excise_tax"
    "|entertainment_tax|get_fund|gross_receipts_tax|gst|hospitality_tax|hst|igst|jct|lease_tax"
    "|luxury_tax|mass_transit_parking_tax|nhil|parking_tax|pst|qst|resort_tax|retail_delivery_fee"
    "|rst|sales_tax|service_tax|tourism_tax|utility_users_tax|vat"
)
_TEXTS = ("country", "description", "jurisdiction", "state", "tax_type")
_COMMON = f"active:flag country description jurisdiction metadata state tax_type={_TYPES}"
_WHOLE = 100


@operation(
    "POST",
    "/v1/tax_rates",
    "tax_rate",
    f"{_COMMON} display_name! inclusive!:flag percentage!:decimal",
)
def create_tax_rate(engine: Engine, params: Params) -> Json:
    """Make a tax rate in percent, on top of prices or inside them."""
    given = params.values
    if not 0 <= given["percentage"] <= _WHOLE:
        raise invalid_request(
            f"Invalid percentage: it must be from 0 to {_WHOLE}.", param="percentage"
        )
    rate = engine.make(
        "tax_rate",
        active=given.get("active", True),
        display_name=given["display_name"],
        effective_percentage=given["percentage"],
        inclusive=given["inclusive"],
        metadata=given.get("metadata") or {},
        percentage=given["percentage"],
        **{name: given.get(name) for name in _TEXTS},
    )
    engine.put(rate)
    engine.emit("tax_rate.created", rate)
    return rate


@operation("POST", "/v1/tax_rates/{tax_rate}", "tax_rate", f"{_COMMON} display_name")
def update_tax_rate(engine: Engine, params: Params, tax_rate: str) -> Json:
    """Change everything but the percentage of a tax rate."""
    before, given = engine.find("tax_rate", tax_rate), params.values
    names = ("active", "display_name", *_TEXTS)
    changes = {name: given[name] for name in names if name in given}
    if "metadata" in given:
        changes["metadata"] = merged_metadata(before["metadata"], given["metadata"])
    return engine.change(before, "tax_rate.updated", changes)
