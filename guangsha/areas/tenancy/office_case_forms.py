"""The acts on a violation, a way out, a change, a credential and a hearing as forms."""

from __future__ import annotations

from collections.abc import Mapping

from guangsha.areas.tenancy import actions
from guangsha.areas.tenancy.facts import (
    ABSENCES,
    FORBIDDEN_STOPS,
    HEARING_OUTCOMES,
    HEARING_WAYS,
    LIFT_GROUNDS,
    OVER_INCOME_WAYS,
    STOP_REASONS,
)
from guangsha.areas.tenancy.models_exit import Exit, Violation
from guangsha.areas.tenancy.office_forms import Offer, found_of, handover_fields, today_text
from guangsha.areas.tenancy.rules import DECIDERS, HANDLERS, INSPECTORS, LAWYERS, LEASERS
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.ledger.rules import yuan_text
from guangsha.people.models import Account
from guangsha.web.act_forms import Answers, Field, Form, day_of, fen_of, reason, text

CHECKING = frozenset({"signal", "checked"})
SETTLED = frozenset({"decided", "remedied", "closed"})
#: A way out before the dwelling was given back.
OPEN = frozenset({"hearing", "heard", "notice", "transition", "holding_over", "demanded"})
KEEPERS = LEASERS | HANDLERS | INSPECTORS


def _colleagues(violation: Violation, actor: Actor) -> dict[str, str]:
    """Who may go along: somebody of the agency who looks on site."""
    found = (
        Account.objects.filter(
            kind="staff", is_active=True, appointments__agency_id=violation.lease.agency_id, appointments__role__in=INSPECTORS,
            appointments__ended_on=None,
        )
        .exclude(pk=actor.account_id)
        .distinct()
        .order_by("name")[:100]
    )  # fmt: skip
    return {str(one.pk): one.name for one in found}


def _check(actor: Actor, violation: Violation, version: int, answers: Answers) -> None:
    colleagues = _colleagues(violation, actor)
    if answers["second"] not in colleagues:
        raise InputError("没有选择同行核查人", where="同行核查人", advice="请从列表中选择。")
    actions.add_check(
        actor, violation.number, version, on=day_of(answers["on"], "核查日期"), second=Account.objects.get(pk=int(answers["second"])),
        found=answers["found"] == "yes", record=answers["record"], absence=answers["absence"],
    )  # fmt: skip


def _check_fields(violation: Violation, actor: Actor) -> list[Field]:
    return [
        text("on", "核查日期", kind="date", value=today_text()),
        text("second", "同行核查人", kind="choice", choices=_colleagues(violation, actor)),
        text("found", "是否属实", kind="yes_no"),
        text("absence", "离家原因", kind="choice", required=False, choices={k: v for k, v in ABSENCES.items() if k}, help="闲置的填写；住院、羁押、服役等不算无正当理由。"),
        text("record", "核查记录", kind="long_text", max=300),
    ]  # fmt: skip


BAN_OFFERS: Mapping[str, Offer] = {
    "lift": Offer(frozenset({"standing"}), HANDLERS, Form(
        "提请解除", lambda *_: [
            text("ground", "解除依据", kind="choice", choices=LIFT_GROUNDS),
            text("document", "文号", max=80, help="判决书、复议或复查决定的文号；登记错误的写更正说明的文号。"),
            text("reason", "理由", kind="long_text", max=300)],
        lambda actor, found, version, answers: actions.propose_lift(
            actor, found.pk, version, ground=answers["ground"], document=answers["document"], reason=answers["reason"]),
        "已提请，由审批人决定；决定前仍不得再次申请。")),
    "decide": Offer(frozenset({"asked"}), DECIDERS, Form(
        "决定解除", lambda *_: [
            text("lifts", "是否解除", kind="yes_no"), text("reason", "决定理由", kind="long_text", max=300)],
        lambda actor, found, version, answers: actions.decide_lift(
            actor, found.pk, version, lifts=answers["lifts"] == "yes", reason=answers["reason"]),
        "已决定。", note="请核对文号和原件；解除自今日起生效，原记录保留。")),
}  # fmt: skip

