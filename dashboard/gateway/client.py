"""One factory for the SDK's client: no key, version or address lives in a global."""

from typing import TypeAlias

import stripe

from dashboard.core.config import Settings
from dashboard.core.log import logger
from dashboard.gateway.transport import Transport

Client: TypeAlias = stripe.StripeClient
"""The SDK's client, for those who hand it on and may not know the SDK."""

SDK_VERSION = "v1"
"""Older settings say this where they mean: the version that the SDK pins."""


def make_client(
    settings: Settings, secret: str, account_id: str | None = None, *, read_only: bool = False
) -> stripe.StripeClient:
    """Return a client that speaks with ``secret``, for ``account_id`` where it is a platform's.

    With ``read_only`` it refuses to send what might change something (``ReadOnlyError``). It
    makes no retries of its own: the callers do, within the limits of the account.
    """
    return stripe.StripeClient(
        secret,
        stripe_account=account_id,
        stripe_version=_version(settings),
        base_addresses={
            "api": settings.stripe_api_base,
            "connect": settings.stripe_connect_base,
        },
        max_network_retries=0,
        http_client=Transport(
            settings.stripe_api_base, settings.stripe_request_timeout, read_only=read_only
        ),
    )


def version(settings: Settings) -> str:
    """Return the API version in which Stripe answers us."""
    return _version(settings) or stripe.api_version


def _version(settings: Settings) -> str | None:
    if settings.stripe_api_version == SDK_VERSION:
        logger("gateway").warning("api_version", reason="v1 is no version; the SDK's is used")
        return None
    return settings.stripe_api_version or None
