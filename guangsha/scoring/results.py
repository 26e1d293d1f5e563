"""What scoring hands on: every score with the rule that gave it and the steps that a person can retrace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from guangsha.facts.report import Indicator, Sheet
from guangsha.kernel.money import Fen, wan_yuan
from guangsha.kernel.numbers import plain


class Basis(StrEnum):
    """How a score came about."""

    COMPUTED = "computed"  # 按规则计算
    ASSESSED = "assessed"  # 单位自评分，与规则得分不同
    OVERRIDE = "override"  # 经批准突破规则
    GROUP = "group"  # 与其他行合并计分，分数记在组上
    NOT_APPLICABLE = "not_applicable"  # 不适用，不占分

    @property
    def label(self) -> str:
        return {
            "computed": "按规则计算",
            "assessed": "单位自评",
            "override": "经批准调整",
            "group": "合并计分",
            "not_applicable": "不适用",
        }[self.value]


@dataclass(frozen=True, slots=True)
class ScoredExecution:
    """Budget execution (预算执行): amounts in fen, rate in percent, score in points.

    ``rate`` is None when there was no budget (no rate exists, F05); ``rate_exact`` is unrounded.
    """

    budget: Fen | None
    executed: Fen | None
    rate: Decimal | None
    rate_exact: Decimal | None
    weight: Decimal
    score: Decimal | None
    explanation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoredIndicator:
    """One scored row.

    ``score`` counts; ``computed`` is what the rule alone gives (None where the rule cannot decide); ``method`` is the
    rule's id; ``completion`` is actual over target as a ratio where both are quantities.
    """

    indicator: Indicator
    weight: Decimal | None
    score: Decimal | None
    computed: Decimal | None
    basis: Basis
    method: str
    completion: Decimal | None = None
    explanation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoredGroup:
    """Rows that share one weight."""

    id: str
    weight: Decimal
    score: Decimal
    computed: Decimal | None
    basis: Basis
    members: tuple[str, ...]
    reason: str = ""
    explanation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoredBlock:
    """One level-1 block of a sheet: weight in use and score earned."""

    name: str
    weight: Decimal
    score: Decimal


@dataclass(frozen=True, slots=True)
class ScoredSheet:
    """One scored sheet: ``total`` is execution plus every row and group once."""

    sheet: Sheet
    execution: ScoredExecution
    indicators: tuple[ScoredIndicator, ...]
    groups: tuple[ScoredGroup, ...]
    blocks: tuple[ScoredBlock, ...]
    total: Decimal
    grade: str

    def group(self, group_id: str) -> ScoredGroup | None:
        return next((group for group in self.groups if group.id == group_id), None)

    @property
    def published_total(self) -> Decimal | None:
        fact = self.sheet.published("sheet.total")
        return fact.number if fact else None

    def as_json(self) -> dict[str, Any]:
        """The sheet as design.md §5 prints it in ``scores.json``."""
        run = self.execution
        return {
            "id": self.sheet.id,
            "name": self.sheet.name,
            "kind": self.sheet.kind,
            "execution": {
                "budget": _amount(run.budget),
                "executed": _amount(run.executed),
                "rate": _text(run.rate),
                "weight": _text(run.weight),
                "score": _text(run.score),
                "explanation": list(run.explanation),
            },
            "indicators": [self._row(row) for row in self.indicators],
            "groups": [
                {
                    "id": group.id,
                    "weight": _text(group.weight),
                    "score": _text(group.score),
                    "basis": group.basis.value,
                    "reason": group.reason or None,
                    "explanation": list(group.explanation),
                }
                for group in self.groups
            ],
            "blocks": [
                {"name": b.name, "weight": _text(b.weight), "score": _text(b.score)} for b in self.blocks
            ],
            "total": _text(self.total),
            "grade": self.grade or None,
            "published_total": _text(self.published_total),
        }

    @staticmethod
    def _row(row: ScoredIndicator) -> dict[str, Any]:
        given = row.indicator
        return {
            "level1": given.level1 or None,
            "level2": given.level2 or None,
            "name": given.name,
            "target": given.target or None,
            "actual": given.actual or None,
            "weight": _text(row.weight),
            "score": _text(row.score),
            "computed": _text(row.computed),
            "rule": row.method,
            "basis": row.basis.value,
            "group": given.group or None,
            "reason": given.reason or None,
            "explanation": list(row.explanation),
        }


@dataclass(frozen=True, slots=True)
class ScoredRollup:
    """A department's score from its units: ``values`` rounded by component, ``exact`` before rounding."""

    department: str
    label: str
    method: str
    values: Mapping[str, Decimal]
    exact: Mapping[str, Decimal]
    total: Decimal
    grade: str
    members: Mapping[str, Mapping[str, Decimal]]
    explanation: tuple[str, ...] = ()
    published_total: Decimal | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "department": self.department or None,
            "label": self.label or None,
            "method": self.method,
            "components": {name: _text(value) for name, value in self.values.items()},
            "exact": {name: _text(value) for name, value in self.exact.items()},
            "total": _text(self.total),
            "grade": self.grade or None,
            "published_total": _text(self.published_total),
            "units": [
                {"name": name, **{component: _text(value) for component, value in scores.items()}}
                for name, scores in self.members.items()
            ],
            "explanation": list(self.explanation),
        }


@dataclass(frozen=True, slots=True)
class Scores:
    """All scores of one unit's year."""

    unit: str
    year: int
    profile: str
    profile_version: str
    sheets: tuple[ScoredSheet, ...]
    rollup: ScoredRollup | None = None

    def sheet(self, sheet_id: str) -> ScoredSheet | None:
        return next((sheet for sheet in self.sheets if sheet.sheet.id == sheet_id), None)

    def as_json(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "year": self.year,
            "profile": self.profile,
            "profile_version": self.profile_version,
            "sheets": [sheet.as_json() for sheet in self.sheets],
            "rollup": self.rollup.as_json() if self.rollup else None,
        }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _amount(fen: Fen | None) -> str | None:
    return None if fen is None else plain(wan_yuan(fen))
