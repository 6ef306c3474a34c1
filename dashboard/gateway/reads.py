"""Reading from Stripe: a page of a list or one object, limited, retried, as plain dicts."""

import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias, TypeVar

import orjson
import stripe

from dashboard.core import clock
from dashboard.core.config import Settings
from dashboard.gateway.client import make_client
from dashboard.gateway.errors import (
    GatewayError,
    KeyRefusedError,
    MisbehavedError,
    RateLimitedError,
    UnreachableError,
    translated,
    unreadable,
)
from dashboard.gateway.limiter import Limiter, limiter_for
from dashboard.gateway.transport import Answer

Json: TypeAlias = dict[str, Any]
Params: TypeAlias = Mapping[str, str | int]
Answered = TypeVar("Answered")

PAGE_SIZE = 100
TRIES = 6
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 8.0


@dataclass(frozen=True, slots=True)
class Told:
    """One answer: its JSON, the moment to which it is news (UTC seconds) and its delay in seconds.

    ``as_of`` is Stripe's time when the request left, never later: a change that we hear of as an
    event in the same second must not look older than the answer that missed it. ``text`` is the
    JSON as it came.
    """

    body: Json
    as_of: int
    delay: float
    server_at: int | None
    text: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Some objects of a list, newest first, and whether more follow; times as in ``Told``.

    ``text`` is the list's JSON as it came, none where ``data`` is more than that.
    """

    data: list[Json]
    has_more: bool
    as_of: int
    delay: float
    text: bytes | None = None


class Reads:
    """Reads of one account with one key. Threads may share it.

    Every method raises a ``GatewayError``: what was refused or is absent at once, what may pass
    (429, 5xx, time-outs, broken bodies) only after several tries.
    """

    def __init__(
        self,
        client: stripe.StripeClient,
        limiter: Limiter,
        pause: Callable[[float], None] = time.sleep,
        tries: int = TRIES,
        renewed: Callable[[], stripe.StripeClient | None] = lambda: None,
    ) -> None:
        """``renewed`` returns a client with the key that came in place of one that ended."""
        self.limiter = limiter
        self._renewed = renewed
        self._client = client
        self._pause = pause
        self._tries = tries

    def retrieve(self, path: str, params: Params | None = None) -> Told:
        """Return the object at ``path``."""
        return self._persist(path, lambda: self._ask(path, params or {}))

    def list_page(self, path: str, params: Params | None = None) -> Page:
        """Return a page of the list at ``path``, as large as Stripe makes them.

        Raises:
            MisbehavedError: the page has objects without ids, twice, or the cursor's own again.
        """
        asked = {"limit": PAGE_SIZE, **(params or {})}
        page = self._persist(path, lambda: _page(self._ask(path, asked)))
        ids = {item.get("id") for item in page.data}
        if None in ids or len(ids) < len(page.data) or asked.get("starting_after") in ids:
            raise MisbehavedError(f"{path} repeats objects, or lists some without an id.")
        return page

    def _ask(self, path: str, params: Params) -> Told:
        self.limiter.wait(path, self._pause)
        sent_at, started = clock.seconds(), time.perf_counter()
        try:
            response = self._client.raw_request("get", path, **params)
        except stripe.StripeError as error:
            raise translated(error) from error
        except ValueError as error:
            # The rest of a list that rides in an object is read where the server says it is.
            raise MisbehavedError(f"“{path}” is no path of Stripe's.") from error
        delay = time.perf_counter() - started
        answer: Answer = response.headers
        server_at = _date(answer)
        as_of = _as_of(sent_at, delay, server_at)
        return Told(_parsed(answer.body), as_of, delay, server_at, answer.body)

    def _persist(self, path: str, attempt: Callable[[], Answered]) -> Answered:
        """Try again what may pass, a little later and later each time."""
        for count in range(1, self._tries + 1):
            try:
                return attempt()
            except (RateLimitedError, UnreachableError) as error:
                if isinstance(error, RateLimitedError):
                    self.limiter.slow_down()
                if count == self._tries:
                    raise _named(error, path) from error
                self._pause(_backoff(count))
            except KeyRefusedError:
                client = self._renewed()
                if client is None or count == self._tries:
                    raise
                self._client = client
        raise AssertionError


def connect(
    settings: Settings,
    secret: str,
    *,
    livemode: bool,
    account_id: str | None = None,
    pause: Callable[[float], None] = time.sleep,
    tries: int = TRIES,
) -> Reads:
    """Return reads with the key ``secret``; ``account_id`` is sent as ``Stripe-Account``."""
    limiter = limiter_for(settings, livemode=livemode, secret=secret, account_id=account_id)
    return Reads(make_client(settings, secret, account_id), limiter, pause, tries)


def _page(told: Told) -> Page:
    data, has_more = told.body.get("data"), told.body.get("has_more") is True
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise unreadable("it is no list")
    if has_more and not data:
        raise unreadable("an empty page with more to come")
    return Page(data, has_more, told.as_of, told.delay, told.text)


def _parsed(body: bytes) -> Json:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise unreadable("it breaks off or is no JSON") from error
    if not isinstance(parsed, dict):
        raise unreadable("it is no object")
    return parsed


def _date(answer: Answer) -> int | None:
    try:
        return int(parsedate_to_datetime(answer["date"]).timestamp())
    except (KeyError, ValueError):
        return None


def _as_of(sent_at: int, delay: float, server_at: int | None) -> int:
    """Return the server's time when a request left, by its own clock where ours differs."""
    if server_at is None or 0 <= server_at - sent_at <= 1 + delay:
        return sent_at
    return server_at - math.ceil(delay)


def _backoff(count: int) -> float:
    ceiling = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (count - 1))
    return float(ceiling * (0.5 + random.random() / 2))  # noqa: S311  (spreads retries; nothing secret)


def _named(error: GatewayError, path: str) -> GatewayError:
    return type(error)(f"{path}: {error.message}", remedy=error.remedy)
