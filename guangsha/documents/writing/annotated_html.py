"""A checked document as one page: the document at left with its figures marked, the findings at right, links both ways.

No script, nothing fetched; the gravity of a mark is told by a word as well as by its colour. On a phone the findings
stand above the document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from guangsha.checker.registry import RULES
from guangsha.documents.reading.source import Line, SourceDocument, SourceTable, Spot, TableCell
from guangsha.documents.writing.annotated_figures import LABELS, ShownFigure, figures_of, relation_words
from guangsha.documents.writing.html_page import environment, policy_of, style_sheet
from guangsha.documents.writing.marks import Locator, Mark, marks_of
from guangsha.kernel.findings import Finding, Place, Relation, Severity, Tally

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
#: One character beside a marked figure, for readers who do not see the colour.
_SIGNS = {Severity.ERROR: "错", Severity.WARNING: "核", Severity.INFO: "注"}
_WIDE_COLUMNS = 6
#: Characters of a figure or phrase shown over its relations.
_PRINTED_MAX = 40


@dataclass(frozen=True)
class AnnotatedDocument:
    """What the page shows of one checked document.

    Args:
        document: the document as read.
        title: its title, as recognised.
        subtitle: unit, year and rules in one line.
        relations: every relation that was tried.
        spots: where each fact was read, by key.
        titles: titles of tables by the position of their block.
        numbers: the number of each fact in plain notation, by key.
        notes: what the reader had to decide, in Chinese.
    """

    document: SourceDocument
    title: str
    subtitle: str
    relations: Sequence[Relation]
    spots: Mapping[str, Spot]
    titles: Mapping[int, str]
    numbers: Mapping[str, str]
    notes: Sequence[str] = ()

    @property
    def findings(self) -> list[Finding]:
        """All findings, gravest first."""
        found = [relation.finding for relation in self.relations if relation.finding is not None]
        return sorted(found, key=lambda finding: (_ORDER[finding.severity], finding.rule))


def write_annotated_html(checked: AnnotatedDocument, *, link_home: str = "") -> str:
    """The whole page as text.

    Args:
        link_home: address of a page to go back to; none for a page that stands alone.
    """
    findings = checked.findings
    locator = Locator(checked.document, checked.spots, checked.titles)
    marks = marks_of(
        checked.document, findings, checked.spots, checked.titles, checked.numbers, locator=locator
    )
    page = _Page(checked, findings, marks, figures_of(checked.relations, locator, checked.numbers))
    style = f"\n{style_sheet('report.css', 'annotated.css')}"
    return (
        environment()
        .get_template("annotated.html")
        .render(
            title=checked.title,
            subtitle=checked.subtitle,
            file=checked.document.file,
            policy=policy_of(style),
            style=Markup(style),
            tally=Tally.of(checked.relations),
            groups=page.groups(),
            blocks=page.blocks(),
            figures=page.figures(),
            notes=[*checked.document.notes, *checked.notes],
            open_rules=_open_rules(checked.relations),
            home=link_home,
        )
    )


class _Page:
    """Turns findings and blocks into what the template prints."""

    def __init__(
        self,
        checked: AnnotatedDocument,
        findings: Sequence[Finding],
        marks: Sequence[Mark],
        figures: Sequence[ShownFigure],
    ) -> None:
        self.checked = checked
        self.findings = findings
        self.shown = figures
        self.figures_in: dict[tuple[int, int | None], list[ShownFigure]] = {}
        for figure in figures:
            self.figures_in.setdefault((figure.text.block, figure.text.cell), []).append(figure)
        self.marks: dict[tuple[int, int | None], list[Mark]] = {}
        self.placed: dict[tuple[int, int], Mark] = {}
        for mark in marks:
            self.marks.setdefault((mark.text.block, mark.text.cell), []).append(mark)
            self.placed[mark.finding, mark.place] = mark

    # --- findings -----------------------------------------------------------------------------------------

    def groups(self) -> list[dict[str, Any]]:
        """Findings by gravity."""
        return [
            {
                "severity": severity,
                "items": [self._item(n, f) for n, f in enumerate(self.findings) if f.severity is severity],
            }
            for severity in Severity
        ]

    def _item(self, number: int, finding: Finding) -> dict[str, Any]:
        rule = RULES.get(finding.rule)
        places = []
        for index, place in enumerate(finding.where):
            mark = self.placed.get((number, index))
            places.append(
                {
                    "words": place_words(place, self.checked.document.file),
                    "href": f"#m{number + 1}-{index + 1}" if mark else "",
                }
            )
        return {
            "anchor": f"f{number + 1}",
            "number": number + 1,
            "finding": finding,
            "title": rule.title if rule else "",
            "formula": rule.formula if rule else "",
            "places": places,
        }

    # --- figures and their relations ----------------------------------------------------------------------

    def figures(self) -> list[dict[str, Any]]:
        """What opens when a figure is clicked."""
        numbers = {id(finding): number for number, finding in enumerate(self.findings, 1)}
        return [
            {
                "number": figure.number,
                "printed": figure.printed[:_PRINTED_MAX]
                + ("……" if len(figure.printed) > _PRINTED_MAX else ""),
                "count": len(figure.relations),
                "left_out": figure.left_out,
                "relations": [
                    {
                        "outcome": relation.outcome.value,
                        "label": LABELS[relation.outcome],
                        "rule": relation.rule,
                        "words": relation_words(relation),
                        "finding": numbers.get(id(relation.finding), 0) if relation.finding else 0,
                    }
                    for relation in figure.listed
                ],
            }
            for figure in self.shown
        ]

    # --- the document -------------------------------------------------------------------------------------

    def blocks(self) -> list[dict[str, Any]]:
        return [
            self._line(number, block) if isinstance(block, Line) else self._table(number, block)
            for number, block in enumerate(self.checked.document.blocks)
        ]

    def _line(self, number: int, line: Line) -> dict[str, Any]:
        return {
            "kind": "heading" if line.level else "line",
            "level": min(line.level + 2, 6),
            "pieces": self._pieces(line.text, number, None),
            "at": _at(line.spot),
        }

    def _table(self, number: int, table: SourceTable) -> dict[str, Any]:
        places = {id(cell): index for index, cell in enumerate(table.cells)}
        rows: list[list[dict[str, Any]]] = []
        for row, cells in enumerate(table.grid):
            shown: list[dict[str, Any]] = []
            for column, cell in enumerate(cells):
                if cell is None:
                    shown.append({"pieces": [], "rows": 1, "columns": 1, "number": False})
                elif (cell.row, cell.column) == (row, column):
                    shown.append(self._cell(number, places[id(cell)], cell))
            rows.append(shown)
        return {
            "kind": "table",
            "title": self.checked.titles.get(number, ""),
            "rows": rows,
            "wide": table.column_count >= _WIDE_COLUMNS,
        }

    def _cell(self, number: int, index: int, cell: TableCell) -> dict[str, Any]:
        return {
            "pieces": self._pieces(cell.text, number, index),
            "rows": cell.rows,
            "columns": cell.columns,
            "number": cell.text.strip()[:1].isdigit(),
        }

    def _pieces(self, text: str, block: int, cell: int | None) -> list[dict[str, Any]]:
        """The text cut where marks begin and end; each piece knows the findings that speak of it."""
        marks, figures = self.marks.get((block, cell), []), self.figures_in.get((block, cell), [])
        cuts = {0, len(text)}
        cuts.update(at for mark in marks for at in (mark.start, mark.end))
        cuts.update(at for figure in figures for at in (figure.start, figure.end))
        bounds = sorted(cuts)
        pieces = []
        for start, end in pairwise(bounds):
            over = [mark for mark in marks if mark.start <= start and end <= mark.end]
            piece: dict[str, Any] = {
                "text": text[start:end],
                "severity": "",
                "refs": [],
                "ids": [],
                "figure": 0,
            }
            inside = next((one for one in figures if one.start <= start and end <= one.end), None)
            if inside is not None:
                piece |= {
                    "figure": inside.number,
                    "first": inside.start == start,
                    "outcome": inside.outcome.value,
                }
            if over:
                piece["severity"] = min(
                    (self.findings[m.finding].severity for m in over), key=_ORDER.__getitem__
                ).value
                piece["ids"] = [f"m{m.finding + 1}-{m.place + 1}" for m in over if m.start == start]
                ending = [m for m in over if m.end == end]
                piece["refs"] = [self._ref(number) for number in dict.fromkeys(m.finding for m in ending)]
            pieces.append(piece)
        return pieces

    def _ref(self, number: int) -> dict[str, str]:
        severity = self.findings[number].severity
        return {
            "href": f"#f{number + 1}",
            "words": f"{_SIGNS[severity]}{number + 1}",
            "label": f"发现 {number + 1}（{severity.label}）",
            "severity": severity.value,
        }


def place_words(place: Place, file: str = "") -> str:
    """A place for a person: what stands there, table, cell, page, line, and the quote; ``file`` goes without saying."""
    where = str(replace(place, label="", quote="", file="" if place.file == file else place.file))
    words = f"{place.label}（{where}）" if place.label and where else place.label or where
    return f"{words}：“{place.quote}”" if place.quote else words


def _at(spot: Spot) -> str:
    """What the margin shows of a line's place."""
    if spot.line is not None:
        return str(spot.line)
    return f"页{spot.page}" if spot.page is not None else ""


def _open_rules(relations: Sequence[Relation]) -> list[tuple[str, str, int, str]]:
    """Rules with relations that were not checked: id, title, how many, the first reason."""
    found: dict[str, list[str]] = {}
    for relation in relations:
        if relation.outcome.value == "not_checked":
            found.setdefault(relation.rule, []).append(relation.reason)
    return [
        (rule, RULES[rule].title if rule in RULES else "", len(reasons), reasons[0])
        for rule, reasons in sorted(found.items())
    ]
