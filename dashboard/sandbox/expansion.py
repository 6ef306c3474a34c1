"""Expanding: ids replaced by the objects that they name, nested and in lists."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson

from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.filters import conditions
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import SHAPES, Json, list_object
from dashboard.sandbox.shelf import MEMBERS_SHOWN, Shelf

DEEPEST = 4
"""How many levels one expansion may have."""


class _NotExpandableError(Exception):
    """A path leads to something that is no id."""


def requested(params: Params, *, in_list: bool = False) -> list[list[str]]:
    """Return the paths to expand in each object.

    Raises Stripe's 400 for a path that is too deep, or that forgets the `data.` of a list.
    """
    paths = []
    for path in params.texts("expand"):
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise invalid_request(
                f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}",
                code="property_expansion_max_depth",
                param="expand",
            )
        if in_list and steps[0] != "data":
            raise _unexpandable(path, f" You may want to try expanding 'data.{path}' instead.")
        paths.append(steps[1:] if in_list else steps)
    return paths


def expand(shelf: Shelf, thing: Json, paths: list[list[str]]) -> Json:
    """Expand every path in the object, in place, and return it."""
    for path in filter(None, paths):
        try:
            _expand(shelf, thing, path)
        except _NotExpandableError:
            raise _unexpandable(".".join(path)) from None
    return thing


def find_any(shelf: Shelf, identity: str, kind: str | None = None) -> Json | None:
    """Return the object of this id, whatever its kind; what remains of it when deleted."""
    kind = kind or kind_of(identity)
    if kind is None:
        return None
    body = shelf.body(kind, identity) or shelf.tombstone(kind, identity)
    return None if body is None else orjson.loads(body)


@cache
def _prefixes() -> list[tuple[str, str]]:
    named = [
        (prefix, kind)
        for kind, shape in SHAPES.items()
        for prefix in f"{shape.prefix} {shape.other_prefixes}".split()
    ]
    return sorted(named, key=lambda pair: -len(pair[0]))


def kind_of(identity: str) -> str | None:
    """Return the kind that an id's prefix tells."""
    return next((kind for prefix, kind in _prefixes() if identity.startswith(prefix)), None)


@cache
def _expandable(kind: str) -> dict[tuple[str, ...], str | None]:
    """Return the paths of a shape that hold ids, with the kind where the id does not tell it."""
    words = (word.partition(":") for word in SHAPES[kind].expands.split())
    return {tuple(path.split(".")): named or None for path, _, named in words}


def _expand(shelf: Shelf, thing: Json, path: list[str]) -> None:
    if "deleted" in thing:
        return
    kind = thing["object"]
    shape = SHAPES[kind]
    name, rest = path[0], path[1:]
    if name in shape.included.split():
        thing |= {k: v for k, v in shelf.included(kind, thing["id"]).items() if k == name}
    elif name in shape.children:
        _expand_children(shelf, thing, name, rest)
    elif not _expand_ids(shelf, thing, path):
        _expand_nested(shelf, thing, path)


def _expand_children(shelf: Shelf, thing: Json, name: str, rest: list[str]) -> None:
    """Show a list that the object has, as its list call would, and expand in its members."""
    if not isinstance(thing.get(name), dict):
        kind, _, column = SHAPES[thing["object"]].children[name].partition(".")
        wanted = conditions(kind, Params({column: thing["id"]}))
        found = shelf.bodies(
            kind,
            f"WHERE {' AND '.join(one.sql for one in wanted)}"
            f" ORDER BY created DESC, position DESC LIMIT {MEMBERS_SHOWN + 1}",
            [value for one in wanted for value in one.values],
        )
        thing[name] = list_object(
            _children_url(thing, kind, name),
            [orjson.loads(body) for body in found[:MEMBERS_SHOWN]],
            has_more=len(found) > MEMBERS_SHOWN,
        )
    _expand_members(shelf, thing[name]["data"], rest)


def _children_url(thing: Json, kind: str, name: str) -> str:
    if SHAPES[kind].also_listed.endswith(f"/{name}"):
        return f"{SHAPES[thing['object']].path}/{thing['id']}/{name}"
    return f"{SHAPES[kind].path}?{thing['object']}={thing['id']}"


def _expand_members(shelf: Shelf, members: list[Json], rest: list[str]) -> None:
    if rest and rest[0] != "data":
        raise _NotExpandableError
    if len(rest) > 1:
        for member in members:
            _expand(shelf, member, rest[1:])


def _expand_ids(shelf: Shelf, thing: Json, path: list[str]) -> bool:
    """Expand what the shape declares as ids at the start of the path; False if it declares none."""
    for steps, kind in _expandable(thing["object"]).items():
        if tuple(path[: len(steps)]) == steps:
            _replace(shelf, thing, list(steps), kind, path[len(steps) :])
            return True
    return False


def _replace(
    shelf: Shelf, holder: Any, steps: list[str], kind: str | None, rest: list[str]
) -> None:
    """Walk to the ids, through lists on the way, and put the objects in their place."""
    if isinstance(holder, list):
        for one in holder:
            _replace(shelf, one, steps, kind, rest)
    elif isinstance(holder, dict) and len(steps) > 1:
        _replace(shelf, holder.get(steps[0]), steps[1:], kind, rest)
    elif isinstance(holder, dict):
        value = holder.get(steps[0])
        if isinstance(value, list):
            holder[steps[0]] = [_object_for(shelf, one, kind, rest) for one in value]
        elif value is not None:
            holder[steps[0]] = _object_for(shelf, value, kind, rest)


def _object_for(shelf: Shelf, value: Any, kind: str | None, rest: list[str]) -> Any:
    """Return the object that an id names; the id itself when nothing is known of it."""
    found = find_any(shelf, value, kind) if isinstance(value, str) else value
    if found is None:
        return value
    if rest and isinstance(found, dict):
        _expand(shelf, found, rest)
    return found


def _expand_nested(shelf: Shelf, thing: Json, path: list[str]) -> None:
    """Go on inside an object that is shown whole within another."""
    name, rest = path[0], path[1:]
    if name not in thing:
        raise _NotExpandableError
    value = thing[name]
    if isinstance(value, dict) and value.get("object") == "list":
        _expand_members(shelf, value["data"], rest)
    elif isinstance(value, dict) and value.get("object") in SHAPES and rest:
        _expand(shelf, value, rest)
    elif isinstance(value, list) and rest:
        for one in value:
            if isinstance(one, dict) and one.get("object") in SHAPES:
                _expand(shelf, one, rest)
    elif value is not None:
        raise _NotExpandableError


def _unexpandable(path: str, hint: str = "") -> Exception:
    return invalid_request(f"This property cannot be expanded ({path}).{hint}", param="expand")
