"""The parameters of an operation: declared as words, then checked and read at once.

`amount!:integer` is required and a whole number; `percent_off:decimal` may have a fraction;
`enabled:flag` is true or false; `locales:words` is a list; `reason=duplicate|fraudulent` is one of
these words; `payload:map` is a map of any names, as metadata always is; `address(city country)` is
a map with these names and no others, `items:list(price)` a list of such maps. A name alone is a
text; `product:any` is whatever the operation looks into by itself. `coupon~` has gone from the
newest version: only requests that do not ask for that version may give it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from dashboard.sandbox.errors import (
    empty_parameter,
    invalid_request,
    missing_parameter,
    unknown_parameters,
    unlisted_value,
)
from dashboard.sandbox.params import decimal_of, flag_of, integer_of, text_of, texts_of
from dashboard.sandbox.shapes import Json

_TOKEN = re.compile(r"[^\s()]+|[()]")
_WORD = re.compile(r"(\w+)([!~]?)(?::(\w+))?(?:=(\S+))?")


class Type(StrEnum):
    """What the value of a parameter is read as."""

    ANY = "any"
    DECIMAL = "decimal"
    FLAG = "flag"
    INTEGER = "integer"
    LIST = "list"
    MAP = "map"
    TEXT = "text"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter that an operation has."""

    needed: bool
    dropped: bool
    """Whether it has gone from the newest version."""
    type: Type
    choices: tuple[str, ...]
    """The words that it may be, any when there are none."""
    inner: Mapping[str, Parameter]
    """The parameters within it, when they are declared."""

    def value(self, name: str, given: Any) -> Any:
        """Return what was sent as a value, None for an empty text; raises Stripe's 400."""
        if given == "":
            if self.needed or self.type is Type.FLAG:
                raise empty_parameter(name)
            return None
        if self.inner:
            return self._members(name, given)
        value = self._plain(name, given)
        for word in value if isinstance(value, list) else [value]:
            if self.choices and word not in self.choices:
                raise unlisted_value(name, self.choices)
        return value

    def _members(self, name: str, given: Any) -> Any:
        if self.type is not Type.LIST:
            return self._map(name, given)
        if not isinstance(given, list):
            raise invalid_request("Invalid array", param=name)
        return [self._map(f"{name}[{place}]", one) for place, one in enumerate(given)]

    def _map(self, name: str, given: Any) -> Json:
        if not isinstance(given, dict):
            raise invalid_request("Invalid object", param=name)
        return read(self.inner, given, name)

    def _plain(self, name: str, given: Any) -> Any:
        match self.type:
            case Type.INTEGER:
                return integer_of(name, given)
            case Type.DECIMAL:
                return decimal_of(name, given)
            case Type.FLAG:
                return flag_of(name, given)
            case Type.WORDS:
                return texts_of(name, given)
            case Type.TEXT:
                return text_of(name, given)
            case Type.MAP if not isinstance(given, dict):
                raise invalid_request("Invalid object", param=name)
            case Type.LIST if not isinstance(given, list):
                raise invalid_request("Invalid array", param=name)
        return given


def declare(words: str) -> dict[str, Parameter]:
    """Return the parameters that `words` declare; raises ValueError for a word amiss."""
    tokens: list[str] = _TOKEN.findall(words)
    return _parameters(iter([*tokens, ")"]))


def newest(declared: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """Return the parameters that the newest version has."""
    return {
        name: replace(one, inner=newest(one.inner))
        for name, one in declared.items()
        if not one.dropped
    }


def read(declared: Mapping[str, Parameter], tree: Json, outer: str = "") -> Json:
    """Return the parameters of a request as values, those within `outer` when it is named.

    Raises Stripe's 400 for one that is unknown, missing, or no such value.
    """
    names = {one: f"{outer}[{one}]" if outer else one for one in (*tree, *declared)}
    unknown = tree.keys() - declared.keys()
    if unknown:
        raise unknown_parameters(names[one] for one in unknown)
    older = any(declared[one].dropped for one in tree)
    for one, parameter in declared.items():
        # What has gone stands for what took its place.
        if parameter.needed and one not in tree and not older:
            raise missing_parameter(names[one])
    return {one: declared[one].value(names[one], given) for one, given in tree.items()}


def _parameters(tokens: Iterator[str]) -> dict[str, Parameter]:
    """Take the tokens up to the closing bracket."""
    found: dict[str, Parameter] = {}
    last = ""
    for word in tokens:
        if word == ")":
            break
        if word == "(":
            found[last] = replace(found[last], inner=_parameters(tokens))
        else:
            last, parameter = _parameter(word)
            found[last] = parameter
    return found


def _parameter(word: str) -> tuple[str, Parameter]:
    parts = _WORD.fullmatch(word)
    if parts is None:
        raise ValueError(f"{word} declares no parameter")
    name, mark, kind, choices = parts.groups()
    words = tuple(choices.split("|")) if choices else ()
    kind = kind or ("map" if name == "metadata" else "text")
    return name, Parameter(mark == "!", mark == "~", Type(kind), words, {})
