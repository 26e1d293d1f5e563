"""One case as it went, told forward: what each act of ``areas.intake.actions`` writes, without a database.

Every act is asked of ``areas.intake.rules`` first (:meth:`Tale.ask`): a story that the engine would refuse is a fault of
the demo and stops it. Rows are model instances without a number of their own yet; ``case_rows`` writes them in bulk.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from django.utils import timezone

from guangsha.areas.intake import clock
from guangsha.areas.intake.actions.base import KEPT, digest_of, step_workdays
from guangsha.areas.intake.catalogue import Service
from guangsha.areas.intake.models import (
    Case,
    Decision,
    Edge,
    Hook,
    Material,
    Opinion,
    ProxyAuthorization,
    Rating,
    Remedy,
    SpotCheck,
)
from guangsha.areas.intake.rules import GivenOpinion, Move, Standing, Who, why_not
from guangsha.areas.registry.models import Person
from guangsha.areas.verification.models import Consent, Verification
from guangsha.audit.actor import CLOCK, Actor
from guangsha.demo.log import Entry
from guangsha.demo.population import Family
from guangsha.demo.samples import Sample
from guangsha.kernel.workdays import Calendar, national_calendar
from guangsha.notify.models import Message
from guangsha.people.models import Account, Agency


class TooLate(Exception):
    """The next act would lie after now: the story has to begin earlier."""


class ImpossibleStory(AssertionError):
    """The rules of the engine do not let this happen."""


@dataclass(slots=True)
class Setting:
    """What all stories share."""

    now: datetime
    rng: random.Random
    staff: Mapping[str, Sequence[tuple[Actor, Account, str]]]
    agencies: Mapping[int, Agency]
    sample: Callable[[str], Sample]
    calendar: Calendar = field(default_factory=national_calendar)

    def holders(self, role: str, agency: Agency) -> list[tuple[Actor, Account]]:
        """Who holds a role in the agency or above it."""
        return [
            (actor, account)
            for actor, account, path in self.staff.get(role, ())
            if agency.path.startswith(path)
        ]


@dataclass(slots=True)
class Plot:
    """Who applies for what, and where."""

    service: Service
    family: Family
    persons: Mapping[str, Person]
    household_id: int | None
    agency: Agency
    community: Agency
    account: Account | None
    channel: str
    clerk: Actor | None
    answers: dict[str, Any]
    number: str
    key: UUID
    label: str
    #: The helper who applied under a signed paper, and the paper; ``account`` is then theirs.
    helper: Actor | None = None
    paper: ProxyAuthorization | None = None


class Tale:
    """The case and everything written beside it. ``when`` is the moment of the last act."""

    def __init__(self, setting: Setting, plot: Plot, start: datetime) -> None:
        self.setting, self.plot, self.service = setting, plot, plot.service
        self.rng, self.when = setting.rng, start
        self.applicant = plot.persons[plot.family.head.identity]
        self.case = Case(
            number=plot.number,
            key=plot.key,
            service=self.service.code,
            service_version=self.service.version,
            agency=plot.agency,
            community=plot.community,
            applicant=self.applicant,
            household_id=plot.household_id,
            account=plot.account,
            channel=plot.channel,
            authorization=plot.paper,
            label=plot.label,
            answers=cast(Any, plot.answers),
            priority=1 if _urgent(plot.answers) else 5,
            submitted_at=start,
            state="",
        )
        self.edges: list[Edge] = []
        self.materials: list[Material] = []
        self.opinions: list[Opinion] = []
        self.verifications: list[Verification] = []
        self.consents: list[Consent] = []
        self.decisions: list[Decision] = []
        self.remedies: list[Remedy] = []
        self.hooks: list[Hook] = []
        self.ratings: list[Rating] = []
        self.checks: list[SpotCheck] = []
        self.messages: list[Message] = []
        self.log: list[Entry] = []
        self.back_to: tuple[str, str] = ("", "")
        self.noticed = False
        self.told = False
        self.holds_open = 0
        self.notice: Any = None
        #: Notices that this case is on, each with what the log says of it.
        self.joined: list[tuple[Any, dict[str, Any]]] = []

    # the clock of the story

    @property
    def today(self) -> date:
        """The day of the last act, in Beijing."""
        return timezone.localdate(self.when)

    def minutes(self, least: int, most: int) -> None:
        """A little later on the same day."""
        self.go_to(
            self.when + timedelta(minutes=self.rng.randint(least, most), seconds=self.rng.randint(0, 59))
        )

    def workdays(self, least: int, most: int) -> None:
        """Some working days later, in office hours; none: within the hour."""
        count = self.rng.randint(least, most)
        if count == 0:
            self.minutes(5, 50)
            return
        self.go_to(office_moment(self.rng, self.setting.calendar.add_workdays(self.today, count)))

    def go_to(self, moment: datetime) -> None:
        """The next act happens then.

        Raises:
            TooLate: that is after now.
        """
        if moment > self.setting.now:
            raise TooLate
        self.when = max(moment, self.when + timedelta(seconds=1))

    # who acts

    @property
    def owner(self) -> Actor:
        """The applicant as somebody who signed in, or the clerk who submitted for them."""
        account = self.plot.account
        if self.plot.helper is not None:
            return self.plot.helper
        if account is None:
            return self.plot.clerk or CLOCK
        return Actor("citizen", account.pk, account.name, person_id=self.applicant.pk)

    def who(self, actor: Actor) -> Who:
        """The actor as the rules see them."""
        owns = actor.kind == "citizen" or actor is self.plot.helper
        return Who(
            actor.kind, actor.account_id, actor.roles if actor.kind != "citizen" else frozenset(), owner=owns
        )

    def worker(self, role: str, *, fresh: bool = False) -> Actor:
        """Somebody of this role; ``fresh``: who has neither reviewed nor decided this case.

        Raises:
            ImpossibleStory: nobody is left.
        """
        busy = (
            {row.account_id for row in self.opinions} | {row.decided_by_id for row in self.decisions}
            if fresh
            else set()
        )
        free = [
            actor for actor, account in self.setting.holders(role, self.plot.agency) if account.pk not in busy
        ]
        if not free:
            raise ImpossibleStory(f"nobody is left as {role} for {self.service.code}")
        return self.rng.choice(free)

    def standing(self) -> Standing:
        """Where the case stands, as the rules see it."""
        return Standing(
            service=self.service,
            state=self.case.state,
            step=self.case.step,
            round=self.case.round,
            opinions=tuple(
                GivenOpinion(row.account_id, row.step, row.round, row.verdict) for row in self.opinions
            ),
            back_to=self.back_to,
            deciders=frozenset(row.decided_by_id for row in self.decisions),
            noticed=self.noticed,
            told=self.told,
            unheard=tuple(
                row.material
                for row in self.verifications
                if row.outcome == "mismatch" and row.heard_at is None
            ),
            holds_open=self.holds_open,
            paused=self.case.paused_at is not None,
        )

    def ask(self, act: str, actor: Actor) -> Standing:
        """The standing, when the rules let ``actor`` do ``act`` now.

        Raises:
            ImpossibleStory: why they do not.
        """
        standing = self.standing()
        refusal = why_not(act, standing, self.who(actor))
        if refusal:
            raise ImpossibleStory(f"{act} in {self.case.state} of {self.service.code}: {refusal}")
        return standing

    # what is written

    def kept(self) -> dict[str, Any]:
        """What the log keeps of the case."""
        case = self.case
        values: dict[str, Any] = {
            name: getattr(case, "assignee_id" if name == "assignee" else name) for name in KEPT
        }
        values["step_due_on"] = case.step_due_on.isoformat() if case.step_due_on else None
        return values

    def facts(self) -> dict[str, Any]:
        """What a decision would stand on now; the shape of ``actions.base.facts_of``."""
        return {
            "answers": self.plot.answers,
            "verifications": [
                {"number": row.number, "source": row.source, "material": row.material, "outcome": row.outcome,
                 "as_of": row.data_as_of.isoformat() if row.data_as_of else "", "heard": row.heard_at is not None}
                for row in self.verifications
            ],
            "opinions": [
                {"step": row.step, "round": row.round, "account": row.account_id, "verdict": row.verdict,
                 "reasons": row.reasons, "text": row.text}
                for row in self.opinions
            ],
            "materials": [[row.code, row.state, row.digest] for row in self.materials],
            "service": {"code": self.service.code, "version": self.service.version},
        }  # fmt: skip

    def edge(
        self, actor: Actor, act: str, move: Move, *, role: str = "", reason_code: str = "", message: str = "",
        note: str = "", keep_due: bool = False,
    ) -> None:  # fmt: skip
        """Move the case, as ``actions.base.write_edge`` does."""
        case, before = self.case, (self.case.state, self.case.step)
        changed = (move.state, move.step) != before
        case.state, case.step, case.round = move.state, move.step, move.round
        case.version += 1
        if changed:
            case.assignee = None
        if changed or not keep_due:
            within = step_workdays(self.service, move.state, move.step)
            case.step_due_on = (
                None if within is None else self.setting.calendar.add_workdays(self.today, within)
            )
        roles = sorted(actor.roles)
        self.edges.append(
            Edge(
                number=len(self.edges) + 1, act=act, before=before[0], after=move.state, step=before[1] or move.step,
                at=self.when, account_id=actor.account_id, account_name=actor.name,
                role=role or (roles[0] if len(roles) == 1 else ""), reason_code=reason_code, message=message, note=note,
                facts_digest=digest_of(self.facts()), policy_version=self.service.version,
            )
        )  # fmt: skip

    def record(self, actor: Actor, action: str, obj: Any, *, reason: str = "", before: Any = None, after: Any = None, agency_id: int | None = None) -> None:  # fmt: skip
        """An act for the log, in the chain of the agency of the case unless another is named."""
        agency = self.plot.agency.pk if agency_id is None else agency_id
        self.log.append(Entry(self.when, actor, action, obj, agency, reason, before or {}, after or {}))

    def done(
        self, actor: Actor, act: str, before: Mapping[str, Any], *, reason: str = "", **more: Any
    ) -> dict[str, Any]:
        """The log entry of an act on the case; what it says of afterwards, for what is only known later."""
        after = {**self.kept(), **more}
        self.record(actor, f"intake.case.{act}", self.case, reason=reason[:500], before=before, after=after)
        return after

    def tell(self, key: str, subject: str, body: str) -> list[Message]:
        """A message to the applicant, if they have an account; the older ones were read."""
        account = self.plot.account
        if account is None:
            return []
        place = "/my/cases/" if self.plot.helper is None else "/office/proxy/cases/"
        link = f"{place}{self.case.number}/"
        common = {
            "account": account,
            "subject": subject[:120],
            "body": body,
            "link": link,
            "about": self.case.number,
        }
        age = self.setting.now - self.when
        read = self.when + timedelta(hours=self.rng.randint(1, 40))
        seen = age > timedelta(days=4) and read < self.setting.now and self.rng.random() < 0.9
        rows = [
            Message(channel="inbox", state="read" if seen else "sent", read_at=read if seen else None, sent_at=self.when,
                    key=f"{self.case.number}:{key}:{account.pk}:inbox"[:120], next_try_at=self.when, **common),
            Message(channel="sms", state="sent", sent_at=self.when + timedelta(seconds=3), tries=1, phone=account.phone,
                    key=f"{self.case.number}:{key}:{account.pk}:sms"[:120], next_try_at=self.when, **common),
        ]  # fmt: skip
        for row in rows:
            row.created_at = self.when
        self.messages += rows
        return rows

    # the clock of the case

    def stop_clock(self, reason: str) -> None:
        """As ``actions.base.stop_clock``."""
        if self.case.accepted_at is not None and self.case.paused_at is None:
            self.case.paused_at, self.case.pause_reason = self.when, reason

    def start_clock(self) -> None:
        """As ``actions.base.start_clock``."""
        case, calendar = self.case, self.setting.calendar
        if case.paused_at is None:
            return
        stood = clock.paused_for(calendar, timezone.localdate(case.paused_at), self.today)
        case.paused_workdays += stood
        case.promised_on = clock.moved(calendar, case.promised_on, stood)
        case.legal_on = clock.moved(calendar, case.legal_on, stood)
        case.step_due_on = clock.moved(calendar, case.step_due_on, stood)
        case.paused_at, case.pause_reason = None, ""

    def stay(self) -> Move:
        """A move that moves nothing."""
        return Move(self.case.state, self.case.step, self.case.round)


def office_moment(rng: random.Random, day: date) -> datetime:
    """A moment of that day in office hours, Beijing time."""
    minute = rng.choice((rng.randint(0, 175), rng.randint(275, 475)))
    return timezone.make_aware(datetime.combine(day, time(9))) + timedelta(
        minutes=minute, seconds=rng.randint(0, 59)
    )


def _urgent(answers: Mapping[str, Any]) -> bool:
    groups = [group for group in answers.values() if isinstance(group, Mapping)]
    return any(
        group.get("urgent") is True or "dangerous_home" in (group.get("special") or ()) for group in groups
    )
