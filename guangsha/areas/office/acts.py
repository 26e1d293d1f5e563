"""The forms of the acts that can be done to a case, and how what was typed becomes one call of ``intake.actions``.

Which of them are shown is decided by the rules (``CasePage.acts``); nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from guangsha.areas.intake import actions
from guangsha.areas.intake.actions.acceptance import gaps
from guangsha.areas.intake.files import SIZE_MAX
from guangsha.areas.intake.models import Case
from guangsha.areas.intake.queries import CasePage
from guangsha.areas.intake.rules import asked_materials
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.web.forms import read_field

Fields = tuple[Mapping[str, Any], ...]
#: In this order the acts are offered; the first one stands open.
ORDER = (
    "accept", "give_opinion", "decide", "publish_notice", "serve", "supply", "go_on_without", "request_supplement", "return_to", "assign", "transfer",
    "refuse_acceptance", "pause", "restart", "extend_limit", "withdraw", "reopen", "mark_review_due", "adjust", "suspend",
    "resume", "terminate", "revoke", "archive",
)  # fmt: skip
#: Acts that cannot be taken back look different and say so.
GRAVE = {
    "refuse_acceptance": "不予受理会终结本办件并出具决定书。",
    "terminate": "终止保障会出具决定书。",
    "revoke": "撤销会使原决定失效并出具决定书。",
    "withdraw": "撤回后本办件终结，可以重新申请。",
    "archive": "归档后不能再办理。",
    "publish_notice": "发布后名单立即公开，公示期内不计办理时限。",
}
WAYS = {"网上送达": "网上送达", "窗口领取": "窗口领取", "邮寄送达": "邮寄送达", "上门送达": "上门送达"}
PAUSES = {"appraisal": "鉴定、评估", "hearing": "听证、听取说明"}
_HEARD = {
    "name": "heard", "label": "听取当事人意见的情况", "kind": "long_text", "required": True, "max": 4000, "rows": 2,
    "help": "何时、用什么方式听取，当事人说了什么",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """One line of the notice of what is missing: a material, whether the machine knows it to be missing, first words."""

    code: str
    name: str
    missing: bool
    words: str


@dataclass(frozen=True, slots=True)
class ActForm:
    """One act as it is offered. ``main`` stands open; ``hint`` says what to know before."""

    act: str
    label: str
    fields: Fields
    hint: str = ""
    tone: str = ""
    main: bool = False
    asks: tuple[Ask, ...] = ()
    uploads: tuple[tuple[str, str], ...] = field(default=())


def _text(label: str, *, needed: bool = False, most: int = 4000, note: str = "") -> Mapping[str, Any]:
    return {
        "name": "text",
        "label": label,
        "kind": "long_text",
        "required": needed,
        "max": most,
        "rows": 3,
        "help": note,
    }


def forms_of(page: CasePage) -> list[ActForm]:
    """The forms of every act that the page permits, in the order of :data:`ORDER`."""
    case = page.case
    missing = gaps(case) if case.state == "submitted" else []
    found = []
    for act in ORDER:
        if act not in page.acts or act not in RUN or _pointless(act, case):
            continue
        asks = _asks(page, dict(missing)) if act == "request_supplement" else ()
        if act == "request_supplement" and not asks:
            continue
        if act == "transfer" and not page.places:
            continue
        fields = _fields(act, page)
        if act == "assign" and not fields[0]["choices"]:
            continue  # nobody to give it to
        hint = GRAVE.get(act, "")
        if act == "accept" and missing:
            hint = f"还缺“{'、'.join(name for _, name in missing)}”，受理前请先一次告知补正。"
        found.append(
            ActForm(
                act, page.acts[act], fields, hint,
                "danger" if act in GRAVE and act != "publish_notice" else "",
                asks=asks,
                uploads=_uploads(page) if act == "supply" else (),
            )
        )  # fmt: skip
    if not found:
        return []
    first = (
        "request_supplement"
        if missing and any(form.act == "request_supplement" for form in found)
        else found[0].act
    )
    return [
        ActForm(
            form.act,
            form.label,
            form.fields,
            form.hint,
            form.tone,
            form.act == first,
            form.asks,
            form.uploads,
        )
        for form in found
    ]


def _pointless(act: str, case: Case) -> bool:
    """Acts that the rules permit in the state and that would only be refused for the clock as it stands."""
    paused, accepted = case.paused_at is not None, case.accepted_at is not None
    if act == "restart":
        return not paused or case.pause_reason not in PAUSES
    if act == "pause":
        return paused or not accepted
    return act == "extend_limit" and (bool(case.extended_workdays) or not accepted)


def _fields(act: str, page: CasePage) -> Fields:
    service, case = page.service, page.case
    reasons = (
        {item.code: f"{item.text}（{item.article}）" for item in service.decision.reasons}
        if service.decision
        else {}
    )
    plan = service.step(case.step)
    if act == "give_opinion":
        checklist: list[Mapping[str, Any]] = []
        if plan and plan.checklist:
            choices = {str(place): words for place, words in enumerate(plan.checklist)}
            checklist = [
                {
                    "name": "checked",
                    "label": "核对清单",
                    "kind": "choices",
                    "choices": choices,
                    "required": True,
                    "help": "“通过”须逐项核对并勾选",
                }
            ]
        return (
            *checklist,
            {"name": "verdict", "label": "审核意见", "kind": "choice", "required": True,
             "choices": {"pass": "通过", "fail": "不通过", "return": "退回上一步"}},
            *([{"name": "reasons", "label": "不通过的理由", "kind": "choices", "choices": reasons,
                "when": {"field": "verdict", "is": ["fail"]}}] if reasons else []),
            _text("说明", note="不通过没有勾选理由时、退回时必须写明"),
        )  # fmt: skip
    if act == "decide":
        outcomes = dict(service.decision.outcomes) if service.decision else {}
        return (
            {"name": "outcome", "label": "决定", "kind": "choice", "required": True, "choices": outcomes},
            {"name": "reasons", "label": "不予批准的理由", "kind": "choices", "choices": reasons,
             "when": {"field": "outcome", "is": ["rejected"]}},
            _text("补充说明", note="会写进决定书"),
        )  # fmt: skip
    return _simple_fields(act, page)


def _simple_fields(act: str, page: CasePage) -> Fields:
    case, service = page.case, page.service
    if act == "assign":
        people = {
            str(account.pk): str(account)
            for account in actions.may_be_given_to(case)
            if account.pk != case.assignee_id
        }
        return ({"name": "to", "label": "分派给", "kind": "choice", "required": True, "choices": people},)
    if act == "transfer":
        places = {str(key): name for key, name in page.places}
        return (
            {"name": "to", "label": "转交到", "kind": "choice", "required": True, "choices": places, "help": "选社区的，由所属街道承办；期限不变"},
            _text("转交理由", needed=True),
        )  # fmt: skip
    if act == "return_to":
        codes = [step.code for step in service.steps]
        last = codes.index(case.step) if case.step in codes else len(codes) - 1
        steps = {step.code: step.name for step in service.steps[: last + 1]}
        return (
            {"name": "step", "label": "退回到", "kind": "choice", "required": True, "choices": steps},
            _text("退回理由", needed=True),
        )
    if act == "refuse_acceptance":
        return (
            {
                "name": "reason",
                "label": "理由",
                "kind": "choice",
                "required": True,
                "choices": actions.NOT_ACCEPTED,
            },
            _text("说明", note="不属于本机关职权的，写明应当向谁申请"),
        )
    if act == "extend_limit":
        return (
            {
                "name": "workdays",
                "label": "延长（工作日）",
                "kind": "number",
                "required": True,
                "help": "最多 10 个，只能延长一次",
            },
            _text("理由", needed=True, note="会告知申请人"),
        )
    if act == "pause":
        return (
            {"name": "reason", "label": "停表原因", "kind": "choice", "required": True, "choices": PAUSES},
            _text("说明", needed=True, note="会告知申请人"),
        )
    if act == "serve":
        return ({"name": "way", "label": "送达方式", "kind": "choice", "required": True, "choices": WAYS},)
    if act == "revoke":
        return (_text("撤销理由", needed=True, note="会写进决定书"), _HEARD)
    if act in ("suspend", "adjust", "terminate"):
        return (_text("理由", needed=True, note="会告知申请人"), _HEARD)
    if act in ("resume", "mark_review_due", "reopen"):
        return (_text("理由", needed=True, note="会告知申请人"),)
    if act in ("accept", "restart", "withdraw", "request_supplement", "go_on_without"):
        labels = {
            "go_on_without": "说明",
            "accept": "受理意见",
            "restart": "说明",
            "withdraw": "撤回原因",
            "request_supplement": "其他说明",
        }
        return (_text(labels[act]),)
    return ()


def _asks(page: CasePage, missing: Mapping[str, str]) -> tuple[Ask, ...]:
    """Before acceptance every material that applies; afterwards only those whose verification failed or differs."""
    asked = asked_materials(page.service, cast(Any, page.case.answers))
    failed = {row.material for row in page.verifications if row.outcome and row.outcome != "match"}
    found = []
    for material in asked:
        if page.case.state != "submitted" and material.code not in failed:
            continue
        if page.case.state == "submitted" and material.way != "upload" and material.code not in missing:
            continue
        lacking = material.code in missing
        found.append(Ask(material.code, material.name, lacking, "没有提交，请补交" if lacking else ""))
    return tuple(found)


def _uploads(page: CasePage) -> tuple[tuple[str, str], ...]:
    """What the applicant was asked to hand in again: code, and name with the reason."""
    asked: dict[str, str] = {}
    for material in page.materials:
        if material.state == "refused":
            found = page.service.material(material.code)
            asked[material.code] = f"{found.name if found else material.code}：{material.comment}"
    return tuple(asked.items())


Files = MultiValueDict[str, Any]
Runner = Callable[[Actor, Case, int, QueryDict, Files], str]


def _read(post: QueryDict, name: str, kind: str = "long_text") -> str:
    value = read_field(post, name, kind)
    return value if isinstance(value, str) else ""


def _accept(actor: Actor, case: Case, version: int, post: QueryDict, files: Files) -> str:
    actions.accept(actor, case.pk, version, _read(post, "text"))
    return "已受理，办理期限开始计算。"


def _request_supplement(actor: Actor, case: Case, version: int, post: QueryDict, files: Files) -> str:
    items = {code: _read(post, f"why.{code}", "text") for code in post.getlist("item")}
    empty = [code for code, words in items.items() if not words]
    if empty:
        raise InputError("勾选的材料要写明缺什么或哪里不符", where="补正通知", advice="请逐项写明。")
    actions.request_supplement(actor, case.pk, version, items, _read(post, "text"))
    return f"已一次告知补正 {len(items)} 项，等待申请人期间不计时限。"


def _supply(actor: Actor, case: Case, version: int, post: QueryDict, files: Files) -> str:
    count = 0
    for name in files:
        for upload in files.getlist(name):
            if (upload.size or 0) > SIZE_MAX:
                raise InputError(
                    f"“{upload.name}”超过 {SIZE_MAX // 1024 // 1024} MB", advice="请压缩后再上传。"
                )
            actions.attach_material(
                actor, name.removeprefix("file."), upload.name or "材料", upload.read(), case_id=case.pk
            )
            count += 1
    actions.supply(actor, case.pk, version)
    return f"已收到补正材料 {count} 件，恢复计时。"


def _give_opinion(actor: Actor, case: Case, version: int, post: QueryDict, files: Files) -> str:
    from guangsha.areas.intake.catalogue import service

    plan = service(case.service).step(case.step)
    verdict, words = _read(post, "verdict", "choice"), _read(post, "text")
    checked = set(post.getlist("checked"))
    left = [item for place, item in enumerate(plan.checklist) if str(place) not in checked] if plan else []
    if verdict == "pass" and left and case.version == version:
        raise InputError(
            f"还没有核对“{'”“'.join(left)}”",
            where="核对清单",
            advice="逐项核对后再通过，不符的请选不通过或退回。",
        )
    if verdict == "pass" and plan and plan.checklist:
        words = "；".join(part for part in (f"已核对：{'、'.join(plan.checklist)}", words) if part)
    reasons = post.getlist("reasons") if verdict == "fail" else []
    actions.give_opinion(actor, case.pk, version, verdict, reasons, words)
    return {"pass": "审核意见已提交：通过。", "fail": "审核意见已提交：不通过。", "return": "已退回上一步。"}[
        verdict
    ]


def _decide(actor: Actor, case: Case, version: int, post: QueryDict, files: Files) -> str:
    outcome = _read(post, "outcome", "choice")
    reasons = post.getlist("reasons") if outcome == "rejected" else []
    decision = actions.decide(actor, case.pk, version, outcome, reasons, _read(post, "text"))
    return f"决定已作出，文号 {decision.number}。"


def _serve(actor: Actor, case: Case, version: int, post: QueryDict, files: Files) -> str:
    way = post.get("way", "")
    if way not in WAYS:
        raise InputError("请选择送达方式")
    decision = actions.serve(actor, case.pk, version, way)
    return f"{decision.number} 已送达。"


def _assign(actor: Actor, case: Case, version: int, post: QueryDict, files: Files) -> str:
    to = post.get("to", "")
    if not to.isdecimal():
        raise InputError("请选择分派给谁")
    actions.assign(actor, case.pk, version, int(to[:18]))
    return "已分派。"


def _transfer(actor: Actor, case: Case, version: int, post: QueryDict, files: Files) -> str:
    to = post.get("to", "")
    if not to.isdecimal():
        raise InputError("请选择转交到哪里")
    moved = actions.transfer(actor, case.pk, version, int(to[:18]), _read(post, "text"))
    return f"已转交{moved.agency.name}，期限不变。"


def _extend(actor: Actor, case: Case, version: int, post: QueryDict, files: Files) -> str:
    days = _read(post, "workdays", "number")
    if not days.isdecimal():
        raise InputError("延长的工作日应为整数", where="延长期限")
    actions.extend_limit(actor, case.pk, version, int(days[:4]), _read(post, "text"))
    return "期限已延长，已告知申请人。"


def _benefit(act: str) -> Runner:
    def run(actor: Actor, case: Case, version: int, post: QueryDict, files: Files) -> str:
        actions.change_benefit(actor, case.pk, version, act, _read(post, "text"), heard=_read(post, "heard"))
        return "已办理，已告知申请人。"

    return run


def _plain(call: Callable[..., Any], done: str, *names: str) -> Runner:
    """An act whose fields go to it as they stand."""

    def run(actor: Actor, case: Case, version: int, post: QueryDict, files: Files) -> str:
        call(actor, case.pk, version, *(_read(post, name) for name in names))
        return done

    return run


def _publish(actor: Actor, case: Case, version: int, post: QueryDict, files: Files) -> str:
    if case.version != version:
        raise actions.CaseMoved(f"办件 {case.number} 刚被别人办理过")
    notice = actions.publish_notice(actor, case.service, [case.pk])
    return f"公示 {notice.number} 已发布。"


def _revoke(actor: Actor, case: Case, version: int, post: QueryDict, files: Files) -> str:
    decision = actions.revoke(actor, case.pk, version, _read(post, "text"), heard=_read(post, "heard"))
    return f"原决定已撤销，文号 {decision.number}。"


RUN: Mapping[str, Runner] = {
    "accept": _accept,
    "request_supplement": _request_supplement,
    "supply": _supply,
    "go_on_without": _plain(actions.go_on_without, "已按现有材料继续办理。", "text"),
    "refuse_acceptance": _plain(actions.refuse_acceptance, "已作出不予受理决定。", "reason", "text"),
    "assign": _assign,
    "transfer": _transfer,
    "give_opinion": _give_opinion,
    "return_to": _plain(actions.return_to, "已退回。", "step", "text"),
    "publish_notice": _publish,
    "decide": _decide,
    "serve": _serve,
    "extend_limit": _extend,
    "pause": _plain(actions.pause, "已停表，已告知申请人。", "reason", "text"),
    "restart": _plain(actions.restart, "已恢复计时。", "text"),
    "withdraw": _plain(actions.withdraw, "已撤回。", "text"),
    "reopen": _plain(actions.reopen, "已重新办理。", "text"),
    "revoke": _revoke,
    "archive": _plain(actions.archive, "已归档。"),
    **{act: _benefit(act) for act in ("mark_review_due", "suspend", "adjust", "resume", "terminate")},
}


def typed_of(form_fields: Sequence[Mapping[str, Any]], post: QueryDict) -> dict[str, Any]:
    """What was typed, by name, to be shown again."""
    return {str(item["name"]): read_field(post, str(item["name"]), str(item["kind"])) for item in form_fields}
