"""How tests call the API: with a key of the cast's agencies, as a program would."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django_otp.oath import totp

from guangsha.areas.registry.models import Person
from guangsha.people import factors
from guangsha.people.actions import issue_token
from guangsha.people.models import Account, Agency
from guangsha.people.tokens import SCOPES
from guangsha.testing.cast import Cast

PROOF = {"way": "real_name_app", "reference": "RN-2026-0001", "proved_at": "2026-11-21T09:00:00+08:00"}


def key_for(cast: Cast, *scopes: str, agency: Agency | None = None, name: str = "市政务服务平台") -> str:
    """A plain key; every scope where none is named."""
    return issue_token(
        cast.actor("system_admin"),
        name=name,
        agency_id=(agency or cast.district).pk,
        scopes=list(scopes or SCOPES),
    )


@dataclass
class Caller:
    """A program with a key (or none)."""

    key: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer; ``body`` is sent as JSON unless it is bytes. Headers by name, ``_`` for ``-``."""
        sent = {name.replace("_", "-"): value for name, value in {**self.headers, **headers}.items()}
        if self.key:
            sent.setdefault("Authorization", f"Bearer {self.key}")
        client = Client(headers={"host": "127.0.0.1"}, raise_request_exception=False)
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return client.generic(method, f"/api/v1{path}", data, "application/json", headers=sent)

    def upload(self, path: str, code: str, name: str, data: bytes) -> Any:
        """A file as a form sends it."""
        from django.core.files.uploadedfile import SimpleUploadedFile

        client = Client(headers={"host": "127.0.0.1"}, raise_request_exception=False)
        return client.post(
            f"/api/v1{path}",
            {"code": code, "file": SimpleUploadedFile(name, data)},
            headers={"Authorization": f"Bearer {self.key}"},
        )


def refused(response: HttpResponse, status: int, kind: str) -> dict[str, Any]:
    """The problem in an answer, after its shape was looked at."""
    assert response.status_code == status, (response.status_code, response.content[:600].decode())
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = json.loads(response.content)
    assert body["type"] == f"urn:guangsha:problem:{kind}" and body["status"] == status
    assert any("一" <= letter <= "鿿" for letter in body["title"] + body["detail"])
    return body


def signed_in(caller: Caller, account: Account) -> Caller:
    """The caller with a session of this person, as if they had typed the code of now."""
    device = factors.device_of(account)
    if device is None:
        waiting = factors.begin(account)
        waiting.confirmed = True
        waiting.save()
        device = waiting
    device.last_t = -1
    device.throttle_reset(commit=False)
    device.save()
    made = caller(
        "POST", "/staff-sessions", {"login": account.username, "code": f"{totp(device.bin_key):06d}"}
    )
    assert made.status_code == 201, made.content.decode()
    return Caller(caller.key, {"X-Staff-Session": made.json()["session"]})


def identified(caller: Caller, person: Person) -> Caller:
    """The caller with a session of this citizen."""
    made = caller(
        "POST", "/citizen-sessions", {"name": person.name, "identity": person.identity, "proof": PROOF}
    )
    assert made.status_code == 201, made.content.decode()
    return Caller(caller.key, {"X-Citizen-Session": made.json()["session"]})
