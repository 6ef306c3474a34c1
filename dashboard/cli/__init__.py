"""The terminal: command groups that are loaded when they are asked for."""

import importlib
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError, ProgrammingError

from dashboard.core.errors import DashboardError

GROUPS = (
    "analytics",
    "audit",
    "bench",
    "db",
    "demo",
    "demo-portal",
    "doctor",
    "make-embed-key",
    "make-key",
    "reconcile",
    "rotate-keys",
    "sandbox",
    "summaries",
    "sync",
    "users",
    "worker",
)
"""Each is a module of this room whose ``command`` is a click command; ``-`` is written ``_``."""


class Commands(AppGroup):
    """Finds a command by its name and imports nothing but its module."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands whose modules exist."""
        return sorted({*super().list_commands(ctx), *filter(_exists, GROUPS)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command; what it refuses is printed as one line, with exit status 1."""
        if cmd_name not in GROUPS or not _exists(cmd_name):
            return super().get_command(ctx, cmd_name)
        ctx.with_resource(_plain_refusals())
        command: click.Command = importlib.import_module(_module(cmd_name)).command
        return command


def register(app: Flask) -> None:
    """Give ``flask --app wsgi`` our commands."""
    app.cli = Commands(app.name)


@contextmanager
def _plain_refusals() -> Iterator[None]:
    try:
        yield
    except DashboardError as error:
        raise click.ClickException(str(error)) from error
    except (OperationalError, ProgrammingError) as error:
        told = str(error.orig).strip().rstrip(".")
        raise click.ClickException(
            f"The database refuses: {told}. Another process may hold it, or its tables be too old:"
            " flask --app wsgi db upgrade"
        ) from error


def _exists(name: str) -> bool:
    return importlib.util.find_spec(_module(name)) is not None


def _module(name: str) -> str:
    return f"{__name__}.{name.replace('-', '_')}"
