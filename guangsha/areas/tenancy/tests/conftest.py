"""A clock that stands where a test puts it, the cast with its acts, and the events that higher rooms are told of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from guangsha.areas.subsidy.tests.builders import Clock
from guangsha.areas.tenancy import hooks
from guangsha.areas.tenancy.tests.builders import House
from guangsha.testing.cast import Cast


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock(monkeypatch)
    found.at("2026-11-20")
    return found


@pytest.fixture
def house(cast: Cast, clock: Clock) -> House:
    return House(cast)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """What the rooms above are told, and nothing of theirs in the way."""
    events: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(
        hooks,
        "LEASE_EVENTS",
        [lambda _actor, _lease, event, on, data: events.append((event, {"on": on, **data}))],
    )
    for name in ("OWED", "MAY_END", "MONTHS_OWED"):
        monkeypatch.setattr(hooks, name, [])
    yield events
