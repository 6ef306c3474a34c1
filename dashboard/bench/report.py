"""How the figures are told: a table for people, one JSON object for programs."""

import os
from collections.abc import Sequence
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from dashboard.bench.figures import Line
from dashboard.core import clock

MARKS = {True: "[green]yes[/]", False: "[red]no[/]", None: ""}


def as_json(lines: Sequence[Line], count: int, load: float) -> bytes:
    """Return everything as one object; ``load`` is the machine's before the run."""
    told: dict[str, Any] = {
        "at": clock.now().isoformat(),
        "payments": count,
        "processors": os.cpu_count(),
        "load_before": round(load, 2),
        "figures": [line.as_json() for line in lines],
    }
    return orjson.dumps(told)


def print_table(lines: Sequence[Line], count: int, load: float) -> None:
    """Print a line for each figure, with its ratio and goal where it has one."""
    title = f"{count:,} payments · {os.cpu_count()} processors · load {load:.1f} before the run"
    table = Table(title=title, title_justify="left")
    table.add_column("Figure")
    table.add_column("Database")
    for name in ("Value", "Ratio"):
        table.add_column(name, justify="right")
    table.add_column("Goal")
    table.add_column("Met")
    for line in lines:
        figure = line.figure
        table.add_row(
            figure.name,
            figure.database,
            f"{figure.value:,g} {figure.unit}",
            "" if line.ratio is None else f"{line.ratio:,g} x",
            str(line.goal) if line.goal else "",
            MARKS[line.met],
        )
    Console(width=120).print(table)
