"""What tests of the portal send: a form as a browser would, page by page."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from guangsha.testing.cast import Cast

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
PDF = b"%PDF-1.7\n%test\n"


def client_of(cast: Cast, who: str | None = None) -> Client:
    """A browser, signed in as somebody of the cast or as nobody."""
    client = Client(headers={"host": "127.0.0.1"})
    if who is not None:
        client.force_login(cast.account(who))
    return client


def begun(client: Client, code: str = "elig_apply") -> str:
    """A new draft: the address of its folder, ``/apply/<code>/<draft>/``."""
    answer = client.post(f"/apply/{code}/")
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"].rsplit("/", 2)[0] + "/"


PAGES: dict[str, dict[str, Any]] = {
    "applicant": {
        "applicant.name": "李建国", "applicant.phone": "199 0000 0001", "applicant.marital": "30", "applicant.hukou": "local",
        "applicant.address": "湖滨区洞庭路 1 号", "applicant.community": "湖畔社区",
    },
    "members": {},
    "income": {
        "income.monthly_income": "1,200", "income.flexible_work": "no", "income.deposits": "5000", "income.has_vehicle": "no",
        "income.has_company": "no",
    },
    "homes": {},
    "status": {},
}  # fmt: skip


def filled(client: Client, identity: str, **changes: dict[str, Any]) -> str:
    """A draft of public rental housing with every page sent; the address of its folder."""
    base = begun(client)
    given = {code: {**fields, **changes.get(code, {})} for code, fields in PAGES.items()}
    given["applicant"].setdefault("applicant.identity", identity)
    for code, fields in given.items():
        answer = client.post(f"{base}{code}/", {**fields, "act": "next"})
        assert answer.status_code == 302, (code, answer.content.decode())
    return base


def key_in(page: str) -> str:
    """The key that the check page sends with the application."""
    found = re.search(r'name="key" value="([0-9a-f-]{36})"', page)
    assert found is not None
    return found[1]
