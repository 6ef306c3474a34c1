"""One run: which figures are measured, on which databases, in which order."""

from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum
from pathlib import Path

from dashboard.bench import footprint, pages, reads, syncing
from dashboard.bench.figures import Figure
from dashboard.bench.mirrors import databases


class Part(StrEnum):
    """A part of the run that can be asked for alone."""

    PAGES = "pages"
    READS = "reads"
    SYNC = "sync"
    CHARGES = "charges"
    SIZE = "size"
    CHART = "chart"


USUAL = (Part.PAGES, Part.READS, Part.SYNC, Part.CHARGES, Part.SIZE)
"""The parts of a run that asks for none: ``chart`` is one figure of ``reads`` on other mirrors."""


def measure(
    folder: Path, count: int, names: Sequence[str], parts: Collection[Part], rounds: int
) -> Iterator[Figure]:
    """Yield the figures of ``parts`` for mirrors of ``count`` payments, kept in ``folder``."""
    with databases(folder, postgresql="postgresql" in names) as made:
        if Part.SIZE in parts:
            yield from footprint.of_product()
        if Part.SYNC in parts:
            yield from syncing.measure(made, names, min(count, syncing.WORLD))
        if Part.CHARGES in parts:
            yield from syncing.measure_charges(made, names, count)
        for name in names:
            if Part.CHART in parts:
                yield from reads.chart(made.ledger(name, count), rounds)
            if not {Part.PAGES, Part.READS, Part.SIZE} & set(parts):
                continue
            mirror = made.mirror(name, count)
            if Part.PAGES in parts:
                yield from pages.measure(mirror, rounds)
            if Part.READS in parts:
                yield from reads.measure(mirror, rounds)
            if Part.SIZE in parts:
                yield from footprint.measure(mirror)
            mirror.engine.dispose()
