"""Reads of the portal: what is held on somebody, who is responsible for a case now, how a limit is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone

from guangsha.areas.intake.access import cases_of
from guangsha.areas.intake.actions.notices import HIDE_AFTER_DAYS
from guangsha.areas.intake.catalogue import Service
from guangsha.areas.intake.models import Case, Notice, ProxyAuthorization
from guangsha.areas.intake.queries import STATE_NAMES, running_notices
from guangsha.areas.intake.rules import CLOSED, EDGES, Standing, roles_for
from guangsha.areas.registry.models import Household, Person
from guangsha.areas.verification.models import Consent, Verification
from guangsha.audit.actor import Actor
from guangsha.notify.models import Message
from guangsha.people.models import Agency
from guangsha.people.roles import ROLES
from guangsha.privacy.queries import Look, who_looked

MESSAGES_PAGE = 20
#: What is written into a copy of one's data; more than this nobody has.
COPY_MAX = 500

#: What a state asks of the person: tone of the pill, and what happens next in words.
_TOLD: dict[str, tuple[str, str]] = {
    "submitted": ("wait", "窗口正在看材料是否齐全，五个工作日内告诉您是否受理。"),
    "supplement": ("ask", "请按下面的清单补齐材料。补齐前办理时限暂停计算。"),
    "accepted": ("wait", "已经受理，马上进入办理。"),
    "verifying": ("wait", "正在向有关部门核验，您不用跑腿。"),
    "street_review": ("wait", "街道正在核对您的情况，可能会电话或上门了解。"),
    "civil_review": ("wait", "民政部门正在核对收入和资产。"),
    "district_review": ("wait", "区级审核人员正在审核。"),
    "city_review": ("wait", "市级审核人员正在审核。"),
    "publicity": ("wait", "公示期间没有异议的，进入决定环节。"),
    "objection": ("wait", "公示收到异议，正在核实。异议不成立的，继续办理。"),
    "deciding": ("wait", "负责人正在作出决定。"),
    "approved": ("good", "已批准，决定书送达后生效。"),
    "rejected": ("bad", "决定书写明了理由和您可以怎么办。"),
    "effective": ("good", "已经办结，决定书已生效。"),
    "review_due": ("wait", "正在定期复核您的资格。"),
    "suspended": ("bad", "保障已暂停，如有疑问请联系承办机构。"),
    "adjusted": ("good", "保障已按新的情况调整。"),
    "terminated": ("bad", "已经结束。决定书写明了理由和您可以怎么办。"),
    "archived": ("done", "已归档。"),
    "withdrawn": ("quiet", "您已撤回，可以重新申请。"),
    "reconsidering": ("wait", "您申请的复核正在由另外的人员办理，十五个工作日内书面答复。"),
    "revoked": ("bad", "原决定已撤销。决定书写明了理由和您可以怎么办。"),
}  # fmt: skip
#: Which act a state waits for: whose roles those are, is responsible.
_ACT_OF = {
    "submitted": "accept", "publicity": "publish_notice", "objection": "settle_objection", "deciding": "decide",
    "reconsidering": "answer_remedy", "approved": "serve",
}  # fmt: skip


def tone_of(state: str) -> str:
    """The tone of the pill of a state."""
    return _TOLD.get(state, ("quiet", ""))[0]


TONES = {name: tone_of(code) for code, name in STATE_NAMES.items()}


def next_words(state: str) -> str:
    """What happens next, in one sentence for the person."""
    return _TOLD.get(state, ("quiet", ""))[1]


def responsible(case: Case, service: Service) -> str:
    """Who has to do something now, in words; empty when nobody has."""
    if case.state == "supplement":
        return "您本人"
    if case.state in CLOSED:
        return ""
    if case.state == "verifying":
        return "数据核验系统（有关部门数据）"
    plan = service.step(case.step)
    if plan is not None and plan.state == case.state:
        return f"{case.agency.name}（{ROLES.get(plan.role, plan.role)}）"
    act = _ACT_OF.get(case.state)
    if act is None:
        return case.agency.name
    roles = roles_for(EDGES[act], Standing(service, case.state, case.step)) - {"clock", "owner"}
    names = [label for code, label in ROLES.items() if code in roles]
    return f"{case.agency.name}（{names[0]}）" if names else case.agency.name


def messages_of(actor: Actor) -> QuerySet[Message]:
    """One's own inbox, the newest first."""
    return Message.objects.filter(account_id=actor.account_id, channel="inbox").order_by("-created_at", "-id")


def papers_of(actor: Actor) -> QuerySet[ProxyAuthorization]:
    """The papers under which a helper may apply for others today."""
    today = timezone.localdate()
    return (
        ProxyAuthorization.objects.filter(
            helper_id=actor.account_id, revoked_at=None, signed_on__lte=today, until__gte=today
        )
        .select_related("person")
        .order_by("-id")
    )


