"""Tolerant reading of raw objects: a missing key or an odd type is ``None``, never an exception."""

from collections.abc import Iterator
from typing import Any

from dashboard.mirror.kinds.base import Raw

LARGEST = 2**53 - 1
"""A thousand times more than Stripe charges in any currency, and columns can still sum it."""

LONGEST_CURRENCY = 8
"""Codes have three letters, those of stablecoins four."""

LAST_MOMENT = 253_370_764_799
"""In every time zone there is a date for it."""


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
    """Return a non-empty string, else ``None``; without NUL, which PostgreSQL cannot keep."""
    if not isinstance(value, str):
        return None
    return (value.replace("\0", "") if "\0" in value else value) or None


def whole(value: Any) -> int:
    """Return an integer as Stripe wrote it, 0 for anything else."""
    return number(value) or 0


def number(value: Any) -> int | None:
    """Return an integer as Stripe wrote it, ``None`` for anything else, and beyond ``LARGEST``."""
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    return value if is_integer and -LARGEST <= value <= LARGEST else None


def currency(raw: Raw) -> str:
    """Return an object's currency in lower case, empty where Stripe names none."""
    code = (text(raw.get("currency")) or "").lower()
    return code if len(code) <= LONGEST_CURRENCY else ""


def decimal(value: Any) -> str | None:
    """Return a decimal as text, whether it came as text or as a JSON number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.12g}" if isinstance(value, float) else str(value)
    return text(value)


def moment(value: Any) -> int | None:
    """Return UTC seconds from 1970 until 9998, ``None`` where there are none."""
    seconds = number(value)
    return seconds if seconds is not None and 0 <= seconds <= LAST_MOMENT else None


def ref(value: Any) -> str | None:
    """Return the id of an expandable field, whether it was expanded or not."""
    return text(value.get("id")) if isinstance(value, dict) else text(value)


def members(value: Any) -> Iterator[Raw]:
    """Yield the objects of a list object (``{"data": […]}``) or of a plain list."""
    items = value.get("data") if isinstance(value, dict) else value
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            yield item
