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
from dashboard.sandbox.sandbox import Sandbox
from dashboard.sandbox.shapes import API_VERSION, Json

PREFIX = "/_control"


def is_control(path: str) -> bool:
    """Return whether the path belongs to the control page."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def answer(sandbox: Sandbox, request: Request) -> Answer:
    """Answer the page, `/state`, and `/faults` (GET lists, POST adds, DELETE clears)."""
    match request.method, request.path.removeprefix(PREFIX).rstrip("/"):
        case "GET", "":
            return Answer(200, _page(sandbox), content_type="text/html; charset=utf-8")
        case "GET", "/state":
            return Answer.of(_world(sandbox))
        case "GET", "/faults":
            return Answer.of({"faults": sandbox.faults.as_json()})
        case "POST", "/faults":
            return _add(sandbox, request)
        case ("DELETE", "/faults") | ("POST", "/faults/clear"):
            sandbox.faults.clear()
            return _done(sandbox, request)
    return Answer.of({"error": "The control API has /state and /faults."}, 404)


def _add(sandbox: Sandbox, request: Request) -> Answer:
    try:
        wanted = _given(request)
        for one in wanted if isinstance(wanted, list) else [wanted]:
            sandbox.faults.add(dict(one))
    except (ValueError, TypeError) as error:
        return Answer.of({"error": f"This is no fault: {error}"}, 400)
    return _done(sandbox, request)


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
