"""Lists as Stripe gives them: newest first, by pages, filtered, with a cursor that is an id."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from dashboard.sandbox import expansion
from dashboard.sandbox.errors import (
    empty_parameter,
    invalid_request,
    missing_object,
    missing_parameter,
    unknown_parameters,
)
from dashboard.sandbox.filters import Condition, conditions, filters_of
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import SHAPES
from dashboard.sandbox.shelf import Shelf

_PAGING = ("limit", "starting_after", "ending_before", "expand")
_DEFAULT_LIMIT = 10
_HIGHEST_LIMIT = 100
_NEWEST_FIRST = "ORDER BY created DESC, position DESC"
_OLDEST_FIRST = "ORDER BY created, position"


@dataclass(frozen=True, slots=True)
class Page:
    """A window on a list."""

    limit: int
    after: tuple[int, int] | None
    before: tuple[int, int] | None


def list_objects(
    shelf: Shelf, kind: str, params: Params, url: str, within: tuple[Condition, ...] = ()
) -> bytes:
    """Return one page of a list as JSON; `within` narrows it beyond what the parameters say.

    Raises Stripe's 400 for parameters that the list does not have or cannot understand.
    """
    _refuse_unknown(kind, params)
    _refuse_missing(kind, params)
    _refuse_several(kind, params)
    paths = expansion.requested(params, in_list=True)
    page = _page(shelf, kind, params)
    wanted = [*within, *conditions(kind, params)]
    _refuse_unknown_objects(shelf, kind, params)
    bodies, has_more = _select(shelf, kind, page, wanted)
    if paths:
        bodies = [
            orjson.dumps(expansion.expand(shelf, orjson.loads(body), paths)) for body in bodies
        ]
    return list_bytes(bodies, has_more=has_more, url=url)


def list_bytes(bodies: list[bytes], *, has_more: bool, url: str) -> bytes:
    """Join stored objects into a list object without parsing them."""
    more = b"true" if has_more else b"false"
    return b'{"object":"list","data":[%b],"has_more":%b,"url":%b}' % (
        b",".join(bodies),
        more,
        orjson.dumps(url),
    )


def limit_of(params: Params) -> int:
    """Return how many objects a page may hold; raises a 400 outside 1 to 100."""
    limit = params.integer("limit")
    if limit is None:
        return _DEFAULT_LIMIT
    if limit > _HIGHEST_LIMIT:
        raise invalid_request(
            f"This value must be less than or equal to 100 (it currently is '{limit}').",
            code="parameter_invalid_integer",
            param="limit",
        )
    if limit < 1:
        raise invalid_request(
            f"This value must be greater than or equal to 1 (it currently is '{limit}').",
            code="parameter_invalid_integer",
            param="limit",
        )
    return limit


def _refuse_unknown(kind: str, params: Params) -> None:
    filters = filters_of(kind)
    params.refuse_unknown({*_PAGING, *(one.parameter.split("[")[0] for one in filters)})
    nested = {one.parameter for one in filters if "[" in one.parameter}
    for outer in {name.split("[")[0] for name in nested}:
        unknown = {f"{outer}[{name}]" for name in params.mapping(outer) or ()} - nested
        if unknown:
            raise unknown_parameters(unknown)


def _refuse_missing(kind: str, params: Params) -> None:
    for needed in SHAPES[kind].required_filters.split():
        outer, _, inner = needed.partition("[")
        if params.nested(needed) is None and (not inner or outer in params.tree):
            raise missing_parameter(needed)


def _refuse_several(kind: str, params: Params) -> None:
    given = [name for name in SHAPES[kind].exclusive_filters.split() if name in params.tree]
    if len(given) > 1:
        raise invalid_request(
            f"You may only specify one of these parameters: {', '.join(given)}.",
            code="parameters_exclusive",
            param=given[-1],
        )


def _refuse_unknown_objects(shelf: Shelf, kind: str, params: Params) -> None:
    """Raise a 400 for a filter that names an object which never was."""
    for one in filters_of(kind):
        identity = one.refers_to and params.text(one.parameter)
        if one.refers_to and identity and not shelf.knows(one.refers_to, identity):
            raise missing_object(one.refers_to, identity, one.parameter, status=400)


def _page(shelf: Shelf, kind: str, params: Params) -> Page:
    for name in _PAGING:
        if params.nested(name) == "":
            raise empty_parameter(name)
    after = _place(shelf, kind, params, "starting_after")
    before = _place(shelf, kind, params, "ending_before")
    if after and before:
        raise invalid_request(
            "Received both starting_after and ending_before parameters. Please pass in only one."
        )
    return Page(limit_of(params), after, before)


def _place(shelf: Shelf, kind: str, params: Params, name: str) -> tuple[int, int] | None:
    identity = params.text(name)
    if identity is None:
        return None
    place = shelf.place(kind, identity)
    if place is None:
        raise missing_object(kind, identity, name, status=400)
    return place


def _select(
    shelf: Shelf, kind: str, page: Page, wanted: list[Condition]
) -> tuple[list[bytes], bool]:
    """Return the objects of the page, newest first, and whether there are more beyond it."""
    order = _NEWEST_FIRST
    if page.after:
        wanted = [*wanted, Condition("(created, position) < (?, ?)", page.after)]
    if page.before:
        wanted = [*wanted, Condition("(created, position) > (?, ?)", page.before)]
        order = _OLDEST_FIRST
    where = " AND ".join(one.sql for one in wanted) or "1"
    values = [value for one in wanted for value in one.values]
    found = shelf.bodies(kind, f"WHERE {where} {order} LIMIT {page.limit + 1}", values)
    has_more = len(found) > page.limit
    del found[page.limit :]
    return (found[::-1] if page.before else found), has_more
