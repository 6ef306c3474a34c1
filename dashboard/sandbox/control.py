"""The control page and its API, under a prefix that Stripe does not have."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl

import orjson
from jinja2 import Environment, Template

from dashboard.sandbox.exchange import Answer, Request
from dashboard.sandbox.faults import FaultKind
from dashboard.sandbox.operations.billing.standing import LAST_RESORT, LAST_RESORTS
from dashboard.sandbox.sandbox import Sandbox
from dashboard.sandbox.shapes import API_VERSION, Json

PREFIX = "/_control"


def is_control(path: str) -> bool:
    """Return whether the path belongs to the control page."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def answer(sandbox: Sandbox, request: Request) -> Answer:
    """Answer the page, `/state`, `/settings` (GET, POST) and `/faults`.

    Of faults GET lists, POST adds and DELETE clears.
    """
    match request.method, request.path.removeprefix(PREFIX).rstrip("/"):
        case "GET", "":
            return Answer(200, _page(sandbox), content_type="text/html; charset=utf-8")
        case "GET", "/state":
            return Answer.of(_world(sandbox))
        case "GET" | "POST", "/settings":
            return _settings(sandbox, request)
        case "GET", "/faults":
            return Answer.of({"faults": sandbox.faults.as_json()})
        case ("POST" | "DELETE", "/faults") | ("POST", "/faults/clear"):
            return _change_faults(sandbox, request)
    return Answer.of({"error": "The control API has /state, /settings and /faults."}, 404)


def _change_faults(sandbox: Sandbox, request: Request) -> Answer:
    if request.method == "POST" and not request.path.rstrip("/").endswith("/clear"):
        return _add(sandbox, request)
    sandbox.faults.clear()
    return _done(sandbox, request)


def _add(sandbox: Sandbox, request: Request) -> Answer:
    try:
        wanted = _given(request)
        for one in wanted if isinstance(wanted, list) else [wanted]:
            sandbox.faults.add(dict(one))
    except (ValueError, TypeError) as error:
        return Answer.of({"error": f"This is no fault: {error}"}, 400)
    return _done(sandbox, request)


def _settings(sandbox: Sandbox, request: Request) -> Answer:
    """Tell what becomes of subscriptions whose bill nobody pays, set anew by a POST."""
    if request.method == "POST":
        wanted = _given(request)
        outcome = wanted.get(LAST_RESORT) if isinstance(wanted, dict) else None
        if outcome not in LAST_RESORTS:
            choices = ", ".join(LAST_RESORTS)
            return Answer.of({"error": f"Set {LAST_RESORT} to one of these: {choices}."}, 400)
        for state in sandbox.accounts.values():
            state.keep_fact(LAST_RESORT, outcome)
    own = sandbox.accounts[sandbox.own_account]
    return Answer.of({LAST_RESORT: own.fact(LAST_RESORT) or LAST_RESORTS[0]})


def _given(request: Request) -> Any:
    if _is_form(request):
        return dict(parse_qsl(request.body.decode()))
    return orjson.loads(request.body)


def _done(sandbox: Sandbox, request: Request) -> Answer:
    """Go back to the page after a button, or answer the rules."""
    if _is_form(request):
        return Answer(303, b"", {"Location": PREFIX})
    return Answer.of({"faults": sandbox.faults.as_json()})


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


def _world(sandbox: Sandbox) -> Json:
    return {
        "api_version": API_VERSION,
        "keys": sorted(sandbox.access.keys),
        "refused": sorted(sandbox.access.refused),
        "rate": sandbox.limiter.rate,
        "accounts": {name: state.counts() for name, state in sandbox.accounts.items()},
        "faults": sandbox.faults.as_json(),
    }


def _page(sandbox: Sandbox) -> bytes:
    kinds = [kind.value for kind in FaultKind]
    return _template().render(world=_world(sandbox), kinds=kinds).encode()


@cache
def _template() -> Template:
    source = files("dashboard.sandbox").joinpath("control.html").read_text(encoding="utf-8")
    return Environment(autoescape=True).from_string(source)
