"""Answering the read routes: one object, a list, the list under a parent, a search."""

from __future__ import annotations

import orjson

from dashboard.sandbox import expansion
from dashboard.sandbox.errors import missing_object, unknown_parameters
from dashboard.sandbox.filters import Condition
from dashboard.sandbox.listing import list_objects
from dashboard.sandbox.params import Params
from dashboard.sandbox.routes import Found, Read
from dashboard.sandbox.search import search_objects
from dashboard.sandbox.shelf import Shelf


def read(shelf: Shelf, found: Found, params: Params, url: str, account: str) -> bytes:
    """Return what a read route answers, as JSON."""
    kind = found.route.kind
    match found.route.does:
        case Read.SEARCH:
            return search_objects(shelf, kind, params, url)
        case Read.LIST if kind == "account":
            return list_objects(shelf, kind, params, url, (Condition("id <> ?", (account,)),))
        case Read.LIST:
            return list_objects(shelf, kind, params, url)
        case Read.CHILDREN:
            return _children(shelf, found, params, url)
        case Read.SINGLE:
            return _one(shelf, kind, account if kind == "account" else kind, params)
    return _one(shelf, kind, found.names["id"], params)


def _children(shelf: Shelf, found: Found, params: Params, url: str) -> bytes:
    ((parent, identity),) = found.names.items()
    if shelf.place(parent, identity) is None:
        raise missing_object(parent, identity, parent)
    if parent in params.tree:
        raise unknown_parameters([parent])
    within = Condition(f'"{parent}" = ?', (identity,))
    return list_objects(shelf, found.route.kind, params, url, (within,))


def _one(shelf: Shelf, kind: str, identity: str, params: Params) -> bytes:
    params.refuse_unknown({"expand"})
    body = shelf.body(kind, identity) or shelf.tombstone(kind, identity)
    if body is None:
        raise missing_object(kind, identity)
    paths = expansion.requested(params)
    if not paths:
        return body
    return orjson.dumps(expansion.expand(shelf, orjson.loads(body), paths))
