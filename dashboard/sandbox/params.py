"""Request parameters: Stripe's bracket notation decoded into a tree, and typed reading of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

from dashboard.sandbox.errors import invalid_request, missing_parameter, unknown_parameters
from dashboard.sandbox.shapes import Json

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?")
_BRACKETS = re.compile(r"\[([^\]]*)\]")


class Params:
    """The parameters of one request: the `tree` as it was sent, `values` as they were declared."""

    __slots__ = ("tree", "values")

    def __init__(self, tree: Json, values: Json | None = None) -> None:
        self.tree = tree
        self.values = values or {}

    @classmethod
    def decode(cls, encoded: str) -> Params:
        """Decode a query string or form body: `a[b]=1`, `a[]=1` and `a[0]=1` nest."""
        tree: Json = {}
        for name, value in parse_qsl(encoded, keep_blank_values=True):
            _place(tree, [name.split("[", 1)[0], *_BRACKETS.findall(name)], value)
        return cls({name: v if name == "metadata" else _with_lists(v) for name, v in tree.items()})

    def refuse_unknown(self, known: Iterable[str]) -> None:
        """Raise a 400 for the parameters whose outermost names are not known."""
        unknown = self.tree.keys() - set(known)
        if unknown:
            raise unknown_parameters(unknown)

    def nested(self, name: str) -> Any:
        """Return the value of `name` or `outer[inner]`: text, list, dict or None."""
        found: Any = self.tree
        for step in [name.split("[", 1)[0], *_BRACKETS.findall(name)]:
            found = found.get(step) if isinstance(found, dict) else None
        return found

    def text(self, name: str) -> str | None:
        """Return a text, None when absent or unset by an empty string."""
        value = self.nested(name)
        return None if value is None else text_of(name, value) or None

    def needed_text(self, name: str) -> str:
        """Return a text; raises a 400 when it is missing."""
        value = self.text(name)
        if value is None:
            raise missing_parameter(name)
        return value

    def integer(self, name: str) -> int | None:
        """Return an integer or None; raises a 400 for anything else."""
        value = self.nested(name)
        return None if value is None else integer_of(name, value)

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a boolean; raises a 400 for anything but `true` and `false`."""
        value = self.nested(name)
        return default if value is None else flag_of(name, value)

    def texts(self, name: str) -> list[str]:
        """Return a list of texts, empty when absent."""
        value = self.nested(name)
        return [] if value is None else texts_of(name, value)

    def mapping(self, name: str) -> Json | None:
        """Return a nested mapping, None when absent, {} when unset by an empty string."""
        value = self.nested(name)
        if value is None:
            return None
        if value == "":
            return {}
        if not isinstance(value, dict):
            raise invalid_request("Invalid object", param=name)
        return value


def encode(tree: Json) -> str:
    """Return parameters as a form body; what `Params.decode` reads."""
    return urlencode(list(_pairs(tree, "")))


def _pairs(tree: Any, outer: str) -> Iterator[tuple[str, str]]:
    if not isinstance(tree, dict | list):
        yield outer, str(tree)
        return
    for name, inner in tree.items() if isinstance(tree, dict) else enumerate(tree):
        yield from _pairs(inner, f"{outer}[{name}]" if outer else str(name))


def text_of(name: str, value: Any) -> str:
    """Return the text that was sent; raises Stripe's 400 for a list or mapping."""
    if not isinstance(value, str):
        raise invalid_request(f"Invalid string: {value}", param=name)
    return value


def texts_of(name: str, value: Any) -> list[str]:
    """Return the list of texts that was sent; raises Stripe's 400 for anything else."""
    if not isinstance(value, list):
        raise invalid_request("Invalid array", param=name)
    return [str(one) for one in value]


def integer_of(name: str, value: Any) -> int:
    """Return the integer that was sent; raises Stripe's 400 for anything else."""
    if not isinstance(value, str) or not _INTEGER.fullmatch(value):
        raise invalid_request(
            f"Invalid integer: {value}", code="parameter_invalid_integer", param=name
        )
    return int(value)


def decimal_of(name: str, value: Any) -> float:
    """Return the number that was sent; raises Stripe's 400 for anything else."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise invalid_request(
            f"Invalid decimal: {value}", code="parameter_invalid_decimal", param=name
        )
    return float(value)


def flag_of(name: str, value: Any) -> bool:
    """Return the boolean that was sent; raises Stripe's 400 for anything else."""
    if not isinstance(value, str) or value not in {"true", "false"}:
        raise invalid_request(f"Invalid boolean: {value}", param=name)
    return bool(value == "true")


def _place(tree: Json, steps: list[str], value: str) -> None:
    """Put `value` into the tree, lists still as dicts with numbered keys."""
    for step in steps[:-1]:
        inner = tree.setdefault(step or str(len(tree)), {})
        if not isinstance(inner, dict):
            raise invalid_request(f"Invalid object: {steps[0]}", param=steps[0])
        tree = inner
    tree[steps[-1] or str(len(tree))] = value


def _with_lists(value: Any) -> Any:
    """Turn dicts whose keys are all numbers into lists, all the way down."""
    if not isinstance(value, dict):
        return value
    settled = {name: one if name == "metadata" else _with_lists(one) for name, one in value.items()}
    if settled and all(name.isdigit() for name in settled):
        return [settled[name] for name in sorted(settled, key=int)]
    return settled
