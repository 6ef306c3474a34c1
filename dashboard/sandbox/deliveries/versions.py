"""Events in the shapes of older API versions, as far as fields have moved since."""

from __future__ import annotations

from dashboard.sandbox.shapes import Json
from dashboard.sandbox.shelf import Shelf


def in_version(shelf: Shelf, event: Json, version: str) -> Json:  # noqa: ARG001
    """Return an event as it is written in `version` of the API."""
    return event
