"""The language of Stripe's search, https://docs.stripe.com/search#search-query-language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from operator import ge, gt, le, lt
from typing import Any

from dashboard.sandbox.errors import StripeError, invalid_request
from dashboard.sandbox.filters import Condition, columns_of, dig
from dashboard.sandbox.shapes import SHAPES, Json

_CLAUSE = re.compile(
    r"""\s*(?P<negated>-)?
    (?P<field>[a-z_0-9.]+(?:\[(?:"[^"]*"|'[^']*')\])?)
    \s*(?P<operator>:|~|>=|<=|>|<)\s*
    (?P<value>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?i:null)\b|-?\d+(?:\.\d+)?)\s*""",
    re.VERBOSE,
)
_JOINT = re.compile(r"(AND|OR)\s", re.IGNORECASE)
_MOST_CLAUSES = 10
_SHORTEST_PART = 3
_CARD_SOURCES = ("card", "card_present", "interac_present")
_NARROWING = {"customer", "currency", "status", "payment_intent", "product", "type"}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {">": gt, ">=": ge, "<": lt, "<=": le}


class FieldType(StrEnum):
    """What a field of the language can be asked."""

    EXACT = "exact"
    """Whether it is the value, in any case."""
    STRING = "string"
    """Whether it has the words of the value, or (`~`) the value anywhere."""
    NUMBER = "number"
    """How it compares with the value."""
    REFUNDED = "refunded"
    """Exact: true when all was refunded, false when a part was, null when nothing was."""

    @property
    def operators(self) -> frozenset[str]:
        """The operators that the type understands."""
        match self:
            case FieldType.STRING:
                return frozenset({":", "~"})
            case FieldType.NUMBER:
                return frozenset({":", *_COMPARISONS})
            case _:
                return frozenset({":"})


@dataclass(frozen=True, slots=True)
class Field:
    """Something to search by: `path` leads to it within the object."""

    path: tuple[str, ...]
    type: FieldType

    def of(self, thing: Json) -> Any:
        """Return what the object has in this field, None for nothing."""
        found = dig(thing, list(self.path))
        if self.type is FieldType.REFUNDED:
            return found if thing["amount_refunded"] else None
        return found


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison; a value of None asks for objects without the field."""

    field: Field
    operator: str
    value: str | float | None
    negated: bool

    def matches(self, thing: Json) -> bool:
        """Return whether the object satisfies the clause."""
        return self._holds(self.field.of(thing)) != self.negated

    def _holds(self, found: Any) -> bool:
        if self.value is None or found is None:
            return found is self.value
        if isinstance(self.value, float):
            compare = _COMPARISONS.get(self.operator)
            return compare(found, self.value) if compare else bool(found == self.value)
        text, wanted = _text(found).casefold(), self.value.casefold()
        if self.operator == "~":
            return wanted in text
        if self.field.type is FieldType.STRING:
            return _has_words(text.split(), wanted.split())
        return wanted == text


@dataclass(frozen=True, slots=True)
class Query:
    """A whole search: all of the clauses, or any of them."""

    clauses: tuple[Clause, ...]
    any_of_them: bool

    def matches(self, thing: Json) -> bool:
        """Return whether the object is found."""
        met = (clause.matches(thing) for clause in self.clauses)
        return any(met) if self.any_of_them else all(met)

    def conditions(self, kind: str) -> list[Condition]:
        """Return what the state's own columns can rule out before objects are looked at."""
        if self.any_of_them:
            return []
        return [
            condition
            for clause in self.clauses
            if not clause.negated
            for condition in _condition(kind, clause)
        ]


def parse(kind: str, query: str) -> Query:
    """Read a query; raises Stripe's 400 where it cannot be understood."""
    clauses, joints, position = [], set(), 0
    while position < len(query):
        found = _CLAUSE.match(query, position)
        if found is None:
            raise _unreadable()
        clauses.append(_clause(kind, found))
        position = found.end()
        joint = _JOINT.match(query, position)
        if joint:
            joints.add(joint[1].upper())
            position = joint.end()
        elif position < len(query):
            joints.add("AND")
    if not clauses:
        raise _unreadable()
    if len(joints) > 1:
        raise _refused("You may not use both `AND` and `OR` in the same search query.")
    if len(clauses) > _MOST_CLAUSES:
        raise _refused(f"You may use at most {_MOST_CLAUSES} clauses in a search query.")
    return Query(tuple(clauses), joints == {"OR"})


@cache
def _searchable(kind: str) -> dict[str, Field]:
    """Return each field of the language for a kind by its name."""
    return dict(_fields(SHAPES[kind].search.split()))


def _fields(words: list[str]) -> Iterator[tuple[str, Field]]:
    for word in words:
        named, _, type_ = word.partition(":")
        name, _, path = named.partition("=")
        for source in _CARD_SOURCES if "{source}" in name else ("",):
            steps = (path or name).replace("{source}", source).split(".")
            field = Field(tuple(steps), FieldType(type_ or FieldType.EXACT))
            yield name.replace("{source}", source), field


def _field(kind: str, name: str) -> Field:
    if name.startswith("metadata["):
        return Field(("metadata", name[10:-2]), FieldType.EXACT)
    if name not in _searchable(kind):
        raise _refused(
            f"Field `{name}` is an unsupported search field for resource `{kind}s`. See "
            f"http://stripe.com/docs/search#query-fields-for-{kind.replace('_', '-')}s for a list "
            "of supported fields."
        )
    return _searchable(kind)[name]


def _clause(kind: str, found: re.Match[str]) -> Clause:
    name, operator = found["field"], found["operator"]
    value: str | float | None = _value(found["value"])
    field = _field(kind, name)
    if operator not in field.type.operators:
        raise _refused(f"Operator `{operator}` is not supported for field `{name}`.")
    if field.type is FieldType.NUMBER and value is not None:
        value = _number(name, value)
    if operator == "~" and len(str(value)) < _SHORTEST_PART:
        raise _refused(f"Substring searches need at least {_SHORTEST_PART} characters.")
    return Clause(field, operator, value, found["negated"] is not None)


def _value(written: str) -> str | None:
    if written.casefold() == "null":
        return None
    if written[0] in "\"'":
        return re.sub(r"\\(.)", r"\1", written[1:-1])
    return written


def _number(name: str, value: str | float) -> float:
    try:
        return float(value)
    except ValueError:
        raise _refused(f"Field `{name}` needs a number.") from None


def _text(found: Any) -> str:
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found)


def _has_words(words: list[str], wanted: list[str]) -> bool:
    """Return whether the wanted words stand in a row among the words."""
    if not wanted:
        return not words
    starts = range(len(words) - len(wanted) + 1)
    return any(words[start : start + len(wanted)] == wanted for start in starts)


def _condition(kind: str, clause: Clause) -> Iterator[Condition]:
    """Yield what SQL can say of a clause; what it lets through is looked at again."""
    name = clause.field.path[-1]
    if clause.field.path == ("created",) and isinstance(clause.value, float):
        operator = "=" if clause.operator == ":" else clause.operator
        yield Condition(f"created {operator} ?", (clause.value,))
    elif (
        len(clause.field.path) == 1
        and name in _NARROWING & columns_of(kind).keys()
        and clause.operator == ":"
        and isinstance(clause.value, str)
    ):
        yield Condition(f'"{name}" IN (?, ?)', (clause.value, clause.value.lower()))


_refused = partial(invalid_request, param="query")


def _unreadable() -> StripeError:
    return _refused(
        'We were unable to parse your search query. Try using the format `metadata["key"]:"value"` '
        'to query for metadata or key:"value" to query for other fields.'
    )
