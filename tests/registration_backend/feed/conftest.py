"""Fixtures of the feed's tests: one agency with enough addresses around the middle of a cell."""

from __future__ import annotations

from pathlib import Path

import pytest

from registrations.models import Agency
from tests.registration_backend.feed.world import ApiReader, crowd, near
from tests.registration_backend.registrations.factories import make_agency


@pytest.fixture
def agency(db: None, tmp_path: Path) -> Agency:
    """An agency with 25 businesses in one 250 m cell."""
    made = make_agency()
    crowd(made, tmp_path, [near(5 + 8 * step, 60) for step in range(25)])
    return made


@pytest.fixture
def analyst(agency: Agency) -> ApiReader:
    return ApiReader(agency, "analyst")


@pytest.fixture
def investigator(agency: Agency) -> ApiReader:
    return ApiReader(agency, "investigator")
