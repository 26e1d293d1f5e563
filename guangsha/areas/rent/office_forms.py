"""The acts on rent as forms."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils import timezone

from guangsha.areas.rent import actions
from guangsha.areas.rent.facts import ADJUSTMENT_KINDS, REFUND_SOURCES
from guangsha.areas.rent.models import RentAccount
from guangsha.areas.rent.rules import ACCOUNTANTS, CONFIRMERS, MAKERS
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.ledger.rules import yuan_text
from guangsha.web.act_forms import Answers, Form, day_of, fen_of, reason, text


def _today() -> str:
    return timezone.localdate().isoformat()


def _months(answers: Answers) -> int:
    given = answers["months"]
    if not (given.isdecimal() and len(given) < 4):
        raise InputError("应为整数", where="分几期", advice="请填写 2 至 12 的整数。")
    return int(given)


def _deductions(words: str) -> list[actions.Deduction]:
    """One deduction a line: what | yuan | evidence."""
    found = []
    for line in words.splitlines():
        if not line.strip():
            continue
        parts = [part.strip() for part in re.split(r"[|\uff5c]", line)]
        if len(parts) != 3:
            raise InputError(
                "每行写：事由 | 金额（元） | 凭据", where="扣款清单", advice="请用竖线分开三项。"
            )
        found.append(actions.Deduction(parts[0], fen_of(parts[1], "扣款清单"), parts[2]))
    return found


def _order(actor: Actor, found: RentAccount, _version: int, answers: Answers) -> None:
    fen = fen_of(answers["amount"], "金额") if answers["amount"] else None
    actions.make_order(actor, found.lease.number, purpose=answers["purpose"], fen=fen)


def _settle(actor: Actor, found: RentAccount, version: int, answers: Answers) -> None:
    actions.propose_settlement(
        actor, found.lease.number, version, readings=answers["readings"], deductions=_deductions(answers["deductions"]),
        heard=answers["heard"],
    )  # fmt: skip


#: code → (who may press it, the act)
ACCOUNT_FORMS: Mapping[str, tuple[frozenset[str], Form]] = {
    "order": (MAKERS | ACCOUNTANTS, Form(
        "开缴款单", lambda found, _: [
            text("purpose", "用途", kind="choice", choices={"rent": f"租金（未缴 {yuan_text(found.owed_fen)}）", "deposit": "押金"}, value="rent"),
            text("amount", "金额", kind="money", required=False, help="不填就是全部未缴租金。")],
        _order, "已开缴款单，请把缴款识别码告诉承租人。", note="承租人凭缴款识别码直接缴入国库，本单位不收现金。")),
    "term": (MAKERS, Form(
        "重新核定租金", lambda *_: [
            reason(), text("heard", "听取意见情况", required=False, max=200, help="租金提高时必填：何时、怎样听取，家庭怎么说。")],
        lambda actor, found, version, answers: actions.propose_term(
            actor, found.lease.number, version, reason=answers["reason"], heard=answers["heard"]),
        "已提出核定，请另一位同事复核。", note="按家庭档案中民政确认的救助身份计算，两项减免取较优惠的一项，从下一个缴费周期起执行。")),
    "plan": (MAKERS, Form(
        "提出分期", lambda *_: [
            text("months", "分几期", kind="number"), text("reason", "困难情况", kind="long_text", max=200)],
        lambda actor, found, version, answers: actions.propose_plan(
            actor, found.lease.number, version, months=_months(answers), reason=answers["reason"]),
        "已提出分期，请负责人批准。", note="把现在逾期的租金分期缴纳；履行期间不催缴。")),
    "refund": (MAKERS, Form(
        "提出退付", lambda *_: [
            text("source", "退什么", kind="choice", choices=REFUND_SOURCES), text("bank_account", "银行卡号", kind="bank_account"),
            text("bank_name", "开户银行", required=False, max=80), reason()],
        lambda actor, found, version, answers: actions.propose_refund(
            actor, found.lease.number, version, source=answers["source"], bank_account=answers["bank_account"],
            bank_name=answers["bank_name"], reason=answers["reason"]),
        "已提出退付，请负责人批准。", note="由财政退到承租人本人账户，全额退。")),
    "charge": (CONFIRMERS, Form(
        "单独出账", lambda *_: [
            text("item", "项目", kind="choice", choices={"compensation": "赔偿", "market_top_up": "市场租金补差"}),
            text("amount", "金额", kind="money"), reason()],
        lambda actor, found, version, answers: actions.charge(
            actor, found.lease.number, version, answers["item"], fen_of(answers["amount"], "金额"), reason=answers["reason"]),
        "已出账。", danger=True, note="只用于有书面依据的赔偿和补差；请写明依据。")),
    "settle": (MAKERS, Form(
        "退房结算", lambda *_: [
            text("readings", "水电气表底数", required=False, max=200),
            text("deductions", "扣款清单", kind="long_text", required=False, max=2000, help="每行一项：事由 | 金额（元） | 凭据。没有扣款的留空。"),
            text("heard", "承租人意见", required=False, max=200, help="有扣款时必填。")],
        _settle, "已提出结算，请负责人确认。", note="先在租约中登记退房交接。末月租金按实际天数计算。")),
    "confirm-settlement": (CONFIRMERS, Form(
        "确认退房结算", lambda *_: [], lambda actor, found, version, _: actions.confirm_settlement(actor, found.lease.number, version),
        "已确认。押金抵扣后余额在期限内退还。")),
    "close-settlement": (MAKERS | CONFIRMERS, Form(
        "办结退房结算", lambda *_: [], lambda actor, found, version, _: actions.close_settlement(actor, found.lease.number, version),
        "退房结算已办结。")),
}  # fmt: skip

TERM_FORMS: Mapping[str, tuple[frozenset[str], Form]] = {
    "confirm": (CONFIRMERS, Form(
        "复核确认租金", lambda *_: [text("note", "复核意见", required=False, max=200)],
        lambda actor, found, version, answers: actions.confirm_term(actor, found.pk, version, note=answers["note"]), "已复核确认，已通知承租人。")),
    "drop": (MAKERS | CONFIRMERS, Form(
        "不予采纳", lambda *_: [reason()],
        lambda actor, found, version, answers: actions.drop_term(actor, found.pk, version, reason=answers["reason"]),
        "已撤销这次核定。", danger=True)),
}  # fmt: skip

BILL_FORMS: Mapping[str, tuple[frozenset[str], Form]] = {
    "adjust": (MAKERS, Form(
        "提出账单调整", lambda found, _: [
            text("kind", "类别", kind="choice", choices=ADJUSTMENT_KINDS),
            text("amount", "减少金额", kind="money", help=f"未缴 {yuan_text(found.open_fen)}，已缴 {yuan_text(found.paid_fen)}"), reason()],
        lambda actor, found, version, answers: actions.propose_adjustment(
            actor, found.pk, version, kind=answers["kind"], fen=fen_of(answers["amount"], "减少金额"), reason=answers["reason"]),
        "已提出，请负责人批准。", note="账单有误用更正，确实无法收回的用核销；已缴的部分转为预缴。")),
}  # fmt: skip


def _decision(what: str) -> list[dict[str, object]]:
    return [
        text("approved", what, kind="choice", choices={"yes": "同意", "no": "不同意"}),
        text("note", "意见", required=False, max=200, help="不同意的写明理由。"),
    ]


ADJUSTMENT_FORM = Form(
    "批准账单调整", lambda *_: _decision("是否同意调整"),
    lambda actor, found, version, answers: actions.decide_adjustment(
        actor, found.pk, version, approved=answers["approved"] == "yes", note=answers["note"]), "已办理。")  # fmt: skip
PLAN_FORM = Form(
    "批准分期", lambda *_: _decision("是否同意分期"),
    lambda actor, found, version, answers: actions.decide_plan(
        actor, found.number, version, approved=answers["approved"] == "yes", note=answers["note"]), "已办理，已通知承租人。")  # fmt: skip
REFUND_FORMS: Mapping[str, tuple[frozenset[str], str, Form]] = {
    "decide": (CONFIRMERS, "proposed", Form(
        "批准退付", lambda *_: _decision("是否同意退付"),
        lambda actor, found, version, answers: actions.decide_refund(
            actor, found.number, version, approved=answers["approved"] == "yes", note=answers["note"]), "已办理。")),
    "pay": (ACCOUNTANTS, "confirmed", Form(
        "登记财政退付", lambda *_: [
            text("paid_on", "退付日期", kind="date", value=_today()), text("serial", "财政退付流水号", max=40)],
        lambda actor, found, version, answers: actions.pay_refund(
            actor, found.number, version, paid_on=day_of(answers["paid_on"], "退付日期"), serial=answers["serial"]),
        "已登记退付。", note="财政把款退到承租人账户以后登记。")),
}  # fmt: skip
