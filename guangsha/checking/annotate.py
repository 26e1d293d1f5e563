"""The annotated copy of a checked document: the Word file itself with comments, or a page for every other format."""

from __future__ import annotations

from pathlib import Path

from guangsha.checker import RULES
from guangsha.checking.check import CheckedDocument
from guangsha.documents.reading.source import SourceTable
from guangsha.documents.writing.annotated_docx import DocxComment, annotate_docx
from guangsha.documents.writing.annotated_html import place_words, write_annotated_html
from guangsha.documents.writing.marks import Mark, marks_of
from guangsha.kernel.errors import InputError
from guangsha.kernel.findings import Finding

#: Figures of one finding that get a comment each; a sum of thirty addends would bury the page.
_COMMENTS_EACH_MAX = 12
_ZIP = b"PK\x03\x04"


def annotated_copy(checked: CheckedDocument, path: Path) -> tuple[str, bytes]:
    """The suffix and the bytes of the annotated copy of the document at ``path``.

    A Word file comes back as itself with comments; anything else, and a Word file that was converted before it was
    read or that takes no comments, as a self-contained page.
    """
    if checked.reading.document.kind == "docx":
        try:
            original = path.read_bytes()
            if original.startswith(_ZIP):
                return ".docx", annotate_docx(original, docx_comments(checked), checked.file)
        except (InputError, OSError):
            pass
    return ".html", write_annotated_html(checked.annotated()).encode("utf-8")


def docx_comments(checked: CheckedDocument) -> list[DocxComment]:
    """One comment at each figure of each finding; findings without a place stand at the first paragraph."""
    shown = checked.annotated()
    findings = shown.findings
    by_finding: dict[int, list[Mark]] = {}
    for mark in marks_of(shown.document, findings, shown.spots, shown.titles, shown.numbers):
        by_finding.setdefault(mark.finding, []).append(mark)
    comments: list[DocxComment] = []
    for number, finding in enumerate(findings):
        marks = [mark for mark in by_finding.get(number, []) if mark.text.spot.anchor.isdigit()]
        if not marks:
            comments.append(DocxComment(0, "", _told(number, finding, checked.file)))
        for mark in marks[:_COMMENTS_EACH_MAX]:
            lines = _told(number, finding, checked.file) if mark is marks[0] else _referred(number, finding)
            text = mark.text
            comments.append(
                DocxComment(
                    int(text.spot.anchor), text.text[mark.start : mark.end], lines, _span(checked, mark)
                )
            )
    return comments


def _span(checked: CheckedDocument, mark: Mark) -> int:
    """A cell may hold several paragraphs, each a line of its text."""
    block = checked.reading.document.blocks[mark.text.block]
    return mark.text.text.count("\n") + 1 if isinstance(block, SourceTable) else 1


def _told(number: int, finding: Finding, file: str) -> tuple[str, ...]:
    rule = RULES.get(finding.rule)
    lines = [f"{finding.severity.label} {number + 1}：{finding.message}"]
    others = [place_words(place, file) for place in finding.where[1:6]]
    if others:
        lines.append("相关：" + "；".join(others) + ("等" if len(finding.where) > 6 else "") + "。")
    if finding.advice:
        lines.append(finding.advice)
    lines.append(f"（规则 {finding.rule}{f'：{rule.title}' if rule else ''}）")
    return tuple(lines)


def _referred(number: int, finding: Finding) -> tuple[str, ...]:
    return (f"与{finding.severity.label} {number + 1} 有关：{finding.message}",)
