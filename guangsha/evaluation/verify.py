"""The finished report read back before it is handed out: what it prints must be what was computed.

The reader of published documents reads our own Word file as it would a stranger's. What it reads otherwise than it was
written is our fault, never the person's. What it does not find is no fault: a form leaves out what is not given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from guangsha.documents.reading.docx import read_docx
from guangsha.documents.reading.understanding.compose import understand
from guangsha.facts.fact import Fact, FactSet
from guangsha.facts.forms import ACCOUNTS
from guangsha.facts.report import FUNDS, STAGES, BaseLine, Report, Sheet
from guangsha.kernel.errors import GuangshaError
from guangsha.kernel.numbers import plain, round_to
from guangsha.scoring.results import ScoredSheet, Scores

_SHOWN = 3


class PackageDiffers(GuangshaError):
    """The written report does not say what was computed: a mistake of this program."""

    code = "package-differs"


def verify_package(files: Mapping[str, bytes], facts: FactSet, scores: Scores) -> None:
    """Read ``report.docx`` back and compare its figures with ``facts`` and ``scores``.

    Raises:
        PackageDiffers: a figure is printed otherwise than it was given or computed.
    """
    reading = understand(read_docx(files["report.docx"], "report.docx"), facts.profile, year=facts.year)
    differences = list(_differences(Report(facts), scores, Report(reading.facts)))
    if differences:
        shown = "；".join(differences[:_SHOWN])
        raise PackageDiffers(
            f"写出的报告有 {len(differences)} 处与数据不符（{shown}），成果包没有交付",
            where="report.docx",
            advice="这是程序的错误，请把数据文件交给维护者。",
        )


def _differences(given: Report, scores: Scores, read: Report) -> Iterator[str]:
    if read.unit and read.unit != given.unit:
        yield f"单位名称应为“{given.unit}”，报告为“{read.unit}”"
    yield from _sheets(given, scores, read)
    for line in given.base_lines:
        same = [other for other in read.base_lines if _line_name(other) == _line_name(line)]
        for other in same if len(same) == 1 else ():
            for name in ("prior", "budget", "executed"):
                yield from _differs(
                    f"基础数据表“{line.name or line.line}”", getattr(line, name), getattr(other, name)
                )
    for table in ACCOUNTS:
        ours, theirs = given.accounts(table), read.accounts(table)
        computed = given.accounts(table, basis="computed")
        for row in ours.rows:
            for column in ours.columns:
                # A given cell that is not what its parts make may be printed either way.
                shown, made = theirs.cell(row, column), computed.cell(row, column)
                if made is None or any(_differs("", made, shown)):
                    yield from _differs(f"{ACCOUNTS[table][0]} {row}", ours.cell(row, column), shown)


def _line_name(line: BaseLine) -> str:
    """What a line of the base table goes by: its fixed id, or a programme's name."""
    return line.name if line.line.startswith("programme.") and line.name else line.line


def _sheets(given: Report, scores: Scores, read: Report) -> Iterator[str]:
    found = {(sheet.kind, sheet.name): sheet for sheet in read.sheets}
    for scored in scores.sheets:
        sheet = scored.sheet
        printed = found.get((sheet.kind, sheet.name)) if sheet.kind == "project" else read.overall
        if printed is None or len(found) != len(read.sheets):
            continue
        yield from _scores(scored, printed)
        for fund in FUNDS:
            for stage in STAGES:
                wanted, shown = sheet.funds(fund).stage(stage), printed.funds(fund).stage(stage)
                yield from _differs(f"“{sheet.name}”项目资金", wanted, shown)


def _scores(scored: ScoredSheet, printed: Sheet) -> Iterator[str]:
    name = scored.sheet.name
    for label, wanted, shown in (
        ("总分", scored.total, printed.published("sheet.total")),
        ("预算执行得分", scored.execution.score, printed.published("execution.score")),
        ("执行率", scored.execution.rate, printed.published("execution.rate")),
    ):
        yield from _number(f"“{name}”{label}", wanted, shown)
    if len(scored.indicators) != len(printed.indicators):
        return
    for row, shown_row in zip(scored.indicators, printed.indicators, strict=True):
        if row.indicator.name == shown_row.name:
            shown_score = shown_row.published_score
            # A form that prints whole points rounds what the unit stated with decimals.
            if (
                shown_score
                and row.score is not None
                and shown_score.number == round_to(row.score, shown_score.decimals or 0)
            ):
                continue
            yield from _number(f"“{name}”指标“{shown_row.name}”得分", row.score, shown_score)


def _number(what: str, wanted: Decimal | None, shown: Fact | None) -> Iterator[str]:
    if wanted is not None and shown is not None and shown.number != wanted:
        yield f"{what}应为 {plain(wanted)}，报告为 {plain(shown.number)}"


def _differs(what: str, wanted: Fact | None, shown: Fact | None) -> Iterator[str]:
    if wanted is None or shown is None:
        return
    if wanted.quantity.base != shown.quantity.base:
        yield f"{what}应为 {plain(wanted.number)}，报告为 {plain(shown.number)}"
