"""Postal addresses in request parameters, as the objects show them."""

from __future__ import annotations

from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json, part

ADDRESS = "(city country line1 line2 postal_code state)"
"""The parameters of an address."""

SHIPPING = f"shipping(address!{ADDRESS} carrier name! phone tracking_number)"
"""The parameters of where a payment is sent."""


def address_from(params: Params, name: str) -> Json | None:
    """Return the address that parameter `name` holds, None when it is unset or absent."""
    lines = {line: params.text(f"{name}[{line}]") for line in ADDRESS[1:-1].split()}
    return part("address", **lines) if any(lines.values()) else None


def shipping_from(params: Params) -> Json | None:
    """Return the `shipping` of a request, None when it is unset or absent."""
    given = params.mapping("shipping")
    if not given:
        return None
    said = {name: params.text(f"shipping[{name}]") for name in sorted(given) if name != "address"}
    return said | {"address": address_from(params, "shipping[address]") or part("address")}
