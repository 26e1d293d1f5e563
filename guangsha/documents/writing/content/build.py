"""``build_report``: which document a place publishes, and in which order its parts stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from guangsha.checker.registry import CheckResult
from guangsha.documents.writing.content import sheets_yuelu, sheets_yueyang
from guangsha.documents.writing.content.base_table import base_table, has_base_table
from guangsha.documents.writing.content.draft import Draft
from guangsha.documents.writing.content.sections import numbered_sections
from guangsha.documents.writing.content.wuhan import wuhan_sections
from guangsha.documents.writing.page import COVER_TITLE_CHARACTERS
from guangsha.documents.writing.prose import date_words
from guangsha.documents.writing.titles import title_lines
from guangsha.documents.writing.tree import (
    AnnexMark,
    Block,
    Cover,
    Document,
    Paragraph,
    Run,
    Section,
    Signature,
    Table,
    Title,
)
from guangsha.facts.fact import Fact, FactSet
from guangsha.scoring.profile import Profile
from guangsha.scoring.results import ScoredSheet, Scores

#: A form with this many columns does not fit upright.
PORTRAIT_COLUMNS_MAX = 10


def build_report(
    facts: FactSet,
    profile: Profile,
    scores: Scores,
    checked: CheckResult | None = None,
    accounts: Sequence[Fact] = (),
) -> Document:
    """The whole report of one unit's year in the layout of its place.

    Args:
        facts: everything given about the year.
        profile: layout, heads, wording and rounding of the place.
        scores: what is printed as score, rate and grade; printed results of an earlier report are never repeated.
        checked: where given, cells that a finding concerns are marked (for the page on the screen only).
        accounts: cells of the final accounts rebuilt from their entries
            (:func:`guangsha.facts.accounts.rebuild_accounts`); rebuilt here when left out.
    """
    draft = Draft(facts, profile, scores, checked, accounts)
    wuhan = profile.document.layout == "wuhan"
    sections = wuhan_sections(draft) if wuhan else _self_evaluation(draft)
    return Document(
        title=report_title(draft),
        sections=sections,
        subject=f"{draft.year}年度绩效自评",
        keywords=(draft.unit, str(draft.year), "绩效自评"),
        derived=draft.derived,
    )


def report_title(draft: Draft) -> str:
    """``2023年度某某中心整体支出绩效自评报告``."""
    return f"{draft.year}年度{draft.unit}{draft.word('report_title', '整体支出绩效自评报告')}"


def _self_evaluation(draft: Draft) -> list[Section]:
    """Cover, the numbered sections, then one section for each annex."""
    annexes = _annexes(draft)
    body: list[Block] = [Title(report_title(draft)), *numbered_sections(draft)]
    body += _annex_list(annexes)
    date = date_words(draft.report.text("unit.report_date"))
    body.append(Signature([draft.unit, *([date] if date else [])]))
    sections = [Section([cover(draft)], numbered=False), Section(body)]
    for number, table in enumerate(annexes, start=1):
        landscape = len(table.widths) > PORTRAIT_COLUMNS_MAX
        sections.append(Section([AnnexMark(f"附件{number}"), table], landscape=landscape))
    return sections


def cover(draft: Draft) -> Cover:
    """Title in two lines (the name of a unit may need one more), the unit and the date."""
    whose = title_lines(f"{draft.year}年度{draft.unit}", COVER_TITLE_CHARACTERS)
    title = (*whose, draft.word("report_title", "整体支出绩效自评报告"))
    return Cover(title, [("单位名称", draft.unit)], date_words(draft.report.text("unit.report_date")))


def _annexes(draft: Draft) -> list[Table]:
    """The forms behind the report: base data, the overall sheet, one sheet for each project."""
    tables: list[Table] = []
    words = draft.profile.document.words
    if has_base_table(draft) and "base_table" in words:
        tables.append(base_table(draft, f"{draft.year}年度{words['base_table']}"))
    if draft.overall:
        title = f"{draft.year}年度{draft.word('overall_sheet', '整体支出绩效自评表')}"
        tables.append(_overall_form(draft)(draft, draft.overall, title))
    for sheet in draft.projects:
        name = draft.word("project_sheet", "项目支出绩效自评表")
        title = f"{draft.year}年度{name}（{sheet.sheet.name}）"
        tables.append(sheets_yueyang.project_sheet(draft, sheet, title))
    return tables


def _overall_form(draft: Draft) -> Callable[[Draft, ScoredSheet, str], Table]:
    yuelu = draft.profile.document.layout == "yuelu"
    return sheets_yuelu.overall_sheet if yuelu else sheets_yueyang.overall_sheet


def _annex_list(annexes: Sequence[Table]) -> list[Block]:
    """附件 below the body: the same titles as the annexes bear."""
    if not annexes:
        return []
    lines = [f"{number}．{table.title}" for number, table in enumerate(annexes, start=1)]
    return [Paragraph([Run("附件：")]), *(Paragraph([Run(line)]) for line in lines)]
