"""What the text of a report says about the unit: dates, posts and staff, grade, problems and measures.

Only what forms leave open: a figure that a form prints is the form's (the text's is then a repetition).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from guangsha.documents.reading.source import Line, SourceDocument, TableCell
from guangsha.documents.reading.understanding.cells import compact, figures, words
from guangsha.documents.reading.understanding.gathering import Gatherer

_COVER_LINES = 14
_DATE = re.compile(r"(20\d\d)\s*[年.\-/]\s*(\d{1,2})\s*[月.\-/]\s*(\d{1,2})\s*日?")
_STAFF: tuple[tuple[str, str], ...] = (
    (
        "established",
        r"(?:核定|核拨|全额|现有)?(?:全额)?(?:拨款)?(?:人员|事业|行政)?编制?(?:总?数)?(?:为|共|是)?(\d{1,4})(?:个|名|人)",
    ),
    (
        "employed",
        r"(?:年底|年末|现有|实有|在职)(?:在职|在编|在岗|实有|人员|人数|编制|工作人员|共有|共|总数)*(?:为|共)?(\d{1,4})(?:人|名)",
    ),
    ("retired", r"(?:其中[:：]?)?(?<!离)退休(?:人员|职工|干部)?(?:共|为)?(\d{1,4})(?:人|名)"),
    ("administrative", r"(?:其中[:：]?)?(?:行政(?:人员|编制人员)?|公务员)(?:共|为)?(\d{1,4})(?:人|名)"),
    ("institution", r"事业(?:人员|编制人员)?(?:共|为)?(\d{1,4})(?:人|名)"),
)
#: Beside these, civil servants and staff of institutions are not all who are employed.
_THIRD_KIND = re.compile(r"工勤|合同|聘用|编外|参公|参照|借调|派遣|临时|其他人员")
_STAFF_CONTEXT = re.compile(r"编制|在职|在编|实有|离退休|退休人员")
_GRADE = re.compile(
    r"(?:自评|评价|绩效|综合)[^。；,，]{0,10}?(?:等级|等次|级别|情况|结论|结果|评定)(?:评定)?(?:为|是|属于|[:：])?[“\"”]?"
    r"(?P<grade>优秀|良好|合格|不合格|较差|优|良|中|差)[”\"]?(?=[。；，,、）)]|$)"
)
_DEPARTMENT_MONEY = re.compile(
    r"全年预算数?(?:为|是)?(?P<budget>\d[\d.]*)万元[，,、](?:全年)?(?:实际)?(?:执行|支出)数?(?:为|是)?(?P<executed>\d[\d.]*)万元"
)
_METHOD = re.compile(r"加权平均|算术平均|简单平均")
_SECTIONS: tuple[tuple[str, str], ...] = (
    ("unit.problems", r"存在的?(?:主要)?问题"),
    ("unit.improvements", r"(?:下一步)?(?:拟)?(?:改进|整改)(?:的?措施|意见|方向)|改进措施"),
    ("unit.results_use", r"结果(?:拟)?应用"),
)
_HEADING = re.compile(r"^(?:[一二三四五六七八九十]{1,3}、|\d{1,2}、|第[一二三四五六七八九十]+部分)")
_TEXT_MAX = 300


def read_about(gatherer: Gatherer, document: SourceDocument, *, overall: bool, rollup: bool) -> None:
    """Facts about the unit from the lines of ``document``.

    Args:
        overall: whether there is an overall sheet, whose grade the text may state.
        rollup: whether the grade is a department's, whose units' scores stand in a table.
    """
    lines = list(document.lines)
    _report_date(gatherer, lines)
    known = {fact.concept for fact in gatherer.found}
    for line in lines:
        _staff(gatherer, line, known)
    if overall or rollup:
        _grade(gatherer, lines, rollup=rollup)
    if rollup:
        _department(gatherer, lines)
    for concept, pattern in _SECTIONS:
        _section(gatherer, lines, concept, pattern)


def _report_date(gatherer: Gatherer, lines: Sequence[Line]) -> None:
    """The date on the cover, else the one that closes the text."""
    for line in lines[:_COVER_LINES]:
        found = _DATE.fullmatch(compact(line.text))
        if found:
            try:
                day = date(int(found[1]), int(found[2]), int(found[3])).isoformat()
            except ValueError:
                continue
            gatherer.put("unit.report_date", day, line.spot, place="封面日期", quote=line.text)
            return


def _staff(gatherer: Gatherer, line: Line, known: set[str]) -> None:
    """Posts and staff where a sentence speaks of them; the first sentence counts."""
    for sentence in re.split(r"[。；;]", compact(line.text)):
        if not _STAFF_CONTEXT.search(sentence):
            continue
        for field, pattern in _STAFF:
            concept = f"staff.{field}"
            if concept in known or (
                field in ("administrative", "institution")
                and (("实有" not in sentence and "在职" not in sentence) or _THIRD_KIND.search(sentence))
            ):
                continue
            found = re.search(pattern, sentence)
            if found and (field != "established" or "编" in sentence[: found.end()]):
                known.add(concept)
                cell = TableCell(sentence, 0, 0, spot=line.spot)
                gatherer.put_figure(concept, figures(found[1])[0], cell, place="正文")


def _grade(gatherer: Gatherer, lines: Sequence[Line], *, rollup: bool) -> None:
    concept = "rollup.grade" if rollup else "sheet.grade"
    if any(fact.concept == concept for fact in gatherer.found):
        return
    for line in lines:
        found = _GRADE.search(compact(line.text))
        if found:
            dimensions = {} if rollup else {"sheet": "overall", "basis": "published"}
            gatherer.put(concept, found["grade"], line.spot, place="正文", quote=found[0], **dimensions)
            return


def _department(gatherer: Gatherer, lines: Sequence[Line]) -> None:
    """A department's own money and the name of its method, where its text gives them."""
    known = {fact.concept for fact in gatherer.found}
    for line in lines:
        text = compact(line.text)
        money = _DEPARTMENT_MONEY.search(text)
        if money and "rollup.department_budget" not in known:
            cell = TableCell(money[0], 0, 0, spot=line.spot)
            for concept, group in (
                ("rollup.department_budget", "budget"),
                ("rollup.department_executed", "executed"),
            ):
                gatherer.put_figure(concept, figures(money[group])[0], cell, place="正文")
                known.add(concept)
        method = _METHOD.search(text)
        if method and "rollup.label" not in known and re.search(r"得分|汇总", text):
            gatherer.put("rollup.label", method[0], line.spot, place="正文", quote=method[0])
            known.add("rollup.label")


def _section(gatherer: Gatherer, lines: Sequence[Line], concept: str, pattern: str) -> None:
    """The beginning of a section, known by the words of its heading."""
    for number, line in enumerate(lines):
        head = compact(line.text)
        if len(head) > 40 or not re.search(pattern, head) or not _HEADING.match(head):
            continue
        text = "".join(words(other.text) for other in _until_heading(lines[number + 1 :]))
        if text:
            shown = text if len(text) <= _TEXT_MAX else f"{text[:_TEXT_MAX]}…"
            spot = lines[number + 1].spot
            gatherer.put(concept, shown, spot, place=words(line.text), quote=shown[:80])
            return


def _until_heading(lines: Sequence[Line]) -> Iterator[Line]:
    length = 0
    for line in lines:
        bare = compact(line.text)
        heading = re.match(r"[一二三四五六七八九十]{1,3}、", bare) is not None and len(bare) < 40
        if heading or length > _TEXT_MAX or re.match(r"附件|其他需要说明", bare):
            return
        length += len(bare)
        yield line
