"""Who may ask: API keys, restricted keys, accounts and API versions."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.sandbox.errors import StripeError, invalid_request

DEFAULT_KEY = "sk_test_practice"

ISSUED = "connect_"
"""How the tokens that OAuth issued go on after `sk_test_`; only issued ones are good."""

_SECRET = ("sk_test_", "sk_live_", "rk_test_", "rk_live_")
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?(;.*)?")
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Key:
    """The API key of a request."""

    value: str

    @property
    def restricted(self) -> bool:
        """Return whether some objects may be refused to the key."""
        return self.value.startswith("rk_")

    @property
    def issued(self) -> bool:
        """Return whether it is a token that OAuth issued, not a key of the platform."""
        return self.value.startswith((f"sk_test_{ISSUED}", f"sk_live_{ISSUED}"))

    @property
    def live(self) -> bool:
        """Return whether the key shows the world as live."""
        return "_live_" in self.value[:8]

    @property
    def masked(self) -> str:
        """Return the key as Stripe repeats it in messages."""
        start = next((one for one in _SECRET if self.value.startswith(one)), "")
        return f"{start}{'*' * 16}{self.value[-_SHOWN:]}"


@dataclass(frozen=True, slots=True)
class Access:
    """Which keys are good, and what restricted ones may not see."""

    keys: frozenset[str] = frozenset()
    """The good keys; any secret key is good when there are none."""
    refused: frozenset[str] = frozenset()
    """The kinds of object that restricted keys may not touch."""

    def key_of(self, headers: Mapping[str, str]) -> Key:
        """Return the key of a request; raises Stripe's 401 when it is missing or wrong."""
        given = given_key(headers)
        if not given:
            raise StripeError(
                401,
                "You did not provide an API key. You need to provide your API key in the "
                "Authorization header, using Bearer auth (e.g. 'Authorization: Bearer "
                "YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or "
                "we can help at https://support.stripe.com/.",
                headers={"WWW-Authenticate": 'Basic realm="Stripe"'},
            )
        key = Key(given)
        if given.startswith("pk_"):
            raise StripeError(
                401,
                "This API call cannot be made with a publishable API key. Please use a secret API "
                "key. You can find a list of your API keys at "
                "https://dashboard.stripe.com/account/apikeys.",
                code="secret_key_required",
            )
        if not key.issued and not self.knows(key):
            raise unknown_key(key)
        return key

    def knows(self, key: Key) -> bool:
        """Return whether a key is one of the platform's own."""
        return key.value.startswith(_SECRET) and (not self.keys or key.value in self.keys)

    def permit(self, key: Key, kind: str, account: str, *, writing: bool) -> None:
        """Raise Stripe's 403 when the key is restricted and the kind is refused to it."""
        if key.restricted and kind in self.refused:
            permission = f"rak_{kind.replace('.', '_')}_{'write' if writing else 'read'}"
            raise StripeError(
                403,
                f"The provided key '{key.masked}' does not have the required permissions for this "
                f"endpoint on account '{account}'. Having the '{permission}' permission would "
                "allow this request to continue.",
            )


def unknown_key(key: Key) -> StripeError:
    """Return Stripe's 401 for a key that there is not."""
    return StripeError(401, f"Invalid API Key provided: {key.masked}")


def expired_key(key: Key) -> StripeError:
    """Return Stripe's 401 for a token that opens nothing any more."""
    return StripeError(401, f"Expired API Key provided: {key.masked}", code="api_key_expired")


def more_scope_needed(account: str) -> StripeError:
    """Return Stripe's 403 for a write to an account that allows reading only."""
    return StripeError(
        403,
        "This application does not have the required permissions for this endpoint on account "
        f"'{account}'. Having the 'read_write' scope would allow this request to continue.",
        code="more_permissions_required_for_application",
    )


def no_access_to(account: str, key: Key) -> StripeError:
    """Return Stripe's 403 for a connected account that the key cannot act for."""
    return StripeError(
        403,
        f"The provided key '{key.masked}' does not have access to account '{account}' (or that "
        "account does not exist). Application access may have been revoked.",
        code="account_invalid",
    )


def refuse_unknown_version(version: str | None) -> None:
    """Raise Stripe's 400 when the version is not written like one."""
    if version is not None and not _VERSION.fullmatch(version):
        raise invalid_request(f"Invalid Stripe API version: {version}")


def given_key(headers: Mapping[str, str]) -> str:
    """Return the key of a request as bearer or user name; empty where there is none."""
    authorization = headers.get("authorization", "")
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""
