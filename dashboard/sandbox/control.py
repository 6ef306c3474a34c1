"""The control page and its API, under a prefix that Stripe does not have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import orjson

from dashboard.sandbox.connect import control as connect
from dashboard.sandbox.deliveries import control as deliveries
from dashboard.sandbox.deliveries.courier import Courier
from dashboard.sandbox.deliveries.settings import Settings
from dashboard.sandbox.exchange import Answer, Request
from dashboard.sandbox.faults import FaultKind
from dashboard.sandbox.operations.billing.standing import LAST_RESORT, LAST_RESORTS
from dashboard.sandbox.pages import page
from dashboard.sandbox.sandbox import Sandbox
from dashboard.sandbox.shapes import API_VERSION, Json

PREFIX = "/_control"
Serve = Callable[[Sandbox, Request], Answer]


def is_control(path: str) -> bool:
    """Return whether the path belongs to the control page."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def answer(sandbox: Sandbox, request: Request) -> Answer:
    """Answer the page and what lies below it: see docs/sandbox.md.

    Of faults GET lists, POST adds and DELETE clears.
    """
    path = request.path.removeprefix(PREFIX).rstrip("/")
    serve = _PLACES.get(path, {}).get(request.method)
    if serve is None:
        return Answer.of({"error": f"The control API has {', '.join(filter(None, _PLACES))}."}, 404)
    return serve(sandbox, request)


def _attempt(do: Callable[[], Json]) -> Answer:
    """Answer what `do` returns, or what was wrong with the question."""
    try:
        return Answer.of(do())
    except (ValueError, TypeError) as error:
        return Answer.of({"error": str(error)}, 400)


def _show_page(sandbox: Sandbox, request: Request) -> Answer:  # noqa: ARG001
    kinds = [kind.value for kind in FaultKind]
    return page("control.html", world=_world(sandbox), kinds=kinds)


def _tell_state(sandbox: Sandbox, request: Request) -> Answer:  # noqa: ARG001
    return Answer.of(_world(sandbox))


def _tell_faults(sandbox: Sandbox, request: Request) -> Answer:  # noqa: ARG001
    return Answer.of({"faults": sandbox.faults.as_json()})


def _clear(sandbox: Sandbox, request: Request) -> Answer:
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


def _asked(tell: Callable[[Courier, Json], Json]) -> Serve:
    """Answer a question about deliveries; its parameters stand in the query."""
    return lambda sandbox, request: _attempt(
        lambda: tell(sandbox.courier, dict(parse_qsl(request.query)))
    )


def _ordered(do: Callable[[Courier, Json], Json]) -> Serve:
    """Do something about deliveries; what exactly stands in the body."""
    return lambda sandbox, request: _attempt(lambda: do(sandbox.courier, _given_map(request)))


def _tell_settings(sandbox: Sandbox, request: Request) -> Answer:  # noqa: ARG001
    return Answer.of(_all_settings(sandbox))


def _change_settings(sandbox: Sandbox, request: Request) -> Answer:
    return _after(request, _attempt(lambda: _set(sandbox, _given_map(request))))


def _forget_settings(sandbox: Sandbox, request: Request) -> Answer:
    """Deliver like Stripe again."""
    sandbox.courier.set(Settings())
    return _tell_settings(sandbox, request)


def _tell_connections(sandbox: Sandbox, request: Request) -> Answer:  # noqa: ARG001
    return Answer.of(connect.told(sandbox))


def _take_back(sandbox: Sandbox, request: Request) -> Answer:
    return _after(request, _attempt(lambda: connect.take_back(sandbox, _given_map(request))))


def _set(sandbox: Sandbox, wanted: Json) -> Json:
    """Change settings: all that are wanted, or none. Raises ValueError for one amiss."""
    outcome = wanted.pop(LAST_RESORT, None)
    if outcome not in {None, *LAST_RESORTS}:
        raise ValueError(f"Set {LAST_RESORT} to one of these: {', '.join(LAST_RESORTS)}.")
    of_connect = {name: wanted.pop(name) for name in connect.SETTINGS if name in wanted}
    kept = connect.checked(of_connect)
    changed = sandbox.courier.settings.changed(wanted)
    for name, value in kept.items():
        sandbox.accounts[sandbox.own_account].keep_fact(name, value)
    if outcome:
        for state in sandbox.accounts.values():
            state.keep_fact(LAST_RESORT, outcome)
    if wanted:
        sandbox.courier.set(changed)
    return _all_settings(sandbox)


def _all_settings(sandbox: Sandbox) -> Json:
    own = sandbox.accounts[sandbox.own_account]
    last_resort = own.fact(LAST_RESORT) or LAST_RESORTS[0]
    of_connect = connect.settings(sandbox)
    return {LAST_RESORT: last_resort} | of_connect | sandbox.courier.settings.as_json()


def _given_map(request: Request) -> Json:
    """Return the form or the JSON map that was sent; raises TypeError for anything else."""
    given = _given(request)
    if not isinstance(given, dict):
        raise TypeError("Send a form, or a map as JSON.")
    return given


def _given(request: Request) -> Any:
    if _is_form(request):
        return dict(parse_qsl(request.body.decode()))
    return orjson.loads(request.body)


def _done(sandbox: Sandbox, request: Request) -> Answer:
    """Go back to the page after a button, or answer the rules."""
    if _is_form(request):
        return Answer(303, b"", {"Location": PREFIX})
    return Answer.of({"faults": sandbox.faults.as_json()})


def _after(request: Request, answered: Answer) -> Answer:
    """Go back to the page where a browser pressed a button, or answer what there is to tell."""
    if answered.status == 200 and "text/html" in request.headers.get("accept", ""):
        return Answer(303, b"", {"Location": PREFIX})
    return answered


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
        "settings": _all_settings(sandbox),
        **connect.told(sandbox),
        "deliveries": deliveries.counts(sandbox.courier.accounts),
    }


_PLACES: dict[str, dict[str, Serve]] = {
    "": {"GET": _show_page},
    "/state": {"GET": _tell_state},
    "/settings": {"GET": _tell_settings, "POST": _change_settings, "DELETE": _forget_settings},
    "/faults": {"GET": _tell_faults, "POST": _add, "DELETE": _clear},
    "/faults/clear": {"POST": _clear},
    "/deliveries": {"GET": _asked(deliveries.told)},
    "/drained": {"GET": _asked(deliveries.drained)},
    "/connections": {"GET": _tell_connections},
    "/deauthorize": {"POST": _take_back},
    "/resend": {"POST": _ordered(deliveries.resend)},
    "/endpoints": {"POST": _ordered(deliveries.register_endpoint)},
    "/endpoints/roll": {"POST": _ordered(deliveries.roll_secret)},
}
