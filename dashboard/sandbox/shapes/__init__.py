"""Every Stripe object of the pinned version, described once; `build` and `part` make them.

`build("charge", id="ch_…", created=…, amount=2000, currency="usd", status="succeeded")` returns
the whole object: what was not given takes the shape's default (null where Stripe says null, empty
list objects with their URL, …). `part("card_details", brand="visa", …)` does the same for a nested
part. Both raise TypeError for a field name that the shape does not know, and for a missing one that
has no default. Building costs a few microseconds.
"""

from __future__ import annotations

from typing import Any

from dashboard.sandbox.shapes import (
    agreements,
    billing,
    cash,
    catalogue,
    connect,
    hosted,
    invoices,
    ledger,
    metering,
    payments,
    people,
    reports,
    sources,
    telling,
)
from dashboard.sandbox.shapes.shape import Json, Shape, builder_of, list_object
from dashboard.sandbox.shapes.telling import API_VERSION

__all__ = ["API_VERSION", "SHAPES", "Json", "Shape", "build", "list_object", "part"]

_FAMILIES = (
    payments,
    people,
    sources,
    cash,
    catalogue,
    billing,
    metering,
    invoices,
    agreements,
    ledger,
    connect,
    telling,
    hosted,
    reports,
)

_ALL = [shape for family in _FAMILIES for shape in family.SHAPES]

SHAPES: dict[str, Shape] = {shape.name: shape for shape in _ALL if shape.is_object}
"""Every object by Stripe's name for it."""

_BUILD = {name: builder_of(shape).build for name, shape in SHAPES.items()}
_PARTS = {shape.name: builder_of(shape).build for shape in _ALL if not shape.is_object}


def build(kind: str, /, **fields: Any) -> Json:
    """Return a whole object of Stripe, `fields` over the defaults of its shape."""
    return _BUILD[kind](fields)


def part(name: str, /, **fields: Any) -> Json:
    """Return a nested part of an object, `fields` over the defaults of its shape."""
    return _PARTS[name](fields)
