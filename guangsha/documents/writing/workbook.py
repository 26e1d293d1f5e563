"""The fill-in workbook (填报工作簿): an xlsx that a finance officer fills and ``documents.reading.workbook`` reads.

Same form as the figures file, laid out by ``documents.workbook_form``. With facts it comes filled:
``read_workbook(write_workbook(profile, facts=f)) == f``. Equal arguments give equal bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from guangsha.documents.reading.workbook import NEEDED
from guangsha.documents.workbook_form import (
    ABOUT_FORM,
    ACCOUNT_FORMS,
    BASE_FORM,
    DETAIL_FORM,
    FORMS,
    OVERALL_FORM,
    PRIOR,
    PRIOR_FORMS,
    PROJECT_FORM,
    PROJECT_SHEETS,
    ROLLUP_FORM,
    STATEMENTS_FORM,
    Form,
)
from guangsha.documents.workbook_tree import flattened
from guangsha.documents.writing.figures import figures_tree
from guangsha.documents.writing.workbook_formulas import extras_for
from guangsha.documents.writing.workbook_sheet import Looks, SheetWriter, Span
from guangsha.documents.writing.xlsx import Workbook
from guangsha.facts.fact import FactSet
from guangsha.scoring.profile import Profile

_GUIDE = (
    ("怎样填写", ""),
    ("1", "只填黄色的格；灰色的格自动计算，蓝色的格是表头。鼠标停在表头右上角的红点上可看填写说明。"),
    ("2", "金额一律以万元为单位，只写数字，不写“万元”，不加千位分隔符；最多 6 位小数（即精确到分）。"),
    ("3", "没有的数据留空；确实为零时填 0。空白和零含义不同。"),
    ("4", "百分数填 99.95 或 99.95% 均可。"),
    ("5", "指标值和实际完成值连同单位照实填写，如 ≥1000户、95%、130万元；实际完成值填实际测得的数。"),
    ("6", "项目自评表一个项目一张，不用的留空；不够时复制一张空白的项目自评表。"),
    ("7", "得分、执行率在本簿中只是预估，正式得分由程序按口径模板计算，每一分都写明依据。"),
    ("8", "“已公布”各栏填已公开报告上印的数，只用于核对，可不填。"),
    ("9", "表格行数不够时，取消工作表保护后在表中间插入行即可。不要改动隐藏的 A 列和表头。"),
    ("10", "自己增加的工作表不会被读取，可用来打草稿。填好后保存为 .xlsx。"),
)


def write_workbook(
    profile: Profile, *, year: int | None = None, facts: FactSet | None = None, prior_year: bool = False
) -> bytes:
    """The workbook as xlsx.

    Args:
        profile: decides drop-downs, weights in previews and which sheets there are.
        year: fiscal year printed in it; that of ``facts`` where they are given.
        facts: pre-fills it.
        prior_year: with sheets for last year's figures (always when ``facts`` hold some).

    Raises:
        InputError: ``facts`` hold something that the form has no place for.
    """
    tree: dict[str, Any] = figures_tree(facts) if facts else {"profile": profile.id}
    if facts is None and year is not None:
        tree["year"] = Decimal(year)
    plan = _plan(profile, tree, prior_year)
    book = Workbook(title=f"{tree.get('unit', '')}年度数据填报工作簿", subject=profile.label)
    _guide(book, [name for _, name, _, _ in plan])
    looks = Looks.of(book)
    shown = int(facts.year if facts else year or profile.year_from)
    needed = [
        f"{PRIOR if prior else ''}{form.mark}" for form, _, _, prior in plan if form.mark != PROJECT_FORM.mark
    ]
    for form, name, values, prior in plan:
        spans: dict[str, Span] = {}
        at = shown - 1 if prior else shown
        extras = {block.id: extras_for(form, block, profile, at, spans) for block in form.blocks}
        writer = SheetWriter(
            book, looks, form, name, values, extras, spans, prior=prior, filled=facts is not None
        )
        if form is ABOUT_FORM:
            writer.needs(needed, NEEDED)
        for block in form.blocks:
            writer.write(block)
    return book.to_bytes()


#: A sheet to write: its form, its name, the part of the tree that fills it, whether it is last year's.
_Planned = tuple[Form, str, Mapping[str, Any], bool]


def _plan(profile: Profile, tree: Mapping[str, Any], prior_year: bool) -> list[_Planned]:
    """Which sheets there are: statements and accounts only where the place publishes them or facts hold them."""
    flat = flattened(tree)
    publishes = profile.document.layout == "wuhan"
    plan: list[_Planned] = [
        (ABOUT_FORM, ABOUT_FORM.name, flat, False),
        (BASE_FORM, BASE_FORM.name, flat, False),
    ]
    plan += _scoring_sheets(tree, "", False, PROJECT_SHEETS)
    plan.append((DETAIL_FORM, DETAIL_FORM.name, flat, False))
    if publishes or tree.get("statements"):
        plan.append((STATEMENTS_FORM, STATEMENTS_FORM.name, flat, False))
    if publishes or tree.get("accounts"):
        plan += [(form, form.name, flat, False) for form in ACCOUNT_FORMS.values()]
    plan.append((ROLLUP_FORM, ROLLUP_FORM.name, flat, False))
    last = tree.get("prior_year", {})
    if last or prior_year:
        plan += _prior_sheets(last, publishes or bool(last.get("accounts")))
    return plan


def _scoring_sheets(tree: Mapping[str, Any], before: str, prior: bool, spare: int) -> list[_Planned]:
    sheets = tree.get("sheets", [])
    overall = [sheet for sheet in sheets if sheet["kind"] == OVERALL_FORM.mark]
    projects = [sheet for sheet in sheets if sheet["kind"] == PROJECT_FORM.mark]
    empty: Mapping[str, Any] = {} if sheets else {"name": "整体支出"}
    plan: list[_Planned] = [
        (OVERALL_FORM, before + OVERALL_FORM.name, overall[0] if overall else empty, prior)
    ]
    for number in range(max(spare, len(projects))):
        values = projects[number] if number < len(projects) else {}
        plan.append((PROJECT_FORM, f"{before}{PROJECT_FORM.name}{number + 1}", values, prior))
    return plan


def _prior_sheets(last: Mapping[str, Any], with_accounts: bool) -> list[_Planned]:
    flat = flattened(last)
    before = "上年"
    plan: list[_Planned] = []
    for mark in PRIOR_FORMS:
        form = FORMS[mark]
        if form is OVERALL_FORM:
            plan += _scoring_sheets(last, before, True, 0)
        elif form is not PROJECT_FORM and (with_accounts or not mark.startswith("accounts.")):
            plan.append((form, before + form.name, flat, True))
    return plan


def _guide(book: Workbook, names: list[str]) -> None:
    """The first sheet: how to fill, and links to every sheet."""
    sheet = book.sheet("说明", widths=[6, 100])
    title = book.style(bold=True, size="16", font="黑体")
    head = book.style(bold=True, size="12", font="黑体")
    plain_look = book.style(wrap=True, valign="top")
    link = book.style(underline=True, color="0563C1")
    sheet.write(0, 0, "年度数据填报工作簿", title)
    sheet.height(0, 30)
    row = 2
    for number, text in _GUIDE:
        if not text:
            sheet.write(row, 0, number, head)
        else:
            sheet.write(row, 0, number, plain_look)
            sheet.write(row, 1, text, plain_look)
        row += 1
    sheet.write(row + 1, 0, "各表", head)
    for offset, name in enumerate(names, row + 2):
        sheet.link(offset, 1, name, name, link)
