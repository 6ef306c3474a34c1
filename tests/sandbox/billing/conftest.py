"""What all tests of billing begin with."""

import pytest

from tests.sandbox.asking import Asker
from tests.sandbox.billing.customers import Billing


@pytest.fixture
def billing(ask: Asker) -> Billing:
    """Ask for what tests of billing need over and over."""
    return Billing(ask)
