"""What happened to a file, in words, from the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from guangsha.areas.registry.models import Household, SpecialStatus
from guangsha.audit.models import Act

HISTORY_MAX = 60

WORDS = {
    "registry.person.open": "登记人员", "registry.person.change": "变更人员信息", "registry.household.open": "建立档案",
    "registry.household.move": "迁居", "registry.household.close": "销档", "registry.member.add": "增加成员",
    "registry.member.end": "减员", "registry.declaration.add": "收入资产申报", "registry.status.add": "登记特殊身份",
    "registry.status.end": "终止特殊身份", "registry.home.add": "登记住房", "privacy.value.reveal": "查看原文",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the history."""

    at: datetime
    what: str
    by: str
    why: str


def history_of(household: Household | None, persons: Sequence[int]) -> list[Happened]:
    """The latest acts on a household, its parts and its people; one query for the log, one for each kind of part."""
    about = Q(object_type="registry.person", object_id__in=[str(key) for key in persons])
    held = SpecialStatus.objects.filter(person_id__in=persons).order_by("-id").values_list("id", flat=True)
    about |= Q(object_type="registry.specialstatus", object_id__in=[str(key) for key in held[:HISTORY_MAX]])
    if household is not None:
        about |= Q(object_type="registry.household", object_id=str(household.pk))
        parts = (
            ("registry.membership", household.memberships), ("registry.home", household.homes),
            ("registry.declaration", household.declarations),
        )  # fmt: skip
        for label, rows in parts:
            keys = [str(key) for key in rows.order_by("-id").values_list("id", flat=True)[:HISTORY_MAX]]
            about |= Q(object_type=label, object_id__in=keys)
    acts = Act.objects.filter(about).order_by("-at", "-id")[:HISTORY_MAX]
    return [
        Happened(at, WORDS.get(action, action), by, why)
        for at, action, by, why in acts.values_list("at", "action", "actor_name", "reason")
    ]
