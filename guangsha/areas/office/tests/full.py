"""A district in full swing for tests and screenshots: cases in every station made by the engine's own acts, then copied with
numbers, days and streets of their own, so that 300 take seconds."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, timedelta

from django.utils import timezone

from guangsha.areas.intake.models import Alarm, Case, Edge, Opinion
from guangsha.areas.intake.tests import builders
from guangsha.kernel.workdays import national_calendar
from guangsha.privacy.masks import mask_name
from guangsha.testing.cast import Cast, add_citizen, identity_number

NAMES = (
    "张明",
    "欧阳小明",
    "陈桂英",
    "刘洋",
    "赵强",
    "孙丽",
    "周建军",
    "吴秀兰",
    "郑凯",
    "王桂花",
    "冯磊",
    "褚燕",
)


def copies(cast: Cast, originals: Sequence[Case], count: int) -> list[Case]:
    """``count`` cases after the originals, with limits around today."""
    calendar, today, now = national_calendar(), timezone.localdate(), timezone.now()
    made, edges, opinions = [], [], []
    for number in range(count):
        pattern = originals[number % len(originals)]
        case = Case.objects.get(pk=pattern.pk)
        case.pk, case.number, case.key = None, f"{pattern.number[:-6]}{900000 + number}", uuid.uuid4()
        case.label = mask_name(NAMES[number % len(NAMES)])
        street = cast.streets[number % 2]
        case.agency, case.community = street, cast.communities[number % 4] if number % 5 else None
        case.submitted_at = now - timedelta(days=number % 60)
        if case.step_due_on is not None:
            case.step_due_on = calendar.add_workdays(today - timedelta(days=9), number % 14)
        made.append(case)
    Case.objects.bulk_create(made)
    for case, pattern in zip(
        made, [originals[number % len(originals)] for number in range(count)], strict=True
    ):
        for edge in Edge.objects.filter(case=pattern):
            edge.pk, edge.case = None, case
            edges.append(edge)
        for opinion in Opinion.objects.filter(case=pattern):
            opinion.pk, opinion.case = None, case
            opinions.append(opinion)
    Edge.objects.bulk_create(edges)
    Opinion.objects.bulk_create(opinions)
    late = [case for case in made if case.step_due_on and case.step_due_on < today][:20]
    Alarm.objects.bulk_create(
        Alarm(
            case=case, level="overdue", step=case.step or case.state, due_on=case.step_due_on, raised_at=now
        )
        for case in late
    )
    return made


def full_district(cast: Cast, count: int = 300) -> list[Case]:
    """Applications for public rental housing at the street, at the district, waiting for a notice, for the decision, decided
    — and repairs —, ``count`` in all."""

    def person(name: str, serial: int) -> Cast:
        account = add_citizen(
            name, f"1990000{serial:04d}", identity_number("430699", date(1960, 1, 1), serial), "1"
        )
        return Cast(
            **{**{field: getattr(cast, field) for field in cast.__dataclass_fields__}, "applicant": account}
        )

    at_street = builders.accepted(person("陈桂英", 101), members=[])
    at_district = builders.accepted(person("刘洋", 103), members=[])
    for who in ("street_clerk", "civil_checker", "district_reviewer"):
        builders.opinion(at_district, cast.actor(who))
    public = builders.reviewed(person("赵强", 105), members=[])
    deciding = builders.noticed(person("孙丽", 107), members=[])
    decided = builders.decided(person("周建军", 109))
    new = builders.submitted(person("吴秀兰", 111), members=[])
    originals = [at_street, at_district, public, deciding, decided, new, builders.repair(cast)]
    for case in originals:
        case.refresh_from_db()
    return [*originals, *copies(cast, originals, count - len(originals))]
