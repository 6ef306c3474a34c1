"""Stripe's errors: what is refused, with the status, type, code and parameter that Stripe says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dashboard.sandbox.shapes import SHAPES, Json


class ErrorType(StrEnum):
    """The closed set of Stripe's error types."""

    API = "api_error"
    CARD = "card_error"
    IDEMPOTENCY = "idempotency_error"
    INVALID_REQUEST = "invalid_request_error"


@dataclass(slots=True)
class StripeError(Exception):
    """An answer with an error envelope."""

    status: int
    message: str
    type: ErrorType = ErrorType.INVALID_REQUEST
    code: str | None = None
    param: str | None = None
    more: Json = field(default_factory=dict)
    """Further members of the envelope, such as `decline_code` and `payment_intent`."""
    headers: dict[str, str] = field(default_factory=dict)

    def envelope(self) -> Json:
        """Return the body that Stripe answers."""
        error: Json = {"message": self.message, "type": self.type.value}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        return {"error": error | self.more}


def invalid_request(
    message: str, *, code: str | None = None, param: str | None = None, status: int = 400
) -> StripeError:
    """Return the refusal of a request that cannot be carried out as it stands."""
    return StripeError(status, message, code=code, param=param)


def missing_object(
    kind: str, identity: str, param: str | None = None, *, status: int = 404
) -> StripeError:
    """Return Stripe's answer for an id that it does not know, in the path or in `param`."""
    return invalid_request(
        f"No such {SHAPES[kind].noun or kind}: '{identity}'",
        code="resource_missing",
        param=param or SHAPES[kind].path_name,
        status=status,
    )


def missing_parameter(name: str) -> StripeError:
    """Return the refusal of a request that lacks a required parameter."""
    return invalid_request(f"Missing required param: {name}.", code="parameter_missing", param=name)


def unknown_parameters(names: Iterable[str]) -> StripeError:
    """Return the refusal of parameters, one at least, that the call does not have."""
    first, *others = sorted(names)
    return invalid_request(
        f"Received unknown parameter{'s' if others else ''}: {', '.join([first, *others])}",
        code="parameter_unknown",
        param=first,
    )


def empty_parameter(name: str) -> StripeError:
    """Return the refusal of an empty value where Stripe sees an attempt to unset."""
    return invalid_request(
        f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset "
        f"a parameter; however '{name}' cannot be unset. You should remove '{name}' from your "
        "request or supply a non-empty value.",
        code="parameter_invalid_empty",
        param=name,
    )


def unlisted_value(name: str, choices: Sequence[str]) -> StripeError:
    """Return the refusal of a value that is none of the `choices`."""
    *others, last = choices
    if not others:
        return invalid_request(f"Invalid {name}: must be {last}", param=name)
    comma = "," if len(others) > 1 else ""
    return invalid_request(
        f"Invalid {name}: must be one of {', '.join(others)}{comma} or {last}", param=name
    )


def unknown_url(method: str, path: str) -> StripeError:
    """Return the answer for a method and path that lead nowhere."""
    return invalid_request(
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we "
        "can help at https://support.stripe.com/.",
        status=404,
    )


def rate_limited(reason: str) -> StripeError:
    """Return the 429 of an account that asks too fast; `reason` names the limit that was hit."""
    return StripeError(
        429,
        "Request rate limit exceeded. You can learn more about rate limits here "
        "https://stripe.com/docs/rate-limits.",
        code="rate_limit",
        headers={"Stripe-Rate-Limited-Reason": reason},
    )


def server_error() -> StripeError:
    """Return the 500 of a Stripe that is unwell."""
    return StripeError(
        500,
        "An error occurred while processing your request. Please try again.",
        type=ErrorType.API,
    )
