"""How events are delivered: like Stripe unless the control page asks for mishaps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from dashboard.sandbox.shapes import Json

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")
_MOST_COPIES = 100
_MOST_SENDERS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What may be set; shares are between 0 and 1."""

    livemode: bool = False
    """Whether deliveries are live ones: retried for three days, not for a few hours."""
    retry_scale: float = 1.0
    """What the pauses between attempts are multiplied by."""
    timeout_seconds: float = 10.0
    """How long an endpoint may take to answer."""
    senders: int = 8
    """How many deliveries an endpoint gets at the same time."""
    seed: int = 1
    """What decides which deliveries the mishaps befall."""
    repeat_up_to: int = 1
    """How many times a delivery is made at most; each is made one to so many times."""
    shuffle_seconds: float = 0.0
    """The window within which deliveries are held back, each for a time of its own."""
    tie_seconds: int = 0
    """Changes of an object within so many seconds share one `created`."""
    drop_share: float = 0.0
    """How many deliveries are never made."""
    delay_share: float = 0.0
    """How many deliveries come `delay_seconds` late."""
    delay_seconds: float = 60.0
    old_version: str = "2024-06-20"
    """The API version in whose shapes `old_version_share` of the deliveries are written."""
    old_version_share: float = 0.0
    forged_share: float = 0.0
    """How many deliveries are accompanied by a forged one."""

    def changed(self, wanted: Mapping[str, Any]) -> Settings:
        """Return the settings with those of `wanted`, texts of a form or JSON values.

        Raises ValueError, naming the setting, for one that is unknown or makes no sense.
        """
        defaults = asdict(Settings())
        unknown = wanted.keys() - defaults.keys()
        if unknown:
            raise ValueError(f"There is no setting {min(unknown)}: use {', '.join(defaults)}.")
        read = {name: _value(name, defaults[name], given) for name, given in wanted.items()}
        return replace(self, **read)

    def as_json(self) -> Json:
        """Return every setting by its name."""
        return asdict(self)


def _value(name: str, default: Any, given: Any) -> Any:
    if isinstance(default, bool):
        return _flag(name, given)
    if isinstance(default, str):
        if not isinstance(given, str) or not _VERSION.fullmatch(given):
            raise ValueError(f"{name} must be an API version such as {default}.")
        return given
    return _number(name, type(default), given)


def _flag(name: str, given: Any) -> bool:
    if str(given).lower() not in {"true", "false"}:
        raise ValueError(f"{name} must be true or false.")
    return str(given).lower() == "true"


def _number(name: str, kind: type[Any], given: Any) -> Any:
    lowest, highest = _bounds(name)
    try:
        number = kind(str(given))
    except ValueError:
        number = None
    if number is None or not lowest <= number <= highest:
        raise ValueError(f"{name} must be a number from {lowest:g} to {highest:g}.")
    return number


def _bounds(name: str) -> tuple[float, float]:
    if name.endswith("_share"):
        return 0, 1
    match name:
        case "repeat_up_to":
            return 1, _MOST_COPIES
        case "senders":
            return 1, _MOST_SENDERS
        case "timeout_seconds":
            return 0.01, 600
    return 0, 10**9