def papers_about(actor: Actor) -> QuerySet[ProxyAuthorization]:
    """The papers by which a citizen lets others apply for them, that still hold."""
    return (
        ProxyAuthorization.objects.filter(
            person_id=actor.person_id or 0, revoked_at=None, until__gte=timezone.localdate()
        )
        .select_related("helper")
        .order_by("-id")
    )


def notices_in_sight(limit: int = 50) -> list[Notice]:
    """Notices that may be shown today, also where the clock that hides them has not run."""
    last = timezone.localdate() - timedelta(days=HIDE_AFTER_DAYS)
    return [notice for notice in running_notices(limit) if notice.ends_on >= last]


def still_in_sight(notice: Notice) -> bool:
    """Whether a notice may be shown today."""
    return notice.ends_on >= timezone.localdate() - timedelta(days=HIDE_AFTER_DAYS)


@dataclass(frozen=True, slots=True)
class Held:
    """What the agency holds on somebody, for their own page."""

    person: Person | None
    household: Household | None
    members: tuple[Any, ...]
    consents: tuple[Consent, ...]
    checks: tuple[Any, ...]
    looks: tuple[tuple[Look, str], ...]
    cases: int


def held_on(actor: Actor) -> Held:
    """What is held on the person who is signed in, in a fixed number of queries."""
    person = Person.objects.filter(pk=actor.person_id).first() if actor.person_id else None
    if person is None:
        return Held(None, None, (), (), (), (), cases_of(actor).count())
    household = (
        Household.objects.filter(memberships__person=person, memberships__ended_on=None, closed_on=None)
        .select_related("community")
        .first()
    )
    members = (
        household.memberships.filter(ended_on=None).select_related("person").order_by("id")
        if household
        else ()
    )
    looks = who_looked(person.identity_index)
    agencies = dict(
        Agency.objects.filter(pk__in={look.agency_id for look in looks}).values_list("id", "name")
    )
    return Held(
        person,
        household,
        tuple(members),
        tuple(Consent.objects.filter(person=person).order_by("-id")[:COPY_MAX]),
        tuple(
            Verification.objects.filter(person=person)
            .order_by("-id")
            .defer("payload", "differences")[:COPY_MAX]
        ),
        tuple((look, agencies.get(look.agency_id, "")) for look in looks),
        cases_of(actor).count(),
    )


def copy_of_own_data(actor: Actor) -> dict[str, Any]:
    """The same with every value plain, as a structure that is written to a file for the person."""
    held = held_on(actor)
    person = held.person
    copied: dict[str, Any] = {"生成时间": timezone.localtime().isoformat(timespec="seconds")}
    if person is not None:
        copied["本人"] = {
            "姓名": person.name, "证件类型": person.get_identity_kind_display(), "证件号码": person.identity,
            "出生日期": _day(person.birth_date), "性别": person.get_sex_display(), "婚姻状况": person.get_marital_display(),
            "手机号": person.phone, "工作单位": person.employer, "开户银行": person.bank_name, "银行账号": person.bank_account,
            "病残情况": person.illness,
        }  # fmt: skip
        copied["特殊身份"] = [
            {"类别": row.get_kind_display(), "等级": row.grade, "来源": row.source, "起": _day(row.started_on), "止": _day(row.ended_on)}
            for row in person.statuses.order_by("id")
        ]  # fmt: skip
    if held.household is not None:
        copied["家庭"] = {
            "档案号": held.household.number, "社区": held.household.community.name, "保障类别": held.household.programme,
            "成员": [{"姓名": row.person.name, "与申请人关系": row.get_relation_display()} for row in held.members],
        }  # fmt: skip
    copied["办件"] = [
        {
            "办件编号": case.number, "事项": case.service, "状态": STATE_NAMES.get(case.state, case.state),
            "提交时间": case.submitted_at.isoformat(), "填写内容": cast(Any, case.answers),
        }
        for case in cases_of(actor).order_by("id")[:COPY_MAX]
    ]  # fmt: skip
    copied["核查授权"] = [
        {"目的": row.purpose, "数据来源": row.sources, "同意时间": row.given_at.isoformat(), "撤回时间": row.revoked_at.isoformat() if row.revoked_at else ""}
        for row in held.consents
    ]  # fmt: skip
    copied["数据核验"] = [
        {"来源": row.get_source_display(), "目的": row.purpose, "结果": row.get_outcome_display(), "请求时间": row.asked_at.isoformat()}
        for row in held.checks
    ]  # fmt: skip
    copied["查看记录"] = [
        {"时间": look.at.isoformat(), "机构": agency, "查看人": look.who, "内容": look.what, "理由": look.reason}
        for look, agency in held.looks
    ]  # fmt: skip
    return copied


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
