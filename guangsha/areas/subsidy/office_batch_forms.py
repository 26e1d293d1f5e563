"""The acts on a batch and on one of its payments as forms, with the states in which each may be asked for."""

from __future__ import annotations

from django.utils import timezone

from guangsha.areas.subsidy import payment_actions as acts
from guangsha.areas.subsidy.bank_files import PAID, RETURN_CODES
from guangsha.areas.subsidy.models import Batch, Item
from guangsha.areas.subsidy.payment_actions.base import states_of
from guangsha.areas.subsidy.payment_rules import BATCH_EDGES, MAKERS, SAMPLERS, may_close
from guangsha.audit.actor import Actor
from guangsha.kernel.errors import InputError
from guangsha.ledger.models import BudgetLine
from guangsha.ledger.rules import yuan_text
from guangsha.web.act_forms import Answers, Field, Form, day_of, text

#: What a batch may be drawn from for a look.
SAMPLED = frozenset({"partly_paid", "paid", "closed"})


def lines_of(agency_id: int, year: int, *, fund_id: int | None = None) -> dict[str, str]:
    """The budget lines of a year that a batch may be paid from: id → name and what is left."""
    found = (
        BudgetLine.objects.filter(agency=agency_id, year=year)
        .select_related("fund")
        .order_by("functional_code", "pk")
    )
    if fund_id is not None:
        found = found.filter(fund=fund_id)
    return {
        str(line.pk): f"{line.functional_code} {line.name}（可用 "
        f"{yuan_text(line.initial_fen + line.adjusted_fen - line.committed_fen - line.executed_fen)}）"
        for line in found
    }


def chosen(answers: Answers, name: str, label: str) -> int:
    """The id that was chosen.

    Raises:
        InputError: none was.
    """
    given = answers.get(name, "")
    if not given.isdecimal() or len(given) > 15:
        raise InputError("没有选择", where=label, advice=f"请选择{label}。")
    return int(given)


def _none(found: Batch, actor: Actor) -> list[Field]:
    return []


def _reason(label: str) -> list[Field]:
    return [text("reason", label, kind="long_text", max=300)]


def _note(found: Batch, actor: Actor) -> list[Field]:
    asked = any(one.get("severity") == "explain" for one in found.controls)
    return [
        text(
            "note", "意见", kind="long_text", max=300, required=asked,
            help="控制检查提示的情况，请逐项写明核实结果。" if asked else "",
        )
    ]  # fmt: skip


def _line(found: Batch, actor: Actor) -> list[Field]:
    choices = lines_of(found.agency_id, timezone.localdate().year, fund_id=found.fund_id)
    choices.pop(str(found.budget_line_id), None)
    return [text("line", "预算指标", kind="choice", choices=choices), *_reason("理由")]


def _seed(found: Batch, actor: Actor) -> list[Field]:
    return [
        text(
            "seed", "抽样种子", max=64,
            help="事先商定、事后谁都能核对的文字，例如当日彩票开奖号码。同一种子总是抽出同样的明细。",
        )
    ]  # fmt: skip


BATCH_FORMS: dict[str, Form] = {
    "check": Form(
        "复核通过", _note, lambda a, b, v, g: acts.check_batch(a, b.number, v, note=g["note"]), "已复核，等待审批。"
    ),
    "approve": Form(
        "审批通过",
        _none,
        lambda a, b, v, g: acts.approve_batch(a, b.number, v),
        "已审批，等待会计报送银行。",
        note="审批后即占用预算指标并计提应付补贴；之后在报送银行前只能由审批人作废。",
    ),
    "refuse": Form(
        "退回经办",
        lambda b, a: _reason("退回理由"),
        lambda a, b, v, g: acts.refuse_batch(a, b.number, v, reason=g["reason"]),
        "已退回经办。",
        danger=True,
    ),
    "cancel": Form(
        "作废",
        lambda b, a: _reason("作废理由"),
        lambda a, b, v, g: acts.cancel_batch(a, b.number, v, reason=g["reason"]),
        "批次已作废，其中的月份可以重新制单。",
        danger=True,
    ),
    "send": Form(
        "报送银行",
        _none,
        lambda a, b, v, g: acts.send_batch(a, b.number, v),
        "银行文件已生成，请下载后交给银行。",
        note="生成银行文件后，本批次不能再作废或改动。",
    ),
    "accept": Form(
        "登记银行受理",
        lambda b, a: [text("note", "受理说明", required=False, max=200)],
        lambda a, b, v, g: acts.accept_batch(a, b.number, v, note=g["note"]),
        "已登记银行受理。",
    ),
    "close": Form(
        "办结",
        _none,
        lambda a, b, v, g: acts.close_batch(a, b.number, v),
        "批次已办结。",
        note="发放明细、银行回盘、账簿三方一致才能办结。",
    ),
    "change-line": Form(
        "更换指标",
        _line,
        lambda a, b, v, g: acts.change_line(a, b.number, v, chosen(g, "line", "预算指标"), reason=g["reason"]),
        "待付金额已转到新的指标。",
        note="只移动还没有支付的金额；跨年付款时使用。",
    ),
    "draw": Form("抽查", _seed, lambda a, b, v, g: acts.draw_samples(a, b.number, seed=g["seed"]), "已抽取，请逐户核实。"),
}  # fmt: skip


