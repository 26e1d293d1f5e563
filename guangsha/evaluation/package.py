"""Evaluate one unit's year and write its package, all or nothing.

The steps are the spine of the house: read → score → rebuild accounts → check → write → read back. Nothing touches the
output folder until every document exists in memory, so a failure leaves the folder as it was.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guangsha.checker import Case, CheckResult, check_case
from guangsha.documents.reading.intake import read_input
from guangsha.documents.writing.content import build_report
from guangsha.documents.writing.docx import write_docx
from guangsha.documents.writing.html import write_html
from guangsha.documents.writing.pdf import write_pdf
from guangsha.documents.writing.tables import write_tables
from guangsha.documents.writing.tree import Document
from guangsha.evaluation.computed import computed_facts
from guangsha.evaluation.verify import verify_package
from guangsha.facts import Fact, FactSet, Report
from guangsha.facts.accounts import rebuild_accounts
from guangsha.kernel.errors import InputError
from guangsha.scoring.evaluate import score_report
from guangsha.scoring.profile import Profile, load_profile
from guangsha.scoring.results import Scores

#: The files of a package and what each is, in the order a person would open them.
FILES: dict[str, str] = {
    "report.html": "网页版报告，含勾稽核对结果与数据来源",
    "report.pdf": "报告（PDF）",
    "report.docx": "报告（Word，可直接公开）",
    "tables.xlsx": "全部附表（Excel，带公式）",
    "scores.json": "得分及逐项计算说明",
    "findings.json": "勾稽核对结果",
    "facts.json": "全部数据及来源",
}

#: Called with a step's share of the work done (0 to 100) and its Chinese name.
Progress = Callable[[int, str], None]


def _silent(_percent: int, _step: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything known about one unit's year once it is scored and checked."""

    facts: FactSet
    profile: Profile
    scores: Scores
    accounts: tuple[Fact, ...]
    checked: CheckResult

    @property
    def title(self) -> str:
        return f"{self.facts.year}年度{self.facts.unit}绩效自评报告"

    def findings_json(self) -> dict[str, Any]:
        """The checker's answer about this unit's year, shaped like one document of ``guangsha check``."""
        relations = self.checked.relations
        return {
            "title": self.title,
            "unit": self.facts.unit,
            "year": self.facts.year,
            "kind": "figures",
            "figures": sum(1 for fact in self.facts if fact.declared.kind.numeric),
            "relations": self.checked.tally.as_json(),
            "findings": [r.finding.as_json() for r in relations if r.finding is not None],
            "not_checked": [
                {"rule": r.rule, "subject": r.subject, "reason": r.reason}
                for r in relations
                if r.outcome.value == "not_checked"
            ],
        }


def evaluate_facts(facts: FactSet) -> Evaluation:
    """Score and check one unit's year.

    Raises:
        RuleMissing: no profile covers the year.
        InputError: a row cannot be scored by any rule.
    """
    given = FactSet(
        facts.unit, facts.year, facts.profile, (f for f in facts if f.dimension("basis") != "computed")
    )
    profile = load_profile(given.profile, given.year)
    report = Report(given)
    scores = score_report(report, profile)
    accounts = tuple(rebuild_accounts(report))
    complete = given.plus([*computed_facts(scores), *accounts])
    checked = check_case(Case(complete, profile, scores))
    return Evaluation(complete, profile, scores, accounts, checked)


def render(evaluation: Evaluation, progress: Progress = _silent) -> dict[str, bytes]:
    """Every file of the package as bytes, by name."""
    progress(45, "编排报告")
    document = _document(evaluation)
    files = {}
    for percent, name, step in (
        (55, "report.docx", "生成 Word 报告"), (65, "tables.xlsx", "生成 Excel 附表"),
        (75, "report.html", "生成网页版报告"), (85, "report.pdf", "生成 PDF 报告"),
    ):  # fmt: skip
        progress(percent, step)
        files[name] = _file(evaluation, document, name, None)
    files |= {name: _file(evaluation, document, name, None) for name in FILES if name not in files}
    return {name: files[name] for name in FILES}


def render_file(evaluation: Evaluation, name: str, opens: Mapping[str, str] | None = None) -> bytes:
    """One file of the package.

    Args:
        name: one of :data:`FILES`.
        opens: addresses that open a figure of ``report.html`` to its records, by key of its fact.
    """
    return _file(evaluation, _document(evaluation), name, opens)


def _document(evaluation: Evaluation) -> Document:
    return build_report(
        evaluation.facts, evaluation.profile, evaluation.scores, evaluation.checked, evaluation.accounts
    )


def _file(evaluation: Evaluation, document: Document, name: str, opens: Mapping[str, str] | None) -> bytes:
    facts, scores, checked = evaluation.facts, evaluation.scores, evaluation.checked
    match name:
        case "report.docx":
            return write_docx(document)
        case "tables.xlsx":
            return write_tables(facts, evaluation.profile, scores, checked, evaluation.accounts)
        case "report.html":
            page = write_html(
                document, scores=scores, checked=checked, facts=facts, title=evaluation.title, opens=opens
            )
            return page.encode("utf-8")
        case "report.pdf":
            return write_pdf(document)
        case "scores.json":
            return _json(scores.as_json())
        case "findings.json":
            return _json(evaluation.findings_json())
        case _:
            return _json(facts.as_json())


def evaluate(source: Path, out: Path, profile: str | None = None, progress: Progress = _silent) -> Evaluation:
    """Read ``source`` (workbook, figures file or folder), score and check it, and write the package to ``out``.

    Raises:
        InputError, RuleMissing: nothing was written.
        PackageDiffers: the report does not say what was computed; nothing was written.
    """
    progress(5, "读取数据")
    return deliver(read_input(source, profile), out, progress)


def deliver(facts: FactSet, out: Path, progress: Progress = _silent) -> Evaluation:
    """Score and check ``facts``, wherever they come from, and write the package to ``out``.

    Raises:
        InputError, RuleMissing: nothing was written.
        PackageDiffers: the report does not say what was computed; nothing was written.
    """
    progress(25, "计算得分并核对勾稽关系")
    evaluation = evaluate_facts(facts)
    files = render(evaluation, progress)
    progress(92, "读回核对")
    verify_package(files, evaluation.facts, evaluation.scores)
    progress(97, "写入文件")
    write_package(files, out)
    progress(100, "完成")
    return evaluation


def write_package(files: dict[str, bytes], out: Path) -> None:
    """Write ``files`` into ``out``: first all of them beside it, then into place, so that no half package shows.

    Raises:
        InputError: the folder cannot be written.
    """
    if out.exists() and not out.is_dir():
        raise InputError("输出位置是一个文件，不是文件夹", where=str(out), advice="请换一个文件夹。")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".guangsha-", dir=out.parent))
        try:
            for name, content in files.items():
                (staging / name).write_bytes(content)
            if out.exists():
                for name in files:
                    Path(staging / name).replace(out / name)
            else:
                staging.chmod(0o755)
                Path(staging).replace(out)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise InputError(
            f"无法写入输出文件夹（{error.strerror or error}）",
            where=str(out),
            advice="请检查磁盘空间和写权限。",
        ) from error


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode("utf-8")