VIOLATION_OFFERS: Mapping[str, Offer] = {
    "check": Offer(CHECKING, INSPECTORS, Form(
        "登记现场核查", _check_fields, _check, "已登记核查。", note="至少两次核查，不在同一天，每次两人。")),
    "ask": Offer(frozenset({"checked"}), INSPECTORS | HANDLERS, Form(
        "告知并听取意见", lambda *_: [
            text("started_on", "违规起始日期", kind="date"), text("stopped_on", "停止日期", kind="date", required=False),
            text("gain", "违法所得", kind="money", required=False)],
        lambda actor, found, version, answers: actions.ask_tenant(
            actor, found.number, version, started_on=day_of(answers["started_on"], "违规起始日期"),
            stopped_on=day_of(answers["stopped_on"], "停止日期") if answers["stopped_on"] else None,
            gain_fen=fen_of(answers["gain"], "违法所得") if answers["gain"] else 0),
        "已告知承租人，等待陈述意见。")),
    "drop": Offer(CHECKING, INSPECTORS | HANDLERS, Form(
        "核查不成立", lambda *_: [reason()],
        lambda actor, found, version, answers: actions.drop_violation(actor, found.number, version, reason=answers["reason"]),
        "已结束核查。")),
    "decide": Offer(frozenset({"heard"}), DECIDERS, Form(
        "作出处理决定", lambda *_: [
            text("upheld", "认定结果", kind="choice", choices={"yes": "违规成立", "no": "不成立"}),
            text("ban", "五年内不得再次申请", kind="choice", choices={"yes": "是", "no": "否"}, value="yes"),
            text("grounds", "认定理由", kind="long_text", max=300, help="写明证据、对家庭意见的回应。")],
        lambda actor, found, version, answers: actions.decide(
            actor, found.number, version, upheld=answers["upheld"] == "yes", grounds=answers["grounds"], ban=answers["ban"] == "yes"),
        "已作出决定并通知承租人。", danger=True)),
    "settle": Offer(frozenset({"decided"}), INSPECTORS | HANDLERS, Form(
        "登记改正情况", lambda *_: [
            text("remedied", "是否改正", kind="choice", choices={"yes": "已改正", "no": "逾期未改正"}),
            text("text", "改正情况", kind="long_text", max=300)],
        lambda actor, found, version, answers: actions.settle_violation(
            actor, found.number, version, remedied=answers["remedied"] == "yes", text=answers["text"]),
        "已登记。逾期未改正的，可以在租约里提出腾退。")),
    "clue": Offer(SETTLED, LAWYERS, Form(
        "移送线索", lambda found, _: [
            text("receiver", "接收单位", max=80, help=f"依法可处罚款上限 {yuan_text(found.fine_cap_fen)}；本中心没有处罚权，只移送线索。"),
            text("facts", "事实", kind="long_text", max=300)],
        lambda actor, found, version, answers: actions.send_clue(
            actor, found.number, version, receiver=answers["receiver"], facts=answers["facts"]),
        "已移送。"), lambda found: not hasattr(found, "clue")),
    "clue-answer": Offer(SETTLED, LAWYERS, Form(
        "登记移送结果", lambda *_: [text("receipt", "回执编号", required=False, max=60), text("answer", "处理结果", kind="long_text", max=300)],
        lambda actor, found, version, answers: actions.answer_clue(
            actor, found.number, version, receipt=answers["receipt"], answer=answers["answer"]),
        "已登记。"), lambda found: hasattr(found, "clue")),
}  # fmt: skip


def _decide_fields(found: Exit, _actor: Actor) -> list[Field]:
    fields = [text("approve", "决定", kind="choice", choices={"yes": "同意", "no": "不予腾退"})]
    if found.ground == "over_income":
        fields.append(text("way", "处理方式", kind="choice", choices=OVER_INCOME_WAYS, value="leave"))
    return [
        *fields,
        text("reasons", "理由", kind="long_text", max=300, help="写明事实、依据、对家庭意见的回应。"),
    ]


