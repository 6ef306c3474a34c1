"""R1: no acknowledged webhook is lost, whoever is killed while events pour in."""

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from tests.soak import comparing
from tests.soak.eventually import eventually
from tests.soak.practice import Practice
from tests.soak.product import Product, running
from tests.soak.tally import Tally

MISHAPS = {
    "repeat_up_to": 3,
    "shuffle_seconds": 1,
    "tie_seconds": 3,
    "old_version_share": 0.1,
    "forged_share": 0.1,
}
HANDLING_SECONDS = 120


def storm(
    engine: Engine,
    folder: Path,
    practice: Practice,
    *,
    kills: int,
    acknowledged: int,
    seed: int,
    redis_url: str = "",
) -> Tally:
    """Kill web and worker while events pour in, then look for every one that got a 2xx."""
    tally = Tally(f"R1 {engine.dialect.name}", cases=kills)
    dice = random.Random(seed)  # noqa: S311  (chooses whom to kill)
    with running(
        engine, folder, practice.url, has_worker=bool(redis_url), REDIS_URL=redis_url
    ) as product:
        practice.deliver_to(product.hooks, **MISHAPS)
        _kill_amid(practice, product, dice, kills, acknowledged, tally)
        product.start()
        practice.drain(120)
        taken = practice.delivered()
        tally.figures["acknowledged"] = len(taken)
        eventually(lambda: not comparing.unhandled(engine), HANDLING_SECONDS)
        lost = taken - comparing.kept(engine)
        tally.failures += [f"{event} was acknowledged and is not kept" for event in sorted(lost)]
        tally.failures += comparing.unhandled(engine)
        forged = [one for one in practice.forged() if one["status"] and one["status"] < 300]
        tally.failures += [f"the forged {one['event']} was taken" for one in forged]
        _compare(engine, practice, product, tally)
    return tally


def _kill_amid(
    practice: Practice,
    product: Product,
    dice: random.Random,
    kills: int,
    acknowledged: int,
    tally: Tally,
) -> None:
    """Do business in one thread and kill in this one, until there was enough of both."""
    enough = threading.Event()

    def trade() -> None:
        while not enough.is_set():
            practice.do(5)
            time.sleep(0.02)

    trader = threading.Thread(target=trade)
    trader.start()
    done = 0
    try:
        while done < kills or len(practice.delivered()) < acknowledged:
            time.sleep(dice.uniform(0.1, 1.0))
            _kill(product, dice)
            product.launch()
            done += 1
    finally:
        enough.set()
        trader.join()
    tally.cases = done


def _kill(product: Product, dice: random.Random) -> None:
    deeds: list[Callable[[], None]] = [
        product.kill_web,
        product.kill_worker,
        lambda: product.kill_one(dice),
        lambda: product.kill_one(dice),
    ]
    dice.choice(deeds)()


def _compare(engine: Engine, practice: Practice, product: Product, tally: Tally) -> None:
    """Compare all rows; what nobody acknowledged is healed by a sync first."""
    told = product.sync()
    if not told["complete"]:
        tally.failures += told["errors"]
    tally.failures += comparing.differing(engine, practice.ask)
