"""Metadata in request parameters."""

from __future__ import annotations

from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json


def merged_metadata(old: Json, given: Json | None) -> Json:
    """Return metadata after a change: an empty value removes its key, `{}` removes all."""
    if not given:
        return {}
    return {name: value for name, value in (old | given).items() if value}


def metadata_of(thing: Json, params: Params) -> Json:
    """Return the change of metadata that a request asks for, empty when it asks for none."""
    if "metadata" not in params.tree:
        return {}
    return {"metadata": merged_metadata(thing["metadata"], params.mapping("metadata"))}
