"""A clock that stands where a test puts it, and a house with its people."""

from __future__ import annotations

import pytest

from guangsha.areas.subsidy.tests.builders import Clock, House
from guangsha.testing.cast import Cast


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def house(cast: Cast, clock: Clock) -> House:
    return House(cast)
