"""A clock that stands where a test puts it, and an office that bills rent."""

from __future__ import annotations

import pytest

from guangsha.areas.rent.tests.builders import Clock, Office
from guangsha.testing.cast import Cast


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def office(cast: Cast, clock: Clock) -> Office:
    return Office(cast)
