"""What connect.stripe.com answers: authorize, token, deauthorize.

https://docs.stripe.com/connect/oauth-reference
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from dashboard.sandbox.access import Key, given_key
from dashboard.sandbox.connect.permissions import CLIENTS, Scope
from dashboard.sandbox.connect.refusals import (
    OAuthError,
    invalid_client,
    invalid_request,
    invalid_scope,
)
from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import unknown_url
from dashboard.sandbox.exchange import Answer, Request
from dashboard.sandbox.operations.accounts import APPLICATION
from dashboard.sandbox.pages import page
from dashboard.sandbox.shapes import Json

if TYPE_CHECKING:
    from dashboard.sandbox.sandbox import Sandbox

_PREFIXES = ("/oauth/", "/express/oauth/")


def is_oauth(path: str) -> bool:
    """Return whether the path belongs to connect.stripe.com."""
    return path.startswith(_PREFIXES)


def answer(sandbox: Sandbox, request: Request) -> Answer:
    """Answer what is asked of connect.stripe.com; raises StripeError where there is nothing."""
    place = request.path.removeprefix("/express")
    if place == "/oauth/authorize" and request.method in {"GET", "POST"}:
        return _authorize(sandbox, request)
    if request.method != "POST" or place not in {"/oauth/token", "/oauth/deauthorize"}:
        raise unknown_url(request.method, request.path)
    try:
        key = _platform_key(sandbox, request)
        asked = _asked(request)
        told = (
            _token(sandbox, key, asked) if place == "/oauth/token" else _leave(sandbox, key, asked)
        )
    except OAuthError as error:
        return error.answer()
    return Answer.of(told)


def deauthorize(sandbox: Sandbox, account: str) -> None:
    """Let a connected account go, and tell the platform, which is the last that it hears of it."""
    _tell(sandbox, account, "account.application.deauthorized")
    sandbox.permissions.revoke(account)


def _asked(request: Request) -> dict[str, str]:
    """Return the parameters of the query and, over them, of the form."""
    body = request.body.decode(errors="replace")
    return dict(parse_qsl(request.query)) | dict(parse_qsl(body))


def _authorize(sandbox: Sandbox, request: Request) -> Answer:
    """Show the page on which somebody chooses an account, or act on what was chosen.

    What is wrong with the application or the address is shown; all else is told to the platform.
    """
    asked = _asked(request)
    if asked.get("client_id") not in CLIENTS:
        return _shown("No application matches the supplied client identifier")
    try:
        back = _redirect_uri(sandbox, asked)
    except OAuthError as error:
        return _shown(f"Invalid request: {error.description}")
    try:
        scope = _scope_asked(request.path, asked)
        return _decide(sandbox, request, asked, scope, back)
    except OAuthError as error:
        told = {"error": error.error, "error_description": error.description}
        return _sent(back, told, asked)


def _decide(
    sandbox: Sandbox, request: Request, asked: dict[str, str], scope: Scope, back: str
) -> Answer:
    """Send the person back with a code or a refusal, or show the page while nothing is decided."""
    choice = offered(sandbox, express=request.path.startswith("/express"))
    account = asked.get("account") or next(iter(choice), "")
    decision = asked.get("decision")
    if decision == "deny":
        raise OAuthError("access_denied", "The user denied your request")
    if decision == "allow" and account in choice:
        now = sandbox.clock()
        code = sandbox.permissions.give(asked["client_id"], account, scope, now)
        return _sent(back, {"scope": scope.value, "code": code}, asked)
    return page(
        "connect/authorize.html",
        status=400 if decision else 200,
        accounts=list(choice.values()),
        connected=[one for one in choice if sandbox.permissions.is_connected(one)],
        chosen=account if account in choice else next(iter(choice), ""),
        may_write=scope is Scope.READ_WRITE,
        application=APPLICATION["name"],
        host=urlsplit(back).netloc,
        amiss=f"There is no {account} to {decision}." if decision else "",
    )


def offered(sandbox: Sandbox, *, express: bool = False) -> dict[str, Json]:
    """Return the accounts that may be chosen, by their ids."""
    found = {}
    for account in sandbox.permissions.others:
        # In the writer's turn: a world that is being loaded has no account for a moment.
        with sandbox.accounts[account].writing() as shelf:
            thing = shelf.get("account", account)
        if thing and (thing["type"] == "express" or not express):
            found[account] = thing
    return found


def _redirect_uri(sandbox: Sandbox, asked: dict[str, str]) -> str:
    """Return where the person is sent back to; raises OAuthError where that is not allowed."""
    registered = sandbox.permissions.redirect_uris
    wanted = asked.get("redirect_uri")
    if wanted is None and registered:
        return registered[0]
    if wanted is None:
        raise invalid_request("No redirect URI is given, and none is set in your settings.")
    if wanted not in registered and (registered or not _is_address(wanted)):
        raise invalid_request(
            f"Invalid redirect URI: '{wanted}'. Ensure this uri exactly matches one of the uris "
            "specified in your application settings"
        )
    return wanted


def _is_address(text: str) -> bool:
    plain = text.isprintable() and " " not in text
    return plain and text.startswith(("http://", "https://")) and bool(urlsplit(text).netloc)


def _scope_asked(path: str, asked: dict[str, str]) -> Scope:
    """Return the scope that is asked for; raises OAuthError where the request makes no sense."""
    response_type = asked.get("response_type")
    if response_type is None:
        raise invalid_request("No response type specified")
    if response_type != "code":
        raise OAuthError("unsupported_response_type", f"Unsupported response type: {response_type}")
    unsaid = Scope.READ_WRITE if path.startswith("/express") else Scope.READ_ONLY
    return _scope(asked.get("scope", unsaid))


def _scope(text: str) -> Scope:
    try:
        return Scope(text)
    except ValueError:
        raise invalid_scope(text) from None


def _sent(back: str, told: dict[str, str], asked: dict[str, str]) -> Answer:
    """Send the person back with what is told, and the state that the platform gave along."""
    if "state" in asked:
        told = told | {"state": asked["state"]}
    joint = "&" if "?" in back else "?"
    return Answer(303, b"", {"Location": f"{back}{joint}{urlencode(told)}"})


def _shown(message: str) -> Answer:
    """Answer what Stripe shows to a person whom it cannot send back."""
    return Answer.of({"error": {"message": message}}, 400)


def _platform_key(sandbox: Sandbox, request: Request) -> Key:
    """Return the platform's own secret key, from the header or as `client_secret`."""
    given = given_key(request.headers) or _asked(request).get("client_secret", "")
    if not given:
        raise invalid_client(
            "No authentication was provided. Send your secret API key using the Authorization "
            "header, or as a client_secret POST parameter."
        )
    key = Key(given)
    if key.issued or key.restricted or not sandbox.access.knows(key):
        raise invalid_client(f"Invalid API Key provided: {key.masked}")
    return key


