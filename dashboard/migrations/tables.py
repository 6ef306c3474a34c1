"""Every room that declares tables, imported for its side effect on the metadata."""

import importlib
import pkgutil
from typing import Any

import dashboard.mirror
import dashboard.store
from dashboard.core.db import metadata

__all__ = ["is_ours", "metadata"]

for room in (dashboard.store, dashboard.mirror):
    for module in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
        importlib.import_module(module.name)


def is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Say whether a table found in the database is one of the metadata's."""
    return kind != "table" or not (name or "").startswith("search_index")
