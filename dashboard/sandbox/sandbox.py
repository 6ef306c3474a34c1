"""The practice Stripe itself: what happens to a request from its key to its answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson

from dashboard.sandbox import agenda, expansion
from dashboard.sandbox.access import (
    Access,
    Key,
    more_scope_needed,
    no_access_to,
    refuse_unknown_version,
)
from dashboard.sandbox.connect import oauth
from dashboard.sandbox.connect.permissions import Permissions, Scope, copy_account
from dashboard.sandbox.deliveries.courier import Courier
from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import ErrorType, StripeError, server_error
from dashboard.sandbox.exchange import Answer, Request
from dashboard.sandbox.faults import Fault, FaultKind, Faults
from dashboard.sandbox.idempotency import Keys, earlier_answer, keep_answer, key_of
from dashboard.sandbox.limiter import Limiter
from dashboard.sandbox.operations import DEEDS, Operation
from dashboard.sandbox.params import encode
from dashboard.sandbox.reads import Reader
from dashboard.sandbox.routes import Found, find
from dashboard.sandbox.shapes import API_VERSION, SHAPES, Json
from dashboard.sandbox.state import State

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Sandbox:
    """One or several accounts behind one API."""

    accounts: dict[str, State]
    """The states by account id; the first is the platform's own."""
    access: Access = field(default_factory=Access)
    limiter: Limiter = field(default_factory=Limiter)
    faults: Faults = field(default_factory=Faults)
    clock: Callable[[], float] = time.time
    """The time that it is in the practice Stripe, UTC seconds."""
    courier: Courier = field(init=False)
    permissions: Permissions = field(init=False)
    _keys: Keys = field(default_factory=Keys)

    def __post_init__(self) -> None:
        self.courier = Courier(self.accounts, self._now)
        self.permissions = Permissions(self.accounts)

    @property
    def own_account(self) -> str:
        """Return the id of the account that keys belong to."""
        return next(iter(self.accounts))

    def answer(self, request: Request, struck: list[Fault]) -> Answer:
        """Answer one request of the API, `struck` by the faults that the control page asks for."""
        try:
            answer = self._answer(request, struck)
        except StripeError as error:
            answer = Answer.refusal(error)
        except Exception:  # noqa: BLE001 - a mistake of ours is a 500, as at Stripe
            _log.exception("%s %s went wrong", request.method, request.path)
            answer = Answer.refusal(server_error())
        answer.headers.setdefault("Stripe-Version", API_VERSION)
        answer.headers.setdefault("Request-Id", request.id)
        key = request.headers.get("idempotency-key")
        if key:
            answer.headers["Idempotency-Key"] = key
        return answer

    def busy_keys(self) -> frozenset[str]:
        """Return the idempotency keys that are being worked on right now."""
        return self._keys.busy()

    def carry_out(self, account: str, method: str, path: str, form: Json) -> Json:
        """Carry out an operation for an account without key, limit or fault; return its answer.

        Raises StripeError when it is refused; a declined card is an answer.
        """
        headers = {"content-type": "application/x-www-form-urlencoded"}
        request = Request(method, path, "", headers, encode(form).encode())
        found = find(method, path)
        if not isinstance(found.route.does, Operation):
            raise TypeError(f"{method} {path} is no operation")
        now = int(self.clock())
        answer = self._write(account, request, found, found.route.does, now, broken=False)
        answered: Json = orjson.loads(answer.body)
        return answered

    def _now(self) -> float:
        """Return what the clock shows, also when it was exchanged for another."""
        return self.clock()

    def _answer(self, request: Request, struck: list[Fault]) -> Answer:
        broken = any(fault.kind is FaultKind.SERVER_ERROR for fault in struck)
        for fault in struck:
            error = fault.error()
            if error and fault.kind is not FaultKind.SERVER_ERROR:
                raise error
        if oauth.is_oauth(request.path):
            if broken:
                raise server_error()
            return oauth.answer(self, request)
        key = self.access.key_of(request.headers)
        account, scope = self._account(request, key)
        found = find(request.method, request.path)
        self.limiter.take(account, f"{request.method} {found.route.template}")
        refuse_unknown_version(request.headers.get("stripe-version"))
        writing = request.method != "GET"
        self.access.permit(key, found.route.kind, account, writing=writing)
        if self._is_about_another(account, request, found):
            account = found.names.get("account") or found.names["id"]
            scope = self.permissions.scope_of(account)
        if writing and scope is Scope.READ_ONLY:
            raise more_scope_needed(account)
        self.accounts[account].complete()
        now = int(self.clock())
        self.catch_up(account, now)
        if isinstance(found.route.does, Operation):
            answer = self._write(account, request, found, found.route.does, now, broken=broken)
            self._show_changes(account, found.route.kind)
        else:
            answer = self._read(account, key, request, found, now, broken=broken)
        return _as_live(answer) if key.live else answer

    def _account(self, request: Request, key: Key) -> tuple[str, Scope]:
        """Return the account that a request is about, and what the key may do there."""
        named = request.headers.get("stripe-account") or None
        if key.issued:
            account, scope = self.permissions.opened_by(key, self.clock())
            if named not in {None, account}:
                raise no_access_to(str(named), key)
            return account, scope
        if named in {None, self.own_account}:
            return self.own_account, Scope.READ_WRITE
        if not self.permissions.is_connected(str(named)):
            raise no_access_to(str(named), key)
        return str(named), self.permissions.scope_of(str(named))

    def _is_about_another(self, account: str, request: Request, found: Found) -> bool:
        """Return whether the platform asks about a connected account that the path names."""
        named = found.names.get("account") or found.names.get("id", "")
        return (
            account == self.own_account
            and named in self.permissions.others
            and request.method != "DELETE"
            and self.permissions.is_connected(named)
        )

    def _show_changes(self, account: str, kind: str) -> None:
        """Let the platform see what was changed of a connected account."""
        if kind in {"account", "bank_account"} and account in self.permissions.others:
            copy_account(self.accounts[account], self.accounts[self.own_account])

    def catch_up(self, account: str, now: int) -> None:
        """Do what the account's agenda holds up to `now` (UTC seconds)."""
        with self.accounts[account].reading() as shelf:
            if not agenda.is_due(shelf, now):
                return
        with self.accounts[account].writing() as shelf:
            while deed := agenda.take(shelf, now):
                _do(Engine(shelf, now=deed.at, outbox=self.courier.outbox(account)), deed)
        self.courier.wake()

    def _read(
        self, account: str, key: Key, request: Request, found: Found, now: int, *, broken: bool
    ) -> Answer:
        if broken:
            raise server_error()
        named = found.names.get("id", account)
        with self.accounts[account].reading() as shelf:
            if found.route.kind == "account" and shelf.place("account", named) is None:
                raise no_access_to(named, key)
            reader = Reader(shelf, account, now)
            body = reader.read(found, request.params(), request.path)
        return Answer(200, body)

    def _write(
        self,
        account: str,
        request: Request,
        found: Found,
        operation: Operation,
        now: int,
        *,
        broken: bool,
    ) -> Answer:
        """Carry out an operation in one transaction, at most once for an idempotency key."""
        key = key_of(request)
        with (
            self._keys.alone(key and f"{account} {key}"),
            self.accounts[account].writing() as shelf,
        ):
            earlier = earlier_answer(shelf, key, request, now) if key else None
            if earlier:
                return earlier
            engine = Engine(shelf, request.id, key, now, outbox=self.courier.outbox(account))
            answer = (
                Answer.refusal(server_error())
                if broken
                else _carry_out(engine, operation, request, found.names)
            )
            if key:
                keep_answer(shelf, key, request, answer, now)
        self.courier.wake()
        return answer