def _token(sandbox: Sandbox, key: Key, asked: dict[str, str]) -> Json:
    """Return the tokens for a code or a refresh token."""
    kind = asked.get("grant_type")
    now = sandbox.clock()
    if kind == "authorization_code":
        code = _needed(asked, "code", "authorization code")
        told, joined = sandbox.permissions.redeem(code, live=key.live, now=now)
        if joined:
            _tell(sandbox, told["stripe_user_id"], "account.application.authorized")
        return told
    if kind == "refresh_token":
        value = _needed(asked, "refresh_token", "refresh token")
        scope = _scope(asked["scope"]) if "scope" in asked else None
        return sandbox.permissions.renew(value, scope, live=key.live, now=now)
    if kind is None:
        raise invalid_request("No grant type specified")
    raise OAuthError("unsupported_grant_type", f"Unsupported grant type: {kind}")


def _needed(asked: dict[str, str], name: str, words: str) -> str:
    value = asked.get(name)
    if not value:
        raise invalid_request(f"No {words} provided")
    return value


def _leave(sandbox: Sandbox, key: Key, asked: dict[str, str]) -> Json:
    """Let the account go that is named, and return its id."""
    client = _needed(asked, "client_id", "client_id")
    account = _needed(asked, "stripe_user_id", "stripe_user_id")
    if client not in CLIENTS or CLIENTS[client] not in {None, key.live}:
        raise invalid_client(f"No such application: '{client}'")
    if not sandbox.permissions.is_connected(account):
        raise invalid_client(
            f"This application is not connected to stripe account {account}, or that account does "
            "not exist."
        )
    deauthorize(sandbox, account)
    return {"stripe_user_id": account}


def _tell(sandbox: Sandbox, account: str, type_: str) -> None:
    """Let the platform hear of an account that came or goes."""
    state = sandbox.accounts[account]
    state.complete()
    with state.writing() as shelf:
        outbox = sandbox.courier.outbox(account)
        Engine(shelf, now=int(sandbox.clock()), outbox=outbox).emit(type_, APPLICATION)
    sandbox.courier.wake()
