"""A terminal of the tests: ``flask --app wsgi`` in this process."""

from click.testing import CliRunner, Result
from flask import Flask

from tests.clients import flask_command


def flask(app: Flask, *words: str, typed: str = "") -> Result:
    """Run ``flask --app wsgi`` with these words; ``typed`` comes on standard input."""
    return CliRunner().invoke(flask_command(app), list(words), input=typed)
