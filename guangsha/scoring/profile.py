"""Local scoring and document profiles (模板口径): versioned data, never constants in code.

A profile says how one place scores and prints in one span of years: weights, caps, rounding, bands, grades,
roll-up, table order and wording. ``profiles/<id>.yaml`` holds every version; :func:`load_profile` picks the one
in force for a fiscal year. Every value carries its source in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from guangsha.kernel.errors import RuleMissing
from guangsha.kernel.resources import data_folder


@dataclass(frozen=True, slots=True)
class Rounding:
    """Decimals and direction of one printed number; ``strip`` drops trailing zeros (99.40 prints 99.4)."""

    places: int
    rounding: str = "half_up"
    strip: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One level-1 indicator (一级指标), its full weight and its level-2 names."""

    name: str
    weight: Decimal
    level2: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """Qualitative tier: ``achievement`` earns between ``low`` and ``high`` (shares of the weight, 0 to 1).

    ``low_included`` tells whether exactly ``low`` still belongs to this tier.
    """

    achievement: str
    label: str
    low: Decimal
    high: Decimal
    low_included: bool = True


@dataclass(frozen=True, slots=True)
class Grade:
    """等级: totals of at least ``least`` earn ``label``."""

    label: str
    least: Decimal


@dataclass(frozen=True, slots=True)
class DocumentProfile:
    """How this place prints its documents.

    ``layout`` picks the table shapes of performance.md §4 (``yueyang``, ``yuelu``, ``wuhan``, ``mof``);
    ``body`` is the word for the reporting entity (单位 or 部门); ``rule_column`` prints 评分标准; ``total_row_first``
    prints 年度资金总额 before its parts; ``accounts_numbers`` maps table names to 公开 numbers in print order;
    ``sections`` are the numbered heads of the report in order.
    """

    layout: str
    body: str
    rule_column: bool
    total_row_first: bool
    accounts_numbers: Mapping[str, str]
    sections: tuple[str, ...]
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Profile:
    """One version of one place's rules; see ``docs/algorithms/scoring.md`` for what each decides.

    Weights and scores are in points; ratios are 0 to 1; ``over_completion`` is the ratio of actual to target from
    which a reason is demanded (1.3 = 130 %).
    """

    id: str
    version: str
    label: str
    year_from: int
    year_to: int | None
    execution_weight: Decimal
    execution_method: str  # linear | bands
    execution_cap: bool
    execution_bands: tuple[tuple[Decimal, Decimal], ...]  # (least rate 0-1, points), best first; method bands
    rate: Rounding
    execution_score: Rounding
    indicator_score: Rounding
    total_score: Rounding
    blocks: tuple[Block, ...]
    blocks_fixed: bool  # deviating L1 weights are an error (True) or a warning
    mandatory_level2: tuple[str, ...]
    positive: str  # proportional | floor60
    negative: str  # reciprocal | linear_to_double | all_or_nothing
    equal: str
    step_partial: str  # ceil | floor | proportional
    qualitative: str  # bands | binary
    bands: tuple[Band, ...]
    group: str  # equal_share | all_or_nothing
    self_assessment: bool  # the unit may state its own score where it departs from the rule
    over_completion: Decimal
    over_completion_deduct: str  # none | by_deviation
    satisfaction_bands: tuple[tuple[Decimal, Decimal], ...]
    grades: tuple[Grade, ...]
    rollup_method: str
    rollup_rounding: Rounding
    rollup_total: str  # sum_of_rounded | rounded_sum
    document: DocumentProfile
    sources: Mapping[str, str]

    def grade(self, total: Decimal) -> str:
        """The grade label that ``total`` earns; empty when this place grades nothing."""
        return next((grade.label for grade in self.grades if total >= grade.least), "")

    def block(self, name: str) -> Block | None:
        return next((block for block in self.blocks if block.name == name), None)


PROFILE_IDS = ("mof", "yueyang", "yueyanglou", "yuelu", "jiangan")


def load_profile(profile_id: str, year: int, folder: Path | None = None) -> Profile:
    """The version of ``profile_id`` in force for fiscal ``year``.

    Raises:
        RuleMissing: no such profile, or none of its versions covers the year; names the file to fill.
    """
    return _load(profile_id, year, folder or data_folder("profiles"))


