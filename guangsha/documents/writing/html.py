"""The report as one page that opens anywhere: no script, nothing fetched, its own style, its sources at the end.

The content policy of the page allows its one style sheet by digest and nothing else. Every figure that has a fact is
a link to the list of sources, where its file, cell, formula and steps stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from guangsha.checker.registry import CheckResult
from guangsha.documents.writing import score_charts
from guangsha.documents.writing.grid import place_cells
from guangsha.documents.writing.html_findings import FindingList
from guangsha.documents.writing.html_page import environment, policy_of, style_sheet
from guangsha.documents.writing.html_sources import SourceList
from guangsha.documents.writing.tree import (
    AnnexMark,
    Block,
    Cell,
    Chart,
    Cover,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Run,
    Signature,
    Table,
    Title,
)
from guangsha.facts.fact import FactSet
from guangsha.facts.report import Report
from guangsha.kernel.money import wan_yuan
from guangsha.kernel.numbers import plain
from guangsha.scoring.results import ScoredSheet, Scores

#: From this many columns a table scrolls in its own frame on a small screen.
WIDE_COLUMNS = 6
_VERY_WIDE_COLUMNS = 9


def write_html(
    document: Document,
    *,
    scores: Scores,
    checked: CheckResult | None,
    facts: FactSet,
    title: str = "",
    opens: Mapping[str, str] | None = None,
) -> str:
    """The whole page as text.

    Args:
        document: what to print; its ``derived`` facts open like the given ones.
        scores: what the summary shows.
        checked: the relations that were tried; None leaves their part out.
        facts: the facts that cells and runs name by key.
        title: title of the page; the document's own by default.
        opens: addresses that open a figure to its records, by key of its fact; only for readers inside the office.
    """
    page = _Page(document, scores, checked, facts.plus(document.derived), opens)
    return page.render(title or document.title)


class _Page:
    """Turns blocks into what the templates print, and collects the sources on the way."""

    def __init__(
        self,
        document: Document,
        scores: Scores,
        checked: CheckResult | None,
        facts: FactSet,
        opens: Mapping[str, str] | None,
    ) -> None:
        self.document = document
        self.scores = scores
        self.report = Report(facts)
        self.sources = SourceList(facts, opens)
        self.findings = FindingList(checked, self.sources) if checked else None
        self.contents: list[tuple[str, str]] = []
        self.widths: set[int] = set()
        self.drawn = 0
        self.captions: dict[str, int] = {}

    def render(self, title: str) -> str:
        template = environment().get_template("report.html")
        # Blocks first: they hand out the anchors and the widths that the rest of the page names.
        summary = self._summary()
        blocks = [
            block
            for section in self.document.sections
            for block in (self._block(b) for b in section.blocks)
            if block
        ]
        style = self._style()
        return template.render(
            title=title,
            language=self.document.language,
            unit=self.scores.unit,
            year=self.scores.year,
            policy=policy_of(style),
            style=Markup(style),
            summary=summary,
            findings=self.findings,
            blocks=blocks,
            contents=self.contents,
            sources=self.sources.entries(),
            profile=f"{self.scores.profile}（{self.scores.profile_version}）",
        )

    def _style(self) -> str:
        """The style sheet with one rule for each column width in use: no element carries a style of its own."""
        css = style_sheet("report.css")
        rules = "".join(f"col.w{width}{{width:{width / 10:.1f}%}}\n" for width in sorted(self.widths))
        return f"\n{css}{rules}"

    # --- blocks -------------------------------------------------------------------------------------------

    def _block(self, block: Block) -> dict[str, Any] | None:
        match block:
            case Cover():
                return {"kind": "cover", "title": block.title, "lines": block.lines, "date": block.date}
            case Title():
                return {"kind": "title", "text": block.text, "id": self._enter(block.text)}
            case Heading():
                anchor = self._enter(block.text) if block.level == 1 else ""
                return {"kind": "heading", "level": block.level, "text": block.text, "id": anchor}
            case Paragraph():
                runs = [self._run(run) for run in block.runs]
                return {"kind": "paragraph", "runs": runs, "small": block.small, "align": block.align}
            case Table():
                return self._table(block)
            case Chart():
                return {"kind": "chart", **self._chart(block)}
            case AnnexMark():
                return {"kind": "annex", "text": block.text}
            case Signature():
                return {"kind": "signature", "lines": block.lines}
            case PageBreak():
                return None

    def _enter(self, text: str) -> str:
        """An entry of the page's table of contents."""
        anchor = f"h{len(self.contents) + 1}"
        self.contents.append((anchor, text))
        return anchor

    def _run(self, run: Run) -> dict[str, Any]:
        return {"text": run.text, "bold": run.bold, "anchor": self.sources.anchor(run.fact)}

    def _chart(self, chart: Chart) -> dict[str, Any]:
        svg = chart.svg
        mark = re.search(r'id="t([0-9a-f]+)"', svg)
        if mark:  # a chart of the summary may stand in the report again: an id must not
            self.drawn += 1
            svg = svg.replace(mark[1], f"c{self.drawn}")
        self.captions[chart.caption] = drawn = self.captions.get(chart.caption, 0) + 1
        label = chart.caption if drawn == 1 else f"{chart.caption}（{drawn}）"
        return {"svg": Markup(svg), "caption": chart.caption, "label": label}

    def _table(self, table: Table) -> dict[str, Any]:
        whole = sum(table.widths)
        widths = [round(width * 1000 / whole) for width in table.widths]
        self.widths.update(widths)
        rows: list[list[dict[str, Any]]] = [[] for _ in table.rows]
        for placed in place_cells(table):
            rows[placed.row].append(self._cell(placed.cell, placed.row < table.header_rows))
        columns = len(widths)
        size = "huge" if columns > _VERY_WIDE_COLUMNS else "wide" if columns >= WIDE_COLUMNS else "narrow"
        return {
            "kind": "table",
            "title": table.title,
            "id": self._enter(table.title) if table.title else "",
            "number": table.number,
            "left": table.note_left,
            "right": table.note_right,
            "widths": widths,
            "head": rows[: table.header_rows],
            "body": rows[table.header_rows :],
            "notes": table.notes,
            "size": size,
        }

    def _cell(self, cell: Cell, in_head: bool) -> dict[str, Any]:
        scope = ""
        if cell.header and cell.text:
            side = "col" if in_head or (cell.cols > 1 and cell.rows == 1) else "row"
            spans = cell.cols if side == "col" else cell.rows
            scope = f"{side}group" if spans > 1 else side
        return {
            "lines": cell.text.split("\n"),
            "cols": cell.cols,
            "rows": cell.rows,
            "align": cell.align,
            "scope": scope,
            "anchor": self.sources.anchor(cell.fact),
            "flag": self.findings.anchor_of(cell.fact) if self.findings and cell.marked else "",
        }

    # --- summary ------------------------------------------------------------------------------------------

    def _summary(self) -> dict[str, Any]:
        overall = next((s for s in self.scores.sheets if s.sheet.kind == "overall"), None)
        return {
            "cards": self._cards(overall),
            "sheets": [_sheet_row(sheet) for sheet in self.scores.sheets],
            "charts": [self._chart(chart) for chart in self._charts(overall) if chart],
        }

    def _cards(self, overall: ScoredSheet | None) -> list[tuple[str, str]]:
        cards: list[tuple[str, str]] = []
        rollup = self.scores.rollup
        if rollup:
            cards.append(("部门得分", plain(rollup.total)))
            if rollup.grade:
                cards.append(("等级", rollup.grade))
        if overall:
            run = overall.execution
            cards.append(("自评总分", plain(overall.total)))
            if overall.grade:
                cards.append(("等级", overall.grade))
            if run.rate is not None:
                cards.append(("执行率", f"{plain(run.rate)}%"))
            if run.budget is not None:
                cards.append(("全年预算数", f"{plain(wan_yuan(run.budget))} 万元"))
            if run.executed is not None:
                cards.append(("全年执行数", f"{plain(wan_yuan(run.executed))} 万元"))
        projects = [sheet for sheet in self.scores.sheets if sheet.sheet.kind == "project"]
        if projects:
            cards.append(("自评项目", f"{len(projects)} 个"))
        return cards

    def _charts(self, overall: ScoredSheet | None) -> Sequence[Chart | None]:
        scored = overall or next(iter(self.scores.sheets), None)
        return (
            score_charts.composition(scored) if scored else None,
            score_charts.units(self.scores, self.report),
            score_charts.projects(self.scores),
            score_charts.revenue(self.report),
            score_charts.expenditure(self.report),
            score_charts.completion(scored) if scored else None,
        )


def _sheet_row(sheet: ScoredSheet) -> dict[str, str]:
    run, published = sheet.execution, sheet.published_total
    differs = published is not None and published != sheet.total
    return {
        "name": sheet.sheet.name,
        "budget": plain(wan_yuan(run.budget)) if run.budget is not None else "",
        "executed": plain(wan_yuan(run.executed)) if run.executed is not None else "",
        "rate": f"{plain(run.rate)}%" if run.rate is not None else "",
        "execution": _number(run.score),
        "total": plain(sheet.total),
        "grade": sheet.grade,
        "published": f"{_number(published)}{'（与计算不符）' if differs else ''}",
    }


def _number(value: Decimal | None) -> str:
    return "" if value is None else plain(value)
