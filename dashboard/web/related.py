"""Ways from an object to the objects around it, as detail pages list them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Related:
    """Another object: its ``kind`` and ``text`` in words, its page, and a short ``note``."""

    kind: str
    text: str
    url: str
    note: str | None = None
