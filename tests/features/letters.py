"""What is mailed, as a machine of one's own prints it."""

import re

import pytest
from flask import Flask

from tests.clients import run_jobs

URL = re.compile(r"http://localhost(/\S+)")


def mailed(app: Flask, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    """Send what waits and return to whom it went, and the path of the link in it."""
    capsys.readouterr()
    run_jobs(app)
    told = capsys.readouterr().out
    return list(zip(re.findall(r"^To: (.*)$", told, re.MULTILINE), URL.findall(told), strict=True))
