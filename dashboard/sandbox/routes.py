"""Where each method and path leads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from dashboard.sandbox.errors import unknown_url
from dashboard.sandbox.operations import OPERATIONS, Operation
from dashboard.sandbox.shapes import SHAPES


class Read(StrEnum):
    """The ways of reading."""

    LIST = "list"
    CHILDREN = "children"
    ONE = "one"
    SINGLE = "single"
    SEARCH = "search"


@dataclass(frozen=True, slots=True)
class Route:
    """One URL of the API: either a way of reading objects of a kind, or an operation."""

    method: str
    template: str
    kind: str
    does: Read | Operation


@dataclass(frozen=True, slots=True)
class Found:
    """A route with the names in its path filled in."""

    route: Route
    names: dict[str, str]


def find(method: str, path: str) -> Found:
    """Return where a request leads; raises Stripe's 404 when it leads nowhere."""
    steps = path.split("/")
    for route, template in _routes().get((method, len(steps)), ()):
        names = _match(template, steps)
        if names is not None:
            return Found(route, names)
    raise unknown_url(method, path)


def _match(template: list[str], steps: list[str]) -> dict[str, str] | None:
    names = {}
    for expected, step in zip(template, steps, strict=True):
        if expected[:1] == "{":
            if not step:
                return None
            names[expected[1:-1]] = step
        elif expected != step:
            return None
    return names


@cache
def _routes() -> dict[tuple[str, int], list[tuple[Route, list[str]]]]:
    """Return the routes by method and number of steps; fixed words win over names."""
    sorted_out: dict[tuple[str, int], list[tuple[Route, list[str]]]] = {}
    for route in sorted(_all_routes(), key=lambda route: route.template.count("{")):
        steps = route.template.split("/")
        sorted_out.setdefault((route.method, len(steps)), []).append((route, steps))
    return sorted_out


def _all_routes() -> list[Route]:
    routes = [
        Route("GET", "/v1/balance", "balance", Read.SINGLE),
        Route("GET", "/v1/account", "account", Read.SINGLE),
        Route("GET", "/v1/balance/history", "balance_transaction", Read.LIST),
        Route("GET", "/v1/balance/history/{id}", "balance_transaction", Read.ONE),
        Route("GET", "/v1/mandates/{id}", "mandate", Read.ONE),
        Route("GET", "/v1/payment_links/{payment_link}/line_items", "item", Read.CHILDREN),
        Route("GET", "/v1/tokens/{id}", "token", Read.ONE),
    ]
    for kind, shape in SHAPES.items():
        if shape.path:
            routes.append(Route("GET", shape.path, kind, Read.LIST))
            routes.append(Route("GET", f"{shape.path}/{{id}}", kind, Read.ONE))
        if shape.search:
            routes.append(Route("GET", f"{shape.path}/search", kind, Read.SEARCH))
        if shape.also_listed:
            routes.append(Route("GET", shape.also_listed, kind, Read.CHILDREN))
            routes.append(Route("GET", f"{shape.also_listed}/{{id}}", kind, Read.ONE))
    routes += [Route(one.method, one.path, one.kind, one) for one in OPERATIONS]
    return routes


READ_TEMPLATES = [route.template for route in _all_routes() if isinstance(route.does, Read)]
"""Every path that can be read, with names in braces."""
