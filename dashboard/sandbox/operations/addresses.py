"""Postal addresses in request parameters, as the objects show them."""

from __future__ import annotations

from dashboard.sandbox.errors import unknown_parameters
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json, part

_LINES = ("city", "country", "line1", "line2", "postal_code", "state")
_SHIPPING = {"address", "carrier", "name", "phone", "tracking_number"}


def address_from(params: Params, name: str) -> Json | None:
    """Return the address that parameter `name` holds, None when it is unset or absent.

    Raises Stripe's 400 for a field that addresses do not have.
    """
    _refuse_unknown(params, name, set(_LINES))
    lines = {line: params.text(f"{name}[{line}]") for line in _LINES}
    return part("address", **lines) if any(lines.values()) else None


def shipping_from(params: Params) -> Json | None:
    """Return the `shipping` of a request, None when it is unset or absent."""
    if not params.mapping("shipping"):
        return None
    _refuse_unknown(params, "shipping", _SHIPPING)
    given = {name: params.text(f"shipping[{name}]") for name in _SHIPPING - {"address"}}
    said = {name: value for name, value in sorted(given.items()) if value is not None}
    return said | {"address": address_from(params, "shipping[address]") or part("address")}


def _refuse_unknown(params: Params, name: str, known: set[str]) -> None:
    unknown = (params.mapping(name) or {}).keys() - known
    if unknown:
        raise unknown_parameters(f"{name}[{line}]" for line in unknown)
