"""Bodies and addresses that no honest program sends: a clear refusal, and nothing changed."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from guangsha.api import limits
from guangsha.api.tests.calls import Caller, key_for, refused
from guangsha.areas.intake.models import Draft
from guangsha.testing.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller(cast: Cast) -> Caller:
    limits.WINDOW.clear()
    return Caller(key_for(cast))


UNREADABLE = {
    "no JSON": b"{",
    "deep lists": b"[" * 1_000_000,
    "deep and closed": b'{"service": "repair", "answers": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}",
    "deep objects": b'{"a":' * 150_000 + b"1" + b"}" * 150_000,
    "NaN": b'{"service": "repair", "answers": {"a": NaN}}',
    "endless": b'{"service": "repair", "answers": {"a": -Infinity}}',
    "a name twice": b'{"service": "repair", "service": "elig_apply", "answers": {}}',
    "NUL": b'{"service": "repair", "answers": {"a": "x\\u0000y"}}',
    "NUL in a name": b'{"service": "repair", "answers": {"a\\u0000": 1}}',
    "half a pair": b'{"service": "repair", "answers": {"a": "\\ud800"}}',
    "not UTF-8": b'{"service": "\xff\xfe", "answers": {}}',
    "UTF-16": '{"service": "repair"}'.encode("utf-16"),
    "a digit per byte": b'{"service": "repair", "answers": {"a": ' + b"9" * 200_000 + b"}}",
    "many": b'{"service": "repair", "answers": {"a": [' + b"1," * 60_000 + b"1]}}",
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_is_refused(caller: Caller, kind: str) -> None:
    told = refused(caller("POST", "/drafts", UNREADABLE[kind]), 400, "unreadable")
    assert "JSON" in told["detail"] or "嵌套" in told["detail"] or "字符" in told["detail"]
    assert not Draft.objects.exists()


def test_an_empty_body_is_told_what_it_lacks(caller: Caller) -> None:
    refused(caller("POST", "/drafts", b""), 422, "invalid")


def test_what_is_too_large_is_refused_before_it_is_read(caller: Caller) -> None:
    refused(caller("POST", "/drafts", b'"' + b"x" * (2 * 1024 * 1024) + b'"'), 413, "too-large")
    long = json.dumps(
        {"service": "repair", "answers": {"fault": {"text": "字" * 150_000}}}, ensure_ascii=False
    )
    refused(caller("POST", "/drafts", long.encode()), 422, "invalid")
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        None, 5, "text", [], [[]], {}, {"service": 5, "answers": {}}, {"service": "repair"}, {"service": "repair", "answers": []},
        {"service": "repair", "answers": "x"}, {"service": "x" * 41, "answers": {}}, {"service": "no_such", "answers": {}},
        {"service": "repair", "answers": {}, "more": 1}, {"service": "repair", "answers": {"a": 1.5}}, {"service": "repair", "answers": {"a": 1e308}},
    ],
)  # fmt: skip
def test_what_is_of_another_kind_is_refused_or_dropped(caller: Caller, body: object) -> None:
    answer = caller("POST", "/drafts", json.dumps(body).encode())
    assert answer.status_code in (201, 422), answer.content.decode()
    if answer.status_code == 422:
        refused(answer, 422, "invalid")
        assert not Draft.objects.exists()


def test_another_type_of_content_is_refused(caller: Caller) -> None:
    for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded"):
        client = Client(headers={"host": "127.0.0.1"})
        answer = client.generic(
            "POST", "/api/v1/drafts", b"a=1", kind, headers={"Authorization": f"Bearer {caller.key}"}
        )
        refused(answer, 415, "media-type")


def test_broken_forms_and_wrong_fields_are_refused(caller: Caller) -> None:
    made = caller("POST", "/drafts", {"service": "repair", "answers": {}}).json()
    client = Client(headers={"host": "127.0.0.1"}, raise_request_exception=False)
    headers = {"Authorization": f"Bearer {caller.key}"}
    path = f"/api/v1/drafts/{made['id']}/materials"
    for kind in (
        "multipart/form-data",
        "multipart/form-data; boundary=\xff",
        "multipart/form-data; boundary=x",
    ):
        answer = client.generic("POST", path, b"--x\r\nContent-Disposition: form-data", kind, headers=headers)
        assert answer.status_code in (400, 422) and answer["Content-Type"] == "application/problem+json"
    assert client.post(path, {"code": "photo"}, headers=headers).status_code == 422
    assert client.post(path, {"code": "ph\0oto", "file": "text"}, headers=headers).status_code in (400, 422)


@pytest.mark.parametrize(
    "path",
    ["/cases/%00", "/cases/" + "9" * 65, "/drafts/0", "/drafts/-1", "/drafts/99999999999999999999999", "/drafts/x", "/materials/1e3",
     "/cases/..%2f..", "/cases/%ff%fe", "/nothing", "/", "/cases/1/acts/nothing", "/services/%F0%9F%8F%A0", "/objections/%27%20OR%201"],
)  # fmt: skip
def test_strange_addresses_are_not_found(caller: Caller, path: str) -> None:
    answer = caller("GET", path)
    assert answer.status_code in (404, 405, 422), answer.content.decode()
    assert answer["Content-Type"] == "application/problem+json"


def test_a_cookie_opens_nothing_and_a_method_that_is_not_there_says_which_are(
    caller: Caller, cast: Cast
) -> None:
    client = Client(headers={"host": "127.0.0.1"}, enforce_csrf_checks=True)
    client.force_login(cast.staff["street_clerk"])
    refused(client.get("/api/v1/cases"), 401, "no-key")
    answer = caller("DELETE", "/cases")
    refused(answer, 405, "no-such-method")
    assert "GET" in answer["Allow"]
    posted = client.post(
        "/api/v1/drafts", "{}", "application/json", headers={"Authorization": f"Bearer {caller.key}"}
    )
    refused(posted, 422, "invalid")  # a key needs no token against forged forms


def test_what_nobody_foresaw_says_nothing_of_the_inside(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr("guangsha.api.routes.agencies.national_calendar", broken)
    answer = caller("GET", "/workdays/day?day=2026-11-21")
    refused(answer, 500, "fault")
    assert b"secret" not in answer.content and answer["X-Request-Id"].startswith("api-")


def test_a_misspelt_filter_does_not_give_everything(caller: Caller) -> None:
    told = refused(caller("GET", "/cases?satte=submitted"), 400, "unreadable")
    assert "satte" in told["detail"]
    refused(caller("GET", "/roles?%FF=1"), 400, "unreadable")
    assert caller("GET", "/cases?state=submitted&limit=5").status_code == 200
    assert Caller()("GET", "/health?t=1").status_code == 200


def test_head_is_get_without_a_body(caller: Caller) -> None:
    got, head = caller("GET", "/roles"), caller("HEAD", "/roles")
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", str(len(got.content)))
    assert caller("HEAD", "/drafts/7").status_code == 404


def test_answers_are_kept_by_nobody_and_ask_no_other_host(caller: Caller) -> None:
    answer = caller("GET", "/services")
    assert answer["Cache-Control"] == "no-store" and answer["X-Content-Type-Options"] == "nosniff"
    page = caller("GET", "/docs")
    text = page.content.decode()
    assert page.status_code == 200 and "提交申请" in text and "cases:act" in text
    assert "<style" not in text and 'style="' not in text
