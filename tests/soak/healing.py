"""R3: what was never delivered heals by itself."""

from pathlib import Path

from sqlalchemy import Engine, update

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.store.sync_runs import sync_kinds
from tests.mirror.sync.conftest import charges
from tests.soak import comparing
from tests.soak.eventually import eventually
from tests.soak.practice import Practice
from tests.soak.product import Product, running
from tests.soak.tally import Tally
from tests.stripe_like import StripeLike

DROPPED = {"drop_share": 0.2, "repeat_up_to": 3, "shuffle_seconds": 1, "tie_seconds": 2}
MOMENTS = ("abreast_at", "caught_at", "filled_at", "since_at")
CHARGES = "/v1/charges"


def dropped(engine: Engine, folder: Path, practice: Practice, *, rounds: int, deeds: int) -> Tally:
    """Drop a fifth of all deliveries for good, sync once, and compare; so many rounds."""
    tally = Tally(f"R3 {engine.dialect.name}", cases=rounds)
    with running(engine, folder, practice.url) as product:
        practice.deliver_to(product.hooks, **DROPPED)
        for _ in range(rounds):
            practice.do(deeds)
            practice.drain()
            if not eventually(lambda: not comparing.unhandled(engine), 60):
                tally.failures += comparing.unhandled(engine)
            told = product.sync()
            tally.failures += told["errors"] + comparing.differing(engine, practice.ask)
        tally.figures["dropped"] = len(practice.control.deliveries(outcome="dropped"))
    return tally


def gap(engine: Engine, folder: Path, server: StripeLike, *, days: int) -> Tally:
    """Let so many days pass unseen: what no event tells any more is read anew."""
    tally = Tally(f"R3 gap {engine.dialect.name}", cases=1)
    product = Product(engine, folder, server.url)
    server.lists[CHARGES] = charges(250)
    tally.failures += product.sync()["errors"]
    with database.writing(engine) as db:
        past = {name: sync_kinds.c[name] - days * clock.DAY_SECONDS for name in MOMENTS}
        db.execute(update(sync_kinds).values(past))
    server.lists[CHARGES] = server.lists[CHARGES][3:]
    server.lists[CHARGES][0]["amount_refunded"] = 77
    tally.failures += product.sync()["errors"]
    ours = _charges(engine)
    theirs = {one["id"]: one["amount_refunded"] for one in server.lists[CHARGES]}
    if ours != theirs:
        tally.failures.append(f"{len(set(ours.items()) ^ set(theirs.items()))} charges differ")
    return tally


def _charges(engine: Engine) -> dict[str, int]:
    return {
        name: raw["amount_refunded"]
        for name, (deleted, raw) in comparing.rows_of(engine, "charge").items()
        if not deleted
    }
