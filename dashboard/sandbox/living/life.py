"""The thread in which time passes for the company, as fast as it does or faster."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from math import exp
from random import Random

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import StripeError
from dashboard.sandbox.living.happenings import HAPPENINGS, Company
from dashboard.sandbox.living.pace import pace_of
from dashboard.sandbox.operations.billing.passing import resume
from dashboard.sandbox.sandbox import Sandbox
from dashboard.sandbox.world.identity import Ids, stream
from dashboard.sandbox.world.people import People

_log = logging.getLogger(__name__)

_TICK_SECONDS = 0.2
_MOST_AT_ONCE = 200
_HOUR_SECONDS = 3_600


@dataclass(slots=True)
class Life:
    """Lets things happen to every account of a sandbox until it is closed."""

    sandbox: Sandbox
    speed: float = 1.0
    """How many seconds' worth of happenings come in one second."""
    seed: int = 7
    happened: Counter[str] = field(default_factory=Counter)
    """How often each happening has come so far."""
    _companies: list[Company] = field(default_factory=list)
    _begun: set[str] = field(default_factory=set)
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin: what stood still falls due again, and new things happen."""
        self._begin()
        self._thread = threading.Thread(target=self._run, daemon=True, name="life")
        self._thread.start()

    def close(self) -> None:
        """Let nothing more happen."""
        self._ending.set()
        if self._thread:
            self._thread.join()

    def _begin(self) -> None:
        """Let things happen to the accounts whose worlds have been made since."""
        for number, (account, state) in enumerate(self.sandbox.accounts.items()):
            if account in self._begun or not state.is_complete:
                continue
            self._begun.add(account)
            with state.reading() as shelf:
                pace = pace_of(shelf)
            if pace.sales:
                dice = stream(self.seed + number, "life")
                people = People(dice, Ids(self.seed + number))
                ask = partial(self.sandbox.carry_out, account)
                self._companies.append(Company(state, ask, dice, people, pace, self.speed > 1))
            self._resume(account)

    def _resume(self, account: str) -> None:
        now = int(self.sandbox.clock())
        with self.sandbox.accounts[account].writing() as shelf:
            resume(Engine(shelf, now=now))

    def _run(self) -> None:
        began = before = time.monotonic()
        pause = _TICK_SECONDS
        while not self._ending.wait(pause):
            now = time.monotonic()
            self._pass(now - before, self.sandbox.clock() + (now - began) * (self.speed - 1))
            before = now
            # As long a pause as the work took: the API has at least half of the time.
            pause = max(_TICK_SECONDS, time.monotonic() - now)

    def _pass(self, seconds: float, moment: float) -> None:
        """Let everything happen that happens in so many real seconds."""
        self._begin()
        for account in self.sandbox.accounts:
            self.sandbox.catch_up(account, int(self.sandbox.clock()))
        for company in self._companies:
            for name in _drawn(company, seconds * self.speed, moment):
                if self._ending.is_set():
                    return
                self._let_happen(company, name)

    def _let_happen(self, company: Company, name: str) -> None:
        try:
            HAPPENINGS[name](company)
        except StripeError as refusal:
            _log.info("%s did not happen: %s", name, refusal.message)
        except Exception:  # noqa: BLE001 - life goes on
            _log.exception("%s went wrong", name)
        else:
            self.happened[name] += 1


def _drawn(company: Company, seconds: float, moment: float) -> Iterator[str]:
    """Yield what happens in so many seconds around a `moment` (UTC seconds), in any order."""
    busy = company.pace.hours[int(moment // _HOUR_SECONDS) % len(company.pace.hours)]
    names = []
    for name, rate in company.pace.rates.items():
        # Subscriptions renew by themselves while time passes as it does.
        if name == "renewal" and not company.hurried:
            continue
        names += [name] * _poisson(company.dice, rate * seconds * busy)
    company.dice.shuffle(names)
    yield from names[:_MOST_AT_ONCE]


def _poisson(dice: Random, expected: float) -> int:
    """Return how often something happens that is expected so often, `_MOST_AT_ONCE` at most."""
    limit = exp(-min(expected, _MOST_AT_ONCE))
    drawn, product = 0, dice.random()
    while product > limit:
        drawn += 1
        product *= dice.random()
    return drawn
