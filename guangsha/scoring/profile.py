"""Local scoring and document profiles (模板口径): versioned data, never constants in code.

A profile says how one place scores and prints in one span of years: weights, caps, rounding, bands, grades,
roll-up, table order and wording. ``profiles/<id>.yaml`` holds every version; :func:`load_profile` picks the one
in force for a fiscal year. Every value carries its source in the file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from guangsha.kernel.errors import RuleMissing
from guangsha.kernel.numbers import ROUNDINGS
from guangsha.kernel.resources import data_folder
from guangsha.scoring.profile_file import Node, read_profile_file


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
    other_blocks: tuple[tuple[Block, ...], ...]  # trees that forms of this place may follow instead
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

    def tree_for(self, level1: Collection[str]) -> tuple[Block, ...]:
        """The level-1 indicators laid down for a sheet that uses ``level1``: a tree with every one of them, if there is one."""

        def bare(name: str) -> str:
            return name.removesuffix("指标").replace("效果", "效益")

        used = {bare(name) for name in level1 if name}
        trees = (self.blocks, *self.other_blocks)
        return next((tree for tree in trees if used <= {bare(block.name) for block in tree}), self.blocks)

    def block(self, name: str) -> Block | None:
        return next((block for block in self.blocks if block.name == name), None)


#: What a qualitative row may have come to (定性指标达成程度).
ACHIEVEMENTS = ("achieved", "partial", "failed")

PROFILE_IDS = ("mof", "yueyang", "yueyanglou", "yuelu", "jiangan")


def load_profile(profile_id: str, year: int, folder: Path | None = None) -> Profile:
    """The version of ``profile_id`` in force for fiscal ``year``.

    Raises:
        RuleMissing: no such profile, none of its versions covers the year, or the file cannot be used; names the file
            and the key to mend.
    """
    return _load(profile_id, year, folder or data_folder("profiles"))


@lru_cache(maxsize=64)
def _load(profile_id: str, year: int, folder: Path) -> Profile:
    path = folder / f"{profile_id}.yaml"
    if not profile_id.isascii() or not profile_id.replace("_", "").isalnum() or not path.is_file():
        known = "、".join(sorted(p.stem for p in folder.glob("*.yaml")))
        raise RuleMissing(f"没有名为“{profile_id[:40]}”的口径模板", advice=f"可用的模板：{known}。")
    root = read_profile_file(path)
    label = root.text("label")
    spans: list[tuple[int, int | None, Node]] = []
    for version in root.nodes("versions"):
        first, last = (
            version.integer("year_from", 1949, 9999),
            version.optional_integer("year_to", 1949, 9999),
        )
        if last is not None and last < first:
            raise version.fault("year_to", "不能早于 year_from")
        if any(first <= (b if b is not None else 9999) and a <= (last or 9999) for a, b, _ in spans):
            raise version.fault("year_from", "与同一文件中另一个版本的年度重叠")
        spans.append((first, last, version))
    for first, last, version in spans:
        if first <= year and (last is None or year <= last):
            return _build(profile_id, label, version)
    raise RuleMissing(
        f"口径模板“{profile_id}”没有适用于 {year} 年度的版本",
        where=f"profiles/{path.name}",
        advice="请在该文件中补充一个版本并注明依据。",
    )


def _rounding(node: Node) -> Rounding:
    return Rounding(
        node.integer("places", 0, 6),
        node.choice("rounding", tuple(ROUNDINGS), "half_up"),
        node.flag("strip", False),
    )


def _bands(version: Node) -> tuple[Band, ...]:
    return tuple(
        Band(
            node.choice("achievement", ACHIEVEMENTS),
            node.text("label"),
            node.decimal("low", most=1),
            node.decimal("high", most=1),
            node.flag("low_included", True),
        )
        for node in version.nodes("bands", required=False)
    )


def _blocks(tree: Node) -> tuple[Block, ...]:
    return tuple(
        Block(node.text("name"), node.decimal("weight"), node.texts("level2", required=False))
        for node in tree.nodes("blocks")
    )


def _grades(version: Node) -> tuple[Grade, ...]:
    found = [
        Grade(node.text("label"), node.decimal("least")) for node in version.nodes("grades", required=False)
    ]
    return tuple(sorted(found, key=lambda grade: grade.least, reverse=True))


def _document(node: Node) -> DocumentProfile:
    return DocumentProfile(
        layout=node.choice("layout", ("yueyang", "yuelu", "wuhan", "mof")),
        body=node.text("body"),
        rule_column=node.flag("rule_column", False),
        total_row_first=node.flag("total_row_first", True),
        accounts_numbers=node.texts_by_name("accounts_numbers"),
        sections=node.texts("sections"),
        words=node.texts_by_name("words", required=False),
    )


def _build(profile_id: str, label: str, version: Node) -> Profile:
    execution, rounding = version.node("execution"), version.node("rounding")
    methods, over, rollup = version.node("methods"), version.node("over_completion"), version.node("rollup")
    execution_method = execution.choice("method", ("linear", "bands"), "linear")
    execution_bands = execution.pairs("bands", required=execution_method == "bands")
    qualitative = methods.choice("qualitative", ("bands", "binary"))
    bands = _bands(version)
    if qualitative == "bands" and not bands:
        raise version.fault("bands", "定性指标分档计分时必须列出各档")
    return Profile(
        id=profile_id,
        version=version.text("version"),
        label=label,
        year_from=version.integer("year_from", 1949, 9999),
        year_to=version.optional_integer("year_to", 1949, 9999),
        execution_weight=execution.decimal("weight"),
        execution_method=execution_method,
        execution_cap=execution.flag("cap", True),
        execution_bands=execution_bands,
        rate=_rounding(rounding.node("rate")),
        execution_score=_rounding(rounding.node("execution_score")),
        indicator_score=_rounding(rounding.node("indicator_score")),
        total_score=_rounding(rounding.node("total")),
        blocks=_blocks(version),
        other_blocks=tuple(_blocks(tree) for tree in version.nodes("other_blocks", required=False)),
        blocks_fixed=version.flag("blocks_fixed", True),
        mandatory_level2=version.texts("mandatory_level2", required=False),
        positive=methods.choice("positive", ("proportional", "floor60")),
        negative=methods.choice("negative", ("reciprocal", "linear_to_double", "all_or_nothing")),
        equal=methods.choice("equal", ("proportional", "exact"), "proportional"),
        step_partial=methods.choice("step_partial", ("ceil", "floor", "proportional"), "ceil"),
        qualitative=qualitative,
        bands=bands,
        group=methods.choice("group", ("equal_share", "all_or_nothing"), "equal_share"),
        self_assessment=version.flag("self_assessment", True),
        over_completion=over.decimal("ratio"),
        over_completion_deduct=over.choice("deduct", ("none", "by_deviation"), "none"),
        satisfaction_bands=version.pairs("satisfaction_bands", required=False),
        grades=_grades(version),
        rollup_method=rollup.choice(
            "method", ("simple_mean", "budget", "executed", "staff", "project_money")
        ),
        rollup_rounding=_rounding(rollup),
        rollup_total=rollup.choice("total", ("sum_of_rounded", "rounded_sum"), "sum_of_rounded"),
        document=_document(version.node("document")),
        sources=version.texts_by_name("sources"),
    )
