"""``flask worker``: run jobs and schedules in a process of its own."""

import click

from dashboard.web import context


@click.command("worker")
@click.option(
    "--at-once",
    default=4,
    show_default=True,
    type=click.IntRange(1, 64),
    help="How many jobs run at the same time.",
)
def command(at_once: int) -> None:
    """Run jobs and schedules until SIGTERM or Ctrl-C; there may be several of these."""
    context.jobs().work(at_once)
