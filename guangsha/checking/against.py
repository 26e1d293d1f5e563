"""Last year's document beside this year's: its figures become those of the year before (``--against``)."""

from __future__ import annotations

from guangsha.checker.rules.metadata import same_unit
from guangsha.facts.fact import FactSet
from guangsha.kernel.errors import InputError


def with_prior_year(facts: FactSet, prior: FactSet, file: str, prior_file: str) -> tuple[FactSet, list[str]]:
    """``facts`` with the figures of ``prior`` added, and what to tell the reader.

    What this year's document says of last year itself stays: the two are compared by the rules, not merged.

    Raises:
        InputError: the other document is not of the year before.
    """
    if prior.year != facts.year - 1:
        raise InputError(
            f"对比文档是 {prior.year} 年度的，{file} 是 {facts.year} 年度的，应给出 {facts.year - 1} 年度的文档",
            where=prior_file,
            advice="请核对两份文件是否相邻两年；用命令行核对的，可以用 --year 指定被核对文档的年度。",
        )
    added = [fact for fact in prior if fact.year == prior.year and fact.key not in facts]
    notes = [f"与上年文档 {prior_file} 对比，其中有 {len(added)} 个数据可用。"]
    if facts.unit and prior.unit and not same_unit(facts.unit, prior.unit):
        notes.append(f"上年文档的单位是“{prior.unit}”，与“{facts.unit}”不同，请确认是否同一单位。")
    return facts.plus(added), notes
