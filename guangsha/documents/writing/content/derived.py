"""Facts that the scores amount to: each printed score with its steps and the keys of the facts it was made from.

They carry the basis ``computed`` (given facts of the same concept are ``published`` or ``assessed``), so a cell of a
sheet names a score exactly as it names a figure that a clerk gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from guangsha.documents.writing.prose import show, strip_zeros
from guangsha.facts.fact import DerivedSource, Fact
from guangsha.facts.report import Report
from guangsha.kernel.numbers import decimals_of, divide, plain
from guangsha.scoring.profile import Profile, Rounding
from guangsha.scoring.results import Basis, ScoredIndicator, ScoredRollup, ScoredSheet, Scores

#: Between the steps of an explanation inside one formula; the page splits there again.
STEP = "；"


def keys_of(*facts: Fact | None) -> tuple[str, ...]:
    """The keys of the facts that are there."""
    return tuple(fact.key for fact in facts if fact is not None)


def steps(explanation: Iterable[str], otherwise: str) -> str:
    """The steps of a score as one formula."""
    return STEP.join(step.strip().rstrip("。；") for step in explanation if step.strip()) or otherwise


class _Maker:
    """Makes computed facts of one year."""

    def __init__(self, year: int) -> None:
        self.year = year

    def number(
        self,
        concept: str,
        value: Decimal,
        rounding: Rounding | None,
        source: DerivedSource,
        dimensions: Mapping[str, str],
    ) -> Fact:
        number = Decimal(show(value, rounding) if rounding else strip_zeros(plain(value)))
        ordered = tuple(sorted(dimensions.items()))
        return Fact(concept, ordered, number, self.year, None, decimals_of(number), source)

    def word(self, concept: str, value: str, source: DerivedSource, dimensions: Mapping[str, str]) -> Fact:
        return Fact(concept, tuple(sorted(dimensions.items())), value, self.year, source=source)


def score_key(row: ScoredIndicator) -> Fact | None:
    """The unit's own score where it is the one that counts; None where the printed score is computed."""
    given = row.indicator.assessed_score
    own = row.basis in (Basis.ASSESSED, Basis.OVERRIDE)
    return given if own and given is not None and given.number == row.score else None


def score_facts(report: Report, scores: Scores, profile: Profile) -> tuple[Fact, ...]:
    """Every printed score, rate, weight total and grade as a fact with the basis ``computed``."""
    facts: list[Fact] = []
    make = _Maker(report.year)
    for sheet in scores.sheets:
        facts.extend(_execution(make, sheet, profile))
        facts.extend(_rows(make, sheet, profile))
        facts.extend(_sheet(make, sheet, profile))
    if scores.rollup:
        facts.extend(_rollup(make, scores.rollup, profile))
    control = _control_rate(make, report, profile)
    return (*facts, control) if control else tuple(facts)


def _said(sheet: ScoredSheet, **more: str) -> dict[str, str]:
    return {"basis": "computed", "sheet": sheet.sheet.id, **more}


def _execution(make: _Maker, sheet: ScoredSheet, profile: Profile) -> Iterator[Fact]:
    run, said = sheet.execution, _said(sheet)
    funds = sheet.sheet.funds()
    inputs = keys_of(funds.executed, funds.full_year)
    yield make.number("execution.weight", run.weight, None, DerivedSource("预算执行的分值"), said)
    if run.rate is not None:
        source = DerivedSource("全年执行数 ÷ 全年预算数 × 100%", inputs)
        yield make.number("execution.rate", run.rate, profile.rate, source, said)
    if run.score is not None:
        source = DerivedSource(steps(run.explanation, "分值 × 执行率，不超过分值"), inputs)
        yield make.number("execution.score", run.score, profile.execution_score, source, said)


def _rows(make: _Maker, sheet: ScoredSheet, profile: Profile) -> Iterator[Fact]:
    for row in sheet.indicators:
        if row.score is None or score_key(row) is not None:
            continue
        given = row.indicator
        inputs = keys_of(given.get("target"), given.get("actual"), given.weight, given.assessed_score)
        source = DerivedSource(steps(row.explanation, row.basis.label), inputs)
        said = _said(sheet, indicator=given.key)
        yield make.number("indicator.score", row.score, profile.indicator_score, source, said)
    for group in sheet.groups:
        given_score = sheet.sheet.group("score", group.id, "assessed")
        inputs = keys_of(sheet.sheet.group("weight", group.id), given_score)
        source = DerivedSource(steps(group.explanation, "本组指标合并计分"), inputs)
        said = _said(sheet, group=group.id)
        yield make.number("group.score", group.score, profile.indicator_score, source, said)
        source = DerivedSource("本组指标共用的分值", inputs)
        yield make.number("group.weight", group.weight, None, source, said)


def _sheet(make: _Maker, sheet: ScoredSheet, profile: Profile) -> Iterator[Fact]:
    for block in sheet.blocks:
        said = _said(sheet, block=block.name)
        source = DerivedSource(f"{block.name}各行得分之和")
        yield make.number("block.score", block.score, profile.indicator_score, source, said)
        source = DerivedSource(f"{block.name}各行分值之和")
        yield make.number("block.weight", block.weight, None, source, said)
    said = _said(sheet)
    leaves = [row.weight for row in sheet.indicators if row.weight is not None and not row.indicator.group]
    weights = [sheet.execution.weight, *leaves, *(group.weight for group in sheet.groups)]
    source = DerivedSource("预算执行分值与各指标分值之和")
    yield make.number("sheet.weight_total", sum(weights, Decimal(0)), None, source, said)
    parts = [sheet.execution.score, *(row.score for row in sheet.indicators if not row.indicator.group)]
    terms = [plain(part) for part in parts if part is not None]
    terms += [plain(group.score) for group in sheet.groups]
    source = DerivedSource(f"预算执行得分与各指标得分之和：{' + '.join(terms)}")
    total = make.number("sheet.total", sheet.total, profile.total_score, source, said)
    yield total
    if sheet.grade:
        source = DerivedSource("按总分所在的等级区间", (total.key,))
        yield make.word("sheet.grade", sheet.grade, source, said)


def _rollup(make: _Maker, rollup: ScoredRollup, profile: Profile) -> Iterator[Fact]:
    source = DerivedSource(steps(rollup.explanation, f"各单位得分汇总（{rollup.label or rollup.method}）"))
    values = {**rollup.values, "total": rollup.total}
    for component, value in values.items():
        said = {"component": component}
        yield make.number("rollup.computed", value, profile.rollup_rounding, source, said)


def _control_rate(make: _Maker, report: Report, profile: Profile) -> Fact | None:
    employed, established = report.facts.find("staff.employed"), report.facts.find("staff.established")
    if employed is None or established is None or established.number <= 0:
        return None
    rate = divide(employed.number * 100, established.number)
    source = DerivedSource("实有在职人数 ÷ 编制数 × 100%", keys_of(employed, established))
    return make.number("staff.control_rate", rate, profile.rate, source, {"basis": "computed"})
