"""The list parameters of each object: how they are written in its shape and what SQL they become.

A filter in a shape reads `parameter`, `parameter:path`, `parameter:test` or `parameter:path:test`,
where the dotted path (the parameter itself when left out) says which field of the object answers.
The shape's `choices` name the words that a parameter may be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from dashboard.sandbox.errors import empty_parameter, unknown_parameters, unlisted_value
from dashboard.sandbox.params import Params, flag_of, integer_of, text_of, texts_of
from dashboard.sandbox.shapes import SHAPES, Json


class Match(StrEnum):
    """How the parameter is compared with the field."""

    EQUAL = "equal"
    ANY = "any"
    ANY_CASE = "any_case"
    RANGE = "range"
    FLAG = "flag"
    AMONG = "among"
    MISSING = "missing"
    WILDCARD = "wildcard"
    ALIVE = "alive"
    DELIVERED = "delivered"
    WAITING = "waiting"


_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_TEXTUAL = {Match.EQUAL, Match.ANY_CASE, Match.AMONG, Match.WILDCARD}
_ENDED = ("canceled", "incomplete_expired")
_SPACE = " "


@dataclass(frozen=True, slots=True)
class Filter:
    """One parameter of a list call; `column` is where the state keeps the field."""

    parameter: str
    path: str
    test: Match
    choices: tuple[str, ...] = ()

    @property
    def refers_to(self) -> str | None:
        """The kind of object that the parameter names by its id, None when it names none."""
        name = self.parameter.rpartition("[")[2].removesuffix("]")
        return name if name in SHAPES and SHAPES[name].path else None

    @property
    def column(self) -> str:
        """The column's name: the path, made safe."""
        return self.path.replace(".data.*", "").replace(".", "_")


@dataclass(frozen=True, slots=True)
class Condition:
    """A piece of a WHERE clause with the values of its question marks."""

    sql: str
    values: tuple[Any, ...] = ()


@cache
def filters_of(kind: str) -> tuple[Filter, ...]:
    """Return the filters of one kind of object."""
    choices = SHAPES[kind].choices
    return tuple(_parse(word, choices) for word in SHAPES[kind].filters.split())


@cache
def columns_of(kind: str) -> dict[str, Filter]:
    """Return the columns that the state keeps for a kind beside id and created."""
    hidden = {name: Filter(name, name, Match.EQUAL) for name in SHAPES[kind].hidden.split()}
    named = {one.column: one for one in filters_of(kind) if one.path not in {"id", "created"}}
    return {**named, **hidden}


def column_value(found: Filter, thing: Json) -> Any:
    """Return what the column holds for this object: a number, a text or None."""
    value = dig(thing, found.path.split("."))
    if isinstance(value, list):
        return _SPACE + _SPACE.join(str(one) for one in value) + _SPACE
    return value


def dig(thing: Any, path: list[str]) -> Any:
    """Follow a path into nested JSON; `*` gathers a list; None where the path ends early."""
    for position, step in enumerate(path):
        if step == "*":
            return [dig(one, path[position + 1 :]) for one in thing or ()]
        if not isinstance(thing, dict):
            return None
        thing = thing.get(step)
    return thing


def conditions(kind: str, params: Params) -> list[Condition]:
    """Return the WHERE pieces that the parameters ask for.

    Raises a 400 for values that the filter cannot understand.
    """
    found = []
    for one in filters_of(kind):
        value = params.nested(one.parameter)
        if value == "":
            raise empty_parameter(one.parameter)
        if one.choices and value is not None and value not in one.choices:
            raise unlisted_value(one.parameter, one.choices)
        if value is not None or one.test is Match.ALIVE:
            found += _compared(one, value)
    return found


def _parse(word: str, choices: Mapping[str, str]) -> Filter:
    parameter, *rest = word.split(":")
    test = Match(rest.pop()) if rest and rest[-1] in set(Match) else Match.EQUAL
    path = rest[0] if rest else parameter.replace("[", ".").replace("]", "")
    return Filter(parameter, path, test, tuple(choices.get(parameter, "").split()))


def _compared(one: Filter, value: Any) -> list[Condition]:
    column = f'"{one.column}"'
    match one.test:
        case Match.RANGE:
            return _range(one, column, value)
        case Match.ALIVE:
            return _alive(column, value)
        case Match.ANY:
            return [_any(one, column, value)]
    return [_single(one, column, value)]


def _single(one: Filter, column: str, value: Any) -> Condition:
    if one.test in _TEXTUAL:
        return _textual(one.test, column, text_of(one.parameter, value))
    wanted = flag_of(one.parameter, value)
    if one.test is Match.MISSING:
        return Condition(f"{column} IS {'' if wanted else 'NOT '}NULL")
    if one.test is Match.DELIVERED:
        return Condition(f"{column} {'=' if wanted else '>'} 0")
    if one.test is Match.WAITING:
        return Condition(f"{column} {'=' if wanted else '<>'} 'not_started'")
    return Condition(f"{column} = ?", (int(wanted),))


def _textual(test: Match, column: str, text: str) -> Condition:
    if test is Match.AMONG:
        return Condition(f"instr({column}, ?)", (f" {text} ",))
    if test is Match.WILDCARD:
        return Condition(f"{column} GLOB ?", (re.sub(r"[\[?]", r"[\g<0>]", text),))
    if test is Match.ANY_CASE:
        return Condition(f"{column} = ? COLLATE NOCASE", (text,))
    return Condition(f"{column} = ?", (text,))


def _any(one: Filter, column: str, value: Any) -> Condition:
    wanted = texts_of(one.parameter, value)
    return Condition(f"{column} IN ({', '.join('?' * len(wanted))})", tuple(wanted))


def _range(one: Filter, column: str, value: Any) -> list[Condition]:
    if not isinstance(value, dict):
        return [Condition(f"{column} = ?", (integer_of(one.parameter, value),))]
    unknown = value.keys() - _COMPARISONS.keys()
    if unknown:
        raise unknown_parameters(f"{one.parameter}[{name}]" for name in unknown)
    return [
        Condition(f"{column} {_COMPARISONS[key]} ?", (integer_of(f"{one.parameter}[{key}]", end),))
        for key, end in value.items()
    ]


def _alive(column: str, value: Any) -> list[Condition]:
    """Subscriptions: the canceled are listed only when they are asked for."""
    match value:
        case None:
            return [Condition(f"{column} <> 'canceled'")]
        case "all":
            return []
        case "ended":
            return [Condition(f"{column} IN (?, ?)", _ENDED)]
        case _:
            return [Condition(f"{column} = ?", (value,))]
