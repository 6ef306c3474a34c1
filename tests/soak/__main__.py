"""Faults in full counts: ``python -m tests.soak``, which ``make soak`` runs."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Engine

from dashboard import migrations
from dashboard.core import db as database
from dashboard.core import log
from tests.mirror.sync.conftest import empty_stripe
from tests.queues import Valkey
from tests.soak import (
    forging,
    healing,
    histories,
    kills,
    pages,
    politeness,
    stores,
    syncs,
    tampering,
)
from tests.soak.databases import Postgres, serving_postgres
from tests.soak.practice import Practice, practising
from tests.soak.tally import Tally
from tests.stripe_like import serving


class Place:
    """Where a promise is put to the test: a fresh database of one kind, and a folder."""

    def __init__(self, engine: Engine, folder: Path, postgres: Postgres | None) -> None:
        self.engine = engine
        self.folder = folder
        self.postgres = postgres

    @contextmanager
    def practice(self, seed: int) -> Iterator[Practice]:
        """Run a practice Stripe for it."""
        with practising(self.folder, seed=seed) as running:
            yield running


def lost(place: Place, wanted: argparse.Namespace) -> Iterator[Tally]:
    """R1."""
    with place.practice(wanted.seed) as practice, ExitStack() as ending:
        redis_url = ""
        if place.postgres:
            valkey = Valkey(place.folder / "valkey")
            ending.callback(valkey.stop)
            redis_url = valkey.url
        yield kills.storm(
            place.engine,
            place.folder,
            practice,
            kills=wanted.kills,
            acknowledged=wanted.acknowledged,
            seed=wanted.seed,
            redis_url=redis_url,
        )


def equal(place: Place, wanted: argparse.Namespace) -> Iterator[Tally]:
    """R2."""
    yield histories.run(place.engine, count=wanted.histories, seed_number=wanted.seed)


def healed(place: Place, wanted: argparse.Namespace) -> Iterator[Tally]:
    """R3."""
    with place.practice(wanted.seed) as practice:
        yield healing.dropped(
            place.engine, place.folder, practice, rounds=wanted.rounds, deeds=wanted.deeds
        )


def caught_up(place: Place, _wanted: argparse.Namespace) -> Iterator[Tally]:
    """R3, after a gap that no events list covers."""
    with serving(empty_stripe()) as server:
        yield healing.gap(place.engine, place.folder, server, days=31)


def finished(place: Place, wanted: argparse.Namespace) -> Iterator[Tally]:
    """R4."""
    with serving(empty_stripe()) as server:
        yield syncs.kills(place.engine, server, times=wanted.kills // 2, seed=wanted.seed)


def polite(place: Place, wanted: argparse.Namespace) -> Iterator[Tally]:
    """R7."""
    with place.practice(wanted.seed) as practice:
        yield politeness.politeness(
            place.engine, place.folder, practice, syncs=wanted.rounds, deeds=wanted.deeds
        )


def alive(place: Place, wanted: argparse.Namespace) -> Iterator[Tally]:
    """R8 and R10."""
    with place.practice(wanted.seed) as practice:
        yield pages.without_calls(place.engine, place.folder, practice)
        yield pages.without_stripe(place.engine, place.folder, practice, rounds=wanted.rounds)


def fast(place: Place, wanted: argparse.Namespace) -> Iterator[Tally]:
    """R9."""
    with place.practice(wanted.seed) as practice:
        yield pages.steady(place.engine, place.folder, practice, seconds=wanted.seconds)


def locked(place: Place, wanted: argparse.Namespace) -> Iterator[Tally]:
    """A database that is locked."""
    with place.practice(wanted.seed) as practice:
        yield stores.locked(place.engine, place.folder, practice, seconds=25)


def restarted(place: Place, wanted: argparse.Namespace) -> Iterator[Tally]:
    """PostgreSQL, restarted."""
    if place.postgres:
        with place.practice(wanted.seed) as practice:
            yield stores.restarted(
                place.engine, place.folder, practice, place.postgres.restart, times=wanted.rounds
            )


def queue_away(place: Place, wanted: argparse.Namespace) -> Iterator[Tally]:
    """Redis, gone and emptied."""
    valkey = Valkey(place.folder / "valkey")
    try:
        with place.practice(wanted.seed) as practice:
            yield stores.without_queue(
                place.engine, place.folder, practice, valkey, times=wanted.rounds
            )
    finally:
        valkey.stop()


def early(place: Place, wanted: argparse.Namespace) -> Iterator[Tally]:
    """A clock that is ten minutes ahead."""
    with place.practice(wanted.seed) as practice:
        yield stores.wrong_clock(place.engine, place.folder, practice, seconds=600)


def late(place: Place, wanted: argparse.Namespace) -> Iterator[Tally]:
    """A clock that is ten minutes behind."""
    with place.practice(wanted.seed) as practice:
        yield stores.wrong_clock(place.engine, place.folder, practice, seconds=-600)


def audit(place: Place, wanted: argparse.Namespace) -> Iterator[Tally]:
    """S6."""
    yield tampering.run(place.engine, count=wanted.changes, seed_number=wanted.seed)


def forged(place: Place, wanted: argparse.Namespace) -> Iterator[Tally]:
    """S4, at the way in from the portal."""
    yield forging.run(place.engine, count=wanted.forgeries, seed_number=wanted.seed)


Trial = Callable[[Place, argparse.Namespace], Iterator[Tally]]
TRIALS: dict[str, Trial] = {
    trial.__name__: trial
    for trial in (
        healed,
        caught_up,
        finished,
        polite,
        alive,
        fast,
        locked,
        restarted,
        queue_away,
        early,
        late,
        lost,
        equal,
        audit,
        forged,
    )
}


def main() -> int:
    """Run what was asked for and print a line for each; 1 where a promise was broken."""
    wanted = _wanted()
    log.configure()
    began = time.monotonic()
    tallies: list[Tally] = []
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, ExitStack() as ending:
        postgres = None
        if "postgresql" in wanted.databases:
            postgres = ending.enter_context(serving_postgres())
        for name in wanted.only:
            for kind in wanted.databases:
                place = _place(Path(folder), name, kind, postgres)
                for tally in TRIALS[name](place, wanted):
                    tallies.append(tally)
                    _tell(tally)
                place.engine.dispose()
    minutes = (time.monotonic() - began) / 60
    failures = sum(len(tally.failures) for tally in tallies)
    click.echo(
        f"{len(tallies)} trials, {failures} failures, {minutes:.1f} minutes, seed {wanted.seed}"
    )
    if wanted.json:
        told = {"at": datetime.now(UTC).isoformat(), "trials": [asdict(each) for each in tallies]}
        wanted.json.write_text(json.dumps(told, indent=2))
    return 1 if failures else 0


def _wanted() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    add = parser.add_argument
    add("--only", nargs="+", default=list(TRIALS), choices=list(TRIALS))
    add("--databases", nargs="+", default=["sqlite", "postgresql"])
    add("--seed", type=int, default=1)
    add("--kills", type=int, default=200, help="of each database; half of them of syncs")
    add("--acknowledged", type=int, default=3_000, help="deliveries of each database at least")
    add("--histories", type=int, default=1_000, help="of each database")
    add("--changes", type=int, default=1_000, help="of the audit log, in each database")
    add("--forgeries", type=int, default=3_000, help="of the portal's tokens, in each database")
    add("--rounds", type=int, default=3, help="of what is done again and again")
    add("--deeds", type=int, default=60, help="writes at the practice Stripe in each round")
    add("--seconds", type=float, default=60, help="of steady deliveries")
    add("--json", type=Path, help="write what was found into this file, too")
    return parser.parse_args()


def _place(folder: Path, name: str, kind: str, postgres: Postgres | None) -> Place:
    own = folder / f"{name}-{kind}"
    own.mkdir()
    server = postgres if kind == "postgresql" else None
    url = server.new_database(name) if server else f"sqlite:///{own}/dashboard.sqlite"
    engine = database.connect(url)
    migrations.upgrade(engine)
    return Place(engine, own, server)


def _tell(tally: Tally) -> None:
    click.echo(str(tally))
    for failure in tally.failures[:20]:
        click.echo(f"  {failure}")


if __name__ == "__main__":
    sys.exit(main())
