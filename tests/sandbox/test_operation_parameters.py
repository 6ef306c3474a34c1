"""Every operation has the parameters that Stripe documents, as it declares them, and no others."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from dashboard.sandbox.declaration import Parameter, Type, declare, newest, read
from dashboard.sandbox.errors import StripeError
from dashboard.sandbox.operations import OPERATIONS, Operation
from dashboard.sandbox.shapes import API_VERSION
from tests.sandbox.asking import Asker

_TYPES = {
    "array": {Type.LIST, Type.WORDS},
    "boolean": {Type.FLAG},
    "number": {Type.INTEGER, Type.DECIMAL},
    "object": {Type.ANY, Type.MAP},
}
_OWN_PAGES = "/v1/payment_pages/"
"""Where Stripe's checkout page pays, which Stripe does not document."""
_MANY = 12
"""How many words a closed set may have before a declaration may leave it open."""


class _Document:
    """What Stripe's document says of parameters, in the words of a declaration."""

    def __init__(self, spec: Any) -> None:
        self._spec = spec

    def parameters(self, method: str, path: str) -> dict[str, Any]:
        """Return the schema of an operation's parameters, by name."""
        template, found = self._spec.op(method, path)
        assert template, f"Stripe has no {method} {path}"
        return self._settled(found.get("x-params") or {"properties": {}})

    def differences(
        self, declared: Mapping[str, Parameter], documented: dict[str, Any], outer: str = ""
    ) -> list[str]:
        """Return what a declaration says otherwise than the document."""
        properties = documented.get("properties", {})
        required = documented.get("required", ())
        declared = newest(declared)
        unknown = declared.keys() - properties.keys() - {"expand"}
        found = [f"{outer}{name}: unknown to Stripe" for name in unknown]
        for name in properties.keys() - {"expand"}:
            needed = "!" if name in required else ""
            said = declared.get(name)
            if (
                said is None
                or not self._agrees(said, properties[name])
                or said.needed != bool(needed)
            ):
                found.append(f"{outer}{name}: declare {name}{needed}{self._word(properties[name])}")
            elif said.inner:
                inner = self._settled(properties[name])
                inner = self._settled(inner.get("items", inner))
                found += self.differences(said.inner, inner, f"{outer}{name}.")
        return found

    def _agrees(self, said: Parameter, schema: dict[str, Any]) -> bool:
        schema = self._settled(schema)
        expected = _TYPES.get(schema.get("type", ""))
        words = self._choices(schema)
        if said.inner:
            return (said.type is Type.LIST) == (schema.get("type") == "array")
        return (expected is None or said.type in expected) and (
            set(said.choices) == words or (not said.choices and len(words) > _MANY)
        )

    def _word(self, schema: dict[str, Any]) -> str:
        schema = self._settled(schema)
        kinds = {"array": ":list", "boolean": ":flag", "number": ":integer", "object": ":map"}
        kind = kinds.get(schema.get("type", ""), "")
        words = sorted(self._choices(schema))
        return f"{kind}{'=' * bool(words)}{'|'.join(words)}"

    def _choices(self, schema: dict[str, Any]) -> set[str]:
        return set(schema.get("enum") or schema.get("x-enum") or ()) - {""}

    def _settled(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Follow references to what is said in the end: a map, where it may be one."""
        while "$ref" in schema or "allOf" in schema:
            schema = schema["allOf"][0] if "allOf" in schema else self._spec._deref(schema)  # noqa: SLF001
        alternatives = [self._settled(one) for one in schema.get("anyOf", ())]
        return next((one for one in alternatives if "properties" in one), schema)


_DOCUMENTED = [one for one in OPERATIONS if not one.path.startswith(_OWN_PAGES)]


@pytest.mark.parametrize("operation", _DOCUMENTED, ids=lambda one: f"{one.method} {one.path}")
def test_an_operation_declares_what_stripe_documents(operation: Operation, spec: Any) -> None:
    document = _Document(spec)
    documented = document.parameters(operation.method, operation.path)
    assert document.differences(operation.accepts, documented) == []


def test_no_url_is_declared_twice() -> None:
    urls = [(one.method, re.sub(r"{[^}]*}", "{}", one.path)) for one in OPERATIONS]
    assert sorted(set(urls)) == sorted(urls)


def test_values_are_read_as_they_are_declared() -> None:
    declared = declare(
        "amount!:integer percent:decimal on:flag tags:words reason=a|b"
        " items:list(price! quantity:integer)"
    )
    sent = {
        "amount": "5",
        "percent": "2.5",
        "on": "true",
        "tags": ["x"],
        "reason": "",
        "items": [{"price": "p", "quantity": "2"}],
    }
    assert read(declared, sent) == {
        "amount": 5,
        "percent": 2.5,
        "on": True,
        "tags": ["x"],
        "reason": None,
        "items": [{"price": "p", "quantity": 2}],
    }


@pytest.mark.parametrize(
    ("sent", "param", "code"),
    [
        ({}, "amount", "parameter_missing"),
        ({"amount": ""}, "amount", "parameter_invalid_empty"),
        ({"amount": "x"}, "amount", "parameter_invalid_integer"),
        ({"amount": "1", "reason": "c"}, "reason", None),
        ({"amount": "1", "items": "x"}, "items", None),
        ({"amount": ["1"]}, "amount", "parameter_invalid_integer"),
        ({"amount": "1", "note": ["x"]}, "note", None),
        ({"amount": "1", "note": {"a": "x"}}, "note", None),
        ({"amount": "1", "card": "x"}, "card", None),
        ({"amount": "1", "items": [{}]}, "items[0][price]", "parameter_missing"),
        ({"amount": "1", "items": [{"price": "p", "a": ""}]}, "items[0][a]", "parameter_unknown"),
    ],
)
def test_what_is_not_as_declared_is_refused_by_name(
    sent: dict[str, Any], param: str, code: str | None
) -> None:
    declared = declare("amount!:integer card:map note reason=a|b items:list(price!)")
    with pytest.raises(StripeError) as refused:
        read(declared, sent)
    assert (refused.value.param, refused.value.code) == (param, code)


def test_a_word_that_declares_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="amount:"):
        declare("amount:")


def test_an_unknown_parameter_is_refused_by_its_name(ask: Asker) -> None:
    body = {"email": "a@example.com", "emial": "a@example.com"}
    error = ask.refused("/v1/customers", 400, method="POST", body=body)
    assert (error["code"], error["param"]) == ("parameter_unknown", "emial")


def test_what_the_newest_version_dropped_is_refused_to_those_who_ask_for_it(ask: Asker) -> None:
    body = {"amount": "500", "currency": "usd", "payment_method_types[]": "card"}
    assert ask.post("/v1/payment_intents", body)["payment_method_types"] == ["card"]
    error = ask.refused(
        "/v1/payment_intents", 400, method="POST", body=body, Stripe_Version=API_VERSION
    )
    assert (error["code"], error["param"]) == ("parameter_unknown", "payment_method_types")


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/v1/products", "default_price_data[currency][0]"),
        ("/v1/coupons", "id[a]"),
        ("/v1/invoices/create_preview", "subscription_details[items][0][price][a]"),
        ("/v1/plans", "product[0]"),
    ],
)
def test_a_list_or_map_in_place_of_a_text_is_refused(ask: Asker, path: str, form: str) -> None:
    given = {"name": "Tea", "currency": "usd", "interval": "day", "duration": "once"}
    accepted = {
        "/v1/products": ("name",),
        "/v1/coupons": ("duration",),
        "/v1/plans": ("currency", "interval"),
    }
    body = {name: given[name] for name in accepted.get(path, ())} | {form: "x"}
    error = ask.refused(path, 400, method="POST", body=body)
    assert error["param"] == re.sub(r"\[(a|0)\]$", "", form)
    assert error["message"].startswith("Invalid string")
