"""The Wuhan document: 部门决算公开 in six parts, or the self-evaluation alone where no accounts were given."""

from __future__ import annotations

from guangsha.documents.writing.content.accounts_disclosure import explanation_items
from guangsha.documents.writing.content.accounts_tables import accounts_sections
from guangsha.documents.writing.content.draft import Draft
from guangsha.documents.writing.content.glossary_part import glossary_part
from guangsha.documents.writing.content.indicator_rows import in_order
from guangsha.documents.writing.content.sections import basics
from guangsha.documents.writing.content.sheets_wuhan import overall_sheet, project_sheet
from guangsha.documents.writing.content.wuhan_results import result_blocks
from guangsha.documents.writing.page import COVER_TITLE_CHARACTERS
from guangsha.documents.writing.prose import date_words
from guangsha.documents.writing.titles import title_lines
from guangsha.documents.writing.tree import (
    Block,
    Cover,
    Heading,
    Paragraph,
    Run,
    Section,
    Table,
    Title,
)
from guangsha.facts.classification import ordinal
from guangsha.scoring.results import ScoredIndicator

#: Level-2 indicators whose rows are the year's key work.
_KEY_WORK = "数量指标"


def wuhan_sections(draft: Draft) -> list[Section]:
    """Cover, then the parts in the order of the profile."""
    date = date_words(draft.report.text("unit.report_date"))
    words = draft.word("report_title", "部门决算公开") if draft.accounts else "绩效自评结果"
    whose = title_lines(f"{draft.year}年度{draft.unit}", COVER_TITLE_CHARACTERS)
    sections = [Section([Cover((*whose, words), (), date)], numbered=False)]
    parts = [part for part in draft.profile.document.sections if draft.accounts or not _needs_accounts(part)]
    for number, part in enumerate(parts, start=1):
        title = Title(f"第{ordinal(number)}部分　{_part_title(draft, part)}")
        if "决算表" in part:
            sections += _under(title, accounts_sections(draft))
        elif "附件" in part:
            sections += _under(title, _annexes(draft))
        else:
            sections.append(Section([title, *_part(draft, part)]))
    return [sections[0], _contents(sections[1:]), *sections[1:]]


def _under(title: Title, sections: list[Section]) -> list[Section]:
    """``sections`` with the title of their part at the top of the first."""
    if not sections:
        return [Section([title])]
    first = sections[0]
    return [Section([title, *first.blocks], landscape=first.landscape), *sections[1:]]


def _contents(sections: list[Section]) -> Section:
    """目录: the parts, and under each its tables and heads of the first level."""
    lines: list[Block] = [Title("目　录")]
    part = ""
    for block in (block for section in sections for block in section.blocks):
        if isinstance(block, Title) and block.text.startswith("第"):
            part = block.text
            lines.append(Paragraph([Run(part)], indent=False))
        elif isinstance(block, Heading) and block.level == 1 and "附件" not in part:
            lines.append(Paragraph([Run(block.text)]))
        elif isinstance(block, Table) and (block.number or "附件" in part):
            lines.append(Paragraph([Run(f"{block.number}　{block.title}".strip("　"))]))
    return Section(lines, numbered=False)


def _needs_accounts(part: str) -> bool:
    return any(word in part for word in ("决算", "名词解释"))


def _part_title(draft: Draft, part: str) -> str:
    if "概况" in part:
        return f"{draft.unit}{part}"
    return f"{draft.year}年度{part}" if "决算" in part or "重点" in part else part


def _part(draft: Draft, part: str) -> list[Block]:
    if "概况" in part:
        return basics(draft, level=1)
    if "情况说明" in part:
        return explanation_items(draft)
    if "重点" in part:
        return key_work(draft)
    return glossary_part(draft) if "名词" in part else [draft.paragraph(draft.say("无。"))]


def key_work(draft: Draft) -> list[Block]:
    """重点工作完成情况: the quantity rows of the overall sheet, target beside result (S23)."""
    rows = _key_rows(draft)
    if not rows:
        return [draft.paragraph(draft.say("本{body}{year}年度未单列重点工作事项。"))]
    head = [draft.head(text) for text in ("序号", "重点工作", "工作内容", "年初目标", "完成情况")]
    cells = [
        [
            draft.cell(str(number)),
            draft.text(row.indicator.get("block") or row.indicator.get("level2")),
            draft.text(row.indicator.get("name"), align="left"),
            draft.text(row.indicator.get("target")),
            draft.text(row.indicator.get("actual")),
        ]
        for number, row in enumerate(rows, start=1)
    ]
    table = Table(
        title=f"{draft.year}年度重点工作完成情况表",
        widths=(0.7, 1.9, 3.6, 1.9, 1.9),
        rows=[head, *cells],
        header_rows=1,
        id="key-work",
    )
    return [table]


def _key_rows(draft: Draft) -> list[ScoredIndicator]:
    sheets = [draft.overall] if draft.overall else list(draft.projects)
    return [
        row
        for sheet in sheets
        for row in in_order(sheet.indicators)
        if row.indicator.level2 == _KEY_WORK and row.indicator.target
    ]


def _annexes(draft: Draft) -> list[Section]:
    """Each sheet followed by its result in words: the overall one first, then every project."""
    sections: list[Section] = []
    year, unit = draft.year, draft.unit
    if draft.overall:
        sheet = draft.word("overall_sheet", "部门整体绩效自评表")
        result = draft.word("overall_result", "部门整体绩效自评结果")
        sections.append(Section([overall_sheet(draft, draft.overall, f"{year}年度{unit}{sheet}")]))
        sections.append(Section(result_blocks(draft, draft.overall, f"{year}年度{unit}{result}")))
    for scored in draft.projects:
        sheet, result = (
            draft.word("project_sheet", "项目绩效自评表"),
            draft.word("project_result", "项目绩效自评结果"),
        )
        name = scored.sheet.name
        own_sheet = sheet if not name.endswith("项目") else sheet.removeprefix("项目")
        own_result = result if not name.endswith("项目") else result.removeprefix("项目")
        sections.append(Section([project_sheet(draft, scored, f"{year}年度{name}{own_sheet}")]))
        sections.append(Section(result_blocks(draft, scored, f"{year}年度{name}{own_result}")))
    return sections
