"""The world that the tests here look at."""

import pytest

from tests.sandbox.world.chronicle import PAYMENTS, Chronicle, chronicle


@pytest.fixture(scope="session")
def world() -> Chronicle:
    return chronicle(PAYMENTS)
