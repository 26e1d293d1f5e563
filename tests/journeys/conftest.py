"""One house with its exchange for each journey; the staff take turns at one desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """``make unit-postgres`` takes the tests that are marked as using a database."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and "house" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="module")
def desk(browser: Any) -> Any:
    """The browser at which staff take turns; it costs more to open than its pages."""
    from guangsha.testing.journey import Desk

    return Desk(browser)


@pytest.fixture
def house(
    transactional_db: None, live_server: Any, browser: Any, desk: Any, settings: Any, tmp_path: Path
) -> Iterator[Any]:
    """A running installation with the named cast; it must have asked nobody else and complained of nothing."""
    from guangsha.areas.registry.actions import open_household
    from guangsha.areas.registry.models import Person
    from guangsha.areas.verification.simulator import Exchange, Running
    from guangsha.testing.cast import add_staff, build_cast
    from guangsha.testing.journey import House

    settings.GUANGSHA_DATA = tmp_path
    exchange = Exchange({})
    with Running(exchange) as base:
        settings.GUANGSHA_EXCHANGE = base
        cast = build_cast()
        open_household(
            cast.actor("street_clerk"),
            head=Person.objects.get(pk=cast.applicant.person_id),
            agency=cast.streets[0],
            community=cast.communities[0],
        )
        hashed = cast.staff["fund_officer"].password  # two people review, two decide
        add_staff("extra-fund", "沈二维", "fund_officer", cast.district, hashed)
        made = House(live_server.url, browser, cast, exchange, desk)
        yield made
        desk.page.goto("about:blank")  # nothing of this house is still asked for
        for context in browser.contexts:
            if context is not desk.context:
                context.close()
    assert made.problems == [], "console messages, or requests to another host"
