"""The page of every kind of object with real data: accessible, allowed, and it fits a phone."""

import pytest

from tests.journeys.conftest import Look, Site
from tests.journeys.fitness import faults
from tests.journeys.places import DETAILS, path_of

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", DETAILS)
def test_a_detail_is_accessible_allowed_and_fits(
    look: Look, site: Site, name: str, complaints: list[str]
) -> None:
    assert site.book
    path = path_of(site.engine, site.book, name)
    assert path, f"The practice world holds no such object: {name}."
    page = look(path)
    assert faults(page) == []
    assert complaints == []
