"""Scoring sheets (绩效自评表) of invented projects and units, in the forms that provinces print.

Weights add up to 100. What reached its target has full marks; what did not has its weight times the share reached, so that
each score follows from the printed figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from guangsha.testing.wild.paper import ABOVE, LEFT, Figure, Number, Paper, exact, rounded


@dataclass(frozen=True)
class Indicator:
    """A row: ``target`` and ``actual`` with ``sign`` (≥, =, ≤, empty) and ``unit``, or words where ``target`` is a text.

    A score below the weight follows from the share of the target that was reached; words have full marks.
    """

    level1: str
    level2: str
    name: str
    weight: int
    target: int | str
    actual: int | str
    unit: str = ""
    sign: str = "≥"
    reason: str = ""

    @property
    def reached(self) -> Fraction:
        if isinstance(self.target, int) and isinstance(self.actual, int):
            better = self.actual <= self.target if self.sign == "≤" else self.actual >= self.target
            return Fraction(1) if better else Fraction(self.actual, self.target)
        return Fraction(1)


@dataclass(frozen=True)
class Funds:
    """A line of the money block: opening budget, full-year budget, executed, in the unit of the sheet."""

    name: str
    opening: Number
    full_year: Number
    executed: Number


@dataclass(frozen=True)
class Sheet:
    """A sheet; ``funds`` without the line of totals, which their sums give."""

    title: str
    head: tuple[tuple[str, ...], ...]
    funds: tuple[Funds, ...]
    goal: str
    done: str
    indicators: tuple[Indicator, ...]
    execution_weight: int = 10
    total_name: str = "年度资金总额"
    unit: str = "万元"


@dataclass
class SheetPrinter:
    """Prints sheets on ``paper``; ``places`` decimals in scores, ``zero`` in empty cells of the money block."""

    paper: Paper
    places: int = 2
    rate_places: int = 2
    level1_weights: bool = False
    reasons: bool = True
    totals: dict[str, Figure] = field(default_factory=dict)

    def score(self, value: Fraction) -> Figure:
        """A score without useless zeros."""
        number = rounded(value, self.places).normalize()
        return self.paper.number(value, max(0, -int(number.as_tuple().exponent)))

    def project(self, sheet: Sheet) -> Figure:
        """The sheet of a project in the form of 2020; gives the total score."""
        p = self.paper
        p.title(sheet.title)
        width = 9 if self.reasons else 8
        rows: list[list[object]] = [_wide([*row], width) for row in sheet.head]
        rows.append(
            [
                f"项目资金（{sheet.unit}）",
                "",
                "年初预算数",
                "全年预算数",
                "全年执行数",
                "分值",
                "执行率",
                "得分",
            ]
        )
        money, execution = self._funds(sheet)
        rows += money
        rows += [
            _wide(["年度总体目标", "预期目标", LEFT, LEFT, "实际完成情况"], width),
            _wide([ABOVE, sheet.goal, LEFT, LEFT, sheet.done], width),
        ]
        columns = (
            "绩效指标",
            "一级指标",
            "二级指标",
            "三级指标",
            "年度指标值",
            "实际完成值",
            "分值",
            "得分",
            "偏差原因分析及改进措施",
        )
        rows.append([*columns[:width]])
        body, weights, scores = self._indicators(sheet.indicators)
        rows += body
        hundred, total = p.number(100), self.score(self._total(sheet))
        p.sum(hundred, [weights[0], *weights[1:], execution[0]], "分值合计", measure="score")
        p.sum(total, [*scores, execution[1]], "总分", measure="score")
        rows.append(["总分", *[LEFT] * 5, hundred, total])
        p.grid(rows)
        self.totals[sheet.title] = total
        return total

    def _total(self, sheet: Sheet) -> Fraction:
        parts = [exact(rounded(i.weight * i.reached, self.places)) for i in sheet.indicators]
        return sum(parts, exact(rounded(self._execution(sheet), self.places)))

    def _execution(self, sheet: Sheet) -> Fraction:
        planned = sum((exact(f.full_year) for f in sheet.funds), Fraction(0))
        spent = sum((exact(f.executed) for f in sheet.funds), Fraction(0))
        return sheet.execution_weight * min(Fraction(1), spent / planned)

    def _funds(self, sheet: Sheet) -> tuple[list[list[object]], tuple[Figure, Figure]]:
        p = self.paper
        lines = [[p.cell(f.opening), p.cell(f.full_year), p.cell(f.executed)] for f in sheet.funds]
        totals: list[Figure] = []
        for n in range(3):
            value = sum(
                ((exact(f.opening), exact(f.full_year), exact(f.executed))[n] for f in sheet.funds),
                Fraction(0),
            )
            names = ("opening", "full", "spent")
            total = p.money(value, f"{sheet.title}/{names[n]}")
            p.sum(total, [line[n] for line in lines], "资金总额")
            totals.append(total)
        weight = p.number(sheet.execution_weight)
        percent = p.number(totals[2].value * 100 / totals[1].value, self.rate_places)
        p.tie("rate", percent, f"{totals[2]} / {totals[1]}", "执行率")
        score = self.score(self._execution(sheet))
        if totals[2].value <= totals[1].value:
            p.tie("score", score, f"{weight} * {totals[2]} / {totals[1]}", "执行得分")
        rows: list[list[object]] = [[ABOVE, sheet.total_name, *totals, weight, f"{percent}%", score]]
        rows += [[ABOVE, f.name, *line, "—", "—", "—"] for f, line in zip(sheet.funds, lines, strict=True)]
        return rows, (weight, score)

    def _indicators(
        self, indicators: Sequence[Indicator]
    ) -> tuple[list[list[object]], list[Figure], list[Figure]]:
        p = self.paper
        weights: list[Figure] = []
        scores: list[Figure] = []
        rows: list[list[object]] = []
        for number, own in enumerate(indicators):
            before = indicators[number - 1] if number else None
            weight = p.number(own.weight)
            score = self.score(own.weight * own.reached)
            target, actual = self._values(own)
            self._tie(own, weight, score, target, actual)
            same1 = before is not None and before.level1 == own.level1
            same2 = same1 and before is not None and before.level2 == own.level2
            level1 = own.level1
            if self.level1_weights and not same1:
                parts = sum(i.weight for i in indicators if i.level1 == own.level1)
                level1 = f"{own.level1}（{p.number(parts)}分）"
            first: object = ABOVE if number else "绩效指标"
            shown_target = f"{own.sign}{target}{own.unit}" if isinstance(target, Figure) else own.target
            shown_actual = f"{actual}{own.unit}" if isinstance(actual, Figure) else own.actual
            row = [
                first, ABOVE if same1 else level1, ABOVE if same2 else own.level2, own.name, shown_target, shown_actual,
                weight, score,
            ]  # fmt: skip
            rows.append([*row, *([own.reason] if self.reasons else [])])
            weights.append(weight)
            scores.append(score)
        return rows, weights, scores

    def _values(self, own: Indicator) -> tuple[Figure | None, Figure | None]:
        if isinstance(own.target, int) and isinstance(own.actual, int):
            return self.paper.number(own.target), self.paper.number(own.actual)
        return None, None

    def _tie(
        self, own: Indicator, weight: Figure, score: Figure, target: Figure | None, actual: Figure | None
    ) -> None:
        p = self.paper
        if own.reached == 1:
            p.tie("score", score, f"{weight}", "完成的得满分", measure="score")
            if target and actual and own.sign != "≤":
                p.tie("range", target, f"{actual}", "完成值达到指标值", measure="count", at_most=True)
            elif target and actual:
                p.tie("range", actual, f"{target}", "完成值在指标值之内", measure="count", at_most=True)
        elif target and actual:
            p.tie("score", score, f"{weight} * {actual} / {target}", "按完成比例得分", measure="score")


def _wide(row: Sequence[object], width: int) -> list[object]:
    """A row whose last cell covers the rest."""
    return [*row, *[LEFT] * (width - len(row))]
