"""What an operation is: one small function that changes objects, declared with its URL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.sandbox.shapes import Json

OPERATIONS: list[Operation] = []
"""Every operation that was declared."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One change that the API offers."""

    method: str
    path: str
    kind: str
    accepts: frozenset[str]
    """The names of the parameters that it has; others are refused."""
    run: Callable[..., Json]
    """Called with the engine, the parameters, and the names in the path."""


def operation(
    method: str, path: str, kind: str, accepts: str = ""
) -> Callable[[Callable[..., Json]], Callable[..., Json]]:
    """Declare a function as the operation behind a URL; `accepts` are words."""

    def declare(run: Callable[..., Json]) -> Callable[..., Json]:
        words = frozenset([*accepts.split(), "expand"])
        OPERATIONS.append(Operation(method, path, kind, words, run))
        return run

    return declare
