"""What numbers and currencies in parameters must be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dashboard.sandbox.declaration import Parameter, read
from dashboard.sandbox.errors import StripeError, invalid_request
from dashboard.sandbox.shapes import Json

_SECONDS = re.compile(r"[0-9]{1,11}")
_CURRENCY = re.compile(r"[a-z]{3}")


def currency_code(name: str, text: str) -> str:
    """Return the currency in small letters; raises Stripe's 400 for what is none."""
    code = text.lower()
    if not _CURRENCY.fullmatch(code):
        raise invalid_request(
            f"Invalid currency: {text}. Use a three-letter ISO code such as usd or eur.", param=name
        )
    return code


def moment(name: str, given: Any, now: int) -> int:
    """Return the UTC second that a parameter names, `now` for that word.

    Raises Stripe's 400 for anything else.
    """
    if given == "now":
        return now
    if isinstance(given, int):
        return given
    if not isinstance(given, str) or not _SECONDS.fullmatch(given):
        raise invalid_request(f"Invalid timestamp: {given}", param=name)
    return int(given)


def at_least(name: str, value: int | None, least: int) -> None:
    """Raise Stripe's 400 for a number that is smaller than `least`."""
    if value is not None and value < least:
        raise invalid_request(
            f"This value must be greater than or equal to {least}.",
            code="parameter_invalid_integer",
            param=name,
        )


def by_currency(name: str, given: Json, declared: Mapping[str, Parameter]) -> dict[str, Json]:
    """Return what a map of currencies says of each, as `declared`; raises Stripe's 400."""
    found = {}
    for currency, tree in given.items():
        outer = f"{name}[{currency}]"
        if not isinstance(tree, dict):
            raise invalid_request("Invalid object", param=outer)
        found[currency_code(name, currency)] = read(declared, tree, outer)
    return found


def one_of(first: str, second: str) -> StripeError:
    """Return the refusal of two parameters that exclude each other."""
    return invalid_request(
        f"You may only specify one of these parameters: {first}, {second}.", param=first
    )