EXIT_OFFERS: Mapping[str, Offer] = {
    "decide": Offer(frozenset({"heard"}), DECIDERS, Form(
        "作出腾退决定", _decide_fields,
        lambda actor, found, version, answers: actions.decide_exit(
            actor, found.number, version, approve=answers["approve"] == "yes", reasons=answers["reasons"],
            way=answers.get("way") or "leave"),
        "已作出决定。同意腾退的，送达通知后期限开始。")),
    "serve": Offer(frozenset({"notice"}), HANDLERS | LAWYERS, Form(
        "登记送达", lambda *_: [
            text("served_on", "送达日期", kind="date", value=today_text()), text("document", "通知书文号", max=80)],
        lambda actor, found, version, answers: actions.serve(
            actor, found.number, version, served_on=day_of(answers["served_on"], "送达日期"), document=answers["document"]),
        "已登记送达，已通知家庭。"), lambda found: found.served_on is None),
    "hold-over": Offer(frozenset({"notice", "transition"}), HANDLERS, Form(
        "登记逾期占用", lambda *_: [text("text", "上门核实情况", kind="long_text", max=300)],
        lambda actor, found, version, answers: actions.hold_over(actor, found.number, version, text=answers["text"]),
        "已登记，自期限届满次日起按市场租金。", danger=True, note="期限届满后上门核实才能登记；有困难的先研究延期或安置。"),
        lambda found: found.served_on is not None),
    "demand": Offer(frozenset({"holding_over"}), LAWYERS, Form(
        "催告", lambda *_: [text("document", "催告书文号", max=80)],
        lambda actor, found, version, answers: actions.demand(actor, found.number, version, document=answers["document"]),
        "已催告，十日后可以申请法院。", note="行政强制法第五十四条：申请人民法院强制执行前应当催告，送达十日后才能申请。")),
    "court": Offer(frozenset({"demanded"}), LAWYERS, Form(
        "申请法院", lambda *_: [text("document", "申请书或起诉状文号", max=80)],
        lambda actor, found, version, answers: actions.go_to_court(actor, found.number, version, document=answers["document"]),
        "已登记申请。")),
    "ruled": Offer(frozenset({"court"}), LAWYERS, Form(
        "登记法院裁定", lambda *_: [
            text("title", "裁定书文号", max=60), text("granted", "结果", kind="choice", choices={"yes": "准予执行", "no": "不准予"})],
        lambda actor, found, version, answers: actions.court_ruled(
            actor, found.number, version, title=answers["title"], granted=answers["granted"] == "yes"),
        "已登记裁定。"), lambda found: not found.lease.court_title),
    "hand-back": Offer(frozenset({"notice", "transition", "holding_over", "demanded", "court"}), LEASERS | INSPECTORS, Form(
        "退房查验", lambda *_: handover_fields(out=True),
        lambda actor, found, version, answers: actions.hand_back(actor, found.number, version, found_of(answers)),
        "已登记退房查验，费用结清后终止合同。", note="承租人未到场的，没有法院裁定不能收回；不在夜间和休息日进行。"),
        lambda found: found.served_on is not None),
    "settle": Offer(frozenset({"checking"}), LEASERS, Form(
        "结清终止", lambda *_: [],
        lambda actor, found, version, _: actions.settle(actor, found.number, version),
        "合同已终止。", note="租金、押金等全部结清后才能终止。")),
    "withdraw": Offer(OPEN, HANDLERS | DECIDERS, Form(
        "撤回腾退", lambda *_: [reason()],
        lambda actor, found, version, answers: actions.withdraw_exit(actor, found.number, version, reason=answers["reason"]),
        "已撤回，家庭照常居住。")),
}  # fmt: skip

CHANGE_OFFERS: Mapping[str, Offer] = {
    "confirm": Offer(frozenset({"proposed"}), DECIDERS | HANDLERS, Form(
        "复核确认", lambda *_: [text("note", "复核意见", required=False, max=200)],
        lambda actor, found, version, answers: actions.confirm_change(actor, found.pk, version, note=answers["note"]),
        "已生效。")),
    "drop": Offer(frozenset({"proposed"}), DECIDERS | HANDLERS, Form(
        "不予采纳", lambda *_: [reason()],
        lambda actor, found, version, answers: actions.drop_change(actor, found.pk, version, reason=answers["reason"]),
        "已撤销这次变更。", danger=True)),
}  # fmt: skip

GRANT_OFFERS: Mapping[str, Offer] = {
    "approve": Offer(frozenset({"asked"}), KEEPERS | DECIDERS, Form(
        "复核凭证", lambda *_: [text("approve", "意见", kind="choice", choices={"yes": "同意启用", "no": "不同意"})],
        lambda actor, found, version, answers: actions.approve_grant(actor, found.pk, version, approve=answers["approve"] == "yes"),
        "已办理，已通知家庭。")),
    "stop": Offer(frozenset({"active"}), KEEPERS, Form(
        "申请停用", lambda *_: [
            text("reason", "事由", kind="choice", choices={**STOP_REASONS, **FORBIDDEN_STOPS},
                 help="欠租、违规、催促搬离都不是停用的理由，选了会被拒绝并记录。")],
        lambda actor, found, version, answers: actions.ask_stop(actor, found.pk, version, reason=answers["reason"]),
        "已提出，请另一位同事复核。", danger=True, note="居住期间只能停用多余的、遗失后已补发的凭证，不能让家庭进不了门。"),
        lambda found: not found.stop_reason),
    "approve-stop": Offer(frozenset({"active"}), KEEPERS | DECIDERS, Form(
        "复核停用", lambda *_: [text("approve", "意见", kind="choice", choices={"yes": "同意停用", "no": "不同意"})],
        lambda actor, found, version, answers: actions.approve_stop(actor, found.pk, version, approve=answers["approve"] == "yes"),
        "已办理。", danger=True), lambda found: bool(found.stop_reason)),
}  # fmt: skip

HEARING_FORM = Form(
    "记录陈述意见", lambda *_: [
        text("way", "陈述方式", kind="choice", choices={k: v for k, v in HEARING_WAYS.items() if k not in ("", "online")}),
        text("outcome", "家庭意见", kind="choice", choices={k: v for k, v in HEARING_OUTCOMES.items() if k != "silent"}),
        text("text", "陈述意见", kind="long_text", required=False, max=300)],
    lambda actor, found, _version, answers: actions.hear(
        actor, found.pk, text=answers["text"], outcome=answers["outcome"], way=answers["way"]),
    "已记录陈述意见。")  # fmt: skip
HEARERS = INSPECTORS | HANDLERS | DECIDERS
