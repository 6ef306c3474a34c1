"""Every shape is what Stripe documents, and building from it is safe and fast."""

import timeit
from typing import Any

import pytest

from dashboard.sandbox.shapes import SHAPES, build, part
from dashboard.sandbox.shapes.shape import builder_of

_NOT_PRACTISED = {"bank_account", "payment_method", "plan"}
"""Objects of which only the fields that the world uses are described."""


def _example(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Build the object with nothing but what it needs, of the documented types."""
    given: dict[str, Any] = {}
    for name in builder_of(SHAPES[kind]).needed:
        about = schema["properties"][name]
        choices = about.get("enum") or about.get("x-enum") or ["text"]
        given[name] = 1 if about.get("type") == "number" else choices[0]
        if about.get("type") == "boolean":
            given[name] = True
        if about.get("type") == "array":
            given[name] = []
    return build(kind, **given | _NESTED.get(kind, {}))


_PERIOD = part("period", start=1, end=2)
_NESTED: dict[str, dict[str, Any]] = {
    "promotion_code": {"promotion": part("coupon_source", coupon="SAVE")},
    "discount": {"source": part("coupon_source", coupon="SAVE")},
    "subscription_item": {
        "plan": build("plan", id="p", created=1, currency="usd", interval="month"),
        "price": build("price", id="p", created=1, currency="usd", product="prod_1"),
    },
    "line_item": {"period": _PERIOD},
    "invoiceitem": {"period": _PERIOD},
    "invoice_payment": {"payment": {"type": "payment_intent", "payment_intent": "pi_1"}},
    "event": {"data": {"object": {}}},
    "mandate": {"payment_method_details": part("payment_method_details", type="card")},
    "setup_attempt": {"payment_method_details": part("payment_method_details", type="card")},
}


@pytest.mark.parametrize("kind", SHAPES)
def test_the_least_object_of_a_shape_is_valid(kind: str, spec: Any) -> None:
    unknown: list[str] = []
    made = _example(kind, spec.schemas[kind])
    assert spec.check(made, name=kind, unknown=unknown) == []
    assert unknown == []


@pytest.mark.parametrize("kind", SHAPES)
def test_a_shape_knows_the_documented_fields_and_no_others(kind: str, spec: Any) -> None:
    known = builder_of(SHAPES[kind]).known
    documented = set(spec.schemas[kind]["properties"])
    assert known <= documented
    if kind not in _NOT_PRACTISED:
        assert documented <= known


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(TypeError, match="charge has no field amuont"):
        build("charge", id="ch_1", created=1, amuont=1, currency="usd", status="succeeded")


def test_a_missing_field_is_refused() -> None:
    with pytest.raises(TypeError, match="charge needs amount, currency"):
        build("charge", id="ch_1", created=1, status="succeeded")


def test_two_objects_share_no_default() -> None:
    first = build("subscription", **_SUBSCRIPTION)
    second = build("subscription", **_SUBSCRIPTION)
    first["metadata"]["a"] = "b"
    first["items"]["data"].append("si_1")
    first["trial_settings"]["end_behavior"]["missing_payment_method"] = "cancel"
    assert second["metadata"] == {}
    assert second["items"]["data"] == []
    assert second["trial_settings"]["end_behavior"]["missing_payment_method"] == "create_invoice"


_SUBSCRIPTION: dict[str, Any] = {
    "id": "sub_1",
    "created": 1,
    "billing_cycle_anchor": 1,
    "currency": "usd",
    "customer": "cus_1",
    "start_date": 1,
    "status": "active",
}


def test_nested_lists_know_their_url() -> None:
    items = build("subscription", **_SUBSCRIPTION)["items"]
    assert items["url"] == "/v1/subscription_items?subscription=sub_1"


def test_building_a_charge_takes_microseconds() -> None:
    def make() -> None:
        build("charge", id="ch_1", created=1, amount=1, currency="usd", status="succeeded")

    assert min(timeit.repeat(make, number=1000, repeat=3)) < 0.05
