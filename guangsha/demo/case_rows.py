"""Write told stories into the database in bulk: cases, what hangs on them, notices, numbers, messages."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from guangsha.areas.intake.actions.base import digest_of
from guangsha.areas.intake.actions.drafts import CONTEXT
from guangsha.areas.intake.actions.notices import HIDE_AFTER_DAYS
from guangsha.areas.intake.catalogue import NOTICE_COLUMNS, Service
from guangsha.areas.intake.models import (
    Case,
    Counter,
    Decision,
    Edge,
    Hook,
    Material,
    Notice,
    Objection,
    Opinion,
    Rating,
    Remedy,
    SpotCheck,
)
from guangsha.areas.verification.models import Consent, Verification
from guangsha.audit.actor import CLOCK, Actor
from guangsha.demo.late import Late, notice_days
from guangsha.demo.log import Entry
from guangsha.demo.samples import Sample
from guangsha.kernel.workdays import Calendar
from guangsha.notify.models import Message
from guangsha.people.models import Agency
from guangsha.privacy import files
from guangsha.privacy.masks import mask_name_public

BATCH = 1000


@dataclass(slots=True, eq=False)
class Posted:
    """A notice of one service that began on one day; ``cases`` are known at the end."""

    service: Service
    starts_on: date
    ends_on: date
    cases: list[tuple[Late, dict[str, Any]]] = field(default_factory=list)
    row: Notice | None = None


class NoticeBook:
    """Every notice, by service and day."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar, self._posted = calendar, dict[tuple[str, date], Posted]()

    def __call__(self, service: Service, day: date) -> Posted:
        """The notice of a service that began on ``day``."""
        key = (service.code, day)
        if key not in self._posted:
            self._posted[key] = Posted(service, day, notice_days(day, service.publicity, self._calendar))
        return self._posted[key]

    def write(self, agency: Agency, editor: Actor, now: datetime) -> list[Entry]:
        """Write the notices that have cases, numbered in the order of their days; what the log says of them."""
        log: list[Entry] = []
        counts: Tally[int] = Tally()
        through: list[Any] = []
        link = Notice.cases.through
        for posted in sorted(self._posted.values(), key=lambda item: (item.starts_on, item.service.number)):
            if not posted.cases:
                continue
            counts[posted.starts_on.year] += 1
            posted.cases.sort(key=lambda pair: pair[0].case.pk)
            notice = self._notice(posted, agency, counts[posted.starts_on.year], now)
            for _, after in posted.cases:
                after["notice"] = notice.number
            notice.save(force_insert=True)
            posted.row = notice
            through += [link(notice_id=notice.pk, case_id=tale.case.pk) for tale, _ in posted.cases]
            log += self._said(notice, len(posted.cases), agency, editor)
        link._default_manager.bulk_create(through, batch_size=BATCH)
        for year, count in counts.items():
            Counter.objects.create(name=f"notice:{agency.region_code[:6]}:{year}", value=count)
        return log

    def _notice(self, posted: Posted, agency: Agency, count: int, now: datetime) -> Notice:
        plan, day = posted.service.publicity, posted.starts_on
        number = f"{agency.region_code[:6]}-{day:%Y}-{count:05d}"
        title = f"{posted.service.name}公示（{number}）"
        columns = plan.columns if plan else ()
        rows = [public_row(tale, columns, place) for place, (tale, _) in enumerate(posted.cases, start=1)]
        ended = posted.ends_on < timezone.localdate(now)
        gone = _midnight(posted.ends_on + timedelta(days=HIDE_AFTER_DAYS + 1))
        return Notice(
            number=number, title=title, service=posted.service.code, agency=agency, starts_on=day, ends_on=posted.ends_on, rows=rows,
            digest=digest_of({"number": number, "title": title, "starts": day.isoformat(), "ends": posted.ends_on.isoformat(), "rows": rows}),
            published_at=timezone.make_aware(datetime.combine(day, time(16, 30, 6))), state="ended" if ended else "running",
            hidden_at=gone if gone <= now else None,
        )  # fmt: skip

    def _said(self, notice: Notice, count: int, agency: Agency, editor: Actor) -> list[Entry]:
        what = {"number": notice.number}
        said = [
            Entry(notice.published_at, editor, "intake.notice.publish", notice, agency.pk, "", {},
                  {**what, "digest": notice.digest, "cases": count})
        ]  # fmt: skip
        if notice.state == "ended":
            over = _midnight(notice.ends_on + timedelta(days=1))
            said.append(Entry(over, CLOCK, "intake.notice.end", notice, agency.pk, "", {}, what))
        if notice.hidden_at is not None:
            said.append(Entry(notice.hidden_at, CLOCK, "intake.notice.hide", notice, agency.pk, "", {}, what))
        return said


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(0, 10, 30)))


