"""What every test of the backend shares."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Undo the language that a request of the test before turned to, as the next request would."""
    translation.activate("en")
    yield
    translation.deactivate()
