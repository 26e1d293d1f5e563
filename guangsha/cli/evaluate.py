"""``guangsha evaluate INPUT --out DIR``: a year's figures, given or taken from records, become a publishable package."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from guangsha.cli.console import emit, say
from guangsha.cli.setup import start_django
from guangsha.documents.reading.intake import read_input
from guangsha.evaluation import FILES, Evaluation, deliver, evaluate
from guangsha.evaluation.beside import differences
from guangsha.kernel.errors import InputError
from guangsha.kernel.findings import Severity


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "input", type=Path, nargs="?", metavar="输入", help="工作簿、figures.yaml，或含有它的文件夹"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="文件夹", help="成果包写到哪里")
    parser.add_argument("--profile", metavar="模板", help="口径模板；不填时用数据文件里写明的")
    parser.add_argument("--from-records", action="store_true", help="由业务记录取数，不用输入文件")
    parser.add_argument("--agency", metavar="机构", help="取数的机构：编号或全称")
    parser.add_argument("--year", type=int, metavar="年度", help="取数的年度")
    parser.add_argument("--table", type=Path, metavar="文件", help="指标取数表；不填时用系统里导入的那一份")
    parser.add_argument("--against", type=Path, metavar="文件", help="与已公布的数据文件逐格对比")


def run(arguments: argparse.Namespace) -> int:
    if arguments.from_records:
        return _from_records(arguments)
    for name in ("agency", "year", "table", "against"):
        if getattr(arguments, name) is not None:
            raise InputError(f"--{name} 要与 --from-records 一起用", advice="请加上 --from-records 。")
    if arguments.input is None:
        raise InputError(
            "没有给出输入文件", advice="请给出工作簿或数据文件，或用 --from-records 由记录取数。"
        )
    evaluation = evaluate(
        arguments.input, arguments.out, arguments.profile, lambda _p, step: say(f"· {step}")
    )
    say(describe(evaluation))
    say(f"成果包：{arguments.out}")
    emit(summary(evaluation, arguments.out))
    return 0


def _from_records(arguments: argparse.Namespace) -> int:
    """The figures from the records of an agency's year; exit code 1 where published ones beside them differ."""
    if arguments.input is not None or arguments.agency is None or arguments.year is None:
        raise InputError("由记录取数请写 --agency 和 --year，不写输入文件", where="--from-records")
    start_django()
    from guangsha.areas.performance.command import facts_from_records

    published = read_input(arguments.against) if arguments.against is not None else None
    made = facts_from_records(arguments.agency, arguments.year, arguments.table, arguments.profile)
    for path in made.gaps:
        say(f"没有数：{path}")
    evaluation = deliver(made.facts, arguments.out, lambda _p, step: say(f"· {step}"))
    say(describe(evaluation))
    say(f"成果包：{arguments.out}")
    told = {**summary(evaluation, arguments.out), "gaps": list(made.gaps)}
    if published is None:
        emit(told)
        return 0
    found = differences(evaluation, published)
    for finding in found:
        say(f"  {'✗' if finding.severity is Severity.ERROR else '·'} [{finding.rule}] {finding.message}")
    say(f"与 {arguments.against.name} 相比，有 {len(found)} 处不同。")
    emit({**told, "against": [finding.as_json() for finding in found]})
    return 1 if any(finding.severity is Severity.ERROR for finding in found) else 0


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
