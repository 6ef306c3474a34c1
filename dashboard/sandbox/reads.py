"""Answering the read routes: one object, a list, the list under a parent, a search."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from dashboard.sandbox import expansion
from dashboard.sandbox.errors import missing_object, unknown_parameters
from dashboard.sandbox.filters import Condition
from dashboard.sandbox.listing import list_objects
from dashboard.sandbox.params import Params
from dashboard.sandbox.routes import Found, Read
from dashboard.sandbox.search import search_objects
from dashboard.sandbox.shapes import SHAPES
from dashboard.sandbox.shelf import Shelf

_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the objects of `account` as they are at `now` (UTC seconds)."""

    shelf: Shelf
    account: str
    now: int

    def read(self, found: Found, params: Params, url: str) -> bytes:
        """Return what a read route answers, as JSON."""
        kind = found.route.kind
        match found.route.does:
            case Read.SEARCH:
                return search_objects(self.shelf, kind, params, url)
            case Read.LIST:
                return list_objects(self.shelf, kind, params, url, self._listed(kind))
            case Read.CHILDREN:
                return self._children(found, params, url)
            case Read.SINGLE:
                return self._one(kind, self.account if kind == "account" else kind, params)
        self._refuse_another_parent(found)
        return self._one(kind, found.names["id"], params)

    def _refuse_another_parent(self, found: Found) -> None:
        """Raise a 404 when the path names a parent that is not the object's own."""
        names = dict(found.names)
        kind, identity = found.route.kind, names.pop("id")
        for parent, named in names.items():
            if self.shelf.place(parent, named) is None:
                raise missing_object(parent, named, parent)
            own = Condition(f'"{parent}" = ? AND id = ?', (named, identity))
            if not self.shelf.bodies(kind, f"WHERE {own.sql}", own.values):
                raise missing_object(kind, identity)

    def _listed(self, kind: str) -> tuple[Condition, ...]:
        """Return what narrows a list whatever is asked: connected accounts, and recent events."""
        if kind == "account":
            return (Condition("id <> ?", (self.account,)),)
        oldest = self._oldest(kind)
        return () if oldest is None else (Condition("created >= ?", (oldest,)),)

    def _oldest(self, kind: str) -> int | None:
        """Return the first second of whose objects the API still tells."""
        days = SHAPES[kind].readable_days
        return None if days is None else self.now - days * _DAY_SECONDS

    def _children(self, found: Found, params: Params, url: str) -> bytes:
        ((parent, identity),) = found.names.items()
        if self.shelf.place(parent, identity) is None:
            raise missing_object(parent, identity, parent)
        if parent in params.tree:
            raise unknown_parameters([parent])
        within = Condition(f'"{parent}" = ?', (identity,))
        return list_objects(self.shelf, found.route.kind, params, url, (within,))

    def _one(self, kind: str, identity: str, params: Params) -> bytes:
        params.refuse_unknown({"expand"})
        paths = expansion.requested(params)
        body = self._body(kind, identity)
        return (
            orjson.dumps(expansion.expand(self.shelf, orjson.loads(body), paths)) if paths else body
        )

    def _body(self, kind: str, identity: str) -> bytes:
        body = self.shelf.body(kind, identity)
        if body is None and SHAPES[kind].tells_deletion:
            body = self.shelf.tombstone(kind, identity)
        oldest = self._oldest(kind)
        if body is None or (oldest is not None and orjson.loads(body)["created"] < oldest):
            raise missing_object(kind, identity)
        return body
