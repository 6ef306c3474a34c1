"""What the control page can ask of deliveries: what was sent, endpoints, secrets, sending again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from dashboard.sandbox.deliveries import outbox
from dashboard.sandbox.deliveries.courier import Courier
from dashboard.sandbox.deliveries.endpoints import enabled, new_secret, register, roll
from dashboard.sandbox.shapes import Json
from dashboard.sandbox.state import State

_MOST = 10_000
_ROLLING_SECONDS = 86_400
_LONGEST_WAIT_SECONDS = 60.0
_COLUMNS = ("event", "endpoint", "outcome", "kind")


def told(courier: Courier, asked: Mapping[str, str]) -> Json:
    """Return the newest deliveries, narrowed by event, endpoint, outcome or kind.

    Raises ValueError for a parameter that makes no sense.
    """
    _refuse_others(asked, {*_COLUMNS, "account", "limit"})
    limit = min(_whole("limit", asked.get("limit", "100")), _MOST)
    narrowed = {name: asked[name] for name in _COLUMNS if name in asked}
    where = f"WHERE {' AND '.join(f'{name} = ?' for name in narrowed)} " if narrowed else ""
    found: list[Json] = []
    accounts = _chosen(courier, asked)
    for account, state in accounts.items():
        with state.reading() as shelf:
            values = (*narrowed.values(), limit)
            rows = outbox.deliveries(shelf, f"{where}ORDER BY position DESC LIMIT ?", values)
            found += [{"account": account} | row for row in rows]
    return {"deliveries": found, "counts": counts(accounts), "drained": courier.drained()}


def counts(accounts: Mapping[str, State]) -> Json:
    """Return how many deliveries these accounts have, by their outcome."""
    counted: Counter[str] = Counter()
    for state in accounts.values():
        with state.reading() as shelf:
            counted.update(outbox.counts(shelf))
    return dict(counted)


def drained(courier: Courier, asked: Mapping[str, str]) -> Json:
    """Wait until nothing is left to deliver, `seconds` at most, and tell whether it is so."""
    _refuse_others(asked, {"seconds"})
    seconds = min(_whole("seconds", asked.get("seconds", "0")), _LONGEST_WAIT_SECONDS)
    done = courier.drained(seconds)
    return {"drained": done, "open": sum(courier.open_deliveries().values())}


def resend(courier: Courier, wanted: Mapping[str, Any]) -> Json:
    """Deliver one event once more, to all that hear of it or to one endpoint.

    With `newest` so many of the newest events of each account are delivered as if they were new,
    with the mishaps that are set.
    """
    _refuse_others(wanted, {"event", "endpoint", "newest"})
    if "newest" in wanted:
        return {"events": _storm(courier, _whole("newest", wanted["newest"]))}
    for account, state in courier.accounts.items():
        with state.writing() as shelf:
            event = shelf.get("event", str(wanted.get("event")))
            if event is None:
                continue
            box = courier.outbox(account)
            hearers = box.hearers(shelf, event["type"])
            chosen = [one for one in hearers if one.id == wanted.get("endpoint", one.id)]
            box.resend(shelf, event["id"], chosen)
        courier.wake()
        return {"event": event["id"], "endpoints": [one.id for one in chosen]}
    raise ValueError(f"event must be the id of an event; there is no {wanted.get('event')}.")


def _storm(courier: Courier, newest: int) -> int:
    sent = 0
    for account, state in courier.accounts.items():
        box = courier.outbox(account)
        with state.writing() as shelf:
            found = shelf.db.execute(
                "SELECT id, type FROM event ORDER BY created DESC, position DESC LIMIT ?", (newest,)
            ).fetchall()
            for event, type_ in reversed(found):
                box.post(shelf, event, box.hearers(shelf, type_))
            sent += len(found)
    courier.wake()
    return sent


def register_endpoint(courier: Courier, wanted: Mapping[str, Any]) -> Json:
    """Register an endpoint with a secret of one's own, or give one of the same URL another."""
    _refuse_others(wanted, {"url", "secret", "events", "connect"})
    url = str(wanted.get("url"))
    if not url.startswith(("http://", "https://")):
        raise ValueError("url must begin with http:// or https://.")
    events = wanted.get("events", ["*"])
    secret = str(wanted.get("secret") or new_secret())
    connect = str(wanted.get("connect", "false")).lower() == "true"
    with _platform(courier).writing() as shelf:
        names = events.split() if isinstance(events, str) else list(events)
        at = int(courier.clock())
        made = register(shelf, url, secret, at=at, events=names, connect=connect)
    return {"endpoint": made, "secret": secret}


def roll_secret(courier: Courier, wanted: Mapping[str, Any]) -> Json:
    """Give an endpoint a new secret; the old one goes on signing for `seconds`, a day if unsaid."""
    _refuse_others(wanted, {"endpoint", "secret", "seconds"})
    seconds = _whole("seconds", wanted.get("seconds", _ROLLING_SECONDS))
    secret = str(wanted.get("secret") or new_secret())
    endpoint = str(wanted.get("endpoint"))
    for state in courier.accounts.values():
        with state.writing() as shelf:
            if endpoint in {one.id for one in enabled(shelf)}:
                roll(shelf, endpoint, secret, until=courier.clock() + seconds)
                return {"endpoint": endpoint, "secret": secret}
    raise ValueError(f"endpoint must be the id of an enabled endpoint; there is no {endpoint}.")


def _platform(courier: Courier) -> State:
    return next(iter(courier.accounts.values()))


def _chosen(courier: Courier, asked: Mapping[str, str]) -> Mapping[str, State]:
    account = asked.get("account")
    if account is None:
        return courier.accounts
    if account not in courier.accounts:
        raise ValueError(f"account must be one of {', '.join(courier.accounts)}.")
    return {account: courier.accounts[account]}


def _refuse_others(given: Mapping[str, Any], known: set[str]) -> None:
    unknown = given.keys() - known
    if unknown:
        raise ValueError(f"There is no {min(unknown)} here: use {', '.join(sorted(known))}.")


def _whole(name: str, given: Any) -> int:
    if not str(given).isdecimal():
        raise ValueError(f"{name} must be a whole number.")
    return int(given)
