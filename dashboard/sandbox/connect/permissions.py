"""What accounts allow the platform: who is connected, and the codes and tokens that OAuth gave.

An account is connected while the platform's own state holds a copy of it, as `/v1/accounts` lists
them. All else is kept as one fact of the platform's state, and in memory.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from dashboard.sandbox.access import ISSUED, Key, expired_key, unknown_key
from dashboard.sandbox.connect.refusals import invalid_grant, invalid_scope
from dashboard.sandbox.exchange import new_id
from dashboard.sandbox.shapes import Json
from dashboard.sandbox.state import State

CLIENTS: dict[str, bool | None] = {
    "ca_practice": None,
    "ca_practice_test": False,
    "ca_practice_live": True,
}
"""The ids of the platform's application, and which mode their codes are of; None takes both."""

CODE_SECONDS, TOKEN_SECONDS, REDIRECT_URIS = "code_seconds", "token_seconds", "redirect_uris"
"""The facts that say how long codes and tokens live (0: for ever), and where people are sent."""

_FACT = "permissions"
_CODE_SECONDS = 300
_CODE_LENGTH, _TOKEN_LENGTH = 32, 48


class Scope(StrEnum):
    """What an account allows."""

    READ_ONLY = "read_only"
    READ_WRITE = "read_write"

    def covers(self, other: Scope) -> bool:
        """Return whether who may do this may do the other."""
        return self is Scope.READ_WRITE or other is Scope.READ_ONLY


@dataclass(slots=True)
class Grant:
    """One consent, by its code."""

    code: str
    client: str
    account: str
    scope: Scope
    made_at: float
    """UTC seconds."""
    redeemed: bool = False
    revoked: bool = False


@dataclass(slots=True)
class Token:
    """An access token: it speaks for the account of its grant."""

    value: str
    code: str
    scope: Scope
    live: bool
    expires_at: float | None
    """UTC seconds; None for one that does not expire."""


@dataclass(slots=True)
class Refresh:
    """A refresh token, good for access tokens of its scope or less."""

    value: str
    code: str
    scope: Scope
    spent: bool = False


@dataclass(slots=True)
class _Kept:
    """Everything that OAuth gave so far."""

    grants: dict[str, Grant] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    refreshes: dict[str, Refresh] = field(default_factory=dict)
    scopes: dict[str, Scope] = field(default_factory=dict)
    """What connected accounts allow the platform's own key."""

    @classmethod
    def of(cls, told: Json) -> _Kept:
        """Return what `asdict` made a fact of."""
        kept = cls()
        for one in told.get("grants", {}).values():
            kept.grants[one["code"]] = Grant(**one | {"scope": Scope(one["scope"])})
        for one in told.get("tokens", {}).values():
            kept.tokens[one["value"]] = Token(**one | {"scope": Scope(one["scope"])})
        for one in told.get("refreshes", {}).values():
            kept.refreshes[one["value"]] = Refresh(**one | {"scope": Scope(one["scope"])})
        kept.scopes = {account: Scope(scope) for account, scope in told.get("scopes", {}).items()}
        return kept


