"""A practice Stripe of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.soak.practice import Practice, practising


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practice]:
    """A practice Stripe with a small company."""
    with practising(tmp_path) as running:
        yield running
