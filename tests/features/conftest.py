"""What the tests of the pages may ask for, besides people and the application."""

import pytest
from flask import Flask

from tests.features.make import Maker


@pytest.fixture
def make(app: Flask) -> Maker:
    """Make objects in the account that the pages show."""
    return Maker(app.extensions["dashboard"].engine)
