"""Violations: a signal, at least two checks by two people, the tenant's statement, a decision, time to put it right.

Nothing follows from a signal alone. Source: 公共租赁住房管理办法 §27, §36; 社会救助法 §48; operations.md W18, W20.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from guangsha.areas.subsidy.actions.base import choice
from guangsha.areas.tenancy import hooks
from guangsha.areas.tenancy.access import access_hearing, access_violation
from guangsha.areas.tenancy.actions.base import (
    REMEDIES,
    NotAllowed,
    another,
    ask_household,
    heard,
    keep_act,
    locked,
    moved,
    need,
    new_number,
    said,
    tell_household,
    today,
    whole,
)
from guangsha.areas.tenancy.facts import (
    ABSENCES,
    HEARING_OUTCOMES,
    HEARING_WAYS,
    VIOLATION_KINDS,
    VIOLATION_SIGNALS,
)
from guangsha.areas.tenancy.models import Lease
from guangsha.areas.tenancy.models_exit import Ban, Clue, Hearing, SiteCheck, Violation
from guangsha.areas.tenancy.rules import (
    DECIDERS,
    HANDLERS,
    INSPECTORS,
    LAWYERS,
    Absence,
    Caps,
    Consequences,
    consequences,
    idle_months,
    why_no_ground,
)
from guangsha.areas.tenancy.terms import ground_months
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.workdays import national_calendar
from guangsha.ledger.rules import yuan_text
from guangsha.people.actors import build_actor
from guangsha.people.models import Account

BAN_ARTICLE = "公共租赁住房管理办法第三十六条"
GAIN_MAX = 10**11


def _locked(actor: Actor, number: str, version: int | None, states: Sequence[str]) -> tuple[Lease, Violation]:
    seen = access_violation(actor, number)
    lease = locked(actor, seen.lease.number)
    found = Violation.objects.select_for_update().get(pk=seen.pk)
    if version is not None and found.version != version:
        raise moved(number)
    if found.state not in states:
        raise NotAllowed(
            f"这件违规现在是“{found.get_state_display()}”，不能这样办理", where=number, advice="请刷新页面。"
        )
    return lease, found


def _touched(found: Violation, *fields: str) -> None:
    found.version += 1
    found.save(update_fields=[*fields, "version"])


@transaction.atomic
def report_signal(
    actor: Actor, lease_number: str, *, kind: str, signal: str, text: str, found_on: date
) -> Violation:
    """Write a clue down. The household is not told yet: nothing is known.

    Raises:
        InputError: the same kind is open already.
    """
    lease = locked(actor, lease_number)
    need(actor, lease, INSPECTORS, "登记违规线索")
    if kind not in VIOLATION_KINDS or signal not in VIOLATION_SIGNALS:
        raise InputError("请选择情形和来源", where="违规线索", advice="请从列表中选择。")
    if lease.handed_over_on is None or lease.handed_back_on is not None:
        raise NotAllowed("这套房现在没有人承租居住", where=lease_number, advice="请核对合同。")
    words = said(text, "线索内容")
    if found_on > today():
        raise InputError("发现日期不能晚于今天", where="发现日期", advice="请核对。")
    try:
        with transaction.atomic():
            found = Violation.objects.create(
                number=new_number("WG", lease.region, today()), lease=lease, kind=kind, signal=signal, text=words,
                found_on=found_on, made_by_id=actor.account_id or None, made_at=timezone.now(),
            )  # fmt: skip
    except IntegrityError as error:
        raise InputError("同类线索还在核查", where=lease_number, advice="请在原来那件上补充核查。") from error
    keep_act(
        actor,
        lease,
        "violation.signal",
        found,
        after={"number": found.number, "kind": kind, "signal": signal},
    )
    return found


@transaction.atomic
def add_check(
    actor: Actor,
    number: str,
    version: int | None,
    *,
    on: date,
    second: Account,
    found: bool,
    record: str,
    absence: str = "",
) -> Violation:
    """One visit of two people. When enough of them found it so, the household is told and asked.

    Args:
        second: the colleague who went along; somebody else, with a post that looks on site.
        absence: why the household is away, as seen (``facts.ABSENCES``).

    Raises:
        InputError: one person, the same day twice, or a day to come.
    """
    lease, violation = _locked(actor, number, version, ("signal", "checked"))
    need(actor, lease, INSPECTORS, "登记现场核查")
    if second.pk == actor.account_id or not build_actor(second).roles_at(lease.agency_id) & INSPECTORS:
        raise InputError("现场核查须两名有权限的工作人员", where="同行核查人", advice="请选择另一位同事。")
    if not violation.found_on <= on <= today() or absence not in ABSENCES:
        raise InputError("核查日期不对", where="核查日期", advice="应在发现日期以后、不晚于今天。")
    words = said(record, "核查记录")
    try:
        with transaction.atomic():
            SiteCheck.objects.create(
                violation=violation, on=on, first_by_id=actor.account_id, second_by=second, found=found, record=words,
                made_at=timezone.now(),
            )  # fmt: skip
    except IntegrityError as error:
        raise InputError(
            "这一天已经核查过", where="核查日期", advice="至少两次核查应在不同的日子。"
        ) from error
    violation.absence = absence or violation.absence
    enough = violation.checks.filter(found=True).count() >= whole("onsite_checks_min", lease.region, today())
    violation.state = "checked" if enough else "signal"
    _touched(violation, "state", "absence")
    keep_act(
        actor, lease, "violation.check", violation, after={"on": on, "found": found, "second": second.pk}
    )
    return violation


@transaction.atomic
def ask_tenant(
    actor: Actor,
    number: str,
    version: int | None,
    *,
    started_on: date,
    stopped_on: date | None,
    gain_fen: int = 0,
) -> Hearing:
    """Tell the household what was found and ask it, with the days and the gain as found.

    Raises:
        NotAllowed: not checked often enough.
        InputError: the ground does not hold (idle for too short, or away for a good reason).
    """
    lease, violation = _locked(actor, number, version, ("checked",))
    need(actor, lease, INSPECTORS | HANDLERS, "告知承租人")
    last = stopped_on or today()
    if (
        not (lease.handed_over_on or lease.starts_on) <= started_on <= last <= today()
        or not 0 <= gain_fen <= GAIN_MAX
    ):
        raise InputError("起止日期或违法所得不对", where="违规期间", advice="应在入住以后、不晚于今天。")
    if violation.kind == "idle":
        months = idle_months([Absence(started_on, last, violation.absence)])
        limit = ground_months(lease, "idle", today())
        if why := why_no_ground("idle", months=months, limit=limit, absence=violation.absence):
            raise InputError(why, where=number, advice="请结案或继续观察。")
    violation.started_on, violation.stopped_on, violation.gain_fen = started_on, stopped_on, gain_fen
    violation.state = "hearing"
    _touched(violation, "started_on", "stopped_on", "gain_fen", "state")
    name, item = VIOLATION_KINDS[violation.kind]
    hearing = ask_household(
        lease,
        f"经现场核查，您家承租的住房自{started_on:%Y年%-m月%-d日}起可能有“{name}”的情形（公共租赁住房管理办法{item}）。",
        violation=violation,
    )
    keep_act(actor, lease, "violation.ask", violation, after={"started_on": started_on, "gain_fen": gain_fen})
    return hearing


@transaction.atomic
def hear(actor: Actor, key: int, *, text: str, outcome: str, way: str = "online") -> Hearing:
    """What the household says, of a violation or of a way out; written by itself, or noted by staff (at the window, by phone).

    Raises:
        NotAllowed: nothing is asked (any more).
    """
    seen = access_hearing(actor, key)
    lease = locked(actor, seen.lease.number)
    hearing = Hearing.objects.select_for_update(of=("self",)).select_related("violation", "exit").get(pk=key)
    if hearing.outcome:
        raise NotAllowed("已经陈述过意见", where=lease.number, advice="请刷新页面。")
    if outcome not in HEARING_OUTCOMES or outcome == "silent" or way not in HEARING_WAYS or not way:
        raise InputError("请选择有没有不同意见", where="陈述意见", advice="请选择后提交。")
    words = said(text, "陈述意见", needed=outcome == "objected")
    if actor.kind == "staff":
        need(actor, lease, INSPECTORS | HANDLERS | DECIDERS, "记录陈述意见")
    elif actor.kind != "citizen":
        raise NotAllowed("请由家庭成员本人说明", where=lease.number)
    heard(hearing, words, outcome, way if actor.kind == "staff" else "online", actor.account_id or None)
    close_hearing(hearing)
    keep_act(actor, lease, "hearing", hearing, after={"outcome": outcome, "way": hearing.way})
    return hearing


def close_hearing(hearing: Hearing) -> None:
    """What was asked about waits for a person's decision now."""
    if hearing.violation is not None:
        hearing.violation.state = "heard"
        _touched(hearing.violation, "state")
    if hearing.exit is not None:
        hearing.exit.state = "heard"
        hearing.exit.version += 1
        hearing.exit.save(update_fields=["state", "version"])


