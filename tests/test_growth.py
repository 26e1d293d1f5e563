"""No page asks the database more often because there is more to show.

The list of pages is that of the URL configuration: every address without a number in it, opened by everybody who may.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from guangsha.demo import house
from guangsha.demo.district import build_district
from guangsha.people.models import Account

#: A first page of most lists is not full in the small district, and it is in the large one.
SMALL, LARGE = 40, 150
#: What a page may ask more often when there is anything at all of a kind: a list that was empty has names to look up.
MORE = 3
#: Rooms whose pages show what an installation holds.
ROOMS = ("guangsha.areas.", "guangsha.web.sign_in", "guangsha.web.frame_views")


def pages(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of ours without a part that varies."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from pages(entry.url_patterns, route)
        elif "<" not in route and entry.callback.__module__.startswith(ROOMS):
            yield "/" + route, entry


def asked(among: Collection[tuple[str, str]] | None = None) -> dict[tuple[str, str], int]:
    """How often each page asks, by address and who opens it; ``among`` those, which this process has opened before."""
    found: dict[tuple[str, str], int] = {}
    people: list[Any] = [AnonymousUser(), *Account.objects.filter(username__in=LOGINS)]
    people += Account.objects.filter(kind="citizen", name="李建国")
    for person in people:
        client = Client(headers={"host": "127.0.0.1"})
        if person.is_authenticated:
            client.force_login(person)
        client.get("/")  # what a process reads once
        # a citizen has another name in each district
        name = "citizen" if getattr(person, "kind", "") == "citizen" else person.get_username() or "anybody"
        for address, _ in pages():
            if (address, name) not in among if among is not None else client.get(address).status_code != 200:
                continue
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            found[address, name] = len(queries)
    return found


#: Between them they open every page of the office.
LOGINS = (
    "helper", "street", "reviewer", "approver", "publicity", "legal", "archivist", "supervisor", "auditor", "sysadmin", "secadmin",
    "audadmin", "hotline",
)  # fmt: skip


@pytest.mark.pages
@pytest.mark.django_db(transaction=True)  # it empties the database between
@pytest.mark.timeout(300)
def test_no_page_asks_more_often_because_there_is_more_to_show(settings: Any) -> None:
    settings.GUANGSHA_SECOND_FACTOR = "none"
    build_district(households=SMALL, seed=5)
    few = asked()
    house.empty()
    build_district(households=LARGE, seed=5)
    many = asked(few.keys())
    seen = {address for address, _ in few}
    assert len(seen) > 35, sorted(seen)
    citizen = {key for key in few if key[1] == "citizen"}
    grown = {key: (few[key], many[key]) for key in few.keys() & many.keys() if many[key] > few[key] + MORE}
    assert grown == {} and citizen
