"""``flask rotate-keys``: seal all that is sealed with the newest encryption key."""

import sys
from dataclasses import asdict

import click
import orjson

from dashboard.core import db as database
from dashboard.core.crypto import Vault
from dashboard.store import audit
from dashboard.store.audit import TERMINAL
from dashboard.store.sealing import Resealing, reseal
from dashboard.web import context

NEXT = "Every value is sealed with the newest key. Take the old ones out of the setting now."


@click.command("rotate-keys")
@click.option("--json", "as_json", is_flag=True, help="Say how it went in one line of JSON.")
def command(*, as_json: bool) -> None:
    """Seal keys, tokens and secrets with the newest of ATOM_OAUTH_ENCRYPTION_KEY.

    The dashboard may go on working meanwhile; who stops this command may start it again. Ends
    with status 0 only when every value could be opened.
    """
    engine, settings = context.engine(), context.settings()
    vault = Vault(settings.atom_oauth_encryption_key.get_secret_value())
    done = reseal(engine, vault)
    told = {each.column: each.resealed for each in done if each.resealed}
    if told:
        with database.writing(engine) as db:
            audit.record(db, TERMINAL, "keys.rotated", subject="sealed values", after=told)
    unopened = sum(each.unopened for each in done)
    if as_json:
        columns = [asdict(each) for each in done]
        click.echo(orjson.dumps({"complete": not unopened, "columns": columns}).decode())
    else:
        _tell(done, unopened)
    sys.exit(1 if unopened else 0)


def _tell(done: list[Resealing], unopened: int) -> None:
    for each in done:
        click.echo(f"{each.column}: {each.resealed:,} sealed anew, {each.already:,} were already")
    if unopened:
        click.echo(
            f"Error: {unopened:,} values can be opened with none of the keys. Put the key that "
            "sealed them behind the new one in ATOM_OAUTH_ENCRYPTION_KEY, separated by a comma.",
            err=True,
        )
    else:
        click.echo(NEXT)
