"""What the database answered, as a sentence that says what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, DataError, IntegrityError

from guangsha.ledger.rules import LedgerRefused

#: code of the database, or name of a constraint → (our code, what is wrong, what to do)
_SENTENCES: dict[str, tuple[str, str, str]] = {
    "kept": ("kept", "账簿只能追加，不能修改或删除", "请用冲销凭证更正。"),
    "exists": ("exists", "同样的资金、科目、期间或指标已经存在", "请换一个编码，或在原有的上面办理。"),
    "begin": ("begin", "新建的科目、期间或指标必须从零开始，且与所属机构的资金一致", "请检查所填内容。"),
    "lines": ("lines", "凭证的分录数与登记的条数不符", "请重新提交整张凭证。"),
    "account": ("account", "凭证用到的科目不存在或属于别的机构", "请核对科目。"),
    "unbalanced": ("unbalanced", "凭证在某一资金或某一核算体系内借贷不平", "每项资金、财务会计和预算会计须各自平衡。"),
    "account-closed": ("account-closed", "凭证用到已停用的科目", "请改用在用的科目。"),
    "unbudgeted": ("unbudgeted", "预算支出须列明预算指标，其他科目不列", "请选择预算指标。"),
    "mirror": ("mirror", "冲销凭证与原凭证不对应", "请用冲销功能办理；冲销凭证本身不再冲销。"),
    "link": ("link", "凭证的链接摘要不符", "请经由系统记账。"),
    "number": ("number", "凭证号不连续，或日期不在该月", "请经由系统记账。"),
    "closed": ("closed", "该月已结账，不能再记账", "请记入未结账的月份，或由他人反结账。"),
    "no-period": ("no-period", "该月还没有建账", "请先开立该年度的会计期间。"),
    "key": ("key", "同一业务编号已用不同内容记过账", "请核对是否重复提交；需要更正时请先冲销。"),
    "budget-line": ("budget-line", "预算指标与机构、资金或年度不符", "请选择本年度同一资金的指标。"),
    "closed-already": ("closed-already", "该月已经结账", ""),
    "earlier-open": ("earlier-open", "之前还有月份没有结账", "请按月份顺序结账。"),
    "not-closed": ("not-closed", "该月没有结账，不需要反结账", ""),
    "same-person": ("same-person", "反结账不能由结账人自己办理", "请由另一人办理。"),
    "no-reason": ("no-reason", "反结账须写明理由", "请填写理由。"),
    "later-closed": ("later-closed", "之后的月份已经结账", "请从最后一个月开始依次反结账。"),
    "reversed-already": ("reversed-already", "该凭证已经冲销过", "请查看已有的冲销凭证。"),
    "ledger_entry_reversed_once": ("reversed-already", "该凭证已经冲销过", "请查看已有的冲销凭证。"),
    "ledger_entry_key": ("key", "同一业务编号已用不同内容记过账", "请核对是否重复提交；需要更正时请先冲销。"),
    "ledger_entry_number": ("number", "凭证号不连续，或日期不在该月", "请经由系统记账。"),
    "ledger_account_within": ("balance", "科目余额超出允许的范围（例如透支）", "请核对余额后再办理。"),
    "ledger_budgetline_ceiling": ("ceiling", "超出预算指标可用数", "请先追加或调剂预算。"),
    "ledger_budgetline_signs": ("committed", "解除的承诺多于已承诺数", "请核对承诺。"),
    "ledger_budgetline_returned": ("returned", "退回的金额多于该指标已执行数", "以前年度的退回请不列指标。"),
    "ledger_budgetmove_key": ("key", "同一业务编号已用不同内容登记过", "请核对是否重复提交。"),
    "ledger_fund_code": ("exists", "资金编码已经存在", "请换一个编码。"),
    "ledger_account_code": ("exists", "该资金下已有这个科目编码", "请换一个编码。"),
    "ledger_period_month": ("exists", "该月已经建账", ""),
    "ledger_budgetline_line": ("exists", "同一年度已有这条预算指标", "请在原指标上调整。"),
}  # fmt: skip
_NAMED = re.compile(r"ledger:([a-z-]+)|(ledger_[a-z_]+)")
_DETAIL = re.compile(r"DETAIL:\s+(.{1,100})")


def sentence_of(error: DatabaseError) -> LedgerRefused | None:
    """The refusal behind an error of the database; None when it is not one of ours."""
    text = str(error)
    for found in _NAMED.finditer(text):
        told = _SENTENCES.get(found[1] or found[2])
        if told is not None:
            code, message, advice = told
            detail = _DETAIL.search(text) if found[1] else None
            return LedgerRefused(code, message, where=f"凭证 {detail[1]}" if detail else "", advice=advice)
    if isinstance(error, DataError) or "overflow" in text:
        return LedgerRefused("range", "金额累计超出可记范围", advice="请检查金额的单位。")
    if isinstance(error, IntegrityError) and "foreign key" in text.lower():
        return LedgerRefused("account", "凭证用到的科目或指标不存在", advice="请核对科目和指标。")
    return None


@contextmanager
def told() -> Iterator[None]:
    """Refusals of the database inside come out as :class:`LedgerRefused`; every other error as it is."""
    try:
        yield
    except DatabaseError as error:
        refusal = sentence_of(error)
        if refusal is None:
            raise
        raise refusal from error
