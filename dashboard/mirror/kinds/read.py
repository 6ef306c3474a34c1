"""Tolerant reading of raw objects: a missing key or an odd type is ``None``, never an exception."""

from collections.abc import Iterator
from typing import Any

from dashboard.mirror.kinds.base import Raw


def dig(value: Any, *path: str | int) -> Any:
    """Return what stands at ``path`` inside nested objects and lists, or ``None``."""
    for step in path:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and len(value) > step else None
        if value is None:
            return None
    return value


def text(value: Any) -> str | None:
    """Return a non-empty string, else ``None``."""
    return value if isinstance(value, str) and value else None


def whole(value: Any) -> int:
    """Return an integer as Stripe wrote it, 0 for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def number(value: Any) -> int | None:
    """Return an integer as Stripe wrote it, ``None`` for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def decimal(value: Any) -> str | None:
    """Return a decimal as text, whether it came as text or as a JSON number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.12g}" if isinstance(value, float) else str(value)
    return text(value)


def moment(value: Any) -> int | None:
    """Return UTC seconds, ``None`` where there are none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def ref(value: Any) -> str | None:
    """Return the id of an expandable field, whether it was expanded or not."""
    return text(value.get("id")) if isinstance(value, dict) else text(value)


def members(value: Any) -> Iterator[Raw]:
    """Yield the objects of a list object (``{"data": […]}``) or of a plain list."""
    items = value.get("data") if isinstance(value, dict) else value
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            yield item