def consequences_of(violation: Violation, decided_on: date) -> Consequences:
    """What follows if it is decided on this day (11号令 §36): a proposal with its numbers, from parameters of the place."""
    lease = violation.lease
    region = lease.region
    caps = Caps(
        whole("violation_fine_max", region, decided_on),
        whole("violation_gain_multiple", region, decided_on) // 100,
        whole("violation_gain_fine_max", region, decided_on),
        whole("violation_ban_years", region, decided_on),
    )
    return consequences(
        violation.started_on or violation.found_on, violation.stopped_on or decided_on, market_fen=lease.market_fen,
        charged_fen=lease.rent_fen, gain_fen=violation.gain_fen, decided_on=decided_on, caps=caps,
        by_day=choice("rent_first_month", region, decided_on) == "by_day",
    )  # fmt: skip


@transaction.atomic
def decide(
    actor: Actor, number: str, version: int, *, upheld: bool, grounds: str, ban: bool = True
) -> Violation:
    """A person decides, after the household was heard: what it costs, by when it is put right, for how long nobody applies anew.

    Raises:
        NotAllowed: who wrote it down decides nothing, and nobody decides unheard.
    """
    lease, violation = _locked(actor, number, version, ("heard",))
    need(actor, lease, DECIDERS, "作出处理决定")
    another(actor, violation.made_by_id, number)
    words = said(grounds, "认定理由")
    violation.decided_by_id, violation.decided_on, violation.grounds = actor.account_id, today(), words
    fields = ["decided_by", "decided_on", "grounds", "state"]
    name, item = VIOLATION_KINDS[violation.kind]
    if not upheld:
        violation.state, violation.closed_on, violation.outcome = (
            "dismissed",
            today(),
            "经听取意见，认定不成立",
        )
        _touched(violation, *fields, "closed_on", "outcome")
        keep_act(actor, lease, "violation.dismiss", violation, reason=words)
        tell_household(
            lease,
            f"violation:{number}:dismissed",
            "核查结束",
            "此前告知的情况，经核查和听取意见，认定不成立。",
        )
        return violation
    found = consequences_of(violation, today())
    violation.state, violation.top_up_fen, violation.fine_cap_fen = (
        "decided",
        found.top_up_fen,
        found.fine_cap_fen,
    )
    violation.remedy_by = national_calendar().add_days(today(), whole("remedy_days", lease.region, today()))
    _touched(violation, *fields, "top_up_fen", "fine_cap_fen", "remedy_by")
    if ban:
        Ban.objects.create(
            person=lease.tenant, lease=lease, violation=violation, starts_on=today(), until=found.ban_until,
            article=BAN_ARTICLE, made_by_id=actor.account_id or None,
        )  # fmt: skip
    hooks.tell_event(
        actor, lease, "violation_decided", today(),
        {
            "violation": number, "top_up_fen": int(found.top_up_fen), "market_fen": lease.market_fen,
            "from": (violation.started_on or violation.found_on).isoformat(),
            "until": (violation.stopped_on or today()).isoformat(),
            "months": len(found.top_up), "by_month": {str(month): int(fen) for month, fen in found.top_up.items()},
        },
    )  # fmt: skip
    keep_act(
        actor, lease, "violation.decide", violation, reason=words,
        after={"top_up_fen": int(found.top_up_fen), "ban_until": found.ban_until if ban else None, "remedy_by": violation.remedy_by},
    )  # fmt: skip
    tell_household(
        lease, f"violation:{number}:decided", "违规处理决定",
        f"经核查和听取意见，认定您家自{violation.started_on:%Y年%-m月%-d日}起有“{name}”的情形（公共租赁住房管理办法{item}）。"
        f"请在 {violation.remedy_by:%Y年%-m月%-d日} 前改正；按市场租金补交差额 {yuan_text(found.top_up_fen)}（第三十六条）。"
        + (f"{found.ban_until:%Y年%-m月%-d日} 前不得再次申请公租房。" if ban else "") + REMEDIES,
    )  # fmt: skip
    return violation


