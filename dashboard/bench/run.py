"""One run: which figures are measured, on which databases, in which order."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from dashboard.bench import acknowledging, comparing, footprint, handling, pages, reads, syncing
from dashboard.bench.figures import Figure
from dashboard.bench.mirrors import Databases, databases
from dashboard.bench.practice import WORLD


class Part(StrEnum):
    """A part of the run that can be asked for alone."""

    PAGES = "pages"
    READS = "reads"
    SYNC = "sync"
    CHARGES = "charges"
    SIZE = "size"
    WEBHOOKS = "webhooks"
    STEADY = "steady"
    EVENTS = "events"
    VISIBLE = "visible"
    RECONCILE = "reconcile"
    FILLING = "filling"
    CHART = "chart"


OF_THE_WORLD: Mapping[Part, Callable[[Databases, Sequence[str], int], Iterator[Figure]]] = {
    Part.SYNC: syncing.measure,
    Part.WEBHOOKS: acknowledging.measure,
    Part.STEADY: acknowledging.measure_steady,
    Part.EVENTS: handling.measure,
    Part.VISIBLE: handling.measure_visible,
    Part.RECONCILE: comparing.measure,
    Part.FILLING: comparing.measure_pages,
}
"""The parts that fill fresh databases from one world, and have them follow it."""

USUAL = tuple(part for part in Part if part is not Part.CHART)
"""The parts of a run that asks for none: ``chart`` is one figure of ``reads`` on other mirrors."""


def measure(
    folder: Path, count: int, names: Sequence[str], parts: Collection[Part], rounds: int
) -> Iterator[Figure]:
    """Yield the figures of ``parts`` for mirrors of ``count`` payments, kept in ``folder``."""
    with databases(folder, postgresql="postgresql" in names) as made:
        if Part.SIZE in parts:
            yield from footprint.of_product()
        for part, measure_world in OF_THE_WORLD.items():
            if part in parts:
                yield from measure_world(made, names, min(count, WORLD))
        if Part.CHARGES in parts:
            yield from syncing.measure_charges(made, names, count)
        for name in names:
            yield from _of_mirrors(made, name, count, parts, rounds)


def _of_mirrors(
    made: Databases, name: str, count: int, parts: Collection[Part], rounds: int
) -> Iterator[Figure]:
    """Measure what stands on large mirrors that are built once."""
    if Part.CHART in parts:
        yield from reads.chart(made.ledger(name, count), rounds)
    if not {Part.PAGES, Part.READS, Part.SIZE} & set(parts):
        return
    mirror = made.mirror(name, count)
    if Part.PAGES in parts:
        yield from pages.measure(mirror, rounds)
    if Part.READS in parts:
        yield from reads.measure(mirror, rounds)
    if Part.SIZE in parts:
        yield from footprint.measure(mirror)
    mirror.engine.dispose()
