"""The command that starts the practice Stripe: `sandbox --port 12111 --seed 7 --payments 5000`."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import click

from dashboard.sandbox.access import DEFAULT_KEY, Access
from dashboard.sandbox.connect.permissions import REDIRECT_URIS, TOKEN_SECONDS, copy_account
from dashboard.sandbox.deliveries import endpoints
from dashboard.sandbox.deliveries.endpoints import new_secret
from dashboard.sandbox.limiter import Limiter
from dashboard.sandbox.living.life import Life
from dashboard.sandbox.sandbox import Sandbox
from dashboard.sandbox.server import make_server
from dashboard.sandbox.shapes import SHAPES, Json
from dashboard.sandbox.state import Item, OtherVersionError, State
from dashboard.sandbox.world import generate
from dashboard.sandbox.world.premises import HEADQUARTERS, Premises, branch

_CONNECTED_SHARE = 10
_SEEN, _FOUNDED_AT = "seen_accounts", "founded_at"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a world is made from; the same recipe makes the same business."""

    seed: int
    payments: int
    premises: Premises = HEADQUARTERS

    def branch(self, number: int) -> Recipe:
        """Return the recipe of the connected account ``number``, counted from 1."""
        payments = max(self.payments // _CONNECTED_SHARE, 1)
        return Recipe(self.seed + number, payments, branch(number))


@click.command("sandbox")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=12111, show_default=True, help="Port to listen at.")
@click.option("--seed", default=7, show_default=True, help="Which world: the same for the same.")
@click.option("--payments", default=5000, show_default=True, help="How large a world.")
@click.option(
    "--state",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the world in this file, and take it up again from there.",
)
@click.option("--accounts", default=0, show_default=True, help="How many accounts beside its own.")
@click.option(
    "--connected",
    type=click.IntRange(min=0),
    help="How many of them are connected at first (all without this).",
)
@click.option(
    "--redirect-uri",
    "redirect_uris",
    multiple=True,
    help="Where OAuth may send people back to (anywhere without this).",
)
@click.option(
    "--token-seconds",
    type=click.IntRange(min=0),
    help="How long OAuth's tokens live; 0 is for ever, as at Stripe.",
)
@click.option("--key", "keys", multiple=True, help="A good API key (any test key without this).")
@click.option(
    "--refuse",
    multiple=True,
    type=click.Choice(sorted(SHAPES)),
    help="An object that restricted keys (rk_test_…) may not touch.",
)
@click.option("--rate", type=int, help="Refuse more requests than this in a second, with 429.")
@click.option("--endpoint-rate", type=int, help="The same for each endpoint.")
@click.option("--deliver-to", help="Register this URL as a webhook endpoint for every event.")
@click.option("--secret", help="What signs these deliveries: whsec_… (made up without this).")
@click.option("--live", is_flag=True, help="Let things happen as time passes.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0.001),
    default=1.0,
    show_default=True,
    help="With --live: how many seconds' worth of happenings come in one second.",
)
def sandbox(
    host: str,
    port: int,
    seed: int,
    payments: int,
    file: Path | None,
    accounts: int,
    connected: int | None,
    redirect_uris: tuple[str, ...],
    token_seconds: int | None,
    keys: tuple[str, ...],
    refuse: tuple[str, ...],
    rate: int | None,
    endpoint_rate: int | None,
    deliver_to: str | None,
    secret: str | None,
    live: bool,  # noqa: FBT001 - click passes every option by its name
    speed: float,
) -> None:
    """Run a practice Stripe: two years of one company's business behind Stripe's own API."""
    states = open_states(Recipe(seed, payments), file, accounts, connected)
    own = next(iter(states.values()))
    if redirect_uris:
        own.keep_fact(REDIRECT_URIS, redirect_uris)
    if token_seconds is not None:
        own.keep_fact(TOKEN_SECONDS, token_seconds)
    access = Access(frozenset(keys), frozenset(refuse))
    with ExitStack() as ending:
        for state in states.values():
            ending.callback(state.close)
        if deliver_to:
            register(states, deliver_to, secret or _made_up_secret())
        api = Sandbox(states, access, Limiter(rate, endpoint_rate))
        _serve(api, Life(api, speed, seed) if live else None, host, port)


