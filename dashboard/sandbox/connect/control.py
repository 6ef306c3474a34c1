"""What the control page can do about OAuth: who is connected, and how codes and tokens live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dashboard.sandbox.connect.oauth import deauthorize, offered
from dashboard.sandbox.connect.permissions import CODE_SECONDS, REDIRECT_URIS, TOKEN_SECONDS
from dashboard.sandbox.shapes import Json

if TYPE_CHECKING:
    from dashboard.sandbox.sandbox import Sandbox

SETTINGS = (CODE_SECONDS, TOKEN_SECONDS, REDIRECT_URIS)
_LONGEST_SECONDS = 10**9


def told(sandbox: Sandbox) -> Json:
    """Return the accounts beside the platform's own, and which of them are connected."""
    permissions = sandbox.permissions
    return {
        "connections": [
            {
                "account": account,
                "name": thing["settings"]["dashboard"]["display_name"],
                "country": thing["country"],
                "connected": permissions.is_connected(account),
                "scope": permissions.scope_of(account)
                if permissions.is_connected(account)
                else None,
            }
            for account, thing in offered(sandbox).items()
        ]
    }


def take_back(sandbox: Sandbox, wanted: Mapping[str, Any]) -> Json:
    """Take the permission of a connected account back, as its owner does at Stripe."""
    account = str(wanted.get("account"))
    if account not in sandbox.permissions.others or not sandbox.permissions.is_connected(account):
        raise ValueError(f"account must be one that is connected; {account} is not.")
    deauthorize(sandbox, account)
    return told(sandbox)


def settings(sandbox: Sandbox) -> Json:
    """Return how codes and tokens live, and where people may be sent."""
    permissions = sandbox.permissions
    return {
        CODE_SECONDS: permissions.code_seconds,
        TOKEN_SECONDS: permissions.token_seconds,
        REDIRECT_URIS: permissions.redirect_uris,
    }


def checked(wanted: Mapping[str, Any]) -> Json:
    """Return the settings as they are kept; raises ValueError for one that makes no sense."""
    return {
        name: _uris(value) if name == REDIRECT_URIS else _seconds(name, value)
        for name, value in wanted.items()
    }


def _uris(value: Any) -> list[str]:
    uris = value.split() if isinstance(value, str) else list(value)
    if not all(str(uri).startswith(("http://", "https://")) for uri in uris):
        raise ValueError(f"{REDIRECT_URIS} must begin with http:// or https://.")
    return uris


def _seconds(name: str, value: Any) -> int:
    if not str(value).isdecimal() or int(value) > _LONGEST_SECONDS:
        raise ValueError(f"{name} must be a whole number from 0 to {_LONGEST_SECONDS}.")
    return int(value)
