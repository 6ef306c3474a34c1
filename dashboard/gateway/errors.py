"""What can go wrong between us and Stripe, in words that a person can act on."""

from dataclasses import dataclass

import stripe
from stripe.oauth_error import OAuthError

from dashboard.core.errors import DashboardError
from dashboard.core.log import redact

BAD_REQUEST, FORBIDDEN, NOT_FOUND, TOO_MANY = 400, 403, 404, 429
UNAUTHORIZED = 401
SERVER_ERROR = 500
MISSING = "resource_missing"
"""Stripe says 404 for a path with such an id, and 400 for a parameter such as a cursor."""


class GatewayError(DashboardError):
    """Stripe answered something else than what was asked for; ``message`` is in its words."""

    status = 502
    code = "stripe_error"


class RefusedError(GatewayError):
    """The key has no permission for this (403)."""

    code = "stripe_refused"


class UnwelcomeError(GatewayError):
    """The server does not take a parameter, or not like this (400)."""

    code = "stripe_unwelcome"


class AbsentError(GatewayError):
    """The server has no such object or no such URL (404)."""

    code = "stripe_absent"


class MissingError(AbsentError):
    """The server has no object of this id, or has it no longer."""


class KeyRefusedError(GatewayError):
    """Stripe does not know the key, or it has expired (401)."""

    code = "stripe_key_refused"


class RateLimitedError(GatewayError):
    """Too many requests, even after waiting (429)."""

    status = 503
    code = "stripe_rate_limited"


class UnreachableError(GatewayError):
    """No answer, a broken one or an error of the server, even after trying again."""

    status = 503
    code = "stripe_unreachable"


class MisbehavedError(GatewayError):
    """The server answers, but not as Stripe's lists do; going on would never end."""

    code = "stripe_misbehaved"


class ReadOnlyError(GatewayError):
    """The account is connected for reading only: the request did not leave this machine."""

    status = 403
    code = "read_only"


@dataclass(eq=False)
class ConsentError(GatewayError):
    """What OAuth refuses; ``reason`` is its word for it, such as ``invalid_grant``."""

    reason: str = ""

    code = "oauth_refused"


REMEDY = {
    RefusedError: "Allow the key to read it in Stripe under Developers, API keys.",
    KeyRefusedError: "Check STRIPE_SECRET_KEY, or make a new key in Stripe.",
    RateLimitedError: "Lower STRIPE_REQUESTS_PER_SECOND, or try again later.",
    UnreachableError: "Check the network, STRIPE_API_BASE and status.stripe.com; then try again.",
}
CLASS_OF_STATUS: dict[int, type[GatewayError]] = {
    BAD_REQUEST: UnwelcomeError,
    UNAUTHORIZED: KeyRefusedError,
    FORBIDDEN: RefusedError,
    NOT_FOUND: AbsentError,
    TOO_MANY: RateLimitedError,
}


def translated(error: stripe.StripeError) -> GatewayError:
    """Return the SDK's error as one of ours, without secrets."""
    status = error.http_status
    if isinstance(error, OAuthError):
        return ConsentError(redact(_words(error)), reason=str(error.code or ""))
    if isinstance(error, stripe.APIConnectionError) or status is None or status >= SERVER_ERROR:
        kind: type[GatewayError] = UnreachableError
    elif isinstance(error, stripe.RateLimitError):
        kind = RateLimitedError
    elif error.code == MISSING:
        kind = MissingError
    else:
        kind = CLASS_OF_STATUS.get(status, GatewayError)
    return kind(redact(_words(error)), remedy=REMEDY.get(kind))


def unreadable(reason: str) -> UnreachableError:
    """Return the error for an answer under 200 that nobody can read."""
    return UnreachableError(f"Stripe's answer cannot be read: {reason}", remedy=None)


def _words(error: stripe.StripeError) -> str:
    said = error.user_message
    if isinstance(said, str) and said and "HTTP response code was" not in said:
        return said
    return f"The server answered with HTTP status {error.http_status}."
