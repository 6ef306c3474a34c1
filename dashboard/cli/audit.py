"""``flask audit``: prove that the audit log is as it was written."""

import json
import time
from dataclasses import asdict

import click

from dashboard.features.audit import actions
from dashboard.store.audit_check import Verdict
from dashboard.web import context

MOST_SHOWN = 20


@click.group("audit")
def command() -> None:
    """The log of who did what."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
@click.option("--seal", "known", multiple=True, help="A seal that an earlier check ended with.")
def verify(known: tuple[str, ...], *, as_json: bool) -> None:
    """Check every entry and name what is wrong; exit with 1 where something is."""
    began = time.monotonic()
    try:
        verdict = actions.verify(context.engine(), known)
    except ValueError as error:
        raise click.BadParameter("This is no seal.", param_hint="--seal") from error
    if as_json:
        click.echo(json.dumps(_told(verdict, time.monotonic() - began)))
    else:
        _show(verdict)
    if not verdict.is_whole:
        raise SystemExit(actions.NOT_WHOLE)


def _show(verdict: Verdict) -> None:
    click.echo(verdict.words)
    if not verdict.is_whole:
        for fault in verdict.faults[:MOST_SHOWN]:
            click.echo(f"- {fault.words}")
        if verdict.count > MOST_SHOWN:
            click.echo(f"- and {verdict.count - MOST_SHOWN:,} more; --json names 1,000 of them")


def _told(verdict: Verdict, seconds: float) -> dict[str, object]:
    return {
        "whole": verdict.is_whole,
        "rows": verdict.rows,
        "last": verdict.last,
        "seconds": round(seconds, 3),
        "faults": [{**asdict(each), "words": each.words} for each in verdict.faults],
        "faults_left_out": verdict.count - len(verdict.faults),
        "errors": [] if verdict.is_whole else [verdict.words],
    }
