"""What changed between two versions of an object, field by field, as a person reads it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Any

import orjson

from dashboard.mirror.kinds.base import Raw
from dashboard.mirror.kinds.read import currency, moment, number

LONGEST = 160
"""Longer values are cut; the object as Stripe wrote it stands below them on the page."""

MONEY = re.compile(
    r"(.*_)?amount(_(?!decimal|percent|type)[a-z_]+)?"
    r"|(sub)?total(_(excluding|including)_tax)?|tax|fee|net|(starting_|ending_)?balance"
)
"""Stripe's names for whole minor units; the nearest ``currency`` says of which currency."""

MOMENT = re.compile(
    r"(.*_)?(created|updated|at|on|by|start|end|date|deadline|anchor|attempt|before|after)"
)
"""Stripe's names for UTC seconds; what is too small for them is a plain number."""

DATES = frozenset(("arrival_date",))
"""What Stripe writes as its 00:00 UTC and no time zone shifts."""

FIRST_MOMENT = 1_000_000_000
"""September 2001: no moment of Stripe's is older, and few counts are larger."""


class Sort(StrEnum):
    """How a value is written."""

    NOTHING = "nothing"
    WORDS = "words"
    MONEY = "money"
    MOMENT = "moment"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Value:
    """A value to be written by its ``sort``; ``text`` is cut where it is long.

    ``number`` holds minor units of ``currency``, or UTC seconds.
    """

    sort: Sort
    text: str = ""
    number: int = 0
    currency: str = ""


@dataclass(frozen=True, slots=True)
class ChangedField:
    """A field by its path, such as ``items.data[0].quantity``, as it was and as it became."""

    path: str
    old: Value
    new: Value


@dataclass(frozen=True, slots=True)
class _Place:
    """A field on the way down, and the currency around it before and after."""

    path: str = ""
    name: str = ""
    old_currency: str = ""
    new_currency: str = ""

    def field(self, name: str, old: Raw, new: Raw) -> "_Place":
        return _Place(
            f"{self.path}.{name}".lstrip("."),
            name,
            currency(old) or self.old_currency,
            currency(new) or self.new_currency,
        )

    def member(self, at: int) -> "_Place":
        return _Place(f"{self.path}[{at}]", self.name, self.old_currency, self.new_currency)


def changed_fields(before: Raw, after: Raw) -> Iterator[ChangedField]:
    """Yield the fields that differ, in Stripe's order; a field without a value counts as absent.

    An object that one side names by its id only is the same object.
    """
    return _between(_Place(), before, after)


def _between(place: _Place, old: Any, new: Any) -> Iterator[ChangedField]:
    old, new = _opened(old, new), _opened(new, old)
    if old == new or (_is_empty(old) and _is_empty(new)) or _names(old, new) or _names(new, old):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys((*new, *old)):
            yield from _between(place.field(name, old, new), old.get(name), new.get(name))
    elif isinstance(old, list) and isinstance(new, list):
        for at, was, became in _pairs(old, new):
            yield from _between(place.member(at), was, became)
    else:
        yield ChangedField(
            place.path,
            _value(place.name, old, place.old_currency),
            _value(place.name, new, place.new_currency),
        )


def _opened(value: Any, other: Any) -> Any:
    """Return an empty object in place of nothing where the other side's has no id to name it by."""
    is_open = value is None and isinstance(other, Mapping) and "id" not in other
    return {} if is_open else value


def _is_empty(value: Any) -> bool:
    return value in (None, "", [], {})


def _names(id: Any, thing: Any) -> bool:
    return isinstance(id, str) and isinstance(thing, Mapping) and thing.get("id") == id


def _pairs(old: Sequence[Any], new: Sequence[Any]) -> Iterator[tuple[int, Any, Any]]:
    """Match the members of two lists, by id where all have one; what was taken off comes last.

    Yields where a member stands, or stood, and how it was and became.
    """
    known, told = _by_id(old), _by_id(new)
    if len(known) < len(old) or len(told) < len(new):
        for at, (was, became) in enumerate(zip_longest(old, new)):
            yield at, was, became
        return
    for at, (name, member) in enumerate(told.items()):
        yield at, known.get(name), member
    for at, (name, member) in enumerate(known.items()):
        if name not in told:
            yield at, member, None


def _by_id(members: Sequence[Any]) -> dict[str, Any]:
    return {str(each["id"]): each for each in members if isinstance(each, Mapping) and "id" in each}


def _value(name: str, value: Any, of: str) -> Value:
    if _is_empty(value):
        return Value(Sort.NOTHING)
    if of and MONEY.fullmatch(name) and (minor := number(value)) is not None:
        return Value(Sort.MONEY, number=minor, currency=of)
    if MOMENT.fullmatch(name) and (at := moment(value) or 0) >= FIRST_MOMENT:
        return Value(Sort.DATE if name in DATES else Sort.MOMENT, number=at)
    text = _text(value)
    return Value(Sort.WORDS, text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping) and isinstance(value.get("id"), str):
        return str(value["id"])
    return value if isinstance(value, str) else orjson.dumps(value).decode()
