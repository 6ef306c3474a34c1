"""Making, changing and deleting products."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.operations.billing.price_parameters import AMOUNTS, BEHAVIOR, CUSTOM
from dashboard.sandbox.operations.billing.pricing import make_price
from dashboard.sandbox.operations.metadata import merged_metadata
from dashboard.sandbox.operations.operation import operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json

_COMMON = (
    "active:flag description images:words marketing_features:list(name!) metadata"
    " package_dimensions(height!:decimal length!:decimal weight!:decimal width!:decimal)"
    " shippable:flag statement_descriptor tax_code tax_details(performance_location tax_code)"
    " unit_label url"
)
_NO_TAX_DETAILS = {"performance_location": None, "tax_code": None}
_LISTS = ("images", "marketing_features")
_FIELDS = (
    "active",
    "description",
    "name",
    "package_dimensions",
    "shippable",
    "statement_descriptor",
    "tax_code",
    "tax_details",
    "type",
    "unit_label",
    "url",
)

PRODUCT_DATA = (
    "(active:flag id metadata name! statement_descriptor tax_code"
    " tax_details(performance_location tax_code) unit_label)"
)
"""What describes a product within the parameters of its price."""


@operation(
    "POST",
    "/v1/products",
    "product",
    f"{_COMMON} id name! type=service|good"
    f" default_price_data(currency! currency_options:map metadata {AMOUNTS} {BEHAVIOR} {CUSTOM}"
    " recurring(interval!=day|month|week|year interval_count:integer))",
)
def create_product(engine: Engine, params: Params) -> Json:
    """Make a product, and its default price when one is described."""
    product = make_product(engine, params.values)
    data = params.values.get("default_price_data")
    if data:
        price = make_price(engine, product["id"], data, "default_price_data")
        product = engine.change(product, "product.updated", {"default_price": price["id"]})
    return product


@operation("POST", "/v1/products/{product}", "product", f"{_COMMON} default_price name")
def update_product(engine: Engine, params: Params, product: str) -> Json:
    """Change what the parameters name and leave the rest."""
    before = engine.find("product", product)
    changes = _changes(before, params.values)
    if "default_price" in params.values:
        changes["default_price"] = _default_price(engine, product, params.values["default_price"])
    return engine.change(before, "product.updated", changes | {"updated": engine.now})


@operation("DELETE", "/v1/products/{product}", "product")
def delete_product(engine: Engine, params: Params, product: str) -> Json:  # noqa: ARG001
    """Delete a product that has no prices; raises Stripe's 400 for one that has."""
    found = engine.find("product", product)
    if engine.shelf.bodies("price", "WHERE product = ? LIMIT 1", (product,)):
        raise invalid_request(
            "This product cannot be deleted because it has one or more prices. Archive it with "
            "active=false instead."
        )
    engine.emit("product.deleted", found)
    return engine.shelf.remove(found)


def make_product(engine: Engine, given: Json) -> Json:
    """Keep a new product as `given` describes it; raises Stripe's 400 when its id is taken."""
    product = engine.make("product", name=given["name"], updated=engine.now)
    product |= _changes(product, given)
    if given.get("id"):
        product["id"] = given["id"]
        if engine.shelf.knows("product", product["id"]):
            raise invalid_request(
                f"Product already exists with id {product['id']}.",
                code="resource_already_exists",
                param="id",
            )
    engine.put(product)
    engine.emit("product.created", product)
    return product


def _changes(product: Json, given: Json) -> Json:
    changes = {name: given[name] for name in _FIELDS if name in given}
    changes |= {name: given[name] or [] for name in _LISTS if name in given}
    if given.get("tax_details"):
        changes["tax_details"] = _NO_TAX_DETAILS | given["tax_details"]
    if "metadata" in given:
        changes["metadata"] = merged_metadata(product["metadata"], given["metadata"])
    return changes


def _default_price(engine: Engine, product: str, named: str | None) -> str | None:
    if named is None:
        return None
    price = engine.find("price", named, "default_price")
    if price["product"] != product:
        raise invalid_request(
            f"The price {named} belongs to another product.", param="default_price"
        )
    return named
