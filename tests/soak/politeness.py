"""R7: at most 80 % of the limit, whatever goes on at once; no POST without an idempotency key."""

from pathlib import Path

from sqlalchemy import Engine

from tests.soak import comparing
from tests.soak.eventually import eventually
from tests.soak.practice import Practice
from tests.soak.product import running
from tests.soak.proxy import proxying
from tests.soak.tally import Tally

RATE = 20
"""80 % of the 25 a second that Stripe allows a test account."""


def politeness(
    engine: Engine, folder: Path, practice: Practice, *, syncs: int, deeds: int, rate: int = RATE
) -> Tally:
    """Sync again and again in processes of their own while webhooks raise doubts in another."""
    tally = Tally(f"R7 {engine.dialect.name}", cases=syncs)
    limits = {
        "STRIPE_REQUESTS_PER_SECOND": str(rate),
        "STRIPE_ENDPOINT_REQUESTS_PER_SECOND": str(rate),
    }
    with proxying(practice.url) as proxy, running(engine, folder, proxy.url, **limits) as product:
        practice.deliver_to(product.hooks, old_version_share=1)
        for _ in range(syncs):
            practice.do(deeds)
            full = product.spawn("sync", "--full")
            beside = product.spawn("doctor")
            full.wait()
            beside.wait()
        practice.drain()
        if not eventually(lambda: not comparing.unhandled(engine), 120):
            tally.failures += comparing.unhandled(engine)
        most, of_one = proxy.most_in_a_second(), proxy.most_of_an_endpoint()
        tally.figures |= {"calls": len(proxy.calls), "most in a second": most, "allowed": rate}
        if max(most, of_one) > rate:
            tally.failures.append(f"{most} calls within a second, {of_one} to one endpoint")
        tally.failures += [f"posted without a key: {proxy.keyless_posts()}"] * bool(
            proxy.keyless_posts()
        )
        # An event that came in an old version is put right by the next sync.
        tally.failures += product.sync()["errors"] + comparing.differing(engine, practice.ask)
    return tally
