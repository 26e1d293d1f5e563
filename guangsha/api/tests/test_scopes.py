"""Every operation with no key, the wrong scope, the right one, a key taken back, and a key of another agency."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from guangsha.api import limits
from guangsha.api.document import document
from guangsha.api.tests.calls import PROOF, Caller, key_for, refused
from guangsha.areas.intake.models import Case
from guangsha.areas.intake.tests.builders import reviewed, submitted
from guangsha.people import actions as people
from guangsha.people.models import ApiToken
from guangsha.people.tokens import SCOPES
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> None:
    limits.WINDOW.clear()
    cache.clear()


def operations() -> list[tuple[str, str, str]]:
    """(method, path, scope) of everything in the document."""
    return [
        (method.upper(), path.removeprefix("/api/v1"), told["x-scope"])
        for path, methods in document()["paths"].items()
        for method, told in methods.items()
    ]


ALL = operations()
GUARDED = [one for one in ALL if one[2]]


def filled(path: str, values: Mapping[str, Any] = {}) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], "7")), path)


def test_the_document_names_a_scope_for_all_but_health() -> None:
    assert {path for _, path, scope in ALL if not scope} == {"/health"}
    assert {scope for _, _, scope in GUARDED} == set(SCOPES), "a scope that opens nothing, or an unknown one"


def test_without_a_valid_key_nothing_opens(cast: Cast) -> None:
    strangers = [
        Caller(),
        Caller("gs_" + "x" * 43),
        Caller("密钥" * 15),
        Caller(headers={"Authorization": "Basic dXNlcjpwYXNz"}),
    ]
    for number, (method, path, _) in enumerate(GUARDED):
        for stranger in strangers if number % 7 == 0 else strangers[:2]:
            limits.WINDOW.clear()
            answer = stranger(method, filled(path), {})
            refused(answer, 401, "no-key")
            assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_key_taken_back_or_over_opens_nothing(cast: Cast) -> None:
    key = key_for(cast)
    assert Caller(key)("GET", "/services").status_code == 200
    people.revoke_token(cast.actor("system_admin"), ApiToken.objects.get().pk, reason="停用")
    for method, path, _ in GUARDED:
        limits.WINDOW.clear()
        refused(Caller(key)(method, filled(path), {}), 401, "no-key")
    late = key_for(cast)
    ApiToken.objects.filter(revoked_at=None).update(expires_at=timezone.now())
    refused(Caller(late)("GET", "/services"), 401, "no-key")


def test_a_key_opens_what_its_scope_says_and_names_what_it_lacks(cast: Cast) -> None:
    keys = {scope: Caller(key_for(cast, scope)) for scope in SCOPES}
    lacking = {scope: Caller(key_for(cast, *(set(SCOPES) - {scope}))) for scope in SCOPES}
    for method, path, scope in GUARDED:
        told = refused(lacking[scope](method, filled(path), {}), 403, "no-scope")
        assert scope in told["detail"]
        answer = keys[scope](method, filled(path), {})
        named = answer.status_code == 403 and re.search("X-(Staff|Citizen)-Session", answer.json()["detail"])
        assert answer.status_code in (200, 201, 204, 400, 404, 415, 422, 428) or named, (
            method,
            path,
            answer.content,
        )


def test_what_is_in_another_agency_looks_as_if_it_did_not_exist(cast: Cast) -> None:
    case = submitted(cast)
    reach, far = Caller(key_for(cast)), Caller(key_for(cast, agency=cast.far_district))
    assert reach("GET", f"/cases/{case.number}").status_code == 200
    for method, path, scope in GUARDED:
        if "{number}" not in path or not path.startswith("/cases/") or scope == "cases:act":
            continue
        body = {"text": "说明", "grade": 5} if method == "POST" else None
        body = {"grade": 5} if path.endswith("rating") else {"text": "说明"} if body else None
        headers = {"If_Match": '"1"', "Idempotency_Key": "key-0000001"}
        if path.endswith("materials"):
            there = far.upload(filled(path, {"number": case.number}), "photo", "a.pdf", b"%PDF-1.7")
            never = far.upload(filled(path, {"number": "0"}), "photo", "a.pdf", b"%PDF-1.7")
        else:
            there = far(method, filled(path, {"number": case.number}), body, **headers)
            never = far(method, filled(path, {"number": "0"}), body, **headers)
        refused(there, 404, "not-found")
        assert there.content == never.content, path
    assert far("GET", "/cases").json()["cases"] == []
    assert [one["number"] for one in reach("GET", "/cases").json()["cases"]] == [case.number]


def test_a_draft_belongs_to_its_key(cast: Cast) -> None:
    own, other = Caller(key_for(cast)), Caller(key_for(cast))
    made = own("POST", "/drafts", {"service": "repair", "answers": {}}).json()
    for method, path, body in (
        ("GET", "", None), ("PUT", "", {"answers": {}}), ("DELETE", "", None), ("POST", "/submission", {"proof": PROOF}),
    ):  # fmt: skip
        answer = other(
            method, f"/drafts/{made['id']}{path}", body, If_Match='"1"', Idempotency_Key="key-0000002"
        )
        refused(answer, 404, "not-found")
    assert own("GET", f"/drafts/{made['id']}").status_code == 200
    assert own("DELETE", f"/drafts/{made['id']}").status_code == 204


def test_what_others_submitted_is_seen_and_not_acted_upon(cast: Cast) -> None:
    case = reviewed(cast)
    caller = Caller(key_for(cast))
    answer = caller("POST", f"/cases/{case.number}/withdraw", {"text": ""}, If_Match=f'"{case.version}"')
    refused(answer, 409, "not-now")
    refused(caller("POST", f"/cases/{case.number}/rating", {"grade": 1}), 409, "not-now")
    assert Case.objects.get(pk=case.pk).version == case.version


def test_a_key_that_asks_too_often_is_told_to_wait(cast: Cast, settings: Any) -> None:
    settings.GUANGSHA_API_PER_MINUTE = 3
    caller = Caller(key_for(cast))
    for _ in range(2):  # the minute may turn in between, once
        answers = [caller("GET", "/roles") for _ in range(7)]
        if answers[-1].status_code == 429:
            break
    assert [one.status_code for one in answers].count(
        200
    ) <= 6  # at most the last three of one minute, three of the next
    last = answers[-1]
    refused(last, 429, "too-many")
    assert 1 <= int(last["Retry-After"]) <= 60
    stranger = Caller()
    many = [stranger("GET", "/roles").status_code for _ in range(limits.STRANGER_PER_MINUTE * 2 + 2)]
    assert set(many) == {401, 429}
