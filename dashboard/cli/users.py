"""``flask users``: add and invite people, list, disable, enable, give roles and passwords."""

import sys

import click
from flask import current_app
from rich.console import Console
from rich.table import Table

from dashboard.core import clock
from dashboard.core import db as database
from dashboard.core.errors import BadInputError
from dashboard.features.people import actions
from dashboard.store import users
from dashboard.store.audit import TERMINAL
from dashboard.store.links import Access
from dashboard.store.roles import Role
from dashboard.web import context


@click.group("users")
def command() -> None:
    """People who may sign in."""


email = click.option("--email", required=True, help="The address they sign in with.")
role = click.option(
    "--role",
    required=True,
    type=click.Choice([role.value for role in Role]),
    help="What they may do; see docs/security.md.",
)
password_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)


@command.command()
@email
@role
@password_stdin
def create(email: str, role: str, *, password_stdin: bool) -> None:
    """Add a person."""
    user = actions.create(context.engine(), email, Role(role), _password(piped=password_stdin))
    click.echo(f"{user.email} can sign in now, as {user.role}.")


@command.command("list")
def list_users() -> None:
    """Show everybody, one line each."""
    with database.reading(context.engine()) as db:
        everybody = users.every(db)
    if not everybody:
        click.echo("There is nobody yet. Add somebody with: flask --app wsgi users create")
        return
    table = Table("Email", "Role", "Disabled")
    for user in everybody:
        disabled = f"{clock.at(user.disabled_at):%Y-%m-%d}" if user.disabled_at else ""
        table.add_row(user.email, user.role, disabled)
    Console().print(table)


@command.command()
@email
def disable(email: str) -> None:
    """Let a person sign in no more, and end their sessions."""
    user = actions.disable(context.engine(), email)
    click.echo(f"{user.email} can sign in no more.")


@command.command()
@email
def enable(email: str) -> None:
    """Let a disabled person sign in again."""
    user = actions.enable(context.engine(), email)
    click.echo(f"{user.email} can sign in again, as {user.role}.")


@command.command("role")
@email
@role
def set_role(email: str, role: str) -> None:
    """Give a person another role."""
    user = actions.set_role(context.engine(), email, Role(role))
    click.echo(f"{user.email} is {role} now and was {user.role} before.")


@command.command()
@email
@password_stdin
def password(email: str, *, password_stdin: bool) -> None:
    """Give a person a new password, and end their sessions."""
    user = actions.set_password(context.engine(), email, _password(piped=password_stdin))
    click.echo(f"{user.email} has a new password; all their sessions have ended.")


@command.command()
@email
@role
def invite(email: str, role: str) -> None:
    """Print a link with which a person chooses a name and a password."""
    with database.writing(context.engine()) as db:
        token = actions.invite(db, email, Access(Role(role)), actor=TERMINAL)
    _tell(email, _url("signin.invitation", token), "within 24 hours")


@command.command("reset-link")
@email
def reset_link(email: str) -> None:
    """Print a link with which a person chooses a new password."""
    with database.writing(context.engine()) as db:
        token = actions.make_reset_link(db, users.find(db, email), actor=TERMINAL)
    _tell(email, _url("signin.reset", token), "within an hour")


def _tell(email: str, url: str, until: str) -> None:
    click.echo(f"Hand this to {email}; it can be used once, {until}:")
    click.echo(url)


def _url(endpoint: str, token: str) -> str:
    """Return the link as people open it; without PUBLIC_URL it begins with the path."""
    paths = current_app.url_map.bind("localhost")
    return context.settings().public_url + paths.build(endpoint, {"token": token})


def _password(*, piped: bool) -> str:
    """Return the password from standard input, or asked for twice without showing it."""
    if not piped:
        asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return asked
    try:
        given = sys.stdin.buffer.read().decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise BadInputError("is not UTF-8 text.", field="password") from error
    if not given:
        raise BadInputError("is missing on standard input.", field="password")
    return given
