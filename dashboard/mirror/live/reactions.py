"""What we do about events, beyond keeping what they tell."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection

from dashboard.store.books import Book

Reaction: TypeAlias = Callable[[Connection, Book, Sequence[Mapping[str, Any]]], None]
"""Called with the events, in the transaction that applies them: both are done, or neither."""

TOLD_OTHERWISE = "told otherwise"
"""Stands for events of any type that came thin, or in another API version than lists tell them."""

Reactions: TypeAlias = Mapping[str, Sequence[Reaction]]
"""By the type of the event, or ``TOLD_OTHERWISE``."""