@transaction.atomic
def settle_violation(actor: Actor, number: str, version: int, *, remedied: bool, text: str) -> Violation:
    """The time to put it right is over or it was put right; unremedied ones lead to a way out (``exits``)."""
    lease, violation = _locked(actor, number, version, ("decided",))
    need(actor, lease, INSPECTORS | HANDLERS, "登记改正情况")
    words = said(text, "改正情况")
    if not remedied and violation.remedy_by is not None and today() <= violation.remedy_by:
        raise NotAllowed(
            "改正期限还没有到", where=number, advice=f"请在 {violation.remedy_by:%Y年%-m月%-d日} 以后办理。"
        )
    violation.state, violation.closed_on, violation.outcome = (
        "remedied" if remedied else "closed",
        today(),
        words,
    )
    _touched(violation, "state", "closed_on", "outcome")
    keep_act(actor, lease, "violation.settle", violation, reason=words, after={"remedied": remedied})
    return violation


@transaction.atomic
def drop_violation(actor: Actor, number: str, version: int, *, reason: str) -> Violation:
    """A signal that the checks did not bear out, or an absence with a good reason."""
    lease, violation = _locked(actor, number, version, ("signal", "checked"))
    need(actor, lease, INSPECTORS | HANDLERS, "结束核查")
    words = said(reason, "理由")
    violation.state, violation.closed_on, violation.outcome = "dismissed", today(), words
    _touched(violation, "state", "closed_on", "outcome")
    keep_act(actor, lease, "violation.drop", violation, reason=words)
    return violation


