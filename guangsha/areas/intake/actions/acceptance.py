"""From submission to the first review: what is missing is told once, acceptance, the questions to other departments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from guangsha.areas.intake import forms
from guangsha.areas.intake.actions.base import (
    Failures,
    NotAllowed,
    before_act,
    done,
    locked,
    note_concerned,
    plan_of,
    require,
    said,
    standing_of,
    start_clock,
    stop_clock,
    tell_applicant,
    today,
    who_of,
    write_edge,
)  # fmt: skip
from guangsha.areas.intake.actions.drafts import members
from guangsha.areas.intake.actions.letters_writing import write_decision
from guangsha.areas.intake.models import Case, Material
from guangsha.areas.intake.rules import (
    EDGES,
    OPEN,
    UNANSWERED,
    Move,
    after_acceptance,
    asked_materials,
    first_review,
    missing_materials,
    roles_for,
)
from guangsha.areas.verification import gateway
from guangsha.areas.verification.models import Verification
from guangsha.audit.actor import CLOCK, Actor
from guangsha.kernel.errors import InputError, InputErrors
from guangsha.kernel.workdays import national_calendar
from guangsha.notify.models import Message

#: Grounds for not accepting a filing (行政许可法 §32).
NOT_ACCEPTED = {
    "not_needed": "本事项依法不需要办理",
    "not_ours": "不属于本机关职权范围，请向有关机关申请",
    "not_complete": "经一次告知后，材料仍不齐全或不符合法定形式",
}


def gaps(case: Case) -> list[tuple[str, str]]:
    """Every required material that is not there, as code and name: the whole list, for the one notice."""
    chosen = plan_of(case)
    present, failed = _present(case), _failed(case)
    return [
        (item.code, item.name) for item in missing_materials(chosen, cast(Any, case.answers), present, failed)
    ]


def _present(case: Case) -> set[str]:
    return set(
        case.materials.filter(state__in=("uploaded", "verified", "promised", "accepted")).values_list(
            "code", flat=True
        )
    )


def _failed(case: Case) -> set[str]:
    return set(
        Verification.objects.filter(case_number=case.number, outcome__in=UNANSWERED)
        .exclude(material="")
        .values_list("material", flat=True)
    )


@transaction.atomic
def request_supplement(
    actor: Actor, case_id: int, version: int, items: Mapping[str, str], text: str = ""
) -> Case:
    """Tell the applicant once everything that is missing or unfit, by material code with a plain sentence each.

    Before acceptance there is one such notice, and it must hold everything that the machine knows to be missing. After
    acceptance only what a failed verification makes necessary may be asked for.

    Raises:
        CaseMoved, NotAllowed; InputError: the list is empty, incomplete, or asks for what was not asked.
    """
    case = locked(case_id, version)
    require("request_supplement", case, actor)
    chosen, before = plan_of(case), before_act(case)
    unknown = [code for code in items if chosen.material(code) is None]
    if unknown or not items:
        raise InputError(
            "补正清单里要写本事项的材料" if unknown else "补正清单是空的",
            where="补正通知",
            advice="请从材料清单中勾选。",
        )
    left_out = [name for code, name in gaps(case) if code not in items]
    if left_out:
        raise InputError(
            f"补正只能告知一次，还缺“{'、'.join(left_out)}”", where="补正通知", advice="请一并列入。"
        )
    if case.state != "submitted":
        _only_unverified(case, items)
    for code, comment in items.items():
        case.materials.filter(code=code, state="uploaded").update(
            state="refused", comment=said(comment, where="补正说明", most=200)
        )
        if not case.materials.filter(code=code, state="refused", comment=comment.strip()).exists():
            Material.objects.create(case=case, code=code, state="refused", comment=comment.strip())
    listed = "；".join(f"{_name(case, code)}：{comment.strip()}" for code, comment in items.items())
    message = "\n".join(part for part in (listed, said(text, where="补正说明")) if part)
    _to_supplement(actor, case, message)
    done(actor, case, "request_supplement", before, reason=message)
    return case


def _to_supplement(actor: Actor, case: Case, message: str) -> None:
    start_clock(case)  # a pause for something else ends here, so that the two are not taken for one
    stop_clock(case, "applicant")
    write_edge(case, actor, "request_supplement", Move("supplement", case.step, case.round), message=message)
    until = f"请在 {case.step_due_on:%Y年%m月%d日}前补交，逾期将按现有材料办理。" if case.step_due_on else ""
    tell_applicant(
        case,
        f"supplement-{case.version}",
        "请补正材料",
        f"您的办件 {case.number} 需要补正：{message}\n{until}",
    )


def _only_unverified(case: Case, items: Mapping[str, str]) -> None:
    mismatched = set(
        Verification.objects.filter(case_number=case.number, outcome="mismatch").values_list(
            "material", flat=True
        )
    )
    extra = [code for code in items if code not in _failed(case) | mismatched]
    if extra:
        names = "、".join(_name(case, code) for code in extra)
        raise InputError(
            f"受理后不能再要“{names}”", where="补正通知", advice="只能要求补交核验没有结果或不一致的材料。"
        )


def _name(case: Case, code: str) -> str:
    material = plan_of(case).material(code)
    return material.name if material else code


@transaction.atomic
def supply(actor: Actor, case_id: int, version: int, answers: Mapping[str, Any] | None = None) -> Case:
    """The applicant has handed in what was asked; with ``answers`` also a corrected form.

    Raises:
        CaseMoved, NotAllowed; InputErrors: what is still missing or wrong, everything at once.
    """
    case = locked(case_id, version)
    standing = require("supply", case, actor)
    before = before_act(case)
    errors: list[InputError] = []
    if answers is not None:
        clean, faults = forms.read_answers(plan_of(case), answers, today())
        errors += [fault.error() for fault in faults]
        old = cast(dict[str, Any], case.answers)
        identity = cast(dict[str, Any], clean.get("applicant") or {}).get("identity")
        if identity and identity != cast(dict[str, Any], old.get("applicant") or {}).get("identity"):
            errors.append(
                InputError("申请人不能更换", where="申请人 身份证号", advice="换人请撤回后重新申请。")
            )
        kept = {name: value for name, value in old.items() if name not in ("commitments", "consent")}
        if case.accepted_at is not None and not faults and clean != kept:
            errors.append(
                InputError(
                    "受理后不能再改申请表：核验和审核都以它为准",
                    where="申请表",
                    advice="填报有误请在“情况说明”中写明，或撤回后重新申请。",
                )
            )
        case.answers = cast(
            Any, {**clean, "commitments": old.get("commitments", []), "consent": old.get("consent", False)}
        )
    asked = set(case.materials.filter(state="refused").values_list("code", flat=True))
    came = set(case.materials.filter(state="uploaded").values_list("code", flat=True))
    # what was there before may have been taken away, and a corrected form may ask for more
    short = dict.fromkeys([*sorted(asked - came), *[code for code, _ in gaps(case) if code not in came]])
    errors += [InputError("请上传这项材料", where=_name(case, code)) for code in short]
    if errors:
        raise InputErrors(errors)
    case.materials.filter(state="refused", stored="").delete()
    state, step = standing.back_to
    start_clock(case)
    if answers is not None:
        note_concerned(case)
    write_edge(case, actor, "supply", Move(state, step, case.round))
    if state == "verifying":
        _verified(CLOCK, case)
    tell_applicant(
        case, f"supplied-{case.version}", "补正材料已收到", f"您的办件 {case.number} 的补正材料已收到。"
    )
    done(actor, case, "supply", before)
    return case


@transaction.atomic
def go_on_without(actor: Actor, case_id: int, version: int, text: str = "") -> Case:
    """What was asked for did not come in time: the case goes on with what is there, so that it is decided and not forgotten.

    Raises:
        CaseMoved, NotAllowed; InputError: the time to hand it in is not over.
    """
    case = locked(case_id, version)
    standing = require("go_on_without", case, actor)
    _time_is_over(case)
    before, words = before_act(case), said(text, where="说明")
    state, step = standing.back_to
    move = first_review(plan_of(case), case.round) if state == "verifying" else Move(state, step, case.round)
    start_clock(case)
    message = "逾期没有补交材料，按现有材料继续办理"
    write_edge(case, actor, "go_on_without", move, message=message, note=words)
    tell_applicant(case, f"without-{case.version}", "办件继续办理", f"您的办件 {case.number}：{message}。")
    done(actor, case, "go_on_without", before, reason=words)
    return case


def _time_is_over(case: Case) -> None:
    if case.state == "supplement" and case.step_due_on is not None and today() <= case.step_due_on:
        raise InputError(
            f"补正期限到 {case.step_due_on:%Y年%m月%d日}止，期限内不能",
            where=f"办件 {case.number}",
            advice="请等申请人补正。",
        )


@transaction.atomic
def accept(actor: Actor, case_id: int, version: int, text: str = "") -> Case:
    """Accept the filing: the limits begin, the questions to other departments are asked.

    Raises:
        CaseMoved, NotAllowed; InputError: something required is not there.
    """
    case = locked(case_id, version)
    require("accept", case, actor)
    missing = gaps(case)
    if missing:
        raise InputError(
            f"还缺“{'、'.join(name for _, name in missing)}”",
            where=f"办件 {case.number}",
            advice="请先一次告知补正。",
        )
    before = before_act(case)
    _accept(actor, case, "accept", timezone.now(), said(text, where="受理意见"))
    done(actor, case, "accept", before)
    return case


def _accept(actor: Actor, case: Case, act: str, at: datetime, note: str) -> None:
    chosen, calendar = plan_of(case), national_calendar()
    case.accepted_at = at
    day = timezone.localdate(at)
    case.promised_on = (
        None if chosen.promised_workdays is None else calendar.add_workdays(day, chosen.promised_workdays)
    )
    case.legal_on = (
        None if chosen.legal_workdays is None else calendar.add_workdays(day, chosen.legal_workdays)
    )
    write_edge(case, actor, act, Move("accepted", "", 1), note=note)
    due = f"，承诺 {case.promised_on:%Y年%m月%d日}前办结" if case.promised_on else ""
    tell_applicant(
        case,
        "accepted",
        "申请已受理",
        f"您的“{chosen.name}”（{case.number}）已受理{due}。公示等依法不计的时间另算。",
    )
    write_edge(case, actor, "begin", after_acceptance(chosen, cast(Any, case.answers)))
    if case.state == "verifying":
        _ask(case)


def _ask(case: Case) -> None:
    """Ask each source about each person concerned, in place of the material. Answers come later, to ``on_outcome``."""
    chosen, answers = plan_of(case), cast(dict[str, Any], case.answers)
    family = None
    requests = []
    for material in asked_materials(chosen, answers):
        if material.way != "verified":
            continue
        people = [case.applicant]
        if material.people != "applicant":
            family = members(CLOCK, answers) if family is None else family
            people += family
        for person in people:
            own = person.pk == case.applicant_id
            claimed = {name: _claim(answers, path) for name, path in material.claims.items()} if own else {}
            if not own:
                claimed = _claims_of_member(answers, person.identity, material.claims)
            purpose = chosen.consent.purpose if chosen.consent else chosen.name
            requests.append(gateway.Request(person, material.source, purpose, material.code, claimed))
    gateway.verify_case(CLOCK, case.number, requests)
    case.refresh_from_db()


def _claim(answers: Mapping[str, Any], path: str) -> Any:
    group, _, name = path.partition(".")
    value = answers.get(group)
    return value.get(name) if name and isinstance(value, Mapping) else value


def _claims_of_member(answers: Mapping[str, Any], identity: str, claims: Mapping[str, str]) -> dict[str, Any]:
    """What the form says of a member under the same names: their name and number from their own row."""
    rows: list[dict[str, Any]] = answers.get("members") or []
    row = next((row for row in rows if row.get("identity") == identity), {})
    return {name: row[name] for name in claims if name in row}


def on_outcome(row: Verification) -> None:
    """An answer has come (in its transaction): once the last one is there, the case goes on."""
    case = Case.objects.select_for_update(of=("self",)).filter(number=row.case_number).first()
    if case is None:
        return
    if row.outcome == "mismatch":
        tell_applicant(case, f"mismatch-{row.pk}", "核验结果与填报不一致，请说明",
                       f"您的办件 {case.number} 中“{_name(case, row.material)}”的核验结果与填报不一致，请登录查看并说明情况。")  # fmt: skip
    if case.state != "verifying" or gateway.pending(case.number):
        return
    before = before_act(case)
    _verified(CLOCK, case)
    done(CLOCK, case, "verified", before)


def _verified(actor: Actor, case: Case) -> None:
    """All answers are there: what matched needs no paper, what was not answered is asked for on paper, the rest goes on."""
    rows = list(
        Verification.objects.filter(case_number=case.number)
        .exclude(material="")
        .values_list("material", "outcome")
    )
    by_material: dict[str, set[str]] = {}
    for material, outcome in rows:
        by_material.setdefault(material, set()).add(outcome)
    for code, outcomes in by_material.items():
        if outcomes == {"match"} and not case.materials.filter(code=code, state="verified").exists():
            Material.objects.create(case=case, code=code, state="verified", uploaded_at=timezone.now())
    missing = gaps(case)
    if missing:
        for code, _ in missing:
            Material.objects.create(case=case, code=code, state="refused", comment="数据核验没有结果，请上传")
        _to_supplement(actor, case, "；".join(f"{name}：数据核验没有结果，请上传" for _, name in missing))
        return
    write_edge(case, actor, "verified", first_review(plan_of(case), case.round))


@transaction.atomic
def refuse_acceptance(actor: Actor, case_id: int, version: int, reason: str, text: str = "") -> Case:
    """Do not accept the filing, with a ground of :data:`NOT_ACCEPTED`, a letter and the ways to object.

    Raises:
        CaseMoved, NotAllowed; InputError: an unknown ground, or papers are called missing that nobody was told of.
    """
    case = locked(case_id, version)
    standing = require("refuse_acceptance", case, actor)
    if actor.kind != "staff" or not actor.account_id:
        raise NotAllowed("不予受理必须由人作出")
    if reason not in NOT_ACCEPTED:
        raise InputError("请选择不予受理的理由", where=f"办件 {case.number}")
    if case.accepted_at is not None:
        raise NotAllowed("已经受理，不能再不予受理", where=f"办件 {case.number}")
    if reason == "not_complete" and not standing.told:
        raise InputError("还没有一次告知补正，不能以材料不齐全不予受理", where=f"办件 {case.number}")
    if reason == "not_complete":
        _time_is_over(case)
    before = before_act(case)
    note = said(text, where="不予受理说明", needed=reason == "not_ours")
    words = NOT_ACCEPTED[reason] + (f"。{note}" if note else "")
    case.outcome, case.closed_at = "unaccepted", timezone.now()
    case.paused_at, case.pause_reason = None, ""
    decision = write_decision(
        actor, case, "unaccepted", [{"code": reason, "text": words, "article": "行政许可法第三十二条"}], note
    )
    write_edge(
        case,
        actor,
        "refuse_acceptance",
        Move("terminated", "", case.round),
        reason_code=reason,
        message=words,
    )
    tell_applicant(
        case,
        "unaccepted",
        "不予受理",
        f"您的办件 {case.number} 不予受理：{words}。详见决定书 {decision.number}。",
    )
    done(actor, case, "refuse_acceptance", before, reason=words, document=decision.number)
    return case


def deem_accepted(now: datetime) -> list[str]:
    """Accept every filing on which nothing was said for five working days: accepted as of the day the papers came."""
    day = timezone.localdate(now)
    done_numbers = []
    due = (
        Case.objects.filter(state="submitted", step_due_on__lt=day)
        .order_by("id")
        .values_list("id", "version")
    )
    failed = Failures("intake-accept-in-silence")
    for case_id, version in list(due):
        with failed.noted(case_id), transaction.atomic():
            case = locked(case_id)
            if case.version != version or case.state != "submitted":
                continue
            before = before_act(case)
            came = (
                case.edges.filter(act__in=("submit", "supply"))
                .order_by("-number")
                .values_list("at", flat=True)
                .first()
            )
            _accept(
                CLOCK,
                case,
                "deem_accepted",
                came or case.submitted_at,
                "五个工作日内没有一次告知，依法视为受理",
            )
            done(CLOCK, case, "deem_accepted", before)
            done_numbers.append(case.number)
    failed.raise_any()
    return done_numbers


#: After a mismatch the person has ten working days to explain before silence counts as heard.
HEARING_WORKDAYS = 10


def close_hearings(now: datetime) -> int:
    """Mismatches that the person was told of and did not answer in time: they count as heard, and say so."""
    calendar, day = national_calendar(), timezone.localdate(now)
    waiting = Verification.objects.filter(
        outcome="mismatch", heard_at=None, answered_at__lt=now - timedelta(days=HEARING_WORKDAYS)
    )
    closed = 0
    for row in list(waiting.order_by("id")):
        told = timezone.localdate(row.answered_at) if row.answered_at else day
        # only silence of somebody who was told is an answer; else a member of staff hears them (``explain``)
        if calendar.workdays_between(told, day) > HEARING_WORKDAYS and _was_told(row):
            gateway.close_hearing(row.pk, now)
            closed += 1
    return closed


def _was_told(row: Verification) -> bool:
    return (
        Message.objects.filter(key__startswith=f"{row.case_number}:mismatch-{row.pk}:")
        .exclude(key__contains=":by-hand:")
        .exclude(state="failed")
        .exists()
    )


@transaction.atomic
def explain(actor: Actor, case_id: int, verification_id: int, explanation: str) -> Verification:
    """The applicant explains a difference, or staff at the window write down what they said; only then may it carry a refusal.

    Raises:
        NotAllowed: somebody else's case, or it is decided: what the decision stood on stays as it was.
    """
    case = locked(case_id)
    who = who_of(actor, case)
    staff = roles_for(EDGES["request_supplement"], standing_of(case))
    if not who.owner and (who.kin or who.roles.isdisjoint(staff)):
        raise NotAllowed("只有申请人可以说明情况", where=f"办件 {case.number}")
    if case.state not in OPEN:
        raise NotAllowed(
            "办件已经办结，不能再说明", where=f"办件 {case.number}", advice="对决定不服可以申请复核。"
        )
    if not Verification.objects.filter(pk=verification_id, case_number=case.number).exists():
        raise InputError("没有这项核验", where=f"办件 {case.number}")
    return gateway.record_hearing(actor, verification_id, explanation)
