"""``flask bench``: measure how fast everything is, beside its goals; see docs/speed.md."""

import os

import click

from dashboard.bench import report, run
from dashboard.bench.figures import beside_goals
from dashboard.bench.run import USUAL, Part
from dashboard.core.config import INSTANCE

DATABASES = ("sqlite", "postgresql")


@click.command("bench")
@click.option("--payments", default=1_000_000, show_default=True, help="How large the mirrors are.")
@click.option(
    "--database",
    type=click.Choice([*DATABASES, "both"]),
    default="both",
    show_default=True,
    help="Measure on one database only.",
)
@click.option(
    "--only",
    type=click.Choice([each.value for each in Part]),
    multiple=True,
    help="Measure this part only; may be given again.",
)
@click.option("--rounds", default=200, show_default=True, help="How often each page is asked for.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    payments: int, database: str, only: tuple[str, ...], rounds: int, *, as_json: bool
) -> None:
    """Measure pages, reads, the sync and sizes on large mirrors, side by side in one run."""
    load = os.getloadavg()[0]
    names = DATABASES if database == "both" else (database,)
    parts = [Part(each) for each in only] or USUAL
    lines = beside_goals(run.measure(INSTANCE, payments, names, parts, rounds))
    if as_json:
        click.echo(report.as_json(lines, payments, load).decode())
    else:
        report.print_table(lines, payments, load)
