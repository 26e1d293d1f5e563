"""The loop of a hazard: found, graded, given to somebody with a limit, put right, checked by another person, closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

from guangsha.areas.fieldwork.access import access_contractor
from guangsha.areas.fieldwork.actions.base import (
    NotAllowed,
    holders,
    keep_hazard,
    locked_hazard,
    move_hazard,
    need_for_hazard,
    new_number,
    one_of,
    said,
    tell_accounts,
    today,
)
from guangsha.areas.fieldwork.facts import GRADES, HAZARD_KINDS, HAZARD_SOURCES
from guangsha.areas.fieldwork.models import Hazard, RepairOrder
from guangsha.areas.fieldwork.parameters import whole
from guangsha.areas.fieldwork.rules import APPROVERS, DISPATCHERS, INSPECTORS
from guangsha.areas.stock.models import Building, Dwelling, Estate
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.people.models import Agency


@dataclass(frozen=True, slots=True)
class Finding:
    """What is dangerous, and where."""

    kind: str
    text: str
    place: str
    source: str
    estate: Estate | None = None
    building: Building | None = None
    dwelling: Dwelling | None = None
    order: RepairOrder | None = None


@transaction.atomic
def find(actor: Actor, agency: Agency, given: Finding, *, on: date | None = None) -> Hazard:
    """Write down a hazard.

    Raises:
        NotAllowed: not one of those who find hazards.
        InputError: something is not filled in, or a day to come.
    """
    if actor.kind != "staff" or not actor.roles_at(agency.pk) & (DISPATCHERS | INSPECTORS):
        raise NotAllowed("您的岗位不能登记隐患", advice="请由有权限的同事办理。")
    day = on or today()
    if day > today():
        raise InputError("发现日期在今天之后", where="发现日期", advice="请核对日期。")
    hazard = Hazard.objects.create(
        number=new_number("AQ", agency.region_code, day), agency=agency, estate=given.estate, building=given.building,
        dwelling=given.dwelling, order=given.order, place=said(given.place, "部位", most=120),
        kind=one_of(given.kind, HAZARD_KINDS, "类别"), text=said(given.text, "情况", most=500),
        source=one_of(given.source, HAZARD_SOURCES, "来源"), found_on=day, found_by_id=actor.account_id,
    )  # fmt: skip
    keep_hazard(actor, hazard, "find", "", text=hazard.text)
    record(
        actor,
        "fieldwork.hazard.find",
        hazard,
        after={"kind": given.kind, "source": given.source},
        agency_id=agency.pk,
    )
    return hazard


@transaction.atomic
def grade(actor: Actor, number: str, version: int, *, level: str, interim: str = "") -> Hazard:
    """General or major; a major one says at once what keeps people safe until it is put right.

    Raises:
        NotAllowed: not one of those who grade.
        InputError: a major hazard without interim measures.
    """
    hazard = locked_hazard(actor, number, version)
    need_for_hazard(actor, hazard, INSPECTORS, "定级")
    hazard.grade = one_of(level, GRADES, "级别")
    hazard.interim = said(interim, "临时防护措施", needed=level == "major")
    move_hazard(
        actor, hazard, "grade", "graded", "grade", "interim",
        text=GRADES[level] + (f"，临时措施：{hazard.interim}" if hazard.interim else ""),
    )  # fmt: skip
    if level == "major":
        tell_accounts(
            holders(hazard.agency, ["supervisor"]), f"hazard:{hazard.number}:major", "发现重大隐患",
            f"{hazard.place}：{hazard.text[:80]}。临时措施：{hazard.interim[:80]}", f"/office/hazards/{hazard.number}/", hazard.number,
        )  # fmt: skip
    record(actor, "fieldwork.hazard.grade", hazard, after={"grade": level}, agency_id=hazard.agency_id)
    return hazard


@transaction.atomic
def dismiss(actor: Actor, number: str, version: int, *, text: str) -> Hazard:
    """Looked at by the head of the agency and found to be none.

    Raises:
        NotAllowed: not a head, or it is graded already.
    """
    hazard = locked_hazard(actor, number, version)
    need_for_hazard(actor, hazard, frozenset({"supervisor"}), "认定不构成隐患")
    why = said(text, "理由")
    hazard.closed_on = today()
    move_hazard(actor, hazard, "dismiss", "dismissed", "closed_on", text=why)
    record(actor, "fieldwork.hazard.dismiss", hazard, reason=why, agency_id=hazard.agency_id)
    return hazard


@transaction.atomic
def give(
    actor: Actor, number: str, version: int, *, duty: str, limit_on: date, contractor_id: int | None = None
) -> Hazard:
    """Give a hazard to whoever has to put it right, with the last day for it.

    Raises:
        NotAllowed: not one of those who give out work.
        InputError: nobody is named, or the limit is longer than the place allows for this grade.
    """
    hazard = locked_hazard(actor, number, version)
    need_for_hazard(actor, hazard, INSPECTORS | {"rent_clerk"}, "交办整改")
    most = whole(f"hazard_days_{hazard.grade or 'general'}", hazard.agency, today())
    if not today() <= limit_on <= today() + timedelta(days=most):
        raise InputError(
            f"整改期限应在今天起 {most} 天之内（{GRADES.get(hazard.grade, '')}）",
            where="整改期限",
            advice="请重新填写。",
        )
    hazard.contractor = access_contractor(actor, contractor_id) if contractor_id else None
    named = duty.strip() or (hazard.contractor.name if hazard.contractor else "")
    hazard.duty, hazard.limit_on = said(named, "责任单位", most=80), limit_on
    hazard.fixed_by, hazard.fixed_on = None, None
    move_hazard(
        actor, hazard, "give", "assigned", "contractor", "duty", "limit_on", "fixed_by", "fixed_on",
        text=f"交{hazard.duty}，{limit_on:%Y年%m月%d日}前整改",
    )  # fmt: skip
    if hazard.contractor is not None:
        tell_accounts(
            hazard.contractor.accounts.filter(is_active=True), f"hazard:{hazard.number}:given:{hazard.version}", "安全隐患待整改",
            f"{hazard.place}：{hazard.text[:80]}。请在 {limit_on:%m月%d日} 前整改。", "/office/crew/", hazard.number,
        )  # fmt: skip
    record(
        actor, "fieldwork.hazard.give", hazard, after={"duty": hazard.duty, "limit": limit_on}, agency_id=hazard.agency_id
    )  # fmt: skip
    return hazard


@transaction.atomic
def fixed(actor: Actor, number: str, version: int, *, text: str, on: date | None = None) -> Hazard:
    """It is put right, with a photograph that shows it.

    Raises:
        NotAllowed: not given to the actor's firm, and not one of those who note it for others.
        InputError: no photograph, or a day before it was found or to come.
    """
    hazard = locked_hazard(actor, number, version)
    if actor.kind != "enterprise":
        need_for_hazard(actor, hazard, DISPATCHERS | INSPECTORS, "登记整改完成")
    if not hazard.photos.filter(moment="fixed").exists():
        raise InputError("还没有整改后的照片", where="照片", advice="请先拍一张整改后的照片上传。")
    day = on or today()
    if not hazard.found_on <= day <= today():
        raise InputError("整改日期应在发现之后、今天之前", where="整改日期", advice="请核对日期。")
    words = said(text, "整改情况")
    hazard.fixed_on, hazard.fixed_by_id = day, actor.account_id
    hazard.rechecked_by, hazard.rechecked_on = None, None
    move_hazard(
        actor, hazard, "fixed", "fixed", "fixed_on", "fixed_by", "rechecked_by", "rechecked_on", text=words
    )
    record(
        actor, "fieldwork.hazard.fixed", hazard, reason=words, after={"on": day}, agency_id=hazard.agency_id
    )
    return hazard


@transaction.atomic
def recheck(actor: Actor, number: str, version: int, *, passed: bool, text: str) -> Hazard:
    """Somebody else than who put it right looks at it; what is not right goes back under the same limit.

    Raises:
        NotAllowed: the same person, or not one of those who check.
    """
    hazard = locked_hazard(actor, number, version)
    need_for_hazard(actor, hazard, INSPECTORS | {"rent_clerk"}, "复查")
    if hazard.fixed_by_id == actor.account_id:
        raise NotAllowed("整改是您登记的，不能由您复查", where=hazard.number, advice="请由另一位同事复查。")
    words = said(text, "复查情况")
    if passed:
        hazard.rechecked_on, hazard.rechecked_by_id = today(), actor.account_id
        move_hazard(
            actor, hazard, "recheck", "rechecked", "rechecked_on", "rechecked_by", text=f"复查合格：{words}"
        )
    else:
        hazard.fixed_on, hazard.fixed_by = None, None
        move_hazard(
            actor,
            hazard,
            "recheck",
            "assigned",
            "fixed_on",
            "fixed_by",
            text=f"复查不合格，继续整改：{words}",
        )
    record(
        actor,
        "fieldwork.hazard.recheck",
        hazard,
        reason=words,
        after={"passed": passed},
        agency_id=hazard.agency_id,
    )
    return hazard


@transaction.atomic
def close(actor: Actor, number: str, version: int, *, text: str = "") -> Hazard:
    """Checked and right: the hazard is struck off (销号); a major one by the head of the agency.

    Raises:
        NotAllowed: it was not checked, or not a head where it is major.
    """
    hazard = locked_hazard(actor, number, version)
    roles = APPROVERS if hazard.grade == "major" else INSPECTORS | APPROVERS | {"rent_clerk"}
    need_for_hazard(actor, hazard, frozenset(roles), "销号")
    hazard.closed_on = today()
    move_hazard(
        actor, hazard, "close", "closed", "closed_on", text=said(text, "说明", needed=False) or "销号"
    )
    record(actor, "fieldwork.hazard.close", hazard, agency_id=hazard.agency_id)
    return hazard


@transaction.atomic
def extend(actor: Actor, number: str, version: int, *, limit_on: date, text: str) -> Hazard:
    """The head of the agency gives more time, with the reason, to somebody who cannot be ready; each time is kept.

    Raises:
        NotAllowed: not a head, or it is not being put right.
        InputError: not later than now, or more than twice what the place allows.
    """
    hazard = locked_hazard(actor, number, version)
    need_for_hazard(actor, hazard, frozenset({"supervisor"}), "延长整改期限")
    if hazard.state != "assigned" or hazard.limit_on is None:
        raise NotAllowed("隐患不在整改中", where=hazard.number, advice="请刷新页面。")
    most = whole(f"hazard_days_{hazard.grade or 'general'}", hazard.agency, today())
    if not hazard.limit_on < limit_on <= today() + timedelta(days=most):
        raise InputError(
            f"新期限应晚于原期限，并在今天起 {most} 天之内", where="整改期限", advice="请重新填写。"
        )
    before, hazard.limit_on = hazard.limit_on, limit_on
    why = said(text, "理由")
    move_hazard(
        actor,
        hazard,
        "extend",
        "assigned",
        "limit_on",
        text=f"期限由 {before:%m月%d日} 延至 {limit_on:%m月%d日}：{why}",
    )
    record(
        actor, "fieldwork.hazard.extend", hazard, reason=why, before={"limit": before}, after={"limit": limit_on},
        agency_id=hazard.agency_id,
    )  # fmt: skip
    return hazard
