"""A hall with its people."""

from __future__ import annotations

import pytest

from guangsha.areas.allocation.tests.builders import Hall
from guangsha.testing.cast import Cast


@pytest.fixture
def hall(cast: Cast) -> Hall:
    return Hall(cast)
