"""What an operation is: one small function that changes objects, declared with its URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dashboard.sandbox.declaration import Parameter, declare, newest, read
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import API_VERSION, Json

OPERATIONS: list[Operation] = []
"""Every operation that was declared."""

DEEDS: dict[str, Callable[..., None]] = {}
"""What is done later, by name: called with the engine, at the time, and the id of the object."""

_EXPAND = declare("expand:words")


@dataclass(frozen=True, slots=True)
class Operation:
    """One change that the API offers."""

    method: str
    path: str
    kind: str
    accepts: Mapping[str, Parameter]
    """The parameters that it has; others are refused."""
    run: Callable[..., Json]
    """Called with the engine, the parameters, and the names in the path."""

    def read(self, params: Params, version: str | None) -> Params:
        """Return the parameters of a request for `version` of the API, with their values.

        Raises Stripe's 400 for what is amiss.
        """
        accepts = newest(self.accepts) if version == API_VERSION else self.accepts
        return Params(params.tree, read(accepts, params.tree))


def operation(
    method: str, path: str, kind: str, accepts: str = ""
) -> Callable[[Callable[..., Json]], Callable[..., Json]]:
    """Declare a function as the operation behind a URL; `accepts` as `declaration.py` tells."""

    def make(run: Callable[..., Json]) -> Callable[..., Json]:
        OPERATIONS.append(Operation(method, path, kind, declare(accepts) | _EXPAND, run))
        return run

    return make


def deed(do: Callable[..., None]) -> Callable[..., None]:
    """Declare a function as something that `Engine.later` may ask for."""
    DEEDS[do.__name__] = do
    return do