@transaction.atomic
def send_clue(actor: Actor, number: str, version: int, *, receiver: str, facts: str) -> Clue:
    """Hand the clue to the enforcement team of the bureau: a centre has no power to fine (W20); with the cap as computed.

    Raises:
        InputError: handed over already.
    """
    lease, violation = _locked(actor, number, version, ("decided", "remedied", "closed"))
    need(actor, lease, LAWYERS, "移送线索")
    words = said(facts, "事实")
    try:
        with transaction.atomic():
            clue = Clue.objects.create(
                number=new_number("YS", lease.region, today()), violation=violation, article=BAN_ARTICLE, facts=words,
                fine_cap_fen=violation.fine_cap_fen, receiver=said(receiver, "接收单位")[:80], sent_on=today(),
                made_by_id=actor.account_id,
            )  # fmt: skip
    except IntegrityError as error:
        raise InputError("这件线索已经移送", where=number, advice="请查看移送记录。") from error
    _touched(violation)
    keep_act(
        actor, lease, "violation.send_clue", clue, after={"number": clue.number, "receiver": clue.receiver}
    )
    return clue


@transaction.atomic
def answer_clue(actor: Actor, number: str, version: int, *, receipt: str, answer: str) -> Clue:
    """What the enforcement team answered."""
    lease, violation = _locked(actor, number, version, ("decided", "remedied", "closed"))
    need(actor, lease, LAWYERS, "登记移送结果")
    clue = Clue.objects.select_for_update().filter(violation=violation).first()
    if clue is None:
        raise NotAllowed("这件线索还没有移送", where=number, advice="请先移送。")
    clue.receipt, clue.answer, clue.answered_on = receipt.strip()[:60], said(answer, "处理结果"), today()
    clue.save(update_fields=["receipt", "answer", "answered_on"])
    _touched(violation)
    keep_act(actor, lease, "violation.answer_clue", clue, after={"receipt": clue.receipt})
    return clue