@lru_cache(maxsize=64)
def _load(profile_id: str, year: int, folder: Path) -> Profile:
    path = folder / f"{profile_id}.yaml"
    if not profile_id.replace("_", "").isalnum() or not path.is_file():
        known = "、".join(sorted(p.stem for p in folder.glob("*.yaml")))
        raise RuleMissing(f"没有名为“{profile_id}”的口径模板", advice=f"可用的模板：{known}。")
    data = yaml.load(path.read_text(encoding="utf-8"), Loader=_StringLoader)
    for version in data["versions"]:
        last = version.get("year_to")
        if int(version["year_from"]) <= year and (last is None or year <= int(last)):
            return _build(profile_id, data, version)
    raise RuleMissing(
        f"口径模板“{profile_id}”没有适用于 {year} 年度的版本",
        where=f"profiles/{path.name}",
        advice="请在该文件中补充一个版本并注明依据。",
    )


class _StringLoader(yaml.SafeLoader):
    """Reads every scalar as text, so that no weight ever passes through a float."""


_StringLoader.yaml_implicit_resolvers = {
    first: [
        (tag, regexp)
        for tag, regexp in resolvers
        if tag in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:bool")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _rounding(data: Mapping[str, Any]) -> Rounding:
    return Rounding(int(data["places"]), str(data.get("rounding", "half_up")), bool(data.get("strip", False)))


def _pairs(rows: list[list[str]] | None) -> tuple[tuple[Decimal, Decimal], ...]:
    return tuple((Decimal(least), Decimal(points)) for least, points in rows or ())


def _build(profile_id: str, data: Mapping[str, Any], version: Mapping[str, Any]) -> Profile:
    document = version["document"]
    return Profile(
        id=profile_id,
        version=str(version["version"]),
        label=str(data["label"]),
        year_from=int(version["year_from"]),
        year_to=int(version["year_to"]) if version.get("year_to") else None,
        execution_weight=Decimal(version["execution"]["weight"]),
        execution_method=str(version["execution"].get("method", "linear")),
        execution_cap=bool(version["execution"].get("cap", True)),
        execution_bands=_pairs(version["execution"].get("bands")),
        rate=_rounding(version["rounding"]["rate"]),
        execution_score=_rounding(version["rounding"]["execution_score"]),
        indicator_score=_rounding(version["rounding"]["indicator_score"]),
        total_score=_rounding(version["rounding"]["total"]),
        blocks=tuple(
            Block(str(b["name"]), Decimal(b["weight"]), tuple(b.get("level2") or ()))
            for b in version["blocks"]
        ),
        blocks_fixed=bool(version.get("blocks_fixed", True)),
        mandatory_level2=tuple(version.get("mandatory_level2") or ()),
        positive=str(version["methods"]["positive"]),
        negative=str(version["methods"]["negative"]),
        equal=str(version["methods"].get("equal", "proportional")),
        step_partial=str(version["methods"].get("step_partial", "ceil")),
        qualitative=str(version["methods"]["qualitative"]),
        bands=tuple(
            Band(
                b["achievement"],
                b["label"],
                Decimal(b["low"]),
                Decimal(b["high"]),
                bool(b.get("low_included", True)),
            )
            for b in version.get("bands") or ()
        ),
        group=str(version["methods"].get("group", "equal_share")),
        self_assessment=bool(version.get("self_assessment", True)),
        over_completion=Decimal(version["over_completion"]["ratio"]),
        over_completion_deduct=str(version["over_completion"].get("deduct", "none")),
        satisfaction_bands=_pairs(version.get("satisfaction_bands")),
        grades=tuple(Grade(str(g["label"]), Decimal(g["least"])) for g in version.get("grades") or ()),
        rollup_method=str(version["rollup"]["method"]),
        rollup_rounding=_rounding(version["rollup"]),
        rollup_total=str(version["rollup"].get("total", "sum_of_rounded")),
        document=DocumentProfile(
            layout=str(document["layout"]),
            body=str(document["body"]),
            rule_column=bool(document.get("rule_column", False)),
            total_row_first=bool(document.get("total_row_first", True)),
            accounts_numbers={str(k): str(v) for k, v in document["accounts_numbers"].items()},
            sections=tuple(document["sections"]),
            words={str(k): str(v) for k, v in (document.get("words") or {}).items()},
        ),
        sources={str(k): str(v) for k, v in version["sources"].items()},
    )
