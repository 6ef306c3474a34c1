"""R4: a sync can be killed at any point and finishes: nothing missing, nothing twice."""

import random

import orjson
from sqlalchemy import Engine

from dashboard.core import db as database
from dashboard.mirror.measures import keeping
from dashboard.store import books
from tests.mirror.sync.conftest import charges, start_sync
from tests.mirror.sync.test_kill import CHARGES, INTENTS, intents, kill_after
from tests.soak import comparing
from tests.soak.tally import Tally
from tests.stripe_like import StripeLike


def kills(engine: Engine, server: StripeLike, *, times: int, seed: int) -> Tally:
    """Kill a sync so many times, at random points, then let it finish."""
    tally = Tally(f"R4 {engine.dialect.name}")
    dice = random.Random(seed)  # noqa: S311  (chooses when to kill)
    server.lists |= {CHARGES: charges(6_000), INTENTS: intents(2_000)}
    tally.cases = times
    begins_anew = False
    for _ in range(times):
        # One that came to its end is followed by one that reads everything again.
        process = start_sync(engine, server, *["--full"] * begins_anew)
        kill_after(process, server, len(server.log) + dice.randrange(1, 25))
        begins_anew = process.returncode == 0
    process = start_sync(engine, server)
    output, words = process.communicate()
    if process.returncode or not orjson.loads(output.splitlines()[-1])["complete"]:
        tally.failures.append(f"not complete: {words.decode()[-300:]}")
    for kind, path in (("charge", CHARGES), ("payment_intent", INTENTS)):
        ours = {name: raw for name, (_gone, raw) in comparing.rows_of(engine, kind).items()}
        theirs = {one["id"]: one for one in server.lists[path]}
        tally.failures += [f"{kind} {name}" for name in theirs if ours.get(name) != theirs[name]]
        tally.failures += [f"extra {kind} {name}" for name in ours.keys() - theirs.keys()]
    with database.reading(engine) as db:
        (book,) = books.every(db)
        tally.failures += [str(each) for each in keeping.check(db, book)]
    return tally
