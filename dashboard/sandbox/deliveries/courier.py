"""Takes deliveries out of the accounts' outboxes when they are due and keeps what became of them.

One thread reads and writes the outboxes; others send (see `senders.py`). The API never waits for
either: it writes rows within its own transaction, and says afterwards that there is news.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from dashboard.sandbox.deliveries import outbox
from dashboard.sandbox.deliveries.endpoints import Endpoint, enabled, new_secret, secrets_of
from dashboard.sandbox.deliveries.outbox import Delivery, Kind, Outbox, Receipt
from dashboard.sandbox.deliveries.rendering import Letter, body_of, forged, written
from dashboard.sandbox.deliveries.senders import Senders
from dashboard.sandbox.deliveries.settings import Settings
from dashboard.sandbox.shelf import Shelf
from dashboard.sandbox.state import State

_log = logging.getLogger(__name__)

_ON_THE_WAY = 256
"""How many deliveries to an endpoint are taken out ahead, at most."""
_GATHERING_SECONDS = 0.005
_SHORTEST_NAP_SECONDS = 0.02
_LONGEST_NAP_SECONDS = 1.0
_PARTING_SECONDS = 1.0


@dataclass(slots=True)
class Courier:
    """Delivers the events of some accounts, by their ids, the platform's own first."""

    accounts: Mapping[str, State]
    clock: Callable[[], float]
    settings: Settings = field(default_factory=Settings)
    _receipts: dict[str, list[Receipt]] = field(default_factory=lambda: defaultdict(list))
    _on_the_way: Counter[str] = field(default_factory=Counter)
    _senders: dict[tuple[str, str], Senders] = field(default_factory=dict)
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _news: threading.Event = field(default_factory=threading.Event)
    _quiet: threading.Condition = field(default_factory=threading.Condition)
    _closing: bool = False
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to deliver, also what was on its way when the practice Stripe stopped."""
        for state in self.accounts.values():
            with state.writing() as shelf:
                outbox.recover(shelf)
        self._closing = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="courier")
        self._thread.start()

    def close(self) -> None:
        """Stop, with a moment for what is on its way."""
        if self._thread is None:
            return
        self._closing = True
        self.wake()
        self._thread.join()
        self._stop_senders()
        self._thread = None

    def wake(self) -> None:
        """Say that there may be something to deliver."""
        self._news.set()

    def set(self, settings: Settings) -> None:
        """Deliver in another way from now on."""
        self.settings = settings
        self.wake()

    def drained(self, seconds: float = 0) -> bool:
        """Return whether nothing waits or is on its way, after `seconds` at the latest."""
        deadline = time.monotonic() + seconds
        with self._quiet:
            while any(self.open_deliveries().values()):
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._quiet.wait(min(left, 0.05))
        return True

    def open_deliveries(self) -> dict[str, int]:
        """Return how many deliveries wait or are on their way, by account."""
        found = {}
        for account, state in self.accounts.items():
            with state.reading() as shelf:
                found[account] = outbox.still_open(shelf)
        return found

    def outbox(self, account: str) -> Outbox:
        """Return where the events of an account go."""
        return Outbox(self.settings, self.clock, partial(self._hearing, account))

    def beyond(self, account: str) -> list[Endpoint]:
        """Return the endpoints of the platform that hear of a connected account."""
        platform = next(iter(self.accounts))
        if account == platform:
            return []
        with self.accounts[platform].reading() as shelf:
            return [one for one in enabled(shelf) if one.connect]

    def _hearing(self, account: str) -> list[Endpoint]:
        """Return those of the platform that hear of an account now: while it is connected."""
        platform = next(iter(self.accounts.values()))
        with platform.reading() as shelf:
            connected = shelf.place("account", account) is not None
        return self.beyond(account) if connected else []

    def _run(self) -> None:
        while not self._closing:
            self._news.wait(self._nap())
            self._news.clear()
            self._round()
            time.sleep(_GATHERING_SECONDS)
        self._part()

    def _part(self) -> None:
        deadline = time.monotonic() + _PARTING_SECONDS
        while self._on_the_way.total() and time.monotonic() < deadline:
            time.sleep(_GATHERING_SECONDS)
            for account, state in self.accounts.items():
                self._record(account, state)

    def _nap(self) -> float | None:
        """Return how long nothing is due, None when nothing waits."""
        waiting = []
        for state in self.accounts.values():
            with state.reading() as shelf:
                waiting.append(outbox.next_due(shelf))
        due = [at for at in waiting if at is not None]
        if not due:
            return None
        # What is due already waits for its turn. The clock may be moved, so it is looked at again.
        return min(max(min(due) - self.clock(), _SHORTEST_NAP_SECONDS), _LONGEST_NAP_SECONDS)

    def _round(self) -> None:
        for account, state in self.accounts.items():
            try:
                self._record(account, state)
                self._hand_over(account, state)
            except Exception:  # noqa: BLE001 - the others still get theirs
                _log.exception("The deliveries of %s went wrong", account)
        with self._quiet:
            self._quiet.notify_all()

    def _record(self, account: str, state: State) -> None:
        """Keep what became of the deliveries that have come back."""
        with self._turn:
            receipts = self._receipts.pop(account, [])
        if not receipts:
            return
        with state.writing() as shelf:
            for receipt in receipts:
                outbox.record(shelf, receipt, self.settings)
        self._on_the_way.subtract(receipt.delivery.endpoint for receipt in receipts)

    def _hand_over(self, account: str, state: State) -> None:
        """Give what is due to the senders."""
        now = self.clock()
        with state.reading() as shelf:
            due_at = outbox.next_due(shelf)
            own = [one for one in enabled(shelf) if not one.connect]
        if due_at is None or due_at > now:
            return
        endpoints = [*own, *self.beyond(account)]
        with state.writing() as shelf:
            outbox.give_up(shelf, endpoints, now)
            taken = [(one, self._take(shelf, one, now)) for one in endpoints]
        for endpoint, rows in taken:
            self._send(account, endpoint, rows)

    def _take(self, shelf: Shelf, endpoint: Endpoint, now: float) -> list[tuple[int, Delivery]]:
        room = _ON_THE_WAY - self._on_the_way[endpoint.id]
        rows = outbox.take(shelf, endpoint.id, now, room)
        self._on_the_way[endpoint.id] += len(rows)
        return rows

    def _send(self, account: str, endpoint: Endpoint, rows: list[tuple[int, Delivery]]) -> None:
        if not rows:
            return
        with self._home(account, endpoint).reading() as shelf:
            secrets = secrets_of(shelf, endpoint.id, self.clock())
        senders = self._senders_to(account, endpoint)
        with self.accounts[account].reading() as shelf:
            for position, delivery in rows:
                try:
                    body = self._body(shelf, account, endpoint, delivery)
                except Exception as problem:  # noqa: BLE001 - the others still get theirs
                    _log.exception("Event %s cannot be written", delivery.event)
                    self._keep(account, Receipt.unsent(position, delivery, self.clock(), problem))
                    continue
                signers = [new_secret()] if delivery.kind is Kind.FORGED else secrets
                senders.put((position, delivery, Letter(endpoint.url, body, signers)))

    def _body(self, shelf: Shelf, account: str, endpoint: Endpoint, delivery: Delivery) -> bytes:
        event = body_of(shelf, shelf.get("event", delivery.event) or {}, endpoint, delivery.version)
        return written(
            forged(event) if delivery.kind is Kind.FORGED else event,
            livemode=self.settings.livemode,
            account=account if endpoint.connect else None,
        )

    def _senders_to(self, account: str, endpoint: Endpoint) -> Senders:
        """Return the senders to an endpoint, others once the settings are others."""
        key, wanted = (account, endpoint.id), self.settings
        senders = self._senders.get(key)
        if senders and (senders.count, senders.timeout) == (
            wanted.senders,
            wanted.timeout_seconds,
        ):
            return senders
        if senders:
            senders.stop()
        keep = partial(self._keep, account)
        self._senders[key] = Senders(wanted.senders, wanted.timeout_seconds, self.clock, keep)
        self._senders[key].start()
        return self._senders[key]

    def _keep(self, account: str, receipt: Receipt) -> None:
        """Take note of what became of a delivery, from any thread."""
        with self._turn:
            self._receipts[account].append(receipt)
        self.wake()

    def _stop_senders(self) -> None:
        """Let the senders go once they have sent what they have."""
        while self._senders:
            self._senders.popitem()[1].stop()

    def _home(self, account: str, endpoint: Endpoint) -> State:
        """Return the account in which an endpoint was registered."""
        return self.accounts[next(iter(self.accounts)) if endpoint.connect else account]
