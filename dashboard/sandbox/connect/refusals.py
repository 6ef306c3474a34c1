"""What OAuth refuses: the closed set of errors in the form that connect.stripe.com answers them.

https://docs.stripe.com/connect/oauth-reference
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.sandbox.exchange import Answer


@dataclass(slots=True)
class OAuthError(Exception):
    """An answer of OAuth that says what was wrong."""

    error: str
    description: str
    status: int = 400

    def answer(self) -> Answer:
        """Return the body that Stripe answers, which is not the envelope of its API."""
        said = {"error": self.error, "error_description": self.description}
        return Answer.of(said, self.status)


def invalid_client(description: str) -> OAuthError:
    """Return the refusal of a key, an application or an account that do not belong together."""
    return OAuthError("invalid_client", description, 401)


def invalid_grant(description: str) -> OAuthError:
    """Return the refusal of a code or a refresh token that is good for nothing."""
    return OAuthError("invalid_grant", description)


def invalid_request(description: str) -> OAuthError:
    """Return the refusal of a request that lacks something."""
    return OAuthError("invalid_request", description)


def invalid_scope(scope: str) -> OAuthError:
    """Return the refusal of a scope that there is not, or that was never allowed."""
    return OAuthError("invalid_scope", f"Invalid scope provided: {scope}")
