"""Citizens and staff at their browsers: each presses again until there is an answer, with the same key or the same version."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx
from django.conf import settings
from django.db import close_old_connections
from django.db.models import F, Q
from django.test import Client

from guangsha.areas.intake import actions
from guangsha.areas.intake.catalogue import service
from guangsha.areas.intake.models import Case, Draft, Notice
from guangsha.people.models import Account
from guangsha.testing.cast import Cast, add_citizen, add_staff, identity_number

#: A press without an answer for so long is a finding; a killed server is back long before.
PATIENCE_SECONDS = 900
PDF = b"%PDF-1.7\n%invented\n"
_TOKEN = "k" * 32


@dataclass(frozen=True, slots=True)
class Sent:
    """A submission that was answered with success."""

    key: str
    number: str
    service: str


@dataclass(frozen=True, slots=True)
class Done:
    """An act of staff that was answered with success: on this version of the case."""

    number: str
    act: str
    version: int


@dataclass
class Told:
    """What people were told by the site; lists of one thread each are only added to."""

    sent: list[Sent] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    presses: Counter[str] = field(default_factory=Counter)
    files: int = 0

    @property
    def answered(self) -> int:
        """How many presses had an answer."""
        return self.presses["once"] + self.presses["again"]


class Browser:
    """Somebody signed in at the site."""

    def __init__(self, address: str, account: Account, told: Told, stop: threading.Event) -> None:
        client = Client()
        client.force_login(account)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.account, self.told, self._stop = account, told, stop
        self._http = httpx.Client(
            base_url=address,
            cookies={settings.SESSION_COOKIE_NAME: session, "csrftoken": _TOKEN},
            timeout=30,
            trust_env=False,
        )

    def press(self, path: str, data: Mapping[str, Any], files: Any = None) -> httpx.Response:
        """Send a form until there is an answer.

        Raises:
            TimeoutError: there was none for a long time.
        """
        until, again = time.monotonic() + PATIENCE_SECONDS, False
        while time.monotonic() < until:
            try:
                answer = self._http.post(path, data={"csrfmiddlewaretoken": _TOKEN, **data}, files=files)
            except httpx.TransportError:
                again = True
                self.told.presses["no answer"] += 1
                time.sleep(0.1)
                continue
            self.told.presses["again" if again else "once"] += 1
            if answer.status_code >= 500:
                self.told.wrong.append(f"{answer.status_code} at {path}")
            return answer
        self.told.wrong.append(f"no answer at {path}")
        raise TimeoutError(path)


def new_citizens(count: int) -> list[Account]:
    """Invented citizens, besides those of the cast."""
    return [
        add_citizen(
            f"赵{'甲乙丙丁戊己庚辛壬癸'[number % 10]}{number}",
            f"1990001{number:04d}",
            identity_number("430699", date(1980, 1, 1) + timedelta(days=number), 100 + number % 800),
            "1",
        )
        for number in range(count)
    ]


def _number(answer: httpx.Response) -> str:
    """The number of the case whose receipt an answer leads to; empty when it leads elsewhere."""
    parts = answer.headers.get("Location", "").split("/")
    return parts[3] if answer.status_code == 302 and parts[-2:] == ["receipt", ""] else ""


def apply(browser: Browser, random: random.Random, code: str) -> None:
    """Fill in an application of one service and send it."""
    if code == "repair":
        started = browser.press("/apply/repair/", {})
        parts = started.headers.get("Location", "").split("/")
        if len(parts) < 5:
            browser.told.wrong.append(f"{started.status_code} at the beginning of a repair")
            return
        path = f"/apply/repair/{parts[3]}/"
        fault = {
            "fault.address": "湖滨区洞庭路 1 号", "fault.kind": "water", "fault.urgent": "no", "fault.text": "厨房漏水",
            "fault.visit": "周末",
        }  # fmt: skip
        browser.press(f"{path}fault/", fault)
        if random.random() < 0.5:
            browser.press(f"{path}materials/", {}, {"photo": ("漏水.pdf", PDF + uuid.uuid4().bytes)})
            browser.told.files += 1
        draft = Draft.objects.get(pk=int(parts[3]))
    else:
        draft = actions.save_draft(_actor(browser.account), code, _answers(browser.account))
        path = f"/apply/{code}/{draft.pk}/"
    chosen = service(code)
    given = {
        "act": "submit",
        "key": str(draft.key),
        "consent": "yes",
        "community": str(actions.communities()[0][0]),
    }
    given |= {f"commit-{item.code}": "yes" for item in chosen.commitments}
    other = threading.Thread(target=_send, args=(browser, path, given, code))
    twice = random.random() < 0.3  # pressed twice, as impatient people do
    if twice:
        other.start()
    _send(browser, path, given, code)
    if twice:
        other.join()


def _send(browser: Browser, path: str, given: Mapping[str, str], code: str) -> None:
    answer = browser.press(f"{path}check/", given)
    number = _number(answer)
    if number:
        browser.told.sent.append(Sent(given["key"], number, code))
    else:
        browser.told.wrong.append(f"{answer.status_code} for a submission of {code}")
    close_old_connections()


def _actor(account: Account) -> Any:
    from guangsha.people.actors import build_actor

    return build_actor(account)


def _answers(account: Account) -> dict[str, Any]:
    """A complete application for public rental housing."""
    from guangsha.areas.registry.models import Person

    person = Person.objects.get(pk=account.person_id or 0)
    return {
        "applicant": {"name": person.name, "identity": person.identity, "phone": person.phone, "marital": "10",
                      "hukou": "local", "address": "湖滨区洞庭路 1 号", "community": "湖畔社区"},
        "members": [],
        "income": {"monthly_income": "1200", "flexible_work": "否", "deposits": "5000", "has_vehicle": "否", "has_company": "否"},
        "homes": [],
        "status": {},
    }  # fmt: skip


def live(browsers: list[Browser], seed: int, stop: threading.Event) -> None:
    """Citizens who come one after another: each applies once for a home and now and then for a repair."""
    chance, waiting = random.Random(seed), list(browsers)
    chance.shuffle(waiting)
    while not stop.is_set():
        browser = waiting.pop() if waiting else chance.choice(browsers)
        fresh = not any(True for _ in Case.objects.filter(account=browser.account, service="elig_apply")[:1])
        try:
            apply(browser, chance, "elig_apply" if fresh and chance.random() < 0.5 else "repair")
        except TimeoutError:
            return
        close_old_connections()
        stop.wait(chance.uniform(0, 0.2))


class Staff:
    """The people of one street and its district, working on whatever lies there."""

    def __init__(self, address: str, cast: Cast, told: Told, stop: threading.Event) -> None:
        self.told, self._stop = told, stop
        self._seats: dict[str, list[Browser]] = {}
        for role, account in cast.staff.items():
            if account.kind == "staff":
                self._seats[role] = [Browser(address, account, told, stop)]
        self._seats["district_reviewer"].append(Browser(address, cast.second_reviewer, told, stop))
        # what belongs to no street is accepted by the district itself
        clerk = add_staff("counter", "华窗口", "street_clerk", cast.district, "!")
        self._seats["street_clerk"] = [Browser(address, clerk, told, stop)]

    def work(self, seed: int) -> None:
        """Act on one case after another until told to stop."""
        chance = random.Random(seed)
        while not self._stop.is_set():
            try:
                if not self.act_on_one(chance):
                    self._stop.wait(0.2)
            except TimeoutError:
                return
            close_old_connections()

    def act_on_one(self, chance: random.Random) -> bool:
        """One act on some case; False when none waits for one."""
        done = Q(decisions__served_at__isnull=False) | Q(
            state__in=("accepted", "verifying", "effective", "publicity")
        )
        rows = list(Case.objects.exclude(done).values_list("pk", flat=True)[:400])
        waiting = Case.objects.filter(state="publicity").exclude(notices__state="running")
        rows += list(waiting.values_list("pk", flat=True)[:50])
        if not rows:
            return False
        case = Case.objects.get(pk=chance.choice(rows))
        found = self._next(case, chance)
        if found is None:
            return False
        act, browser, given = found
        answer = browser.press(
            f"/office/cases/{case.number}/acts/{act}/", {"version": str(case.version), **given}
        )
        if answer.status_code == 302:
            self.told.done.append(Done(case.number, act, case.version))
        elif answer.status_code not in (400, 409):
            self.told.wrong.append(f"{answer.status_code} for {act} on {case.state}/{case.step}")
        if act == "publish_notice":
            # its days go by; the worker ends it
            Notice.objects.filter(cases=case, state="running", ends_on__gte=date.today()).update(  # noqa: DTZ011
                starts_on=F("starts_on") - timedelta(days=40), ends_on=F("ends_on") - timedelta(days=40)
            )
        return True

    def _next(self, case: Case, chance: random.Random) -> tuple[str, Browser, dict[str, Any]] | None:
        plan = service(case.service)
        step = plan.step(case.step)

        def seat(role: str) -> Browser:
            return chance.choice(self._seats[role])

        if case.state == "submitted":
            return "accept", seat("street_clerk"), {}
        if case.state == "publicity":
            return "publish_notice", seat("publicity_editor"), {}
        if case.state == "deciding" and plan.decision is not None:
            return "decide", seat(plan.decision.role), {"outcome": "approved", "confirm": "1"}
        if case.state == "approved" and plan.decision is not None:
            return "serve", seat(plan.decision.role), {"way": "网上送达"}
        if step is not None and step.state == case.state:
            checked = [str(place) for place in range(len(step.checklist))]
            return "give_opinion", seat(step.role), {"verdict": "pass", "checked": checked}
        return None
