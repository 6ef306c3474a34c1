"""Stripe's search: the pages of what a query finds."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import islice

import orjson

from dashboard.sandbox import expansion
from dashboard.sandbox.errors import invalid_request
from dashboard.sandbox.filters import Condition
from dashboard.sandbox.listing import limit_of
from dashboard.sandbox.params import Params, integer_of
from dashboard.sandbox.query import Query, parse
from dashboard.sandbox.shapes import Json
from dashboard.sandbox.shelf import Shelf


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
        raise invalid_request(f"{page} is an invalid page.", param=page) from None


def _without_count(params: Params) -> Params:
    expand = [path for path in params.texts("expand") if path != "total_count"]
    return Params({**params.tree, "expand": expand})
