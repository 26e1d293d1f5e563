"""The acts on a repair order and on a hazard as forms, the usual next step first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from guangsha.areas.fieldwork import actions
from guangsha.areas.fieldwork.access import contractors_of
from guangsha.areas.fieldwork.actions import hazards
from guangsha.areas.fieldwork.actions.reports import duplicates_of
from guangsha.areas.fieldwork.actions.work import total_of
from guangsha.areas.fieldwork.facts import CAUSES, GRADES, PARTS, REFUSAL_REASONS
from guangsha.areas.fieldwork.models import Hazard, RepairOrder
from guangsha.areas.fieldwork.parameters import price_list
from guangsha.areas.fieldwork.rules import APPROVERS, DISPATCHERS, INSPECTORS
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.money import Fen, yuan
from guangsha.kernel.numbers import plain
from guangsha.web.act_forms import Answers, Field, Form, day_of, decimal_of, fen_of, text

REFUSERS = (DISPATCHERS - {"hotline_agent"}) | {"supervisor"}
OPEN = frozenset({"new", "triaged", "assigned", "visited"})


def _today() -> str:
    return timezone.localdate().isoformat()


def moment_of(day: str, clock: str, label: str) -> datetime:
    """A day and a time of day as a moment here.

    Raises:
        InputError: they are none.
    """
    on = day_of(day, label)
    try:
        at = datetime.strptime(clock.strip().replace("：", ":"), "%H:%M").time()  # noqa: DTZ007 - the zone is set below
    except ValueError:
        raise InputError("不是一天中的时间", where=label, advice="请写成 14:30 的样子。") from None
    return timezone.make_aware(datetime.combine(on, at))


def number_of(given: str, label: str) -> int:
    """A key that was chosen from a list.

    Raises:
        InputError: nothing was chosen.
    """
    if not given.isdecimal() or len(given) > 18:
        raise InputError("没有选择", where=label, advice="请从列表中选择。")
    return int(given)


def _firms(order: RepairOrder | Hazard, actor: Actor) -> dict[str, str]:
    found = contractors_of(actor).filter(active=True).order_by("kind", "name")[:200]
    return {str(one.pk): f"{one.name}（{one.get_kind_display()}）" for one in found}


def _triage_fields(order: RepairOrder, _actor: Actor) -> list[Field]:
    return [
        text("urgent", "急修还是一般维修", kind="choice", value="yes" if order.urgent else "no",
             choices={"yes": "急修（危及安全或无法居住）", "no": "一般维修"}),
        text("text", "答复报修人的话", kind="long_text", max=300, rows=2, value="已受理，维修人员会与您约定上门时间。"),
    ]  # fmt: skip


def visit_fields(*, needed: bool) -> list[Field]:
    """Day and time of an appointment."""
    return [
        text("day", "约定日期", kind="date", required=needed, value=_today() if needed else ""),
        text("clock", "约定时间", required=needed, max=5, help="24小时制，例如 14:30"),
    ]


def _assign_fields(order: RepairOrder, actor: Actor) -> list[Field]:
    return [
        text(
            "contractor",
            "维修单位",
            kind="choice",
            choices=_firms(order, actor),
            value=str(order.contractor_id or ""),
        ),
        text("worker", "维修人员", required=False, max=40, value=order.worker),
        *visit_fields(needed=False),
        text("note", "交代", kind="long_text", required=False, max=300, rows=2),
    ]


def _assign(actor: Actor, order: RepairOrder, version: int, answers: Answers) -> None:
    at = moment_of(answers["day"], answers["clock"], "约定日期") if answers["day"] else None
    actions.assign(
        actor, order.number, version, contractor_id=number_of(answers["contractor"], "维修单位"), worker=answers["worker"],
        at=at, note=answers["note"],
    )  # fmt: skip


def appoint(actor: Actor, order: RepairOrder, version: int, answers: Answers) -> None:
    """Agree when somebody comes."""
    actions.plan_visit(
        actor,
        order.number,
        version,
        at=moment_of(answers["day"], answers["clock"], "约定日期"),
        worker=answers["worker"],
    )


def line_fields(order: RepairOrder, _actor: Actor) -> list[Field]:
    """An item of the price list and how much of it."""
    day = timezone.localdate()
    items = {
        price.code: f"{price.name}（{plain(yuan(Fen(price.fen)))} 元/{price.unit}）"
        for price in price_list(order.agency, day)
    }
    return [
        text("code", "项目", kind="choice", choices=items),
        text("quantity", "数量", kind="number", value="1", help="工时按小时，可以有两位小数"),
    ]


def add_line(actor: Actor, order: RepairOrder, version: int, answers: Answers) -> None:
    """Write down what was used."""
    actions.add_line(
        actor, order.number, version, code=answers["code"], quantity=decimal_of(answers["quantity"], "数量")
    )


def finish_fields(order: RepairOrder, _actor: Actor) -> list[Field]:
    """What was found and done, and how it was signed."""
    causes = {code: word for code, word in CAUSES.items() if code != "warranty" or order.reopens_id}
    return [
        text("cause", "损坏原因", kind="choice", choices=causes),
        text("part", "损坏部位", kind="choice", choices=PARTS),
        text("text", "维修情况", kind="long_text", max=300, rows=2, help="例如：更换厨房水龙头，试水不漏"),
        text("way", "承租人确认", kind="choice", value="paper",
             choices={"paper": "已在维修单上签字", "phone": "电话确认", "later": "请他在网上确认"}),
        text("name", "确认人", required=False, max=60, value=order.reporter.name if order.reporter else ""),
    ]  # fmt: skip


def finish(actor: Actor, order: RepairOrder, version: int, answers: Answers) -> None:
    """It is repaired."""
    way = "" if answers["way"] == "later" else answers["way"]
    actions.finish(
        actor, order.number, version, cause=answers["cause"], part=answers["part"], text=answers["text"], signed_way=way,
        signed_by=answers["name"],
    )  # fmt: skip


def money_fields(order: RepairOrder, _actor: Actor) -> list[Field]:
    """How much, and why."""
    total = total_of(order)
    return [
        text("estimate", "预计费用", kind="money", value=plain(yuan(Fen(total))) if total else ""),
        text("reason", "理由", kind="long_text", max=300, rows=2),
    ]


def ask_money(actor: Actor, order: RepairOrder, version: int, answers: Answers) -> None:
    """Ask that it may cost more."""
    actions.ask_money(
        actor,
        order.number,
        version,
        estimate_fen=fen_of(answers["estimate"], "预计费用"),
        reason=answers["reason"],
    )


def _merge_fields(order: RepairOrder, _actor: Actor) -> list[Field]:
    near = {one.number: f"{one.number} {one.place} {one.get_kind_display()}" for one in duplicates_of(order)}
    if near:
        return [text("into", "并入的工单", kind="choice", choices=near)]
    return [text("into", "并入的工单", max=32, help="填写另一张没有修完的工单号")]


#: code → (states in which it is offered, roles, the act)
ORDER_FORMS: Mapping[str, tuple[frozenset[str], frozenset[str], Form]] = {
    "triage": (frozenset({"new"}), DISPATCHERS, Form(
        "受理答复", _triage_fields,
        lambda actor, found, version, answers: actions.triage(
            actor, found.number, version, urgent=answers["urgent"] == "yes", text=answers["text"]),
        "已受理并答复报修人。", note="答复会发给报修人；修复期限从现在起算。")),
    "line": (frozenset({"visited"}), DISPATCHERS, Form("登记用料用工", line_fields, add_line, "已登记。")),
    "finish": (frozenset({"visited"}), DISPATCHERS, Form(
        "登记修复", finish_fields, finish, "已登记修复，并通知报修人评价。", note="费用由谁承担，按损坏原因和部位自动判定并写明理由；须先上传维修后的照片。")),
    "arrive": (frozenset({"assigned"}), DISPATCHERS, Form(
        "登记到场", lambda *_: [], lambda actor, found, version, _: actions.arrive(actor, found.number, version), "已登记到场。")),
    "assign": (frozenset({"triaged", "assigned"}), DISPATCHERS, Form("派工", _assign_fields, _assign, "已派工。")),
    "appoint": (frozenset({"assigned", "visited"}), DISPATCHERS, Form(
        "约定上门", lambda found, _: [*visit_fields(needed=True), text("worker", "维修人员", required=False, max=40, value=found.worker)],
        appoint, "已约定，并告知报修人。")),
    "missed": (frozenset({"assigned", "visited"}), DISPATCHERS, Form(
        "未能进门", lambda *_: [text("text", "情况", max=200, value="敲门无人应答，电话未接通")],
        lambda actor, found, version, answers: actions.not_met(actor, found.number, version, text=answers["text"]), "已登记，请另约时间。")),
    "drop": (frozenset({"visited"}), DISPATCHERS, Form(
        "删去一行", lambda found, _: [text("line", "哪一行", kind="choice", choices={
            str(row.number): f"{row.name} {row.quantity}{row.unit}" for row in found.lines.order_by("number")})],
        lambda actor, found, version, answers: actions.drop_line(actor, found.number, version, number_of(answers["line"], "哪一行")),
        "已删去。")),
    "money": (frozenset({"assigned", "visited"}), DISPATCHERS, Form(
        "申请费用", money_fields, ask_money, "已提交，请负责人批准。", note="一张工单的材料和人工费超过免批上限的，先由另一位负责人批准。")),
    "grant": (OPEN, APPROVERS, Form(
        "批准费用", lambda *_: [
            text("granted", "是否批准", kind="choice", choices={"yes": "批准", "no": "不批准"}),
            text("note", "意见", kind="long_text", required=False, max=300, rows=2)],
        lambda actor, found, version, answers: actions.grant_money(
            actor, found.number, version, granted=answers["granted"] == "yes", note=answers["note"]),
        "已办理。")),
    "signed": (frozenset({"done", "rated"}), DISPATCHERS, Form(
        "登记确认", lambda found, _: [
            text("way", "怎样确认", kind="choice", choices={"paper": "已在维修单上签字", "phone": "电话确认"}),
            text("name", "确认人", max=60, value=found.reporter.name if found.reporter else "")],
        lambda actor, found, version, answers: actions.confirm_work(actor, found.number, way=answers["way"], name=answers["name"]),
        "已登记确认。")),
    "close": (frozenset({"done", "rated"}), DISPATCHERS | {"supervisor"}, Form(
        "办结", lambda *_: [text("text", "说明", required=False, max=200)],
        lambda actor, found, version, answers: actions.close(actor, found.number, version, text=answers["text"]), "工单已办结。")),
    "again": (frozenset({"done", "rated", "closed", "refused"}), DISPATCHERS | {"supervisor"}, Form(
        "再次报修", lambda *_: [text("text", "情况", kind="long_text", max=300, rows=2)],
        lambda actor, found, version, answers: actions.report_again(actor, found.number, answers["text"]),
        "已建立新的工单。", note="保修期内同一处再坏，或报修人对不予维修有异议。")),
    "merge": (frozenset({"new", "triaged", "assigned"}), DISPATCHERS, Form(
        "并单", _merge_fields,
        lambda actor, found, version, answers: actions.merge(actor, found.number, version, answers["into"]),
        "已并单，并告知报修人。", note="同一处损坏报了两次的，并到先办的一张。")),
    "refuse": (OPEN, REFUSERS, Form(
        "不予维修", lambda *_: [
            text("reason", "原因", kind="choice", choices={code: word for code, word in REFUSAL_REASONS.items() if code != "withdrawn"}),
            text("text", "说明", kind="long_text", max=300, rows=3, help="会告知报修人")],
        lambda actor, found, version, answers: actions.refuse(actor, found.number, version, reason=answers["reason"], text=answers["text"]),
        "已告知报修人。", danger=True)),
}  # fmt: skip


def _give_fields(hazard: Hazard, actor: Actor) -> list[Field]:
    return [
        text(
            "contractor",
            "整改单位",
            kind="choice",
            required=False,
            choices=_firms(hazard, actor),
            value=str(hazard.contractor_id or ""),
        ),
        text(
            "duty",
            "其他责任单位",
            required=False,
            max=80,
            value="" if hazard.contractor_id else hazard.duty,
            help="列表中没有的填在这里",
        ),
        text("limit", "整改期限", kind="date", value=hazard.limit_on.isoformat() if hazard.limit_on else ""),
    ]


def _give(actor: Actor, hazard: Hazard, version: int, answers: Answers) -> None:
    hazards.give(
        actor, hazard.number, version, duty=answers["duty"], limit_on=day_of(answers["limit"], "整改期限"),
        contractor_id=number_of(answers["contractor"], "整改单位") if answers["contractor"] else None,
    )  # fmt: skip


HAZARD_FORMS: Mapping[str, tuple[frozenset[str], frozenset[str], Form]] = {
    "recheck": (frozenset({"fixed"}), INSPECTORS | {"rent_clerk"}, Form(
        "复查", lambda *_: [
            text("passed", "复查结果", kind="choice", choices={"yes": "合格", "no": "不合格，继续整改"}),
            text("text", "复查情况", kind="long_text", max=300, rows=2)],
        lambda actor, found, version, answers: hazards.recheck(
            actor, found.number, version, passed=answers["passed"] == "yes", text=answers["text"]),
        "已登记复查。")),
    "close": (frozenset({"rechecked"}), INSPECTORS | APPROVERS | {"rent_clerk"}, Form(
        "销号", lambda *_: [text("text", "说明", required=False, max=200)],
        lambda actor, found, version, answers: hazards.close(actor, found.number, version, text=answers["text"]), "隐患已销号。")),
    "fixed": (frozenset({"assigned"}), DISPATCHERS | INSPECTORS, Form(
        "登记整改完成", lambda *_: [
            text("on", "整改日期", kind="date", value=_today()), text("text", "整改情况", kind="long_text", max=300, rows=2)],
        lambda actor, found, version, answers: hazards.fixed(
            actor, found.number, version, on=day_of(answers["on"], "整改日期"), text=answers["text"]),
        "已登记，请另一位同事复查。", note="须先上传整改后的照片。")),
    "give": (frozenset({"graded", "assigned"}), INSPECTORS | {"rent_clerk"}, Form("交办整改", _give_fields, _give, "已交办。")),
    "grade": (frozenset({"found", "graded", "assigned"}), INSPECTORS, Form(
        "定级", lambda found, _: [
            text("grade", "级别", kind="choice", choices=GRADES, value=found.grade),
            text("interim", "临时防护措施", kind="long_text", required=False, max=300, rows=2, value=found.interim, help="重大隐患必填：整改前怎样保证安全")],
        lambda actor, found, version, answers: hazards.grade(
            actor, found.number, version, level=answers["grade"], interim=answers["interim"]),
        "已定级。")),
    "extend": (frozenset({"assigned"}), frozenset({"supervisor"}), Form(
        "延长期限", lambda *_: [text("limit", "整改期限", kind="date"), text("text", "理由", max=300)],
        lambda actor, found, version, answers: hazards.extend(
            actor, found.number, version, limit_on=day_of(answers["limit"], "整改期限"), text=answers["text"]),
        "期限已延长。")),
    "dismiss": (frozenset({"found"}), frozenset({"supervisor"}), Form(
        "不构成隐患", lambda *_: [text("text", "理由", max=300)],
        lambda actor, found, version, answers: hazards.dismiss(actor, found.number, version, text=answers["text"]),
        "已登记。", danger=True)),
}  # fmt: skip
