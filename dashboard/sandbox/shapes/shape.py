"""What a shape is: the one description of a Stripe object from which everything else follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A nested list that starts empty; `{id}` in the URL becomes the holder's id."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One object, or one nested part of an object, of the pinned API version.

    Field names are given as words separated by spaces.
    """

    name: str
    """Stripe's `object`, or the name under which a part is built."""
    needed: str = ""
    """Fields without a sensible default: the caller must give them."""
    nulls: str = ""
    """Fields that are null until given."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Fields with another default: a value, a `ListOf`, or the `Shape` of a nested part.

    Dicts and lists are copied for each object.
    """
    optional: str = ""
    """Fields that are absent until given."""
    included: str = ""
    """Optional fields that Stripe shows only when they are expanded."""
    prefix: str = ""
    """What the object's ids start with, such as `ch_`."""
    other_prefixes: str = ""
    """What ids of some of the objects start with instead."""
    id_length: int = 24
    """How many characters follow the prefix."""
    path: str = ""
    """Where the object is listed, such as `/v1/charges`."""
    path_name: str = "id"
    """What Stripe calls the id in the path of one object; its 404 says so."""
    noun: str = ""
    """What Stripe calls the object when it is missing, where that is not its name."""
    also_listed: str = ""
    """Another path of the list under a parent, such as `/v1/charges/{charge}/refunds`."""
    filters: str = ""
    """Parameters of the list call: see `filters.py` for the notation."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """Filters that take one of a closed set of words: parameter -> words, in Stripe's order."""
    required_filters: str = ""
    """Parameters without which the list call is refused; `outer[inner]` only where `outer` is."""
    exclusive_filters: str = ""
    """Parameters of which a list call may have one only."""
    hidden: str = ""
    """Facts that Stripe filters by but does not show, given beside the object."""
    expands: str = ""
    """Dotted paths that hold ids of other objects, `path:kind` where the id does not tell."""
    holds: Mapping[str, str] = field(default_factory=dict)
    """Nested lists whose members are also objects of their own: field -> kind."""
    children: Mapping[str, str] = field(default_factory=dict)
    """Lists shown only when expanded: field -> `kind.field that names the parent`."""
    search: str = ""
    """Fields of the search language, `path`, `path:type` or `name=path:type`; empty: no search."""
    tells_deletion: bool = False
    """True where the id of a deleted object goes on answering that it was deleted."""
    outlives_deletion: bool = False
    """True where what names a deleted object still shows it whole when expanded."""
    readable_days: int | None = None
    """How many days after its creation the API still shows the object; None: for ever."""
    is_object: bool = True
    """False for nested parts, which have no id."""
    has_id: bool = True
    """False for an object of which there is only one."""
    has_created: bool = True
    """False where Stripe gives the object no time of creation."""
    has_livemode: bool = True
    """False where Stripe does not say the mode."""
    has_metadata: bool = True
    """False where the object takes no metadata."""


@dataclass(frozen=True, slots=True)
class Builder:
    """A shape made ready for building objects fast: no look at the schema at run time."""

    name: str
    template: Json
    known: frozenset[str]
    needed: frozenset[str]
    fresh: tuple[tuple[str, Callable[[Json], Any]], ...]

    def build(self, fields: Json) -> Json:
        """Return the whole object, `fields` over the defaults.

        Raises TypeError for a name that the shape does not know, and for a missing needed field.
        """
        given = fields.keys()
        if not given <= self.known:
            raise TypeError(f"{self.name} has no field {', '.join(sorted(given - self.known))}")
        if not self.needed <= given:
            raise TypeError(f"{self.name} needs {', '.join(sorted(self.needed - given))}")
        built = self.template.copy()
        for name, make in self.fresh:
            if name not in fields:
                built[name] = make(fields)
        built.update(fields)
        return built


def builder_of(shape: Shape) -> Builder:
    """Compile a shape into its builder."""
    common = _common_fields(shape)
    needed = frozenset(shape.needed.split()) | (common.keys() & {"id", "created"})
    defaults = {**common, **dict.fromkeys(shape.nulls.split()), **shape.defaults}
    template = {**defaults, **dict.fromkeys(shape.needed.split())}
    absent = frozenset((shape.optional + " " + shape.included).split()) | shape.children.keys()
    fresh = tuple(
        (name, _maker(value))
        for name, value in defaults.items()
        if isinstance(value, dict | list | ListOf | Shape)
    )
    return Builder(shape.name, template, frozenset(template) | absent, needed, fresh)


def list_object(url: str, data: list[Any] | None = None, *, has_more: bool = False) -> Json:
    """Return Stripe's list object around `data`."""
    return {"object": "list", "data": data or [], "has_more": has_more, "url": url}


def _common_fields(shape: Shape) -> Json:
    if not shape.is_object:
        return {}
    common: Json = {"id": None} if shape.has_id else {}
    common["object"] = shape.name
    if shape.has_created:
        common["created"] = None
    if shape.has_livemode:
        common["livemode"] = False
    if shape.has_metadata:
        common["metadata"] = {}
    return common


def _maker(value: Any) -> Callable[[Json], Any]:
    """Return what makes a fresh default: the cheapest copy that shares nothing."""
    if isinstance(value, ListOf):
        return lambda fields: list_object(value.url.format(id=fields.get("id", "")))
    if isinstance(value, Shape):
        nested = builder_of(value).build
        return lambda _: nested({})
    members = value.values() if isinstance(value, dict) else value
    if any(isinstance(member, dict | list) for member in members):
        return lambda _: deepcopy(value)
    copy = value.copy
    return lambda _: copy()
