"""Public notices (公示): frozen, masked, with a digest; objections hold the cases."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from guangsha.areas.intake import clock
from guangsha.areas.intake.actions.base import (
    Failures,
    NotAllowed,
    before_act,
    digest_of,
    holders,
    locked,
    open_objections,
    plan_of,
    require,
    round_began,
    said,
    start_clock,
    stay,
    stop_clock,
    tell_applicant,
    tell_staff,
    today,
    who_of,
    write_edge,
)  # fmt: skip
from guangsha.areas.intake.actions.numbers import next_number
from guangsha.areas.intake.catalogue import NOTICE_COLUMNS, service
from guangsha.areas.intake.models import Case, Notice, Objection
from guangsha.areas.intake.rules import EDGES, Move, Standing, after_objection
from guangsha.audit.actions import record
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.workdays import national_calendar
from guangsha.notify.actions import tell
from guangsha.people.models import Agency
from guangsha.privacy.fields import index_of
from guangsha.privacy.masks import mask_name_public, sensitive_spans

#: A notice that is read on paper and on a telephone.
CASES_MAX = 500
#: Lines of a list that is not of cases (a roster).
LIST_MAX = 5000
#: How long a notice stays after its end, in days; then only its number and digest are kept in sight.
HIDE_AFTER_DAYS = 30
OBJECTION_MAX = 2000
#: Objections from one origin (an account, else a network address; or one phone to be called back) to one notice and in a day, and
#: how many of strangers may wait to be read before others are asked to sign in.
ORIGIN_NOTICE, ORIGIN_DAY, OPEN_NOTICE = 3, 10, 50
#: The same words within this time are a form that was sent twice.
SENT_TWICE = timedelta(minutes=10)


@transaction.atomic
def publish_notice(actor: Actor, service_code: str, case_ids: Sequence[int]) -> Notice:
    """Publish cases that have passed their reviews as one masked list; the clock stands still until it ends.

    Raises:
        NotAllowed: a case is not ready for it, or not the actor's to publish.
        InputError: no cases, too many, of another service, or the list would show a personal number.
    """
    chosen = service(service_code)
    plan = chosen.publicity
    wanted = sorted(set(case_ids))
    if plan is None:
        raise InputError(f"“{chosen.name}”不需要公示")
    if not 1 <= len(wanted) <= CASES_MAX:
        raise InputError(f"一次公示 1 至 {CASES_MAX} 件")
    cases = [locked(case_id) for case_id in wanted]
    for case in cases:
        if case.service != chosen.code:
            raise InputError("不是同一事项的办件", where=f"办件 {case.number}")
        require("publish_notice", case, actor)
    agency = Agency.objects.get(pk=actor.agency_id)
    day = today()
    rows = [_row(case, plan.columns, number) for number, case in enumerate(cases, start=1)]
    for row in rows:
        if any(
            sensitive_spans(str(value)) for name, value in row.items() if name != NOTICE_COLUMNS["number"]
        ):
            raise InputError(
                "公示内容中出现了完整的证件号码或电话",
                where=f"第 {row.get('序号', '?')} 行",
                advice="请更正办件内容后再公示。",
            )
    ends = clock.notice_end(national_calendar(), day, plan.days, workdays=plan.workdays)
    notice = _written(chosen.code, chosen.name, agency, rows, ends)
    number = notice.number
    notice.cases.set(cases)
    for case in cases:
        before = before_act(case)
        stop_clock(case, "publicity")
        case.step_due_on = ends
        write_edge(
            case, actor, "publish_notice", stay(case), message=f"公示至 {ends:%Y年%m月%d日}", keep_due=True
        )
        tell_applicant(
            case,
            f"notice-{notice.pk}",
            "办件正在公示",
            f"您的办件 {case.number} 自今日起公示，至 {ends:%Y年%m月%d日}止。",
        )
        record(
            actor,
            "intake.case.publish_notice",
            case,
            before=before,
            after={"notice": number},
            agency_id=agency.pk,
        )
    record(
        actor,
        "intake.notice.publish",
        notice,
        after={"number": number, "digest": notice.digest, "cases": len(cases)},
        agency_id=agency.pk,
    )
    return notice


def _written(service_code: str, name: str, agency: Agency, rows: list[dict[str, Any]], ends: date) -> Notice:
    day = today()
    number = (
        f"{agency.region_code[:6]}-{day:%Y}-{next_number(f'notice:{agency.region_code[:6]}:{day.year}'):05d}"
    )
    title = f"{name}公示（{number}）"
    return Notice.objects.create(
        number=number, title=title, service=service_code, agency=agency, starts_on=day, ends_on=ends, rows=rows,
        digest=digest_of({"number": number, "title": title, "starts": day.isoformat(), "ends": ends.isoformat(), "rows": rows}),
        published_at=timezone.now(),
    )  # fmt: skip


@transaction.atomic
def publish_list(
    actor: Actor, service_code: str, agency: Agency, name: str, rows: list[dict[str, Any]], *, days: int
) -> Notice:
    """Publish a masked list of another area (a roster) for so many days: it is read, objected to and taken down like a notice of
    cases. The caller has checked who may, and holds what it decides until every objection is settled.

    Raises:
        InputError: no rows, too many, or a row shows a personal number.
    """
    if not 1 <= len(rows) <= LIST_MAX:
        raise InputError(f"一次公示 1 至 {LIST_MAX} 行", where=name, advice="请分批公示。")
    for place, row in enumerate(rows, 1):
        if any(sensitive_spans(str(value)) for value in row.values()):
            raise InputError(
                "公示内容中出现了完整的证件号码或电话", where=f"第 {place} 行", advice="请更正后再公示。"
            )
    notice = _written(
        service_code, name, agency, rows, clock.notice_end(national_calendar(), today(), days, workdays=False)
    )
    record(
        actor,
        "intake.notice.publish",
        notice,
        after={"number": notice.number, "digest": notice.digest, "rows": len(rows)},
        agency_id=agency.pk,
    )
    return notice


def _row(case: Case, columns: Sequence[str], number: int) -> dict[str, Any]:
    answers = cast(dict[str, Any], case.answers)
    rows = answers.get("members")
    values = {
        "order": number,
        "name": mask_name_public(case.applicant.name),
        "members": 1 + (len(rows) if isinstance(rows, list) else 0),
        "community": case.community.name if case.community else case.agency.name,
        "programme": plan_of(case).name,
        "result": "符合",
        "number": case.number,
    }
    shown = ["order", *[name for name in columns if name != "order"]]
    return {NOTICE_COLUMNS[name]: values[name] for name in shown}


def make_objection(
    actor: Actor | None, notice_number: str, text: str, contact: str = "", *, row: int | None = None, address: str = "",
) -> Objection:  # fmt: skip
    """Anybody objects to a running notice, to one case by its order number (``row``) or to the whole. The receipt is all that the
    objector needs to ask later. Nothing stops for it: a case is held when somebody finds the objection worth examining
    (:func:`take_up_objection`), and none is approved while one was not looked at.

    A form that was sent twice is one objection.

    Raises:
        InputError: the notice does not run, the text is empty or too long, or too many came from one origin.
    """
    words = said(text, where="异议内容", needed=True, most=OBJECTION_MAX)
    reach = said(contact, where="联系方式", most=100)
    with transaction.atomic():
        notice = Notice.objects.select_for_update(of=("self",)).filter(number=notice_number).first()
        if notice is None or notice.state != "running" or today() > notice.ends_on:
            raise InputError("公示不存在或已经结束", advice="公示期外的情况可以通过投诉举报反映。")
        cases = list(notice.cases.order_by("id").values_list("id", flat=True))
        listed = {entry.get("序号"): case_id for entry, case_id in zip(notice.rows, cases, strict=False)}
        if row is not None and row not in listed:
            raise InputError("公示名单里没有这一行")
        concerned = [listed[row]] if row is not None else cases
        # a machine speaks for many: it is bounded by its own limits, and by the notice's
        named = actor is not None and bool(actor.account_id) and actor.kind != "api"
        origin = index_of(
            "objection-origin",
            f"account:{actor.account_id}" if actor and named else address and f"address:{address}",
        )
        by_contact = index_of("phone", reach)
        same = _sent_just_now(notice, concerned, origin, by_contact, words)
        if same is not None:
            return same
        _refuse_flood(notice, origin, by_contact, named=named)
        objection = Objection.objects.create(
            notice=notice, case_id=concerned[0] if len(concerned) == 1 else None, receipt=f"Y{secrets.token_hex(8).upper()}",
            text=words, contact=reach, origin=origin, contact_index=by_contact, made_at=timezone.now(),
            due_on=national_calendar().add_workdays(today(), clock.OBJECTION_WORKDAYS),
        )  # fmt: skip
        told: set[int] = set()
        for case_id in concerned:
            _tell_of(locked(case_id), objection, told)
        # the objector stays out of the log of the agency: the household's own case worker reads it
        record(
            CLOCK,
            "intake.objection.make",
            objection,
            after={"notice": notice.number, "cases": len(concerned)},
            agency_id=notice.agency_id,
        )
    return objection


def _sent_just_now(
    notice: Notice, concerned: list[int], origin: str, contact: str, words: str
) -> Objection | None:
    """The same words about the same case from the same place a moment ago: a form that was sent twice."""
    if not origin:
        return None
    found = Objection.objects.filter(
        notice=notice, origin=origin, contact_index=contact, made_at__gt=timezone.now() - SENT_TWICE
    ).order_by("-id")[:ORIGIN_NOTICE]
    case = concerned[0] if len(concerned) == 1 else None
    return next((one for one in found if one.text == words and one.case_id == case), None)


def _refuse_flood(notice: Notice, origin: str, contact: str, *, named: bool) -> None:
    made = Objection.objects.filter(notice=notice)
    day = Objection.objects.filter(made_at__gt=timezone.now() - timedelta(days=1))
    if (
        (origin and made.filter(origin=origin).count() >= ORIGIN_NOTICE)
        or (contact and made.filter(contact_index=contact).count() >= ORIGIN_NOTICE)
        or (origin and day.filter(origin=origin).count() >= ORIGIN_DAY)
    ):
        raise InputError(
            "您对公示提出的异议已经够多", where="异议", advice="补充的情况请带回执号到窗口或来电说明。"
        )
    # whoever is signed in is bounded above: a flood of strangers does not silence them
    if not named and made.filter(state="open").count() >= OPEN_NOTICE:
        raise InputError(
            "本公示待审看的异议很多", where="异议", advice="请登录后提出，或到窗口、来信、来电反映。"
        )


def _tell_of(case: Case, objection: Objection, told: set[int]) -> None:
    """Each colleague is told once a day of the objections to a notice, however many come."""
    fresh = [one for one in holders(case, ["district_reviewer", "legal_officer"]) if one.pk not in told]
    told |= {one.pk for one in fresh}
    for one in fresh:
        tell(
            one,
            subject="公示收到异议",
            body=f"公示 {objection.notice.number} 收到异议，请审看；值得核实的受理后暂停该办件，最迟 {objection.due_on:%Y年%m月%d日}答复。",
            key=f"objection:{objection.notice_id}:{today()}:{one.pk}",
            link="/office/objections/",
            about=case.number,
            channels=("inbox",),
        )


@transaction.atomic
def take_up_objection(
    actor: Actor, objection_id: int, text: str, *, concerning: Collection[int] = ()
) -> Objection:
    """Somebody has read the objection and finds it worth examining: from now on the cases concerned are held until it is settled.

    Args:
        concerning: ids of the cases, where the objection is to a whole notice.

    Raises:
        NotAllowed, InputError: taken up or settled already, no reason, or it is not said which cases.
    """
    objection = _still(objection_id, "open")
    words = said(text, where="受理理由", needed=True)
    ids = _cases_of(objection)
    wanted = ids if len(ids) == 1 else [case_id for case_id in ids if case_id in set(concerning)]
    if ids and not wanted:
        raise InputError("异议针对整份公示，请指明要核实哪几件", where="异议受理")
    cases = [locked(case_id) for case_id in ids]
    for case in cases:
        _may_settle(actor, case)
    if not cases:
        _may_settle_list(actor, objection.notice)
    objection.state = "examining"
    objection.save(update_fields=["state"])
    for case in cases:
        if case.pk in wanted and case.state == "publicity":
            _set_aside(case, objection)
    record(
        actor,
        "intake.objection.take_up",
        objection,
        reason=words[:500],
        after={"cases": wanted},
        agency_id=objection.notice.agency_id,
    )
    return objection


def _still(objection_id: int, *states: str) -> Objection:
    """The objection, locked.

    Raises:
        InputError: there is none in one of ``states``.
    """
    objection = (
        Objection.objects.select_for_update(of=("self",))
        .select_related("notice")
        .filter(pk=objection_id)
        .first()
    )
    if objection is None or objection.state not in states:
        raise InputError("没有这条待核实的异议", advice="请刷新页面。")
    return objection


def _cases_of(objection: Objection) -> list[int]:
    if objection.case_id is not None:
        return [objection.case_id]
    return list(objection.notice.cases.order_by("id").values_list("id", flat=True))


def _may_settle(actor: Actor, case: Case) -> None:
    who = who_of(actor, case)
    if who.kin or who.roles.isdisjoint(EDGES["settle_objection"].who):
        raise NotAllowed("您有亲属关系应当回避，或您的岗位不能核实异议", where=f"办件 {case.number}")


def _may_settle_list(actor: Actor, notice: Notice) -> None:
    """A list without cases (a roster): whoever settles objections in its agency."""
    if actor.roles_at(notice.agency_id).isdisjoint(EDGES["settle_objection"].who):
        raise NotAllowed("您的岗位不能核实异议", where=f"公示 {notice.number}")


def _set_aside(case: Case, objection: Objection) -> None:
    write_edge(
        case,
        CLOCK,
        "make_objection",
        Move("objection", case.step, case.round),
        note=f"异议 {objection.receipt}",
    )


@transaction.atomic
def settle_objection(
    actor: Actor, objection_id: int, upheld: bool, finding: str, *, concerning: Collection[int] = ()
) -> Objection:
    """Say what was found. An objection that is right sends its case back to the last review, also when the case was waiting for
    its decision; where it was decided already the head of the agency is told. Else the case goes on.

    Args:
        concerning: ids of the cases on which an objection to the whole notice is right.

    Raises:
        NotAllowed, InputError: settled already, or nothing found is written.
    """
    objection = _still(objection_id, "open", "examining")
    words = said(finding, where="核实情况", needed=True)
    ids = _cases_of(objection)
    right = set(ids) & set(concerning) if len(ids) > 1 else set(ids)
    if upheld and ids and not right:
        raise InputError("异议针对整份公示，成立时请指明是哪一件", where="异议核实")
    cases = [locked(case_id) for case_id in ids]
    if not cases:
        _may_settle_list(actor, objection.notice)
    standings: dict[int, Standing] = {}
    for case in cases:
        if upheld and case.pk in right and case.state in ("publicity", "deciding"):
            _set_aside(case, objection)
        if case.state == "objection":
            standings[case.pk] = require("settle_objection", case, actor)
            continue
        _may_settle(actor, case)
    objection.state, objection.finding = ("upheld" if upheld else "dismissed"), words
    objection.settled_by, objection.settled_at = actor.account_id, timezone.now()
    objection.save()
    for case in cases:
        true = upheld and case.pk in right
        if case.pk in standings and (true or not open_objections(case, "examining").exists()):
            _go_on(actor, case, standings[case.pk], true)
        elif true and case.state in (
            "approved",
            "effective",
            "review_due",
            "suspended",
            "adjusted",
            "reconsidering",
        ):
            tell_staff(
                case,
                holders(case, ["supervisor"]),
                f"objection-late-{objection.pk}",
                "异议成立而决定已经作出",
                f"办件 {case.number} 的异议经核实成立，但决定已经作出，请研究重新办理或撤销。",
            )
    record(
        actor,
        "intake.objection.settle",
        objection,
        reason=words[:500],
        after={"state": objection.state},
        agency_id=objection.notice.agency_id,
    )
    return objection


def _go_on(actor: Actor, case: Case, standing: Standing, upheld: bool) -> None:
    notice = case.notices.filter(published_at__gte=round_began(case)).order_by("-id").first()
    taken_down = notice is None or notice.state == "withdrawn"
    if upheld or taken_down:
        start_clock(case)
    write_edge(case, actor, "settle_objection", after_objection(standing, upheld=upheld))
    if upheld or notice is None or taken_down:
        return  # under review again, or waiting to be published again
    if notice.state == "running":
        case.step_due_on = notice.ends_on
        case.save(update_fields=["step_due_on"])
    else:
        _end(case)


def end_notices(now: datetime) -> list[str]:
    """End every notice whose last day is over; its cases go to the decision, except those an objection holds."""
    ended = []
    due = (
        Notice.objects.filter(state="running", ends_on__lt=timezone.localdate(now))
        .order_by("id")
        .values_list("id", flat=True)
    )
    failed = Failures("intake-end-notices")
    for notice_id in list(due):
        with failed.noted(notice_id), transaction.atomic():
            notice = Notice.objects.select_for_update(of=("self",)).get(pk=notice_id)
            if notice.state != "running":
                continue
            notice.state = "ended"
            notice.save(update_fields=["state"])
            for case_id in notice.cases.order_by("id").values_list("id", flat=True):
                case = locked(case_id)
                # a case that came back from a review waits for a notice of its own: an old one must not end it
                if (
                    case.state == "publicity"
                    and _latest(case) == notice.pk
                    and notice.published_at >= round_began(case)
                ):
                    _end(case)
            record(
                CLOCK,
                "intake.notice.end",
                notice,
                after={"number": notice.number},
                agency_id=notice.agency_id,
            )
            ended.append(notice.number)
    failed.raise_any()
    return ended


def _latest(case: Case) -> int | None:
    return case.notices.order_by("-id").values_list("id", flat=True).first()


def _end(case: Case) -> None:
    """The notice of a case is over without an open objection: the clock runs again and the case is decided."""
    start_clock(case)
    write_edge(case, CLOCK, "end_notice", Move("deciding", "", case.round))
    tell_applicant(
        case, f"notice-end-{case.version}", "公示期满", f"您的办件 {case.number} 公示期满，进入决定环节。"
    )


def hide_notices(now: datetime) -> int:
    """Take notices down some time after their end: names do not stay public for ever (个人信息保护法 §19)."""
    limit = timezone.localdate(now) - timedelta(days=HIDE_AFTER_DAYS)
    hidden = 0
    for notice_id in Notice.objects.filter(state="ended", hidden_at=None, ends_on__lt=limit).values_list(
        "id", flat=True
    ):
        with transaction.atomic():
            notice = Notice.objects.select_for_update(of=("self",)).get(pk=notice_id)
            notice.hidden_at = now
            notice.save(update_fields=["hidden_at"])
            record(
                CLOCK,
                "intake.notice.hide",
                notice,
                after={"number": notice.number},
                agency_id=notice.agency_id,
            )
        hidden += 1
    return hidden


@transaction.atomic
def withdraw_notice(actor: Actor, notice_number: str, text: str) -> Notice:
    """Take down a notice that was wrong; its cases wait to be published again.

    Raises:
        NotAllowed, InputError: it does not run, or not the actor's agency.
    """
    notice = Notice.objects.select_for_update(of=("self",)).filter(number=notice_number).first()
    if notice is None or notice.state != "running" or notice.agency_id not in actor.scope:
        raise InputError("没有这份正在公示的公示")
    if actor.roles_at(notice.agency_id).isdisjoint({"publicity_editor", "supervisor"}):
        raise NotAllowed("您的岗位不能撤下公示")
    words = said(text, where="撤下理由", needed=True)
    notice.state, notice.hidden_at = "withdrawn", timezone.now()
    notice.save(update_fields=["state", "hidden_at"])
    for case_id in notice.cases.order_by("id").values_list("id", flat=True):
        case = locked(case_id)
        if case.state == "publicity":
            start_clock(case)
            write_edge(case, actor, "publish_notice", stay(case), note=f"公示撤下：{words}")
    record(
        actor,
        "intake.notice.withdraw",
        notice,
        reason=words[:500],
        after={"number": notice.number},
        agency_id=notice.agency_id,
    )
    return notice