def _do(engine: Engine, deed: agenda.Deed) -> None:
    """Do what was on the agenda; what goes wrong is undone, and does not stop the rest."""
    try:
        with engine.shelf.attempt():
            DEEDS[deed.name](engine, deed.identity)
    except Exception:  # noqa: BLE001 - a mistake of ours must not stand in the way for ever
        _log.exception("%s of %s went wrong", deed.name, deed.identity)


def _carry_out(
    engine: Engine, operation: Operation, request: Request, names: dict[str, str]
) -> Answer:
    """Return what the operation answers; a declined card is an answer, other errors undo it."""
    params = operation.read(request.params(), request.headers.get("stripe-version"))
    paths = expansion.requested(params)
    try:
        thing = operation.run(engine, params, **names)
    except StripeError as error:
        if error.type is not ErrorType.CARD or error.status != 402:
            raise
        return Answer.refusal(error)
    shown = orjson.loads(orjson.dumps(thing))
    if shown["object"] in SHAPES:
        expansion.expand(engine.shelf, shown, paths)
    return Answer.of(shown)


def _as_live(answer: Answer) -> Answer:
    """Show the world as live, as a live key would see it."""
    body = answer.body.replace(b'"livemode":false', b'"livemode":true')
    return Answer(answer.status, body, answer.headers, answer.content_type)
