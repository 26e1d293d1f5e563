"""The acts on an agreement, a calculation and a claw-back as forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils import timezone

from guangsha.areas.registry.models import Membership, Person
from guangsha.areas.subsidy import actions
from guangsha.areas.subsidy.facts import HEARING_OUTCOMES, RECOVERY_WAYS
from guangsha.areas.subsidy.models import Agreement, Calculation, Clawback
from guangsha.areas.subsidy.payment_actions.recoveries import recover
from guangsha.areas.subsidy.rules import month_text
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.kernel.money import Fen, yuan
from guangsha.kernel.numbers import plain
from guangsha.ledger.rules import yuan_text
from guangsha.policy.facts import FACT_KINDS
from guangsha.web.act_forms import Answers, Field, Form, day_of, fen_of, reason, text

#: Facts that a clerk may state from papers where the register knows nothing, with how they are asked.
STATED = 6


def _today() -> str:
    return timezone.localdate().isoformat()


def _stated_fields(calculation: Calculation | None) -> list[Field]:
    """One number or yes/no for each fact that the last calculation found unknown."""
    if calculation is None:
        return []
    fields: list[Field] = []
    for fact in calculation.kept.get("facts", ()):
        if fact["value"] is not None or len(fields) >= STATED:
            continue
        kind = FACT_KINDS[fact["name"]]
        fields.append(
            text(
                f"fact-{kind.name}", kind.title, kind="yes_no" if kind.flag else "money" if "fen" in kind.name else "number",
                required=False, help="已从纸质材料核实的填写，并在理由中写明依据；没有核实的留空。",
            )
        )  # fmt: skip
    return fields


def stated_facts(answers: Answers) -> dict[str, int]:
    """The facts that were stated, in the units of ``policy.facts``.

    Raises:
        InputError: a number that is none, or outside the bounds of its fact.
    """
    stated = {}
    for name, given in answers.items():
        if not name.startswith("fact-") or given == "":
            continue
        kind = FACT_KINDS[name.removeprefix("fact-")]
        if kind.flag:
            value = int(given == "yes")
        elif "fen" in kind.name:
            value = fen_of(given, kind.title)
        elif given.isdecimal() and len(given) < 10:
            value = int(given)
        else:
            raise InputError("应为整数", where=kind.title, advice="请填写整数。")
        if not kind.low <= value <= kind.high:
            raise InputError("超出可能的范围", where=kind.title, advice="请核对。")
        stated[kind.name] = value
    return stated


def _last(agreement: Agreement) -> Calculation | None:
    return agreement.calculations.order_by("-number").first()


def _again_fields(agreement: Agreement, _actor: Actor) -> list[Field]:
    return [*_stated_fields(_last(agreement)), reason()]


def _change_fields(agreement: Agreement, _actor: Actor) -> list[Field]:
    return [
        text("happened_on", "发生日期", kind="date", help="例如：成员迁出、买房登记的那一天。"),
        text("known_on", "得知日期", kind="date", value=_today(), help="家庭申报或检查发现的那一天。"),
        text("declared", "怎样得知", kind="choice", choices={"yes": "家庭主动申报", "no": "检查、比对发现"}),
        text("rent", "现在的月租金", kind="money", required=False, value=plain(yuan(Fen(agreement.rent_fen)))),
        *_stated_fields(_last(agreement)), reason(),
    ]  # fmt: skip


def _change(actor: Actor, agreement: Agreement, version: int, answers: Answers) -> None:
    actions.propose_change(
        actor, agreement.number, version, kind="change", happened_on=day_of(answers["happened_on"], "发生日期"),
        known_on=day_of(answers["known_on"], "得知日期"), declared=answers["declared"] == "yes", reason=answers["reason"],
        rent_fen=fen_of(answers["rent"], "现在的月租金") if answers["rent"] else None, stated=stated_facts(answers),
    )  # fmt: skip


def _stop_fields(_agreement: Agreement, _actor: Actor) -> list[Field]:
    return [
        text("happened_on", "发生日期", kind="date"),
        text("known_on", "得知日期", kind="date", value=_today()),
        text("declared", "怎样得知", kind="choice", choices={"yes": "家庭主动申报", "no": "检查、比对发现"}),
        reason(),
    ]


def _stop(kind: str) -> Callable[[Actor, Agreement, int, Answers], None]:
    def run(actor: Actor, agreement: Agreement, version: int, answers: Answers) -> None:
        actions.propose_change(
            actor, agreement.number, version, kind=kind, happened_on=day_of(answers["happened_on"], "发生日期"),
            known_on=day_of(answers["known_on"], "得知日期"), declared=answers["declared"] == "yes", reason=answers["reason"],
        )  # fmt: skip

    return run


def _members(agreement: Agreement) -> dict[str, str]:
    found = Membership.objects.filter(household_id=agreement.household_id, ended_on=None).select_related(
        "person"
    )
    return {str(one.person_id): one.person.name for one in found}


def _account(actor: Actor, agreement: Agreement, version: int, answers: Answers) -> None:
    members = _members(agreement)
    if answers["payee"] not in members:
        raise InputError("没有选择家庭成员", where="收款人", advice="请从列表中选择。")
    actions.change_account(
        actor, agreement.number, version, payee=Person.objects.get(pk=int(answers["payee"])),
        bank_account=answers["bank_account"], bank_name=answers["bank_name"], reason=answers["reason"],
    )  # fmt: skip


def _renew(actor: Actor, agreement: Agreement, version: int, answers: Answers) -> None:
    actions.renew_agreement(
        actor, agreement.number, version, rent_fen=fen_of(answers["rent"], "月租金"), filing=answers["filing"],
        stated=stated_facts(answers),
    )  # fmt: skip


def _month_fields(agreement: Agreement, _actor: Actor) -> list[Field]:
    months = agreement.entitlements.filter(state__in=("computed", "held")).exclude(payments__living=True)
    choices = {
        str(row.month): f"{month_text(row.month)}（{row.get_state_display()}）"
        for row in months.order_by("month")
    }
    return [
        text("month", "月份", kind="choice", choices=choices),
        text("hold", "怎样办理", kind="choice", choices={"yes": "暂缓发放", "no": "恢复发放"}),
        reason(),
    ]


def _hold(actor: Actor, agreement: Agreement, version: int, answers: Answers) -> None:
    month = int(answers["month"]) if answers["month"].isdecimal() and len(answers["month"]) == 6 else 0
    actions.hold_month(
        actor, agreement.number, version, month, reason=answers["reason"], hold=answers["hold"] == "yes"
    )


#: code → (states of the agreement in which it is offered, the act)
AGREEMENT_FORMS: Mapping[str, tuple[frozenset[str], Form]] = {
    "again": (frozenset({"draft"}), Form(
        "重新核定", _again_fields,
        lambda actor, found, version, answers: actions.compute_again(
            actor, found.number, version, reason=answers["reason"], stated=stated_facts(answers)),
        "已按现有档案重新核定，请另一位同事复核。", note="家庭档案补全或更正以后，按政策重新计算；原来的核定作废。")),
    "sign": (frozenset({"draft"}), Form(
        "登记签约", lambda *_: [text("signed_on", "签订日期", kind="date", value=_today())],
        lambda actor, found, version, answers: actions.sign_agreement(
            actor, found.number, version, signed_on=day_of(answers["signed_on"], "签订日期")),
        "协议已生效，每月自动计算应发。")),
    "discard": (frozenset({"draft"}), Form(
        "撤销协议", lambda *_: [reason()],
        lambda actor, found, version, answers: actions.end_agreement(actor, found.number, version, reason=answers["reason"]),
        "协议已撤销。", danger=True)),
    "change": (frozenset({"active", "suspended"}), Form(
        "变更核定", _change_fields, _change, "已提出变更核定。金额减少的先听取家庭意见；之后由另一位同事复核。",
        note="人口、住房、收入等变化先在家庭档案里登记，再在这里按新情况计算。")),
    "suspend": (frozenset({"active"}), Form("暂停发放", _stop_fields, _stop("suspend"), "已提出暂停，先听取家庭意见。", danger=True)),
    "resume": (frozenset({"suspended"}), Form("恢复发放", _stop_fields, _stop("resume"), "已提出恢复，请另一位同事复核。")),
    "end": (frozenset({"active", "suspended"}), Form("终止发放", _stop_fields, _stop("end"), "已提出终止，先听取家庭意见。", danger=True)),
    "renew": (frozenset({"active"}), Form(
        "年审续签", lambda found, _: [
            text("rent", "月租金", kind="money", value=plain(yuan(Fen(found.rent_fen)))),
            text("filing", "租赁备案号", required=False, value=found.lease_filing, max=40), *_stated_fields(_last(found))],
        _renew, "已建立续签协议，请另一位同事复核金额。")),
    "account": (frozenset({"draft", "active", "suspended"}), Form(
        "变更收款账户", lambda found, _: [
            text("payee", "收款人", kind="choice", choices=_members(found), value=str(found.payee_id)),
            text("bank_account", "银行卡号", kind="bank_account"), text("bank_name", "开户银行", max=80), reason()],
        _account, "收款账户已变更，已通知家庭。")),
    "hold": (frozenset({"active", "expired", "terminated"}), Form("暂缓、恢复某月", _month_fields, _hold, "已办理。")),
}  # fmt: skip

CALCULATION_FORMS: Mapping[str, tuple[frozenset[str], Form]] = {
    "confirm": (frozenset({"proposed"}), Form(
        "复核确认", lambda *_: [text("note", "复核意见", required=False, max=200)],
        lambda actor, found, version, answers: actions.confirm(actor, found.pk, version, note=answers["note"]),
        "已复核确认。")),
    "drop": (frozenset({"proposed", "hearing"}), Form(
        "不予采纳", lambda *_: [reason()],
        lambda actor, found, version, answers: actions.drop(actor, found.pk, version, reason=answers["reason"]),
        "已撤销这次核定。", danger=True)),
    "hear": (frozenset({"hearing"}), Form(
        "记录陈述意见", lambda *_: [
            text("outcome", "家庭意见", kind="choice",
                 choices={code: word for code, word in HEARING_OUTCOMES.items() if code != "silent"}),
            text("text", "陈述意见", kind="long_text", required=False, max=300)],
        lambda actor, found, version, answers: actions.hear(actor, found.pk, text=answers["text"], outcome=answers["outcome"]),
        "已记录陈述意见，可以复核了。")),
}  # fmt: skip


def _recover(actor: Actor, clawback: Clawback, _version: int, answers: Answers) -> None:
    recover(
        actor, clawback.number, amount_fen=fen_of(answers["amount"], "金额"), way=answers["way"],
        day=day_of(answers["day"], "日期"), key=answers["voucher"],
    )  # fmt: skip


CLAWBACK_FORMS: Mapping[str, Form] = {
    "recover": Form(
        "登记退回款", lambda found, _: [
            text("amount", "金额", kind="money", help=f"还应退回 {yuan_text(found.total_fen - found.recovered_fen)}"),
            text("way", "方式", kind="choice", choices={k: v for k, v in RECOVERY_WAYS.items() if k != "set_off"}),
            text("day", "日期", kind="date", value=_today()),
            text("voucher", "凭证号", max=60, help="同一凭证号只登记一次。")],
        _recover, "已登记退回款。"),
    "consent": Form(
        "登记同意抵扣", lambda *_: [
            text("agreed", "家庭书面意见", kind="choice", choices={"yes": "同意从以后月份抵扣", "no": "不同意、撤回同意"})],
        lambda actor, found, _version, answers: actions.consent_set_off(actor, found.number, agreed=answers["agreed"] == "yes"),
        "已登记。", note="抵扣须经家庭书面同意；签字件请随档案保存。"),
    "write-off": Form(
        "核销", lambda *_: [reason()],
        lambda actor, found, _version, answers: actions.write_off(actor, found.number, reason=answers["reason"]),
        "已核销。", danger=True),
}  # fmt: skip