class Permissions:
    """What the accounts of a sandbox allow its platform, the first of them."""

    def __init__(self, accounts: Mapping[str, State]) -> None:
        self._accounts = accounts
        self._own, self._platform = next(iter(accounts.items()))
        self._turn = threading.Lock()
        self._kept = _Kept.of(self._platform.fact(_FACT) or {})

    @property
    def others(self) -> list[str]:
        """The accounts that may be connected."""
        return [account for account in self._accounts if account != self._own]

    @property
    def code_seconds(self) -> float:
        """How long a code lives."""
        seconds = self._platform.fact(CODE_SECONDS)
        return _CODE_SECONDS if seconds is None else float(seconds)

    @property
    def token_seconds(self) -> int:
        """How long an access token lives; 0 for ever, as those of Connect do."""
        return int(self._platform.fact(TOKEN_SECONDS) or 0)

    @property
    def redirect_uris(self) -> list[str]:
        """Where people may be sent back to; anywhere when there are none."""
        return list(self._platform.fact(REDIRECT_URIS) or [])

    def is_connected(self, account: str) -> bool:
        """Return whether the account is one of the platform's."""
        with self._platform.reading() as shelf:
            return account in self._accounts and shelf.place("account", account) is not None

    def scope_of(self, account: str) -> Scope:
        """Return what a connected account allows the platform's key."""
        return self._kept.scopes.get(account, Scope.READ_WRITE)

    def opened_by(self, key: Key, now: float) -> tuple[str, Scope]:
        """Return the account that an issued token speaks for, and what it may do.

        Raises Stripe's 401 for one that is not known, has expired or was revoked.
        """
        token = self._kept.tokens.get(key.value)
        if token is None:
            raise unknown_key(key)
        grant = self._kept.grants[token.code]
        late = token.expires_at is not None and token.expires_at <= now
        if late or not self._holds(grant):
            raise expired_key(key)
        return grant.account, token.scope

    def give(self, client: str, account: str, scope: Scope, now: float) -> str:
        """Keep the consent of an account; return its code."""
        grant = Grant(new_id("ac_", _CODE_LENGTH), client, account, scope, now)
        with self._turn:
            self._kept.grants[grant.code] = grant
            self._keep()
        return grant.code

    def redeem(self, code: str, *, live: bool, now: float) -> tuple[Json, bool]:
        """Return what the token endpoint answers, and whether the account has only now joined.

        Raises OAuthError where the code is unknown, late, of the other mode or was used: then what
        it gave is revoked.
        """
        with self._turn:
            grant = self._redeemable(code, live=live, now=now)
            grant.redeemed = True
            joined = self._connect(grant)
            refresh = self._refresh(grant, grant.scope)
            return self._issue(grant, refresh, grant.scope, live=live, now=now), joined

    def renew(self, value: str, scope: Scope | None, *, live: bool, now: float) -> Json:
        """Return a new access token for a refresh token, of its scope or a lesser one.

        Where tokens expire the refresh token rotates. Raises OAuthError where it is unknown, spent
        or revoked, or allows less than is asked.
        """
        with self._turn:
            refresh = self._kept.refreshes.get(value)
            grant = refresh and self._kept.grants[refresh.code]
            if not refresh or not grant or refresh.spent or not self._holds(grant):
                raise invalid_grant(f"Refresh token does not exist: {value}")
            wanted = scope or refresh.scope
            if not refresh.scope.covers(wanted):
                raise invalid_scope(wanted)
            _refuse_other_mode(grant, live=live)
            if self.token_seconds:
                refresh.spent = True
                refresh = self._refresh(grant, wanted)
            return self._issue(grant, refresh, wanted, live=live, now=now)

    def revoke(self, account: str) -> None:
        """Let an account be connected no more: none of its tokens opens anything."""
        with self._turn:
            self._forget(account)
            self._keep()
            with self._platform.writing() as shelf:
                found = shelf.get("account", account)
                if found:
                    shelf.remove(found)

    def _redeemable(self, code: str, *, live: bool, now: float) -> Grant:
        """Return the grant of a code that is good for tokens; raises OAuthError for any other."""
        grant = self._kept.grants.get(code)
        if grant is None:
            raise invalid_grant(f"Authorization code does not exist: {code}")
        if grant.redeemed:
            grant.revoked = True
            self._keep()
            raise invalid_grant(
                "This authorization code has already been used. All tokens issued with this code "
                "have been revoked."
            )
        if grant.revoked or now >= grant.made_at + self.code_seconds:
            raise invalid_grant(f"Authorization code expired: {code}")
        _refuse_other_mode(grant, live=live)
        return grant

    def _holds(self, grant: Grant) -> bool:
        """Return whether what was granted is still allowed."""
        return not grant.revoked and self.is_connected(grant.account)

    def _refresh(self, grant: Grant, scope: Scope) -> Refresh:
        refresh = Refresh(new_id("rt_", _CODE_LENGTH), grant.code, scope)
        self._kept.refreshes[refresh.value] = refresh
        return refresh

    def _forget(self, account: str) -> None:
        """Revoke what the account granted and the platform took."""
        for grant in self._kept.grants.values():
            if grant.account == account and grant.redeemed:
                grant.revoked = True
        self._kept.scopes.pop(account, None)

    def _connect(self, grant: Grant) -> bool:
        """Let the platform's key do at least what the grant says; return whether that is new."""
        account = grant.account
        if self.is_connected(account):
            if grant.scope.covers(self.scope_of(account)):
                self._kept.scopes[account] = grant.scope
            return False
        self._forget(account)
        grant.revoked = False
        self._kept.scopes[account] = grant.scope
        copy_account(self._accounts[account], self._platform)
        return True

    def _issue(
        self, grant: Grant, refresh: Refresh, scope: Scope, *, live: bool, now: float
    ) -> Json:
        mode = "live" if live else "test"
        seconds = self.token_seconds
        expires_at = now + seconds if seconds else None
        value = new_id(f"sk_{mode}_{ISSUED}", _TOKEN_LENGTH)
        self._kept.tokens[value] = Token(value, grant.code, scope, live, expires_at)
        self._keep()
        given: Json = {
            "access_token": value,
            "livemode": live,
            "refresh_token": refresh.value,
            "token_type": "bearer",
            "stripe_publishable_key": f"pk_{mode}_{ISSUED}{grant.account.removeprefix('acct_')}",
            "stripe_user_id": grant.account,
            "scope": scope,
        }
        return given | {"expires_in": seconds} if seconds else given

    def _keep(self) -> None:
        self._platform.keep_fact(_FACT, asdict(self._kept))


def copy_account(state: State, platform: State) -> None:
    """Show the platform a connected account as it is now."""
    # Read in the writer's turn: a world that is being loaded has no account for a moment.
    with state.writing() as shelf:
        account = shelf.get("account", str(shelf.fact("account")))
    if account:
        platform.put(account)


def _refuse_other_mode(grant: Grant, *, live: bool) -> None:
    """Raise OAuthError when a code of one mode is redeemed with a key of the other."""
    mode = CLIENTS[grant.client]
    if mode is not None and mode is not live:
        key, code = ("live", "test") if live else ("test", "live")
        raise invalid_grant(f"You are using a {key} mode API key with a {code} mode grant.")
