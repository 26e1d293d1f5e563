"""名词解释 of a final-accounts document: the terms it uses, and every functional 项 that carries money (S24)."""

from __future__ import annotations

from guangsha.documents.writing.content.draft import Draft
from guangsha.documents.writing.tree import Block, Run
from guangsha.facts.classification import name_of, ordinal

#: Income rows of the overview and what each means; only those with money are explained.
_INCOME: dict[str, tuple[str, str]] = {
    "income.general_public": ("一般公共预算财政拨款收入", "同级财政当年拨付的一般公共预算资金。"),
    "income.government_fund": ("政府性基金预算财政拨款收入", "同级财政当年拨付的政府性基金预算资金。"),
    "income.state_capital": ("国有资本经营预算财政拨款收入", "同级财政当年拨付的国有资本经营预算资金。"),
    "income.superior": ("上级补助收入", "主管部门和上级单位拨给事业单位的非财政补助。"),
    "income.business": ("事业收入", "事业单位开展专业业务及辅助活动取得的收入。"),
    "income.operating": ("经营收入", "事业单位在专业业务及辅助活动之外独立核算以外的经营所得。"),
    "income.affiliated": ("附属单位上缴收入", "附属独立核算单位按规定上缴的收入。"),
    "income.other": ("其他收入", "除上列各项收入以外的收入。"),
    "income.surplus_used": (
        "使用非财政拨款结余（含专用结余）",
        "按预算管理要求用非财政拨款结余弥补收支差额的金额。",
    ),
    "income.opening": (
        "年初结转和结余",
        "以前年度未完成、结转到本年按原用途继续使用的资金，以及项目结余资金。",
    ),
}
_EXPENDITURE: dict[str, tuple[str, str]] = {
    "expenditure.surplus_distribution": ("结余分配", "按会计制度缴纳企业所得税、提取专用结余等的金额。"),
    "expenditure.closing": ("年末结转和结余", "留待以后年度使用的结转资金和项目结余。"),
}
_ALWAYS: tuple[tuple[str, str], ...] = (
    ("基本支出", "维持机构运转和日常工作所需的人员开支与公用开支。"),
    ("项目支出", "基本支出以外，用于特定工作任务和事业发展的支出。"),
    (
        "“三公”经费",
        "财政拨款负担的因公出国（境）、公务用车和公务接待三类费用。",
    ),
    ("机关运行经费", "行政单位和参照公务员法管理的事业单位用于购买货物和服务的公用经费。"),
)


def glossary_part(draft: Draft) -> list[Block]:
    """One numbered paragraph for each term; functional 项 stand under one of them."""
    terms: list[tuple[str, str]] = []
    for rows in (_INCOME, _EXPENDITURE):
        for row, term in rows.items():
            fact = draft.accounts.printed("overview", row, "amount")
            if fact and fact.fen:
                terms.append(term)
    terms += _ALWAYS
    blocks: list[Block] = []
    for number, (word, meaning) in enumerate(terms, start=1):
        blocks.append(draft.paragraph((Run(f"（{ordinal(number)}）{word}：指{meaning}"),)))
    codes = _codes(draft)
    if codes:
        mark = ordinal(len(terms) + 1)
        blocks.append(draft.paragraph((Run(f"（{mark}）本{draft.body}使用的支出功能分类科目（到项级）"),)))
        blocks += [draft.numbered(number, (Run(text),)) for number, text in enumerate(codes, start=1)]
    return blocks


def _codes(draft: Draft) -> list[str]:
    """``住房保障支出（类）住房改革支出（款）住房公积金（项）`` for every 项 in the tables of expenditure."""
    tables = ("expenditure", "general_expenditure", "government_fund", "state_capital")
    codes = sorted({code for table in tables for code in draft.accounts.leaves(table) if len(code) == 7})
    lines = []
    for code in codes:
        names = [name_of(code[:length], draft.year) for length in (3, 5, 7)]
        own = next((n for t in tables if (n := draft.accounts.table(t).row_name(code))), "") or names[2]
        if not own:
            continue
        path = "".join(
            f"{name}（{level}）"
            for name, level in zip((*names[:2], own), ("类", "款", "项"), strict=True)
            if name
        )
        lines.append(f"{path}：反映用于{own.removesuffix('支出')}方面的支出。")
    return lines
