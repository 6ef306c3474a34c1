"""Words of a search that name filters, such as ``status:failed`` or ``amount:>500``."""

import re
from collections.abc import Sequence

from werkzeug.datastructures import MultiDict

from dashboard.core.errors import BadInputError
from dashboard.web.filters import PERIODS, Arguments, Filter, Parameters

SEARCH = "q"
WORD = re.compile(r"([a-z]\w*):([^/].*)", re.IGNORECASE | re.ASCII)
"""A filter and its value; the address of a web page is none."""


def with_filters(arguments: Arguments, filters: Sequence[Filter]) -> Arguments:
    """Return ``arguments`` with the filters that the search names in place of these words.

    What a word names replaces what that filter was set to, and begins with the first page.

    Raises:
        BadInputError: a word names a filter that is not among ``filters``.
    """
    words = arguments.get(SEARCH, "").split()
    named = [match.groups() for word in words if (match := WORD.fullmatch(word))]
    if not named:
        return arguments
    known = {each.name: each for each in filters}
    meant = [(_known(known, name), value) for name, value in named]
    replaced = {SEARCH, "cursor", *(name for each, _value in meant for name in each.parameters)}
    kept = [(name, value) for name, value in arguments.items(multi=True) if name not in replaced]
    new = [pair for each, value in meant for pair in _parameters(each, value)]
    others = " ".join(word for word in words if not WORD.fullmatch(word))
    return MultiDict([*kept, *new, (SEARCH, others)])


def _known(filters: dict[str, Filter], name: str) -> Filter:
    found = filters.get(name.lower())
    if found is None:
        raise BadInputError(
            f"“{name}” is no filter here.",
            field=SEARCH,
            remedy=f"Before a colon it knows: {', '.join(filters)}.",
        )
    return found


def _parameters(filter: Filter, value: str) -> Parameters:
    """Return what the chip of ``filter`` would submit for ``value``."""
    match filter.kind:
        case "multi" | "choice":
            return [(filter.name, each) for each in value.lower().split(",")]
        case "date_range" if value.lower() in dict(PERIODS):
            return [(filter.name, value.lower())]
        case "date_range" | "amount_range":
            return _range(value, *filter.parameters[-2:])
    return [(filter.name, value)]


def _range(value: str, low: str, high: str) -> Parameters:
    """Return the ends of ``>5``, ``<5``, ``5..9`` or ``5``, all of them inclusive."""
    if value.startswith(">"):
        return [(low, value.lstrip(">="))]
    if value.startswith("<"):
        return [(high, value.lstrip("<="))]
    first, dots, last = value.partition("..")
    return [(low, first), (high, last if dots else first)]
