"""Forms of every page with what nobody means: no page breaks, a refusal says so in a sentence, and what is refused leaves nothing.

Everybody walks from their first page along the links; each form that is met is sent empty, twice over, far too long, with every field
odd, and with one field odd by turns beside what it would have sent.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import Resolver404, resolve
from lxml import html

from guangsha.areas.office.tests.one_of_each import one_of_each
from guangsha.people.models import Account
from guangsha.people.roles import ROLES
from guangsha.testing.cast import Cast
from guangsha.testing.databases import connected

#: Numbers that are none, too large, too fine; days out of all files; text too long or of characters that no form shows.
ODD = (
    "", " ", "-1", "0", "9" * 30, "9" * 5000, "1e999999", "1e-999999", "NaN", "²", "٣", "9223372036854775808", "2147483648", "0001-01-01",
    "9999-12-31", "2026-02-30", "25:61", "字" * 20_000, "'\"><script>", "\u202e\u2028\x1f", "%s{}{{7*7}}", "../../etc/passwd", "1:2:3", ",,,",
)  # fmt: skip
#: Where a citizen or a stranger begins; staff begin at their desk.
OWN = (
    "/my/",
    "/my/identity/",
    "/my/repairs/new/",
    "/my/waitlist/",
    "/my/leases/",
    "/my/subsidy/",
    "/my/viewings/",
    "/apply/elig_apply/",
    "/apply/repair/",
)
OPEN = (
    "/",
    "/services/",
    "/notices/",
    "/track/",
    "/sign-in/",
    "/office/sign-in/",
    "/draws/",
    "/housing/",
    "/receipts/",
    "/reports/",
    "/check/",
)
#: Citizens who walk: each has other things.
CITIZENS_MAX = 12
#: Of these a whole form is filled: what is refused at its first field is tried no further.
WHOLE = ("", "9" * 5000, "1e999999", "0001-01-01", "字" * 20_000, "'\"><script>")
#: What a refusal may leave: who tried too often, where somebody is in signing in, a second factor that was shown and not yet
#: confirmed, what was typed into an application (every press keeps it), and that somebody asked for what the law forbids.
KEPT = {
    "people_signinfault",
    "django_session",
    "people_factordevice",
    "intake_draft",
    "audit_act",
    "audit_chain",
}
_WRITES = re.compile(r'\s*(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM) "(\w+)"')
_CHINESE = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Sheet:
    """One form of a page: where it is sent, how, and what it would send."""

    address: str
    method: str
    fields: tuple[tuple[str, str], ...]
    buttons: frozenset[str]

    @property
    def known_by(self) -> tuple[object, ...]:
        names = {
            re.sub(r"\d+", "#", name) + (value if name in self.buttons else "") for name, value in self.fields
        }
        return route_of(self.address), self.method, frozenset(names)


def route_of(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).route
    except Resolver404:
        return ""


def sheets(page: Any, here: str) -> Iterator[Sheet]:
    for form in page.forms:
        fields: list[tuple[str, str]] = []
        buttons = set()
        for one in form.xpath(".//*[@name][self::input or self::select or self::textarea or self::button]"):
            name, kind = one.get("name"), one.get("type") or one.tag
            if name == "csrfmiddlewaretoken" or kind == "file":
                continue
            value = one.get("value") or (one.text if one.tag == "textarea" else "") or ""
            if one.tag == "select":
                value = next(
                    iter([*one.xpath(".//option[@selected]/@value"), *one.xpath(".//option/@value")[-1:]]), ""
                )
            if kind in ("radio", "checkbox") and name in dict(fields) and one.get("checked") is None:
                continue
            if kind in ("submit", "button"):
                buttons.add(name)
            fields.append((name, value or "1"))
        yield Sheet(
            urljoin(here, form.get("action") or here),
            (form.get("method") or "get").lower(),
            tuple(fields),
            frozenset(buttons),
        )


class Walk:
    """Everybody's way along the links, and what was wrong on it."""

    def __init__(self) -> None:
        self.faults: dict[tuple[object, ...], str] = {}
        self.sent: Counter[str] = Counter()
        self.done: set[tuple[object, ...]] = set()

    def go(self, who: str, account: Account | None, begin: tuple[str, ...]) -> None:
        client = Client(headers={"host": "127.0.0.1"}, raise_request_exception=False)
        if account is not None:
            client.force_login(account)
        waiting, opened = list(begin), Counter[tuple[str, str]]()
        while waiting:
            here = waiting.pop(0)
            # a list that is sorted or filtered is another page; the tenth case is not
            route, asked = route_of(here), " ".join(sorted(dict(parse_qsl(urlsplit(here).query))))
            if (
                not route
                or "sign-out" in here
                or here.startswith(("/admin/", "/static/"))
                or opened[route, asked] >= 2
            ):
                continue
            opened[route, asked] += 1
            answer = self.ask(who, client, "get", here, [])
            if answer is None or answer.status_code != 200 or "html" not in answer["Content-Type"]:
                continue
            page = html.fromstring(answer.content)
            for link in page.xpath("//a/@href"):
                onward = urljoin(here, link).partition("#")[0]
                if onward.startswith("/"):
                    waiting.append(onward)
                    filters = tuple(parse_qsl(urlsplit(onward).query))
                    self.send(who, client, Sheet(urlsplit(onward).path, "get", filters, frozenset()))
            for sheet in sheets(page, here):
                self.send(who, client, sheet)

    def send(self, who: str, client: Client, sheet: Sheet) -> None:
        if (
            not sheet.fields
            or not sheet.known_by[0]
            or "sign-out" in sheet.address
            or sheet.known_by in self.done
        ):
            return
        self.done.add(sheet.known_by)
        names = list(dict.fromkeys(name for name, _ in sheet.fields))
        ways = [
            [],
            list(sheet.fields),
            [*sheet.fields, *sheet.fields],
            [*sheet.fields, *((f"more{n}", "1") for n in range(450))],
        ]
        for odd in WHOLE:
            ways.append([(name, value if name in sheet.buttons else odd) for name, value in sheet.fields])
        for place, odd in enumerate(ODD):
            one = names[place % len(names)]
            ways.append([(name, odd if name == one else value) for name, value in sheet.fields])
        for way in ways:
            self.ask(who, client, sheet.method, sheet.address, way)

    def ask(self, who: str, client: Client, method: str, address: str, data: list[tuple[str, str]]) -> Any:
        """The answer; whatever the request wrote is taken back."""
        path, _, query = address.partition("?")
        cookies, written = copy.deepcopy(client.cookies), set()

        def watch(execute: Any, sql: str, *rest: Any) -> Any:
            if found := _WRITES.match(sql):
                written.add(found[1])
            return execute(sql, *rest)

        outer = transaction.atomic()
        outer._from_testcase = True  # as in a test of Django's: an act that must be kept by itself may begin
        outer.__enter__()
        left = {}
        try:
            with connection.execute_wrapper(watch):
                if method == "get":
                    answer = client.get(path, QUERY_STRING=urlencode(data) if data else query)
                else:
                    answer = client.generic(
                        "POST", path, urlencode(data), "application/x-www-form-urlencoded", QUERY_STRING=query
                    )
            if answer.status_code >= 400:
                left = {table: rows_of(table) for table in written - KEPT}
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)
            client.cookies = cookies
        self.sent[method] += 1
        odd = {name: value[:30] for name, value in data[:8]}
        if answer.status_code >= 500:
            raised = repr(answer.exc_info[1])[:200] if answer.exc_info else ""
            self.complain(f"answers {answer.status_code} {raised}", who, method, address, odd)
        elif answer.status_code in (400, 409) and not _CHINESE.search(answer.content.decode()):
            self.complain("refuses without a sentence", who, method, address, odd)
        for table, rows in left.items():
            if rows != rows_of(table):
                self.complain(f"refuses and leaves something in {table}", who, method, address, odd)
        if not answer.streaming:
            return answer
        answer.close()
        return None

    def complain(self, what: str, who: str, method: str, address: str, odd: dict[str, str]) -> None:
        self.faults.setdefault(
            (what, method, route_of(address)), f"{what}: {method} {address} as {who}, {odd}"
        )


def rows_of(table: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}"')
        return sorted(map(repr, cursor.fetchall()))


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.django_db(transaction=True)  # a look at a plain value insists on being kept
def test_no_form_breaks_a_page_and_what_is_refused_leaves_nothing(cast: Cast) -> None:
    one_of_each(cast)
    walk = Walk()
    with connected():
        everybody_goes(walk, cast)
    assert not walk.faults, "\n".join(walk.faults.values())
    assert len(walk.done) > 150 and walk.sent["post"] > 4000, (len(walk.done), walk.sent)


def everybody_goes(walk: Walk, cast: Cast) -> None:
    walk.go("a stranger", None, OPEN)
    for account in Account.objects.filter(kind="citizen").order_by("pk")[:CITIZENS_MAX]:
        walk.go(f"citizen {account.pk}", account, OWN)
    for role in sorted(ROLES):
        walk.go(role, cast.account(role), ("/office/", "/office/account/"))
