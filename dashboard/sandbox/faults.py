"""Failing on purpose: rules that make requests slow, refused, cut off or spoilt."""

from __future__ import annotations

import random
import threading
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from dashboard.sandbox.errors import StripeError, rate_limited, server_error
from dashboard.sandbox.shapes import Json


class FaultKind(StrEnum):
    """What goes wrong."""

    LATENCY = "latency"
    RATE_LIMITED = "429"
    SERVER_ERROR = "500"
    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    RESET = "reset"
    TRUNCATE = "truncate"
    BAD_JSON = "bad_json"


_NUMBERS: dict[str, type[float | int]] = {
    "probability": float,
    "count": int,
    "skip": int,
    "seconds": float,
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """One rule: which requests, how often, and what goes wrong with them."""

    kind: FaultKind
    path: str = "/v1/"
    """The start of the paths that it strikes."""
    method: str | None = None
    probability: float = 1.0
    count: int | None = None
    """How many times it strikes before it is used up; None: for ever."""
    skip: int = 0
    """How many requests it lets pass first."""
    seconds: float = 0.2
    """How long a request is held up (latency)."""

    @classmethod
    def of(cls, wanted: Json) -> Fault:
        """Make a rule of JSON or form values; empty ones are left out.

        Raises ValueError or TypeError when it makes no sense.
        """
        given = {name: value for name, value in wanted.items() if value not in {"", None}}
        for name, number in _NUMBERS.items():
            if name in given:
                given[name] = number(given[name])
        return cls(**given | {"kind": FaultKind(str(given.get("kind")))})

    def error(self) -> StripeError | None:
        """Return the error that Stripe would answer; None for faults of another sort."""
        match self.kind:
            case FaultKind.RATE_LIMITED:
                return rate_limited("global-rate")
            case FaultKind.SERVER_ERROR:
                return server_error()
            case FaultKind.UNAUTHORIZED:
                return StripeError(401, "Invalid API Key provided: sk_test_****************gone")
            case FaultKind.FORBIDDEN:
                return StripeError(
                    403,
                    "The provided key does not have the required permissions for this endpoint.",
                )
        return None


@dataclass(slots=True)
class Faults:
    """The rules in force, in the order in which they were made."""

    rules: list[Fault] = field(default_factory=list)
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _dice: random.Random = field(default_factory=lambda: random.Random(1))

    def add(self, wanted: Json) -> Fault:
        """Make a rule; raises ValueError or TypeError when it makes no sense."""
        fault = Fault.of(wanted)
        with self._turn:
            self.rules.append(fault)
        return fault

    def clear(self) -> None:
        """Let everything work again."""
        with self._turn:
            self.rules.clear()

    def strike(self, method: str, path: str) -> list[Fault]:
        """Return what goes wrong with this request, and count it."""
        if not self.rules:
            return []
        with self._turn:
            return [rule for rule in self.rules if self._strikes(rule, method, path)]

    def as_json(self) -> list[Json]:
        """Return the rules for the control page."""
        return [asdict(rule) for rule in self.rules]

    def _strikes(self, rule: Fault, method: str, path: str) -> bool:
        if not path.startswith(rule.path) or rule.method not in {None, method} or rule.count == 0:
            return False
        if rule.skip:
            rule.skip -= 1
            return False
        if self._dice.random() >= rule.probability:
            return False
        if rule.count is not None:
            rule.count -= 1
        return True