def public_row(tale: Late, columns: Sequence[str], number: int) -> dict[str, Any]:
    """One masked line of a notice, as ``actions.notices`` writes it."""
    rows = tale.plot.answers.get("members")
    values = {
        "order": number, "name": mask_name_public(tale.plot.family.head.name), "programme": tale.service.name, "result": "符合",
        "members": 1 + (len(rows) if isinstance(rows, list) else 0), "community": tale.plot.community.name, "number": tale.case.number,
    }  # fmt: skip
    return {
        NOTICE_COLUMNS[name]: values[name]
        for name in ["order", *[name for name in columns if name != "order"]]
    }


def give_numbers(tales: Iterable[Late]) -> None:
    """Number all decisions, one series per agency and year, in the order of time."""
    counts: Tally[str] = Tally()
    waiting = sorted((item for tale in tales for item in tale.numbered), key=lambda item: item.at)
    for item in waiting:
        if not item.agency:
            item.give("")
            continue
        name = f"document:{item.agency}:{item.year}"[:80]
        counts[name] += 1
        item.give(f"{item.agency[:20]}〔{item.year}〕{counts[name]}号")
    Counter.objects.bulk_create([Counter(name=name, value=value) for name, value in counts.items()])


def write_cases(tales: Sequence[Late], sample: Callable[[str], Sample]) -> None:
    """Write every case with everything that hangs on it but its notices."""
    Case.objects.bulk_create([tale.case for tale in tales], batch_size=BATCH)
    for tale in tales:
        for rows in (
            tale.edges,
            tale.materials,
            tale.opinions,
            tale.decisions,
            tale.remedies,
            tale.hooks,
            tale.ratings,
            tale.checks,
        ):
            for row in rows:
                row.case = tale.case
        for material in tale.materials:
            if material.file_name:
                material.stored = files.store(sample(material.code).data, context=CONTEXT).stored
    written: list[tuple[Any, list[Any]]] = [
        (Edge, [row for tale in tales for row in tale.edges]),
        (Material, [row for tale in tales for row in tale.materials]),
        (Opinion, [row for tale in tales for row in tale.opinions]),
        (Decision, [row for tale in tales for row in tale.decisions]),
        (Remedy, [row for tale in tales for row in tale.remedies]),
        (Hook, [row for tale in tales for row in tale.hooks]),
        (Rating, [row for tale in tales for row in tale.ratings]),
        (SpotCheck, [row for tale in tales for row in tale.checks]),
        (Consent, [row for tale in tales for row in tale.consents]),
        (Verification, [row for tale in tales for row in tale.verifications]),
        (Message, [row for tale in tales for row in tale.messages]),
    ]
    for model, rows in written:
        model._default_manager.bulk_create(rows, batch_size=BATCH)
    # a column that fills itself on insert: the message came when the act was
    Message.objects.update(created_at=F("next_try_at"))


def write_objections(tales: Iterable[Late], agency: Agency) -> list[Entry]:
    """Objections, once their notices are written; what the log says of them."""
    log: list[Entry] = []
    for tale in tales:
        given = tale.objection
        if given is None:
            continue
        row = Objection.objects.create(
            notice=given["notice"].row, case=tale.case, receipt=given["receipt"], text=given["text"], contact=given["contact"],
            made_at=given["made_at"], due_on=given["due_on"], state=given.get("state", "open"), finding=given.get("finding", ""),
            settled_by=given.get("settled_by"), settled_at=given.get("settled_at"),
        )  # fmt: skip
        log.append(Entry(row.made_at, CLOCK, "intake.objection.make", row, agency.pk, "", {},
                         {"notice": given["notice"].row.number, "cases": 1}))  # fmt: skip
        if row.settled_at is not None:
            log.append(
                Entry(
                    row.settled_at,
                    given["actor"],
                    "intake.objection.settle",
                    row,
                    agency.pk,
                    row.finding,
                    {},
                    {"state": row.state},
                )
            )
    return log