def _serve(api: Sandbox, life: Life | None, host: str, port: int) -> None:
    """Answer, and live if it is to, until a signal comes."""
    try:
        server = make_server(api, host, port)
    except OSError as error:
        raise click.ClickException(f"Port {port} cannot be used: {error.strerror}.") from error
    url = f"http://{host}:{server.server_port}"
    key = min(api.access.keys, default=DEFAULT_KEY)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with server, ExitStack() as running:
        for one in (api.courier, life) if life else (api.courier,):
            one.start()
            running.callback(one.close)
        click.echo(f"Practice Stripe at {url} (key {key}, {url}/_control)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("Practice Stripe stopped.")


def _made_up_secret() -> str:
    secret = new_secret()
    click.echo(f"Deliveries are signed with {secret}", err=True)
    return secret


def register(states: dict[str, State], url: str, secret: str) -> None:
    """Let a URL hear of every event, of connected accounts too where there are any."""
    own, *connected = states.values()
    with own.writing() as shelf:
        for connect in (False, True) if connected else (False,):
            at = int(time.time())
            endpoints.register(shelf, url, secret, at=at, events=["*"], connect=connect)


def open_states(
    recipe: Recipe, file: Path | None, accounts: int = 0, connected: int | None = None
) -> dict[str, State]:
    """Return the platform's state and those of its accounts beside it, by account id.

    ``connected`` of them, all if it is None, are connected when they are first seen. The platform's
    world is made where the file does not hold it already, the others when they are asked for.
    """
    own = open_state(recipe, file)
    states = {str(own.fact("account")): own}
    for number in range(1, accounts + 1):
        beside = file and file.with_name(f"{file.name}.{number}")
        state = open_state(recipe.branch(number), beside, at_once=False)
        states[str(state.fact("account"))] = state
        _introduce(own, state, connected=connected is None or number <= connected)
    return states


def _introduce(own: State, state: State, *, connected: bool) -> None:
    """Let the platform know an account that it has not seen yet."""
    account = str(state.fact("account"))
    seen = own.fact(_SEEN) or []
    if account not in seen:
        own.keep_fact(_SEEN, [*seen, account])
        if connected:
            copy_account(state, own)


def open_state(recipe: Recipe, file: Path | None, *, at_once: bool = True) -> State:
    """Return a state that holds the recipe's world, made now unless the file holds it.

    Where it is not made at once the state has its account only, until it is completed. Raises
    click.ClickException when the file holds another world, or one of another version.
    """
    try:
        state = State(file)
    except OtherVersionError as error:
        raise click.ClickException(str(error)) from error
    held = state.fact("recipe")
    wanted = [recipe.seed, recipe.payments]
    if held is None:
        _found(state, recipe)
        if at_once:
            state.complete()
    elif held != wanted:
        state.close()
        raise click.ClickException(
            f"{file} holds the world of --seed {held[0]} --payments {held[1]}: give these, or "
            "another file."
        )
    return state


def _found(state: State, recipe: Recipe) -> None:
    """Put the account of a world into its state; the rest is made when it is asked for."""
    founded_at = state.fact(_FOUNDED_AT) or int(time.time())
    state.keep_fact(_FOUNDED_AT, founded_at)

    def world() -> Iterator[Item]:
        return generate(recipe.seed, recipe.payments, founded_at, recipe.premises)

    account = cast("Json", next(world()))
    state.put(account)
    state.keep_fact("account", account["id"])
    state.later(partial(_make_world, recipe=recipe, world=world))


def _make_world(state: State, recipe: Recipe, world: Callable[[], Iterable[Item]]) -> None:
    began = time.monotonic()
    click.echo(f"Making a world of {recipe.payments:,} payments …", err=True)
    state.load(world())
    state.keep_fact("recipe", [recipe.seed, recipe.payments])
    took = time.monotonic() - began
    made, account = sum(state.counts().values()), state.fact("account")
    click.echo(f"Made a world of {made:,} objects for {account} in {took:.1f} s.", err=True)
