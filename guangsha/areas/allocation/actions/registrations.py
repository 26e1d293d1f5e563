"""Registrations for a plan: taken, withdrawn, re-checked all together, settled one by one, published as a masked roster.

Source: 公共租赁住房管理办法（住房和城乡建设部令第11号）§11 (re-check within 15 working days, then public notice); 社会救助法 §48;
operations.md W3, §2.0, §6.3.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from guangsha.areas.allocation import hooks
from guangsha.areas.allocation.access import access_registration
from guangsha.areas.allocation.actions.base import (
    Moved,
    NotAllowed,
    locked_entry,
    locked_plan,
    move_plan,
    need,
    need_distance,
    said,
    tell_entry,
    today,
    touched,
    whole,
)
from guangsha.areas.allocation.actions.changes import REMEDIES
from guangsha.areas.allocation.actions.waitlist import Standing, set_state, standings_of
from guangsha.areas.allocation.facts import BEFORE_FREEZE, HEARING_OUTCOMES, PROXIES, QUEUES
from guangsha.areas.allocation.models import Plan, Registration, WaitlistEntry
from guangsha.areas.allocation.rules import APPROVERS, CHECKERS, EDITORS, MAKERS, entry_no_of
from guangsha.areas.eligibility.families import families_of
from guangsha.areas.intake.actions.notices import publish_list
from guangsha.areas.intake.actions.numbers import next_number
from guangsha.areas.intake.letters import remedies_text
from guangsha.areas.intake.models import Case
from guangsha.audit.actions import record
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import GuangshaError, InputError
from guangsha.policy.decision import Decision, decide
from guangsha.policy.household import Family, facts_of
from guangsha.policy.programme import Outcome
from guangsha.policy.programmes import PUBLIC_RENTAL
from guangsha.privacy.masks import mask_name_public
from guangsha.privacy.sealing import sm3_hex

#: Wishes of one family, and registrants that one re-check reads.
WISHES_MAX = 50
RECHECK_MAX = 20_000
#: Notice of a list without cases, in intake's words.
SERVICE = "draw_select"


@dataclass(frozen=True, slots=True)
class Wish:
    """How a family registers: its dwellings in the order of wish (for matching by machine) and who comes to the session."""

    dwellings: tuple[str, ...] = ()
    proxy: str = "self"
    proxy_name: str = ""


@transaction.atomic
def register(
    actor: Actor,
    plan_number: str,
    entry_number: str,
    wish: Wish | None = None,
    *,
    case: Case | None = None,
    on: date | None = None,
) -> Registration:
    """Register a household of the list for a plan; its receipt number is public and says nothing about it. Who may not apply anew
    (``hooks.BARRED``) is registered with that difference, which a person settles.

    Args:
        on: the day it asked (that of a case is the day it was submitted); today if None.

    Raises:
        NotAllowed: the window is not open, the household does not wait, or the plan has no dwelling of its layout.
        InputError: unknown wishes, nobody named to come.
    """
    plan = locked_plan(actor, plan_number)
    entry = locked_entry(actor, entry_number)
    wish = wish or Wish()
    if actor.kind == "staff":
        need(actor, plan.agency_id, MAKERS, "办理意向登记")
        need_distance(actor, [entry.household_id])
    _may_register(plan, entry, on or today())
    _check_wish(plan, entry, wish)
    why = hooks.barred_among([entry.household_id], today()).get(entry.household_id, [])
    trace: dict[str, Any] = {"on": today().isoformat(), "outcome": "differs", "reasons": why} if why else {}
    serial = next_number(f"allocation:registration:{plan.number}")
    made = Registration.objects.create(
        plan=plan, waitlist_entry=entry, entry_no=entry_no_of(serial), household_id=entry.household_id,
        applicant_id=entry.applicant_id, case=case, channel="case" if case else "window", layout=entry.layout, tier=entry.tier,
        members=entry.members, recheck="differs" if why else "", recheck_trace=cast(Any, trace), wishes=list(wish.dwellings), proxy=wish.proxy,
        proxy_name=said(wish.proxy_name, "到场人姓名", needed=wish.proxy != "self", most=60),
        registered_at=timezone.now(),
    )  # fmt: skip
    set_state([entry], "registered", f"登记方案 {plan.number}")
    record(
        actor, "allocation.registration.make", made,
        after={"plan": plan.number, "entry_no": made.entry_no, "entry": entry.number, "layout": made.layout, "tier": made.tier,
               "differs": why},
        agency_id=plan.agency_id,
    )  # fmt: skip
    tell_entry(
        entry, f"registered:{plan.number}:{made.entry_no}", f"已登记参加“{plan.name}”",
        f"登记号 {made.entry_no}，户型组别：{QUEUES[made.layout]}。复核和名册公示后，以登记号公布顺序。"
        + ("本方案按志愿配房，名册冻结前请在“我的轮候”填写志愿。" if plan.matching == "machine" else ""),
    )  # fmt: skip
    return made


def _may_register(plan: Plan, entry: WaitlistEntry, on: date) -> None:
    if plan.state not in ("registering", "rechecking") or not plan.register_from <= on <= plan.register_until:
        raise NotAllowed(
            f"登记时间为 {plan.register_from:%Y年%-m月%-d日}至 {plan.register_until:%Y年%-m月%-d日}", where=plan.number,
            advice="请在登记时间内办理。",
        )  # fmt: skip
    if entry.agency_id != plan.agency_id:
        raise NotAllowed("不是本机构的轮候家庭", where=entry.number, advice="请向轮候登记所在机构办理。")
    if entry.state != "waiting":
        raise NotAllowed(
            f"轮候登记现为“{entry.get_state_display()}”，不能登记",
            where=entry.number,
            advice="请先办结在办的事项。",
        )
    if not plan.dwellings.filter(layout=entry.layout, state="open").exists():
        raise NotAllowed(
            f"本方案没有{QUEUES[entry.layout]}房源", where=plan.number, advice="请等候下一次配租；人口有变化的请先更新轮候登记。"
        )  # fmt: skip


def _check_wish(plan: Plan, entry: WaitlistEntry, wish: Wish) -> None:
    if wish.proxy not in PROXIES:
        raise InputError("请选择由谁到场", where="到场人", advice="请从列表中选择。")
    check_wishes(plan, entry.layout, wish.dwellings)


def check_wishes(plan: Plan, layout: str, dwellings: Sequence[str]) -> None:
    """Wishes are dwellings of the family's own queue, each once.

    Raises:
        InputError: too many, one twice, or one that is not among them.
    """
    if len(dwellings) > WISHES_MAX or len(set(dwellings)) != len(dwellings):
        raise InputError(f"志愿最多 {WISHES_MAX} 套，不能重复", where="志愿", advice="请更正志愿。")
    if plan.dwellings.filter(unit_no__in=dwellings, layout=layout).count() != len(dwellings):
        raise InputError(
            f"志愿里有不是本方案{QUEUES[layout]}的房源", where="志愿", advice="请按公布的房源表填写。"
        )


@transaction.atomic
def withdraw_registration(actor: Actor, key: int, *, reason: str) -> Registration:
    """The family takes its registration back before the roster is frozen: nothing is lost, it waits in its old place.

    Raises:
        NotAllowed: the roster is frozen: then it may only refuse in the session.
    """
    plan, one = locked_registration(actor, key)
    if actor.kind == "staff":
        need(actor, plan.agency_id, MAKERS, "撤回意向登记")
        need_distance(actor, [one.household_id])
    if plan.state not in BEFORE_FREEZE or one.state not in ("registered", "qualified"):
        raise NotAllowed("名册已冻结，不能撤回", where=one.entry_no, advice="选房时可以弃选。")
    one.state = "withdrawn"
    touched(one, "state")
    _wait_again(one, "撤回意向登记")
    record(
        actor, "allocation.registration.withdraw", one, reason=said(reason, "理由"),
        after={"plan": plan.number, "entry_no": one.entry_no}, agency_id=plan.agency_id,
    )  # fmt: skip
    return one


def locked_registration(actor: Actor, key: int, version: int | None = None) -> tuple[Plan, Registration]:
    """A registration and its plan, both locked, the plan first.

    Raises:
        NotThere: not this actor's to see.
        Moved: it was changed since ``version``.
    """
    seen = access_registration(actor, key)
    plan = Plan.objects.select_for_update().get(pk=seen.plan_id)
    one = Registration.objects.select_for_update().get(pk=key)
    if version is not None and one.version != version:
        raise Moved("这项登记刚被别人办理过", where=one.entry_no, advice="请刷新页面，看过最新情况再办。")
    return plan, one


def _wait_again(one: Registration, reason: str) -> None:
    entry = WaitlistEntry.objects.select_for_update().get(pk=one.waitlist_entry_id)
    if entry.state == "registered":
        set_state([entry], "waiting", reason)


# Re-check -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def recheck_registrants(actor: Actor, plan_number: str) -> dict[str, int]:
    """Re-check every registrant who is not settled yet, all in a fixed number of questions. Who still qualifies is taken into the
    roster; every difference waits for a person. May be run again: later records count then.

    Returns:
        how many fit, differ, and cannot be said.

    Raises:
        NotAllowed: the window is still open, or not this person.
    """
    plan = locked_plan(actor, plan_number)
    need(actor, plan.agency_id, CHECKERS | MAKERS, "资格复核")
    if plan.state != "rechecking":
        raise NotAllowed("不在资格复核阶段", where=plan.number, advice="登记截止后办理。")
    rows = list(
        plan.registrations.select_for_update(of=("self",))
        .filter(state="registered", settled_at=None)
        .select_related("waitlist_entry")
        .order_by("pk")[:RECHECK_MAX]
    )
    on, region = today(), plan.agency.region_code[:6]
    households = [one.household_id for one in rows]
    families, standings = families_of(households, on), standings_of(households, region, on)
    barred = hooks.barred_among(households, on)
    counts = dict.fromkeys(("fit", "differs", "unknown"), 0)
    for one in rows:
        found = _found(
            one,
            families.get(one.household_id),
            standings.get(one.household_id),
            region,
            on,
            barred.get(one.household_id, ()),
        )
        outcome, reasons, decision = found
        standing = standings.get(one.household_id)
        trace: dict[str, Any] = {
            "on": on.isoformat(), "outcome": outcome, "reasons": reasons,
            "standing": standing.as_data() if standing else {}, "decision": decision.as_data() if decision else {},
        }  # fmt: skip
        one.recheck, one.recheck_trace, one.rechecked_at = outcome, cast(Any, trace), timezone.now()
        one.recheck_digest = sm3_hex(json.dumps(trace, ensure_ascii=False, sort_keys=True).encode())
        one.state = "qualified" if outcome == "fit" else "registered"
        one.version += 1
        counts[outcome] += 1
    Registration.objects.bulk_update(
        rows,
        ["recheck", "recheck_trace", "rechecked_at", "recheck_digest", "state", "version"],
        batch_size=200,
    )
    record(
        actor,
        "allocation.plan.recheck",
        plan,
        after={"registrants": len(rows), **counts},
        agency_id=plan.agency_id,
    )
    return counts


def _found(
    one: Registration,
    family: Family | None,
    standing: Standing | None,
    region: str,
    on: date,
    barred: Sequence[str],
) -> tuple[str, list[str], Decision | None]:
    """What the re-check of one registrant found: the result, its reasons in sentences, the decision of the policy."""
    if family is None or standing is None:
        return "unknown", [*barred, "家庭档案里没有计入保障人口的成员"], None
    entry, reasons = one.waitlist_entry, list(barred)
    if entry.state != "registered":
        reasons.append(f"轮候登记现为“{entry.get_state_display()}”")
    if entry.certificate_until is not None and entry.certificate_until < on:
        reasons.append(f"资格证明已于 {entry.certificate_until:%Y年%-m月%-d日}到期")
    if standing.layout != one.layout or standing.members != one.members:
        reasons.append(
            f"档案中现有 {standing.members} 人、应为{QUEUES[standing.layout]}，登记为 {one.members} 人、{QUEUES[one.layout]}"
        )
    if standing.tier > one.tier:
        reasons.append("优先保障的依据已不在档案中")
    try:
        decision = decide(facts_of(family, on), region, on, programme=PUBLIC_RENTAL)
    except GuangshaError as error:
        return "unknown", [*reasons, str(error)], None
    if decision.outcome is Outcome.INCOMPLETE:
        return (
            "unknown",
            [*reasons, "资料不全：" + "、".join(c.condition.title for c in decision.unknown)],
            decision,
        )
    if decision.outcome is not Outcome.GRANT:
        reasons.append("不再符合：" + ("、".join(c.condition.title for c in decision.failed) or "保障类别"))
    return ("differs" if reasons else "fit"), reasons, decision


@transaction.atomic
def ask_registrant(actor: Actor, key: int, version: int, *, reason: str) -> Registration:
    """Tell a family what the re-check found and ask it before it is left out (社会救助法 §48).

    Raises:
        NotAllowed: nothing was found, it was asked already, or not this person.
    """
    plan, one = locked_registration(actor, key, version)
    need(actor, plan.agency_id, CHECKERS | MAKERS, "告知复核差异")
    need_distance(actor, [one.household_id])
    if (
        plan.state not in BEFORE_FREEZE
        or one.state not in ("registered", "qualified")
        or one.heard_due_on is not None
    ):
        raise NotAllowed("现在不能告知，或已经告知过", where=one.entry_no, advice="请刷新页面。")
    words = said(reason, "复核发现的情况")
    one.heard_due_on = today() + timedelta(
        days=whole("allocation_hearing_days", plan.agency.region_code, today())
    )
    one.state, one.settled_reason, one.settled_at, one.settled_by = "registered", words, None, None
    if one.recheck in ("", "fit"):
        one.recheck = "differs"
    touched(one, "heard_due_on", "state", "settled_reason", "settled_at", "settled_by", "recheck")
    record(
        actor, "allocation.registration.ask", one, reason=words, after={"plan": plan.number, "due_on": one.heard_due_on},
        agency_id=plan.agency_id,
    )  # fmt: skip
    tell_entry(
        one.waitlist_entry, f"ask:{plan.number}:{one.version}", "配租资格复核有差异，请您说明",
        f"参加“{plan.name}”的资格复核发现：{words}。请在 {one.heard_due_on:%Y年%-m月%-d日}前说明；作出认定前不会变动。",
        link=f"/my/allocation/{one.pk}/",
    )  # fmt: skip
    return one


@transaction.atomic
def hear_registrant(actor: Actor, key: int, *, outcome: str, text: str = "") -> Registration:
    """What the family says: written by itself, or noted by staff who heard it.

    Raises:
        NotAllowed: nothing is asked (any more).
        InputError: no answer.
    """
    plan, one = locked_registration(actor, key)
    if actor.kind == "staff":
        need(actor, plan.agency_id, CHECKERS | MAKERS | APPROVERS, "记录陈述意见")
    if one.heard_due_on is None or one.heard_at is not None or one.state != "registered":
        raise NotAllowed("没有待说明的事项", where=one.entry_no, advice="请刷新页面。")
    if outcome not in HEARING_OUTCOMES or outcome == "silent":
        raise InputError("请选择有没有不同意见", where="陈述意见", advice="请选择后提交。")
    words = said(text, "陈述意见", needed=outcome == "objected")
    one.heard_said, one.heard_at = f"{HEARING_OUTCOMES[outcome]}。{words}", timezone.now()
    touched(one, "heard_said", "heard_at")
    record(
        actor, "allocation.registration.hear", one, after={"plan": plan.number, "outcome": outcome},
        agency_id=plan.agency_id,
    )  # fmt: skip
    return one


@transaction.atomic
def settle_registrant(actor: Actor, key: int, version: int, *, fits: bool, reason: str) -> Registration:
    """A person says whether a registrant is in the roster. Leaving one out needs that the family was heard or let the time pass, and
    is signed by an approver; the letter names the remedies.

    Who stays takes over members, layout and tier of the household's file today: sizes change only before the roster is frozen.

    Raises:
        NotAllowed: the roster is frozen, the family is still being heard, or not this person.
    """
    plan, one = locked_registration(actor, key, version)
    need(actor, plan.agency_id, CHECKERS | APPROVERS if fits else APPROVERS, "认定复核结果")
    need_distance(actor, [one.household_id])
    if plan.state not in BEFORE_FREEZE or one.state not in ("registered", "qualified"):
        raise NotAllowed("名册已冻结或已经认定", where=one.entry_no, advice="请刷新页面。")
    words = said(reason, "认定理由")
    if not fits and (one.heard_due_on is None or (one.heard_at is None and today() <= one.heard_due_on)):
        raise NotAllowed(
            "尚未听取该家庭的意见", where=one.entry_no, advice="请先告知复核差异，听取意见或期满后再认定。"
        )
    before = {"state": one.state, "layout": one.layout, "members": one.members, "tier": one.tier}
    one.state = "qualified" if fits else "disqualified"
    if fits:
        _take_standing(plan, one)
    one.settled_by_id, one.settled_at, one.settled_reason = actor.account_id, timezone.now(), words
    touched(one, "state", "layout", "members", "tier", "settled_by", "settled_at", "settled_reason")
    if not fits:
        _wait_again(one, f"方案 {plan.number} 复核不符合")
    record(
        actor, "allocation.registration.settle", one, reason=words, before=before,
        after={"state": one.state, "layout": one.layout, "members": one.members, "tier": one.tier}, agency_id=plan.agency_id,
    )  # fmt: skip
    if not fits:
        tell_entry(
            one.waitlist_entry, f"settled:{plan.number}:{one.version}", "配租资格复核不符合",
            f"经复核并听取意见，您家不列入“{plan.name}”名册。理由：{words}。{remedies_text(REMEDIES)}",
            link=f"/my/allocation/{one.pk}/",
        )  # fmt: skip
    return one


def _take_standing(plan: Plan, one: Registration) -> None:
    found = standings_of([one.household_id], plan.agency.region_code, today()).get(one.household_id)
    if found is None:
        return
    one.members, one.layout, one.tier = found.members, found.layout, found.tier
    if not plan.dwellings.filter(layout=one.layout, state="open").exists():
        raise NotAllowed(
            f"本方案没有{QUEUES[one.layout]}房源", where=one.entry_no, advice="请与家庭说明，由其撤回登记。"
        )
    entry = WaitlistEntry.objects.select_for_update().get(pk=one.waitlist_entry_id)
    entry.members, entry.layout = found.members, found.layout
    if found.tier <= entry.tier:
        entry.tier, entry.grounds = found.tier, list(found.grounds)
    touched(entry, "members", "layout", "tier", "grounds")


# Notice ---------------------------------------------------------------------------------------------------------------


@transaction.atomic
def publish_roster(actor: Actor, plan_number: str, version: int) -> Plan:
    """Publish who is in the roster as one masked list; objections to it hold the freezing until they are answered.

    Raises:
        NotAllowed: somebody is not settled, nobody is in it, or not this person (whoever runs the draw publishes no roster).
    """
    plan = locked_plan(actor, plan_number, version)
    need(actor, plan.agency_id, EDITORS, "公示名册")
    if plan.state != "rechecking":
        raise NotAllowed("不在公示之前的阶段", where=plan.number, advice="请刷新页面。")
    left = plan.registrations.filter(state="registered").count()
    if left:
        raise NotAllowed(f"还有 {left} 户没有复核认定", where=plan.number, advice="全部认定后再公示。")
    families = list(
        plan.registrations.filter(state="qualified")
        .select_related("applicant", "household__community")
        .order_by("layout", "entry_no")
    )
    if not families:
        raise NotAllowed("名册里没有家庭", where=plan.number)
    days = whole("publicity_days", plan.agency.region_code, today())
    notice = publish_list(actor, SERVICE, plan.agency, f"{plan.name}名册", roster_rows(families), days=days)
    plan.notice, plan.notice_from, plan.notice_until = notice, notice.starts_on, notice.ends_on
    move_plan(plan, "publicity", "notice", "notice_from", "notice_until")
    record(
        actor, "allocation.plan.publish", plan, after={"notice": notice.number, "families": len(families)},
        agency_id=plan.agency_id,
    )  # fmt: skip
    return plan


def roster_rows(families: Sequence[Registration]) -> list[dict[str, Any]]:
    """The lines of the public roster (operations.md §6.3): nothing of why a family stands where it stands."""
    return [
        {
            "序号": place, "登记号": one.entry_no, "申请人": mask_name_public(one.applicant.name), "家庭人数": one.members,
            "社区": one.household.community.name, "户型组别": QUEUES[one.layout], "审核结果": "符合",
        }
        for place, one in enumerate(families, 1)
    ]  # fmt: skip


@transaction.atomic
def reopen_roster(actor: Actor, plan_number: str, version: int, *, reason: str) -> Plan:
    """An objection was right, or a record changed: back to the re-check; the roster is published anew afterwards.

    Raises:
        NotAllowed: it is not before the freezing, or not this person.
    """
    plan = locked_plan(actor, plan_number, version)
    need(actor, plan.agency_id, CHECKERS | APPROVERS, "退回复核")
    if plan.state != "publicity":
        raise NotAllowed("不在名册公示阶段", where=plan.number, advice="请刷新页面。")
    words = said(reason, "理由")
    move_plan(plan, "rechecking")
    record(
        actor,
        "allocation.plan.reopen",
        plan,
        reason=words,
        after={"state": plan.state},
        agency_id=plan.agency_id,
    )
    return plan
