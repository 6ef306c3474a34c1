"""Stripe's search: its query language, and the pages of results."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

import orjson

from dashboard.sandbox import expansion
from dashboard.sandbox.errors import StripeError, invalid_request
from dashboard.sandbox.filters import Condition, columns_of, dig
from dashboard.sandbox.listing import limit_of
from dashboard.sandbox.params import Params, integer_of
from dashboard.sandbox.shapes import SHAPES, Json
from dashboard.sandbox.shelf import Shelf

_CLAUSE = re.compile(
    r"""\s*(?P<negated>-)?
    (?P<field>[a-z_0-9.]+(?:\[(?:"[^"]*"|'[^']*')\])?)
    \s*(?P<operator>:|~|>=|<=|>|<)\s*
    (?P<value>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|null|true|false|-?\d+(?:\.\d+)?)\s*""",
    re.VERBOSE,
)
_JOINT = re.compile(r"(AND|OR)\s", re.IGNORECASE)
_SHORTEST_PART = 3
_SAME_IN_ANY_CASE = {"customer", "currency", "status", "payment_intent", "product", "type"}


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison: `field` is the dotted path of the object."""

    path: tuple[str, ...]
    operator: str
    value: str | float | None
    negated: bool

    def matches(self, thing: Json) -> bool:
        """Return whether the object satisfies the clause."""
        return self._holds(dig(thing, list(self.path))) != self.negated

    def _holds(self, found: Any) -> bool:
        if self.value is None or found is None:
            return self.operator == ":" and found is self.value
        if isinstance(self.value, float):
            return _compare(found, self.operator, self.value)
        text = _text(found)
        if self.operator == "~":
            return self.value.casefold() in text.casefold()
        return self.value.casefold() == text.casefold()


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


def search_objects(shelf: Shelf, kind: str, params: Params, url: str) -> bytes:
    """Return one page of search results as JSON.

    Raises Stripe's 400 for a query that it could not parse and for fields that it cannot search.
    """
    params.refuse_unknown({"query", "limit", "page", "expand"})
    query = parse(kind, params.needed_text("query"))
    counted = "total_count" in params.texts("expand")
    paths = expansion.requested(_without_count(params), in_list=True)
    limit = limit_of(params)
    matching = _matching(shelf, kind, query, _place_of(params.text("page")))
    found = list(islice(matching, limit + 1))
    shown = found[:limit]
    has_more = len(found) > limit
    result: Json = {"object": "search_result", "url": url, "has_more": has_more}
    result["next_page"] = _page_after(shelf, kind, shown[-1]) if has_more else None
    if counted:
        result["total_count"] = sum(1 for _ in _matching(shelf, kind, query, None))
    result["data"] = [expansion.expand(shelf, thing, paths) for thing in shown]
    return orjson.dumps(result)


def parse(kind: str, query: str) -> Query:
    """Read a query; raises Stripe's 400 where it cannot be understood."""
    clauses, joints, position = [], set(), 0
    while position < len(query):
        found = _CLAUSE.match(query, position)
        if found is None:
            raise _unreadable(query)
        clauses.append(_clause(kind, found))
        position = found.end()
        joint = _JOINT.match(query, position)
        if joint:
            joints.add(joint[1].upper())
            position = joint.end()
        elif position < len(query):
            joints.add("AND")
    if not clauses:
        raise _unreadable(query)
    if len(joints) > 1:
        raise invalid_request(
            "You may not use both `AND` and `OR` in the same search query.", param="query"
        )
    return Query(tuple(clauses), joints == {"OR"})


@cache
def _searchable(kind: str) -> dict[str, tuple[tuple[str, ...], bool]]:
    """Return each field of the search language with its path and whether it is a number."""
    fields = {}
    for word in SHAPES[kind].search.split():
        named, _, number = word.partition(":")
        name, _, path = named.partition("=")
        fields[name] = (tuple((path or name).split(".")), number == "number")
    return fields


def _field(kind: str, name: str) -> tuple[tuple[str, ...], bool]:
    if name.startswith("metadata["):
        return ("metadata", name[10:-2]), False
    if name not in _searchable(kind):
        raise invalid_request(
            f"Field `{name}` is an unsupported search field for resource `{kind}s`. See "
            f"http://stripe.com/docs/search#query-fields-for-{kind.replace('_', '-')}s for a list "
            "of supported fields.",
            param="query",
        )
    return _searchable(kind)[name]


def _clause(kind: str, found: re.Match[str]) -> Clause:
    name, operator = found["field"], found["operator"]
    value: str | float | None = _value(found["value"])
    path, number = _field(kind, name)
    if number and value is not None:
        value = _number(name, value)
    elif operator not in {":", "~"}:
        raise invalid_request(f"Operator `{operator}` needs a numeric field.", param="query")
    if operator == "~" and len(str(value)) < _SHORTEST_PART:
        raise invalid_request(
            f"Substring searches need at least {_SHORTEST_PART} characters.", param="query"
        )
    return Clause(path, operator, value, found["negated"] is not None)


def _value(written: str) -> str | None:
    if written == "null":
        return None
    if written[0] in "\"'":
        return re.sub(r"\\(.)", r"\1", written[1:-1])
    return written


def _number(name: str, value: str | float) -> float:
    try:
        return float(value)
    except ValueError:
        raise invalid_request(f"Field `{name}` needs a number.", param="query") from None


def _compare(found: Any, operator: str, value: float) -> bool:
    match operator:
        case ">":
            return bool(found > value)
        case ">=":
            return bool(found >= value)
        case "<":
            return bool(found < value)
        case "<=":
            return bool(found <= value)
        case _:
            return bool(found == value)


def _text(found: Any) -> str:
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found)


def _condition(kind: str, clause: Clause) -> Iterator[Condition]:
    name = clause.path[-1]
    if clause.path == ("created",) and isinstance(clause.value, float):
        operator = "=" if clause.operator == ":" else clause.operator
        yield Condition(f"created {operator} ?", (clause.value,))
    elif (
        len(clause.path) == 1
        and name in _SAME_IN_ANY_CASE & columns_of(kind).keys()
        and clause.operator == ":"
        and isinstance(clause.value, str)
    ):
        yield Condition(f'"{name}" = ?', (clause.value,))


def _matching(
    shelf: Shelf, kind: str, query: Query, after: tuple[int, int] | None
) -> Iterator[Json]:
    wanted = query.conditions(kind)
    if after:
        wanted.append(Condition("(created, position) < (?, ?)", after))
    where = " AND ".join(one.sql for one in wanted) or "1"
    values = [value for one in wanted for value in one.values]
    tail = f"WHERE {where} ORDER BY created DESC, position DESC"
    things = map(orjson.loads, shelf.stream(kind, tail, values))
    return (thing for thing in things if query.matches(thing))


def _page_after(shelf: Shelf, kind: str, thing: Json) -> str:
    place = shelf.place(kind, thing["id"])
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode()


def _place_of(page: str | None) -> tuple[int, int] | None:
    if page is None:
        return None
    try:
        created, position = orjson.loads(base64.urlsafe_b64decode(page))
        return integer_of("page", str(created)), integer_of("page", str(position))
    except (ValueError, TypeError):
        raise invalid_request("Invalid page token.", param="page") from None


def _without_count(params: Params) -> Params:
    expand = [path for path in params.texts("expand") if path != "total_count"]
    return Params({**params.tree, "expand": expand})


def _unreadable(query: str) -> StripeError:
    return invalid_request(
        f"We were unable to parse your search query: {query}. Try using the format "
        'metadata["key"]:"value" to query for metadata or key:"value" to query for other fields.',
        param="query",
    )
