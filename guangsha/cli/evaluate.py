"""``guangsha evaluate INPUT --out DIR``: a year's figures become a scored, checked, publishable package."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from guangsha.cli.console import emit, say
from guangsha.evaluation import FILES, Evaluation, evaluate
from guangsha.kernel.findings import Severity


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", type=Path, metavar="输入", help="工作簿、figures.yaml，或含有它的文件夹")
    parser.add_argument("--out", type=Path, required=True, metavar="文件夹", help="成果包写到哪里")
    parser.add_argument("--profile", metavar="模板", help="口径模板；不填时用数据文件里写明的")


def run(arguments: argparse.Namespace) -> int:
    evaluation = evaluate(
        arguments.input, arguments.out, arguments.profile, lambda _p, step: say(f"· {step}")
    )
    say(describe(evaluation))
    say(f"成果包：{arguments.out}")
    emit(summary(evaluation, arguments.out))
    return 0


def summary(evaluation: Evaluation, out: Path) -> dict[str, Any]:
    """What was made, for a script: totals by sheet, the tally of relations, the files."""
    scores = evaluation.scores
    return {
        "unit": scores.unit,
        "year": scores.year,
        "profile": scores.profile,
        "totals": {sheet.sheet.id: str(sheet.total) for sheet in scores.sheets},
        "relations": evaluation.checked.tally.as_json(),
        "errors": _count(evaluation, Severity.ERROR),
        "warnings": _count(evaluation, Severity.WARNING),
        "files": {name: str(out / name) for name in FILES},
    }


def _count(evaluation: Evaluation, severity: Severity) -> int:
    return sum(1 for r in evaluation.checked.relations if r.finding and r.finding.severity is severity)


def describe(evaluation: Evaluation) -> str:
    """The same for a person."""
    lines = [f"{evaluation.scores.unit} {evaluation.scores.year} 年度（口径：{evaluation.profile.label}）"]
    for sheet in evaluation.scores.sheets:
        lines.append(f"  {sheet.sheet.name}：{sheet.total} 分{f'（{sheet.grade}）' if sheet.grade else ''}")
    rollup = evaluation.scores.rollup
    if rollup:
        lines.append(f"  部门汇总：{rollup.total} 分")
    tally = evaluation.checked.tally.as_json()
    lines.append(
        f"  核对 {tally['checked']} 条勾稽关系：相符 {tally['held']}，尾差 {tally['tail']}，不符 {tally['broken']}；"
        f"未核对 {tally['not_checked']}。其中错误 {_count(evaluation, Severity.ERROR)}，"
        f"需核实 {_count(evaluation, Severity.WARNING)}。"
    )
    for relation in evaluation.checked.relations:
        if relation.finding and relation.finding.severity is Severity.ERROR:
            lines.append(f"  ✗ [{relation.rule}] {relation.finding.message}")
    return "\n".join(lines)