def _come_back(found: Item, actor: Actor) -> list[Field]:
    today = timezone.localdate()
    codes = {code: words for code, words in RETURN_CODES.items() if code != PAID}
    fields = [
        text("code", "退回原因", kind="choice", choices=codes),
        text("serial", "银行退回流水号", max=32),
        text("day", "退回日期", kind="date", value=today.isoformat()),
        *_reason("说明"),
    ]
    line = found.batch.budget_line
    if line is not None and line.year < today.year:
        choices = lines_of(found.batch.agency_id, today.year, fund_id=found.batch.fund_id)
        fields.append(
            text(
                "line",
                "预算指标",
                kind="choice",
                choices=choices,
                help="原指标是以前年度的，重发由本年度指标支付。",
            )
        )
    return fields


def _run_come_back(actor: Actor, item: Item, version: int, given: Answers) -> object:
    return acts.come_back(
        actor, item.batch.number, version, item.seq, code=given["code"], serial=given["serial"], reason=given["reason"],
        day=day_of(given["day"], "退回日期"), budget_line_id=chosen(given, "line", "预算指标") if "line" in given else None,
    )  # fmt: skip


#: act → (state of the payment, states of the batch, who, form)
ITEM_FORMS: dict[str, tuple[str, frozenset[str], frozenset[str], Form]] = {
    "drop": (
        "ready", frozenset({"draft"}), MAKERS,
        Form("移出批次", lambda i, a: _reason("移出理由"),
             lambda a, i, v, g: acts.drop_item(a, i.batch.number, v, i.seq, reason=g["reason"]), "已移出。", danger=True),
    ),
    "come-back": (
        "paid", BATCH_EDGES["come_back"].before, BATCH_EDGES["come_back"].roles,
        Form("入账后退回", _come_back, _run_come_back, "已登记退回，可以重发。", danger=True,
             note="银行已入账、几天后又把钱退回时使用。"),
    ),
    "surrender": (
        "returned", BATCH_EDGES["surrender"].before, BATCH_EDGES["surrender"].roles,
        Form("上缴国库", lambda i, a: _reason("说明"),
             lambda a, i, v, g: acts.surrender_item(a, i.batch.number, v, i.seq, reason=g["reason"]), "已登记上缴。", danger=True),
    ),
    "take-back": (
        "returned", BATCH_EDGES["surrender"].before, BATCH_EDGES["surrender"].roles,
        Form("冲回", lambda i, a: _reason("说明"),
             lambda a, i, v, g: acts.take_back_item(a, i.batch.number, v, i.seq, reason=g["reason"]), "已冲回，按新的应发金额另行发放。",
             danger=True, note="退回以后应发金额有变化、不能按原额重发时使用。"),
    ),
}  # fmt: skip


def acts_of(batch: Batch, roles: frozenset[str], account_id: int) -> list[tuple[str, str, bool]]:
    """The acts that somebody may try on a batch: (code, title, danger). The act itself asks again."""
    found = []
    for code, form in BATCH_FORMS.items():
        if code == "draw":
            may = bool(roles & SAMPLERS) and batch.state in SAMPLED
        else:
            edge = BATCH_EDGES["receive" if code == "change-line" else code]
            may = bool(roles & edge.roles) and batch.state in edge.before
        if code == "change-line":  # needed when the year has turned
            may = may and batch.budget_line is not None and batch.budget_line.year < timezone.localdate().year
        if code == "close":
            may = may and not may_close(states_of(batch))
        if code in ("check", "approve", "refuse"):
            may = may and account_id != batch.made_by_id
        if code == "approve":
            may = may and account_id != batch.checked_by_id
        if may:
            found.append((code, form.title, form.danger))
    return found


SAMPLE_FORM = Form(
    "登记抽查结果",
    lambda s, a: [
        text("finding", "结论", kind="choice", choices=dict(type(s).FINDINGS)),
        text(
            "text",
            "说明",
            kind="long_text",
            required=False,
            max=300,
            help="未收到、联系不上、存疑的，请写明情况。",
        ),
    ],
    lambda a, s, v, g: acts.record_sample(a, s.pk, finding=g["finding"], text=g["text"]),
    "已登记。",
)
