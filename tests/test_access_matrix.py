"""Every address, tried as every role and as a stranger; on every change by turns where the gate keeps somebody out.

A view that declares no gate fails here. What the gate lets in answers 200, 302, 400, 404 or 405; what it does not let in
answers as if the address did not exist (404), or is sent to its entrance when nobody is signed in. Never 500; never 403,
which would tell that something is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from guangsha.people.gates import Gate, gate_of
from guangsha.people.roles import OUTSIDERS, ROLES
from guangsha.testing.cast import Cast
from guangsha.testing.databases import connected
from guangsha.testing.effort import WIDE

#: Django's own pages, which have their own tests (guangsha/web/admin).
APART = ("admin/", "static/")
#: What an address may answer to somebody whom its gate lets in and who asks without the right arguments.
WELL = {200, 302, 400, 404, 405}
#: Arguments that look right and belong to nobody.
PLAUSIBLE = {
    "int": "7", "slug": "some-thing", "str": "7", "uuid": "00000000-0000-4000-8000-000000000000", "path": "a/b",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _connected() -> Iterator[None]:
    """Every answer is closed, files among them, within the test's transaction."""
    with connected():
        yield


def views(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if route.startswith(APART):
            continue
        if isinstance(entry, URLResolver):
            yield from views(entry.url_patterns, route)
        else:
            yield route, entry


ALL = list(views(get_resolver().url_patterns))
#: Public pages are tried as these; the others add nothing.
PASSERS_BY = {"applicant", "street_clerk", "enterprise_user"}


def address(route: str) -> str:
    made = re.sub(r"<(?:(\w+):)?\w+>", lambda found: PLAUSIBLE.get(found[1] or "str", "7"), route)
    return "/" + re.sub(
        r"\(\?P<\w+>[^)]*\)|[\\^$]", lambda found: "7" if found[0].startswith("(") else "", made
    )


def gate(entry: URLPattern) -> Gate:
    found = gate_of(entry.callback)
    assert found is not None, f"{entry.name} declares no gate (people/gates.py)"
    return found


def test_every_address_declares_who_may_open_it() -> None:
    for route, entry in ALL:
        found = gate(entry)
        assert found.kind in ("public", "citizens", "staff", "crews", "machines"), route
        assert found.kind != "staff" or found.allowed, f"{route}: an office page names its roles"


def test_names_say_to_which_face_a_page_belongs() -> None:
    for route, entry in ALL:
        if gate(entry).kind in ("staff", "crews"):
            assert route.startswith("office/") and str(entry.name).startswith("office-"), route
        if gate(entry).kind == "citizens":
            assert not route.startswith("office/") and str(entry.name).startswith("portal-"), route


def test_a_stranger_is_sent_to_the_entrance_and_sees_nothing_else(cast: Cast) -> None:
    client = Client(headers={"host": "127.0.0.1"}, raise_request_exception=False)
    for route, entry in ALL:
        found = gate(entry)
        for answer in (client.get(address(route)), client.post(address(route))):
            answer.close()
            told = (route, answer.request["REQUEST_METHOD"], answer.status_code)
            if found.kind in ("staff", "crews"):
                assert answer.status_code == 302 and answer["Location"].startswith("/office/sign-in/"), told
            elif found.kind == "citizens":
                assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/"), told
            elif found.kind == "machines":
                assert answer.status_code in (401, 404, 405), told
            else:
                assert answer.status_code in WELL, told


def lets_in(found: Gate, kind: str, roles: frozenset[str]) -> bool:
    if found.kind == "public":
        return True
    if found.kind == "citizens":
        return kind == "citizen"
    if found.kind == "crews" and kind == "enterprise":
        return True
    return (
        found.kind in ("staff", "crews")
        and kind == "staff"
        and ("*" in found.allowed or not found.allowed.isdisjoint(roles))
    )


def methods(place: int, turn: int, inside: bool) -> Sequence[str]:
    """How the ``turn``-th person asks the ``place``-th address. On every change: all pages are opened by whoever is let in; what
    they send there, and who is kept out, is tried by turns, so that each address is asked both ways. In a wide run: everything.
    """
    if WIDE:
        return ("get", "post")
    if inside:
        return ("get", "post") if (place + turn) % 2 else ("get",)
    return (("get",), (), ("post",), ())[(place + turn) % 4]


PEOPLE = [*sorted(ROLES), "applicant", "stranger", "far_reviewer"]


def test_by_turns_each_address_is_asked_both_ways_by_people_inside_and_out() -> None:
    for place in range(4):
        for inside in (True, False):
            assert {way for turn in range(4) for way in methods(place, turn, inside)} == {"get", "post"}


@pytest.mark.parametrize("who", PEOPLE)
def test_a_signed_in_person_gets_in_where_the_gate_says_and_finds_nothing_elsewhere(
    cast: Cast, who: str
) -> None:
    account = cast.account(who)
    actor = cast.actor(account)
    assert account.kind == (
        "enterprise" if who in OUTSIDERS else "citizen" if who in ("applicant", "stranger") else "staff"
    )
    client, last = None, ""
    for place, (route, entry) in enumerate(ALL):
        found = gate(entry)
        if found.kind == "machines" or (found.kind == "public" and who not in PASSERS_BY):
            continue
        if client is None or "sign" in last:  # a page of the entrance may have ended the session
            client = Client(headers={"host": "127.0.0.1"}, raise_request_exception=False)
            client.force_login(account)
        last = route
        inside = lets_in(found, account.kind, actor.roles)
        for method in methods(place, PEOPLE.index(who), inside):
            answer = getattr(client, method)(address(route))
            answer.close()
            told = (route, who, method, answer.status_code)
            assert answer.status_code in (WELL if inside else {404}), told


def test_the_page_of_nothing_is_the_same_for_forbidden_and_unknown(cast: Cast) -> None:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(cast.staff["street_clerk"])
    unknown = client.get("/office/there-is-no-such-page/").content
    closed = [
        address(route)
        for route, entry in ALL
        if gate(entry).kind == "staff" and not lets_in(gate(entry), "staff", frozenset({"street_clerk"}))
    ]

    def words(page: bytes) -> bytes:  # the token against forged forms is another one on every page
        return re.sub(rb'(name="csrfmiddlewaretoken" value=)"\w+"', rb"\1", page)

    assert closed, "some pages are not a street clerk's"
    for each in closed if WIDE else closed[::4]:
        expected = unknown.replace(b"there-is-no-such-page", each.strip("/").removeprefix("office/").encode())
        assert words(client.get(each).content) == words(expected), each
