"""Stripe Connect by OAuth: the page of consent, and tokens for what came back from it.

https://docs.stripe.com/connect/oauth-reference
"""

import re
from dataclasses import dataclass
from typing import Any

import stripe

from dashboard.core.config import Settings
from dashboard.gateway.errors import GatewayError, translated, unreadable
from dashboard.gateway.reads import Json
from dashboard.gateway.transport import Transport

ACCOUNT_ID = re.compile(r"acct_\w{1,59}", re.ASCII)


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """What Stripe gave for a consent; ``expires_in`` in seconds, ``None`` where it does not end.

    ``scope`` is ``read_only`` or ``read_write``.
    """

    account_id: str
    livemode: bool
    scope: str
    access_token: str
    refresh_token: str | None
    publishable_key: str | None
    expires_in: int | None


class Platform:
    """Our platform as connect.stripe.com knows it: a client's id and a key.

    All but the address of the page ask Stripe, once: codes and tokens that rotate count once.
    """

    def __init__(self, settings: Settings) -> None:
        base, timeout = settings.stripe_connect_base, settings.stripe_request_timeout
        self._client = stripe.StripeClient(
            settings.platform_key,
            client_id=settings.stripe_client_id,
            base_addresses={"api": settings.stripe_api_base, "connect": base},
            max_network_retries=0,
            http_client=Transport(base, timeout, bodies_beside=False),
        )

    def authorize_url(self, *, state: str, scope: str, redirect_uri: str) -> str:
        """Return the address of the page on which an account's owner consents."""
        # Typed as closed sets by the SDK, which only encodes them.
        params: Any = {"state": state, "scope": scope, "redirect_uri": redirect_uri}
        return self._client.oauth.authorize_url(params)

    def exchange(self, code: str) -> Token:
        """Return the tokens for a code that came back from the page.

        Raises:
            ConsentError: the code is wrong, was used, or is older than five minutes.
            GatewayError: Stripe does not answer, or not with tokens.
        """
        return self._token({"grant_type": "authorization_code", "code": code}, code)

    def refresh(self, refresh_token: str, scope: str) -> Token:
        """Return new tokens; where they end, the refresh token is another one then.

        Raises:
            ConsentError: the permission is gone, or the refresh token was used.
            GatewayError: Stripe does not answer, or not with tokens.
        """
        asked = {"grant_type": "refresh_token", "refresh_token": refresh_token, "scope": scope}
        return self._token(asked, refresh_token)

    def deauthorize(self, account_id: str) -> None:
        """Give the permission of the account back; one that is not connected is none to give.

        Raises:
            GatewayError: Stripe refuses, or does not answer.
        """
        try:
            self._client.oauth.deauthorize({"stripe_user_id": account_id})
        except stripe.oauth_error.InvalidClientError as error:
            if account_id not in str(error.user_message):
                raise translated(error) from error
        except stripe.StripeError as error:
            raise translated(error) from error

    def _token(self, asked: Any, secret: str) -> Token:
        try:
            told = self._client.oauth.token(asked).to_dict()
        except stripe.StripeError as error:
            raise _without(secret, translated(error)) from None
        return _read(told)


def _without(secret: str, error: GatewayError) -> GatewayError:
    """Stripe repeats what it was sent, in whatever form that was."""
    error.message = error.message.replace(secret, "[secret]")
    return error


def _read(told: Json) -> Token:
    account_id, access_token = told.get("stripe_user_id"), told.get("access_token")
    if not isinstance(access_token, str) or not ACCOUNT_ID.fullmatch(str(account_id)):
        raise unreadable("there is no token of an account in it")
    expires_in = told.get("expires_in")
    return Token(
        account_id=str(account_id),
        livemode=told.get("livemode") is True,
        scope=str(told.get("scope")),
        access_token=access_token,
        refresh_token=told.get("refresh_token"),
        publishable_key=told.get("stripe_publishable_key"),
        expires_in=expires_in if isinstance(expires_in, int) else None,
    )
