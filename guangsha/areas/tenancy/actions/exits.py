"""Ways out of a tenancy: ground, hearing, decision, notice, time to move, holding over, court, hand-back, settlement.

Every step is a person's; the clock only says what is due. Source: 公共租赁住房管理办法 §27, §29, §31; 社会救助法 §48; 行政强制法 §43,
§53–§54; operations.md W4.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from guangsha.areas.stock.actions import move
from guangsha.areas.subsidy.actions.base import choice
from guangsha.areas.tenancy import hooks
from guangsha.areas.tenancy.access import access_exit
from guangsha.areas.tenancy.actions.base import (
    REMEDIES,
    NotAllowed,
    another,
    ask_household,
    close_occupants,
    keep_act,
    locked,
    moved,
    need,
    new_number,
    said,
    set_state,
    tell_household,
    today,
    touched,
    whole,
)
from guangsha.areas.tenancy.actions.handovers import Found, keep_handover
from guangsha.areas.tenancy.facts import END_REASON_OF, EXIT_GROUNDS, OVER_INCOME_WAYS, WISHED
from guangsha.areas.tenancy.models import Handover, Lease
from guangsha.areas.tenancy.models_exit import Exit, ExitStep, Hearing, Violation
from guangsha.areas.tenancy.rules import (
    DECIDERS,
    HANDLERS,
    INSPECTORS,
    LAWYERS,
    LEASERS,
    CourtWindow,
    court_window,
    has_transition,
    next_month,
    transition_until,
    why_no_enforcement,
    why_no_ground,
)
from guangsha.areas.tenancy.terms import ground_months, transition_rent
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.workdays import national_calendar
from guangsha.ledger.rules import yuan_text


def _locked(actor: Actor, number: str, version: int | None, states: Sequence[str]) -> tuple[Lease, Exit]:
    seen = access_exit(actor, number)
    lease = locked(actor, seen.lease.number)
    found = Exit.objects.select_for_update().get(pk=seen.pk)
    if version is not None and found.version != version:
        raise moved(number)
    if found.state not in states:
        raise NotAllowed(
            f"这件腾退现在是“{found.get_state_display()}”，不能这样办理", where=number, advice="请刷新页面。"
        )
    return lease, found


def _step(
    actor: Actor,
    found: Exit,
    state: str,
    *fields: str,
    due_on: date | None = None,
    document: str = "",
    text: str = "",
) -> None:
    found.state = state
    found.version += 1
    found.save(update_fields=["state", "version", *fields])
    last = found.steps.aggregate(last=Max("number"))["last"] or 0
    ExitStep.objects.create(
        exit=found, number=last + 1, state=state, on=today(), due_on=due_on, document=document[:80], text=text[:300],
        made_by_id=actor.account_id or None, made_at=timezone.now(),
    )  # fmt: skip


@transaction.atomic
def open_exit(
    actor: Actor,
    lease_number: str,
    version: int | None = None,
    *,
    ground: str,
    facts: str,
    months: int = 0,
    violation: Violation | None = None,
    leave_on: date | None = None,
    case_number: str = "",
) -> Exit:
    """Begin a way out. Who did not ask for it is told and heard first (社会救助法 §48).

    Args:
        months: idle months, where that is the ground; owed months are asked of the rent room (``hooks.MONTHS_OWED``).
        leave_on: the day on which who asked for it wants to leave.

    Raises:
        InputError: the ground's clock is not full, or another way out is open.
    """
    lease = locked(actor, lease_number, version)
    if ground not in EXIT_GROUNDS:
        raise InputError("请选择事由", where="腾退事由", advice="请从列表中选择。")
    if not (actor.kind == "citizen" and ground == "own_wish"):
        need(actor, lease, HANDLERS, "提出腾退")
    if lease.state not in ("active", "renewing") or lease.handed_over_on is None:
        raise NotAllowed("这份合同现在不能办理腾退", where=lease_number, advice="请查看合同状态。")
    words = said(facts, "事实")
    if ground == "arrears":
        months = hooks.months_owed(lease, today())
    limit = ground_months(lease, ground, today()) if ground in ("idle", "arrears") else 0
    absence = violation.absence if violation is not None else ""
    if why := why_no_ground(ground, months=months, limit=limit, absence=absence):
        raise InputError(why, where=lease_number, advice="条件不具备，不能以此事由办理。")
    if ground == "violation" and (
        violation is None or violation.state != "closed" or violation.lease_id != lease.pk
    ):
        raise InputError(
            "没有逾期未改正的违规决定", where=lease_number, advice="请先办结违规核查和处理决定。"
        )
    wished = ground in WISHED
    found = Exit(
        number=new_number("TT", lease.region, today()), lease=lease, ground=ground, violation=violation, facts=words,
        case_number=case_number, opened_on=today(), state="heard" if wished else "hearing",
        leave_by=leave_on if wished else None, made_by_id=actor.account_id or None, made_at=timezone.now(),
    )  # fmt: skip
    try:
        with transaction.atomic():
            found.save(force_insert=True)
    except IntegrityError as error:
        raise InputError("这份合同已有一件腾退在办", where=lease_number, advice="请先办结那一件。") from error
    _step(actor, found, found.state, text=words)
    if not wished:
        name, article = EXIT_GROUNDS[ground]
        ask_household(lease, f"因“{name}”（{words}），拟请您家腾退承租的住房（{article}）。", exit=found)
    touched(lease)
    keep_act(actor, lease, "exit.open", found, reason=words, after={"number": found.number, "ground": ground})
    return found


@transaction.atomic
def decide_exit(
    actor: Actor, number: str, version: int, *, approve: bool, reasons: str, way: str = "leave"
) -> Exit:
    """A person decides after the household was heard: to leave, to stay at market rent (over-income only), or not at all.

    Raises:
        NotAllowed: who proposed it decides nothing; the place does not let over-income households stay.
    """
    lease, found = _locked(actor, number, version, ("heard",))
    need(actor, lease, DECIDERS, "作出腾退决定")
    another(actor, found.made_by_id, number)
    words = said(reasons, "决定理由")
    found.decided_by_id, found.decided_on, found.reasons = actor.account_id, today(), words
    fields = ("decided_by", "decided_on", "reasons", "way", "closed_on")
    if not approve:
        found.closed_on = today()
        _step(actor, found, "withdrawn", *fields, text=words)
        keep_act(actor, lease, "exit.refuse", found, reason=words)
        tell_household(
            lease, f"exit:{number}:refused", "不予腾退", "经听取意见，您家可以继续承租，照常居住。"
        )
        return found
    if way not in OVER_INCOME_WAYS or (way == "top_up" and found.ground != "over_income"):
        raise InputError("没有这种处理方式", where="处理方式", advice="请从列表中选择。")
    found.way = way
    if way == "top_up":
        if choice("over_income_way", lease.region, today()) != "top_up_or_leave":
            raise NotAllowed("本地规定超收入家庭应当腾退", where=number, advice="请选择搬迁腾退。")
        found.closed_on = today()
        _step(actor, found, "done", *fields, text="按市场租金续住")
        _to_market_rent(actor, lease, words, number)
        keep_act(actor, lease, "exit.top_up", found, reason=words, after={"rent_fen": lease.rent_fen})
        return found
    _step(actor, found, "notice", *fields, text=words)
    set_state(lease, "notice")
    keep_act(
        actor, lease, "exit.decide", found, reason=words, after={"number": number, "ground": found.ground}
    )
    return found


def _to_market_rent(actor: Actor, lease: Lease, words: str, number: str) -> None:
    start = next_month(today())
    lease.household_type, lease.rent_fen = "", lease.market_fen
    touched(lease, "household_type", "rent_fen")
    hooks.tell_event(
        actor, lease, "rent_changed", start,
        {"household_type": "", "rent_fen": lease.rent_fen, "market_fen": lease.market_fen, "reason": "收入超过标准", "case": number},
    )  # fmt: skip
    tell_household(
        lease, f"exit:{number}:top-up", "租金调整为市场租金",
        f"经听取意见，您家收入超过标准，可以继续承租，自{start:%Y年%-m月}起按市场租金每月 {yuan_text(lease.market_fen)} 交租。理由：{words}。"
        f"收入下降后可以申请重新核定。{REMEDIES}",
    )  # fmt: skip


@transaction.atomic
def serve(actor: Actor, number: str, version: int, *, served_on: date, document: str) -> Exit:
    """The notice was served: from that day the remedies, the time to move and its rent run.

    Raises:
        InputError: a day before the decision or to come.
    """
    lease, found = _locked(actor, number, version, ("notice",))
    need(actor, lease, HANDLERS | LAWYERS, "登记送达")
    if found.served_on is not None:
        raise NotAllowed("已经登记过送达", where=number, advice="请刷新页面。")
    if found.decided_on is None or not found.decided_on <= served_on <= today():
        raise InputError("送达日期不对", where="送达日期", advice="应在决定以后、不晚于今天。")
    paper = said(document, "通知书文号")
    found.served_on = served_on
    if has_transition(found.ground):
        until = transition_until(served_on, whole("transition_months", lease.region, served_on))
        found.leave_by = found.transition_until = until
        found.transition_rent_fen = transition_rent(lease.market_fen, lease.region, served_on)
        _step(
            actor, found, "transition", "served_on", "leave_by", "transition_until", "transition_rent_fen", due_on=until,
            document=paper, text="送达，搬迁过渡期开始",
        )  # fmt: skip
        set_state(lease, "transition")
        hooks.tell_event(
            actor, lease, "transition", served_on + timedelta(days=1),
            {"rent_fen": found.transition_rent_fen, "until": until.isoformat(), "exit": number},
        )  # fmt: skip
        rent = f"搬迁过渡期到 {until:%Y年%-m月%-d日}，期间每月租金 {yuan_text(found.transition_rent_fen)}"
    else:
        if found.ground not in WISHED or found.leave_by is None or found.leave_by < served_on:
            days = whole("exit_notice_days", lease.region, served_on)
            found.leave_by = national_calendar().add_days(served_on, days)
        _step(
            actor,
            found,
            "notice",
            "served_on",
            "leave_by",
            due_on=found.leave_by,
            document=paper,
            text="送达",
        )
        touched(lease)
        rent = f"请在 {found.leave_by:%Y年%-m月%-d日} 前腾退"
    keep_act(
        actor,
        lease,
        "exit.serve",
        found,
        after={"served_on": served_on, "leave_by": found.leave_by, "document": paper},
    )
    name, article = EXIT_GROUNDS[found.ground]
    tell_household(
        lease, f"exit:{number}:served", "腾退通知",
        f"因“{name}”（{article}），{rent}。理由：{found.reasons}。有困难的请与我们联系。" + ("" if found.ground in WISHED else REMEDIES),
    )  # fmt: skip
    return found


@transaction.atomic
def hold_over(actor: Actor, number: str, version: int, *, text: str) -> Exit:
    """The time to leave is over and the household is still there: market rent from the day after. A person says so, with care.

    Raises:
        NotAllowed: the time is not over.
    """
    lease, found = _locked(actor, number, version, ("notice", "transition"))
    need(actor, lease, HANDLERS, "登记逾期占用")
    if found.leave_by is None or today() <= found.leave_by:
        raise NotAllowed("腾退期限还没有到", where=number, advice="请在期限届满后办理。")
    words = said(text, "上门核实情况")
    _step(actor, found, "holding_over", text=words)
    set_state(lease, "holding_over")
    hooks.tell_event(
        actor,
        lease,
        "holding_over",
        found.leave_by + timedelta(days=1),
        {"rent_fen": lease.market_fen, "exit": number},
    )
    keep_act(actor, lease, "exit.hold_over", found, reason=words, after={"rent_fen": lease.market_fen})
    tell_household(
        lease, f"exit:{number}:holding", "腾退期限已过",
        f"腾退期限已于 {found.leave_by:%Y年%-m月%-d日} 届满，之后按市场租金每月 {yuan_text(lease.market_fen)} 计收占用费。"
        f"确有困难的请尽快与我们联系。{REMEDIES}",
    )  # fmt: skip
    return found


def window_of(found: Exit) -> CourtWindow | None:
    """When the court may be asked; None before the notice was served."""
    if found.served_on is None:
        return None
    region = found.lease.region
    demanded = found.steps.filter(state="demanded").order_by("-number").values_list("on", flat=True).first()
    return court_window(
        found.served_on, demanded,
        remedy_months=whole("enforcement_remedy_months", region, today()),
        apply_months=whole("enforcement_apply_months", region, today()),
        demand_days=whole("enforcement_demand_days", region, today()),
    )  # fmt: skip


@transaction.atomic
def demand(actor: Actor, number: str, version: int, *, document: str) -> Exit:
    """The demand before enforcement (催告): ten days to do it oneself, and to say what speaks against it (行政强制法 §54)."""
    lease, found = _locked(actor, number, version, ("holding_over",))
    need(actor, lease, LAWYERS, "催告")
    due = today() + timedelta(days=whole("enforcement_demand_days", lease.region, today()))
    paper = said(document, "催告书文号")
    _step(actor, found, "demanded", due_on=due, document=paper)
    touched(lease)
    keep_act(actor, lease, "exit.demand", found, after={"document": paper, "due_on": due})
    tell_household(
        lease, f"exit:{number}:demand:{found.version}", "催告",
        f"请自收到催告书（{paper}）之日起十日内腾退住房；您可以陈述和申辩。逾期未腾退的，我们将依法申请人民法院强制执行。",
    )  # fmt: skip
    return found


@transaction.atomic
def go_to_court(actor: Actor, number: str, version: int, *, document: str) -> Exit:
    """Ask the court: for orders under §27 its enforcement within the three months of 行政强制法 §53; for the rest a lawsuit.

    Raises:
        NotAllowed: too early or too late.
    """
    lease, found = _locked(actor, number, version, ("demanded",))
    need(actor, lease, LAWYERS, "申请法院")
    last = found.steps.filter(state="demanded").order_by("-number").first()
    if last is None or last.due_on is None or today() <= last.due_on:
        raise NotAllowed(
            "催告期限还没有到", where=number, advice="催告书送达十日后才能申请（行政强制法第五十四条）。"
        )
    window = window_of(found)
    if (
        found.ground in ("violation", "idle")
        and window is not None
        and not window.first <= today() <= window.last
    ):
        raise NotAllowed(
            f"申请法院强制执行的期间是 {window.first:%Y年%-m月%-d日} 至 {window.last:%Y年%-m月%-d日}（行政强制法第五十三条）",
            where=number,
            advice="过期的请提起民事诉讼。" if today() > window.last else "请到时再申请。",
        )
    paper = said(document, "申请书或起诉状")
    _step(actor, found, "court", document=paper)
    set_state(lease, "litigation")
    keep_act(actor, lease, "exit.court", found, after={"document": paper})
    return found


@transaction.atomic
def court_ruled(actor: Actor, number: str, version: int, *, title: str, granted: bool) -> Exit:
    """What the court ruled. Only its order lets anybody be put out, and only it is a court title for the doors."""
    lease, found = _locked(actor, number, version, ("court",))
    need(actor, lease, LAWYERS, "登记法院裁定")
    paper = said(title, "裁定书文号")[:60]
    if granted:
        lease.court_title = paper
        touched(lease, "court_title")
        _step(actor, found, "court", document=paper, text="准予执行")
    else:
        _step(actor, found, "holding_over", document=paper, text="法院不准予执行")
        set_state(lease, "holding_over")
    keep_act(actor, lease, "exit.ruled", found, after={"title": paper, "granted": granted})
    return found


@transaction.atomic
def hand_back(
    actor: Actor, number: str, version: int, found: Found, *, moment: datetime | None = None
) -> Handover:
    """The dwelling is given back: readings, keys, what stayed behind with its witness; settlement comes after.

    Args:
        moment: of an enforcement by the court; never at night or on a holiday.

    Raises:
        NotAllowed: the tenant did not come and no court has ordered it; or not at this hour.
    """
    lease, way_out = _locked(
        actor, number, version, ("notice", "transition", "holding_over", "demanded", "court")
    )
    need(actor, lease, LEASERS | INSPECTORS, "办理退房查验")
    if way_out.served_on is None:
        raise NotAllowed("腾退通知还没有送达", where=number, advice="请先登记送达。")
    if found.absent:
        if not lease.court_title:
            raise NotAllowed(
                "承租人未到场，没有法院裁定不能收回住房",
                where=number,
                advice="请与承租人约定时间；去世或失联的由法制审核依法办理。",
            )
        if why := why_no_enforcement(
            timezone.localtime(moment or timezone.now()), national_calendar().is_workday
        ):
            raise NotAllowed(why, where=number, advice="请在工作日白天进行。")
    made = keep_handover(actor, lease, "out", found)
    lease.handed_back_on = found.on
    touched(lease, "handed_back_on")
    close_occupants(lease, found.on, "退房")
    _step(actor, way_out, "checking", text=f"{found.on:%Y年%-m月%-d日} 交还住房")
    move(
        actor, lease.dwelling_id, "checking", on=found.on, reason="退房查验", expected=frozenset({"let"}),
        source_type="tenancy.lease", source_id=lease.number,
    )  # fmt: skip
    hooks.tell_event(actor, lease, "handed_back", found.on, {"exit": number})
    keep_act(
        actor,
        lease,
        "lease.hand_back",
        made,
        after={"on": found.on, "keys": found.keys, "readings": made.readings},
    )
    tell_household(lease, "handed-back", "已交还住房", "已办理退房查验。费用结清后，押金按规定退还。")
    return made


@transaction.atomic
def settle(actor: Actor, number: str, version: int) -> Lease:
    """Everything is paid, returned and closed: the lease ends.

    Raises:
        NotAllowed: something is open; the sentence says what.
    """
    lease, found = _locked(actor, number, version, ("checking",))
    need(actor, lease, LEASERS, "结清终止")
    why = list(hooks.why_not_settled(lease))
    if (owed := hooks.owed_fen(lease)) > 0:
        why.append(f"还有 {yuan_text(owed)} 未结清")
    if why:
        raise NotAllowed("；".join(why), where=lease.number, advice="结清后再终止合同。")
    found.closed_on = today()
    _step(actor, found, "done", "closed_on")
    lease.ended_on, lease.end_reason = today(), END_REASON_OF[found.ground]
    set_state(lease, "ended", "ended_on", "end_reason")
    hooks.tell_event(actor, lease, "ended", lease.ended_on, {"reason": lease.end_reason, "exit": number})
    keep_act(actor, lease, "lease.end", lease, after={"reason": lease.end_reason, "ended_on": lease.ended_on})
    tell_household(lease, "ended", "租赁合同已终止", f"合同 {lease.number} 已结清终止。")
    return lease


@transaction.atomic
def withdraw_exit(actor: Actor, number: str, version: int, *, reason: str) -> Exit:
    """Take a way out back: the ground fell away, an objection was right, the household put it right. It lives there as before.

    Raises:
        NotAllowed: who began it does not take it back after a decision; the dwelling was given back.
    """
    lease, found = _locked(
        actor, number, version, ("hearing", "heard", "notice", "transition", "holding_over", "demanded")
    )
    need(actor, lease, HANDLERS if found.decided_on is None else DECIDERS, "撤回腾退")
    words = said(reason, "理由")
    found.closed_on = today()
    _step(actor, found, "withdrawn", "closed_on", text=words)
    Hearing.objects.filter(exit=found, outcome="").update(outcome="silent")
    if lease.state not in ("active", "renewing"):
        set_state(lease, "active")
        hooks.tell_event(
            actor, lease, "rent_changed", today(),
            {
                "household_type": lease.household_type, "rent_fen": lease.rent_fen, "market_fen": lease.market_fen,
                "reason": "撤回腾退", "case": number,
            },
        )  # fmt: skip
    keep_act(actor, lease, "exit.withdraw", found, reason=words)
    tell_household(lease, f"exit:{number}:withdrawn", "腾退已撤回", "您家照常承租居住，租金按原标准。")
    return found
