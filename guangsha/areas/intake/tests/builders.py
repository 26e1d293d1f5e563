"""Builders for tests of cases: a complete application of the cast's applicant, carried as far as a test wants it."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from guangsha.areas.intake import actions
from guangsha.areas.intake.catalogue import Field, Service
from guangsha.areas.intake.models import Case
from guangsha.areas.registry.models import Person
from guangsha.areas.verification import gateway
from guangsha.areas.verification.models import Verification
from guangsha.audit.actor import Actor
from guangsha.testing.cast import Cast, identity_number

PDF = b"%PDF-1.7\n%test\n"
CHILD = identity_number("430699", date(2016, 1, 1), 32)
LI = identity_number("430699", date(1951, 2, 3), 11)


def at(year: int, month: int, day: int, hour: int = 10) -> datetime:
    """A moment in Beijing."""
    return datetime.combine(date(year, month, day), time(hour), ZoneInfo("Asia/Shanghai"))


def answers(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A complete application for public rental housing."""
    person = Person.objects.get(pk=cast.applicant.person_id)
    given: dict[str, Any] = {
        "applicant": {"name": person.name, "identity": person.identity, "phone": person.phone, "marital": "30", "hukou": "local", "address": "湖滨区洞庭路 1 号", "community": "湖畔社区"},
        "members": [{"name": "李小宝", "identity": CHILD, "relation": "grandchild"}],
        "income": {"monthly_income": "1200", "flexible_work": "否", "deposits": "5000", "has_vehicle": "否", "has_company": "否"},
        "homes": [],
        "status": {},
        "commitments": ["truth", "change"],
        "consent": True,
    }  # fmt: skip
    for path, value in changes.items():
        group, _, name = path.partition("__")
        given[group] = value if not name else {**given[group], name: value}
    return given


def sample_value(item: Field) -> Any:
    """Something that the field takes, as it would be typed."""
    if item.kind in ("choice", "choices"):
        first = next(iter(item.choices))
        return first if item.kind == "choice" else [first]
    number = item.least if item.least is not None else 1
    return {
        "identity": LI, "phone": "19900000009", "bank_account": "6222020000000000000", "date": "2026-01-05",
        "month": "2026-01", "yes_no": "是", "address": "湖滨区洞庭路 1 号", "money": str(number), "area": str(number),
        "number": str(number),
    }.get(item.kind, "某项")  # fmt: skip


def sample_answers(service: Service) -> dict[str, Any]:
    """A form of the service with something in every field, first rows of its tables included; conditions that do not hold are
    for the reader to drop."""
    filled: dict[str, Any] = {"commitments": [item.code for item in service.commitments], "consent": True}
    for group in service.form:
        row = {item.name: sample_value(item) for item in group.fields}
        if group.table is not None:
            row = {name: CHILD if value == LI else value for name, value in row.items()}
        filled[group.code] = [row] if group.table is not None and group.table.min <= 1 else row
    return filled


def submitted(cast: Cast, who: str = "applicant", **changes: Any) -> Case:
    """A submitted application for public rental housing."""
    actor = cast.actor(who)
    draft = actions.save_draft(actor, "elig_apply", answers(cast, **changes))
    return actions.submit(actor, draft.pk, draft.key)


def repair(cast: Cast, **changes: Any) -> Case:
    """A submitted repair: nothing is verified and nothing is made public."""
    actor = cast.actor("applicant")
    given = {
        "applicant": {key: answers(cast)["applicant"][key] for key in ("name", "identity", "phone")},
        "fault": {
            "address": "湖滨区洞庭路 1 号",
            "kind": "water",
            "urgent": "否",
            "text": "厨房漏水",
            "visit": "周末",
        },
    }
    given["fault"].update(changes)
    draft = actions.save_draft(actor, "repair", given)
    return actions.submit(actor, draft.pk, draft.key)


def verified(case: Case, **outcomes: str) -> Case:
    """Give every open question of the case its outcome (``match`` unless named by material), as the gateway would."""
    for pk, material in list(
        Verification.objects.filter(case_number=case.number, outcome="").values_list("pk", "material")
    ):
        gateway._settle(pk, at(2026, 11, 20), outcomes.get(material, "match"))
    case.refresh_from_db()
    return case


def accepted(cast: Cast, **changes: Any) -> Case:
    """Accepted, every source asked and agreed: at the street."""
    case = submitted(cast, **changes)
    actions.accept(cast.actor("street_clerk"), case.pk, case.version)
    case.refresh_from_db()
    return verified(case)


def opinion(case: Case, actor: Actor, verdict: str = "pass", text: str = "情况属实") -> Case:
    """One opinion, on the case as it is now."""
    case.refresh_from_db()
    actions.give_opinion(actor, case.pk, case.version, verdict, text=text)
    case.refresh_from_db()
    return case


def reviewed(cast: Cast, **changes: Any) -> Case:
    """Through every review: waiting for its notice."""
    case = accepted(cast, **changes)
    for who in ("street_clerk", "civil_checker", "district_reviewer", "second_reviewer"):
        opinion(case, cast.actor(who))
    return case


def noticed(cast: Cast, **changes: Any) -> Case:
    """Made public and through it: waiting for the decision."""
    case = reviewed(cast, **changes)
    notice = actions.publish_notice(cast.actor("publicity_editor"), "elig_apply", [case.pk])
    actions.end_notices(
        datetime.combine(notice.ends_on + timedelta(days=1), time(1), ZoneInfo("Asia/Shanghai"))
    )
    case.refresh_from_db()
    return case


def decided(cast: Cast, outcome: str = "approved", reasons: tuple[str, ...] = ()) -> Case:
    """Decided by the district's approver."""
    case = noticed(cast)
    actions.decide(cast.actor("district_approver"), case.pk, case.version, outcome, reasons)
    case.refresh_from_db()
    return case


def second_approver(cast: Cast) -> Actor:
    """Another approver of the district."""
    return cast.actor("second_approver")


def everything() -> str:
    """All that the intake, the log, the outbox and the verifications hold, as text: to prove that nothing was left behind."""
    from django.apps import apps

    kept = {}
    for label in ("intake", "audit", "notify", "verification"):
        for model in apps.get_app_config(label).get_models():
            kept[model._meta.label] = [
                str(row)
                for row in model._default_manager.order_by("pk").values_list(
                    "pk",
                    *[
                        field.attname
                        for field in model._meta.concrete_fields
                        if not field.primary_key and not type(field).__name__.startswith("Sealed")
                    ],
                )
            ]
    return json.dumps(kept, ensure_ascii=False, indent=1)
