"""What we do about events, beyond keeping what they tell."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection

from dashboard.store.books import Book

Reaction: TypeAlias = Callable[[Connection, Book, Mapping[str, Any]], None]
"""Called with the event, in the transaction that applies it: both are done, or neither."""

Reactions: TypeAlias = Mapping[str, Sequence[Reaction]]
"""By the type of the event."""
