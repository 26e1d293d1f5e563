"""Printed weights and scores of a sheet, gathered for the rules that add them up.

A score counts as printed where the report prints it and as computed where it does not, so that one wrong cell is
reported once, by the rule that concerns it, and not again in every total above it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from guangsha.checker.registry import Case
from guangsha.facts.fact import Fact
from guangsha.facts.report import Indicator, Sheet
from guangsha.scoring.results import ScoredIndicator

#: How the ids of scoring methods begin where less is better.
DOWNWARD = ("negative", "step_down")


@dataclass(frozen=True, slots=True)
class Share:
    """One cell of the weight or score column: a row, or rows that share a merged cell; ``value`` None when blank."""

    label: str
    rows: tuple[Indicator, ...]
    value: Decimal | None
    fact: Fact | None

    @property
    def level1(self) -> str:
        return self.rows[0].level1


def plain_name(name: str) -> str:
    """Level-1 and level-2 names without the words that places add or leave out (产出指标 = 产出)."""
    return name.replace("指标", "").replace(" ", "").strip()


def not_applicable(row: Indicator) -> bool:
    """Whether the row says that it does not apply (不适用) and so carries no points."""
    return row.text("method") == "not_applicable" or "不适用" in (row.target, row.actual)


def scored_row(case: Case, sheet: Sheet, row: Indicator) -> ScoredIndicator | None:
    """What scoring made of ``row``."""
    return case.scored_rows.get((sheet.id, row.key))


def row_score(case: Case, sheet: Sheet, row: Indicator) -> tuple[Decimal | None, Fact | None]:
    """The score of an own-weight row: printed, else assessed by the unit, else computed; with its fact if given."""
    given = row.published_score or row.assessed_score
    if given is not None:
        return given.number, given
    scored = scored_row(case, sheet, row)
    return (scored.score if scored else None), None


def _group_score(case: Case, sheet: Sheet, group: str) -> tuple[Decimal | None, Fact | None]:
    given = sheet.group("score", group, "published") or sheet.group("score", group, "assessed")
    if given is not None:
        return given.number, given
    scored = case.scores.sheet(sheet.id)
    found = scored.group(group) if scored else None
    return (found.score if found else None), None


def _shares(sheet: Sheet) -> Iterator[tuple[str, tuple[Indicator, ...]]]:
    """Own-weight rows and groups in printed order, each group once; rows that do not apply are left out."""
    seen: set[str] = set()
    for row in sheet.indicators:
        if row.group:
            if row.group not in seen:
                seen.add(row.group)
                yield row.group, tuple(r for r in sheet.indicators if r.group == row.group)
        elif not not_applicable(row):
            yield "", (row,)


def _share_label(group: str, rows: tuple[Indicator, ...]) -> str:
    if not group:
        return rows[0].name
    return f"{rows[0].text('block')}{rows[0].level1}（{len(rows)} 行合并计分）"


def weights(sheet: Sheet) -> list[Share]:
    """The weight column."""
    found = []
    for group, rows in _shares(sheet):
        fact = sheet.group("weight", group) if group else rows[0].weight
        found.append(Share(_share_label(group, rows), rows, fact.number if fact else None, fact))
    return found


def scores(case: Case, sheet: Sheet) -> list[Share]:
    """The score column."""
    found = []
    for group, rows in _shares(sheet):
        value, fact = _group_score(case, sheet, group) if group else row_score(case, sheet, rows[0])
        found.append(Share(_share_label(group, rows), rows, value, fact))
    return found


def block_names(case: Case, sheet: Sheet) -> list[str]:
    """Blocks (一级指标 or 年度目标) whose weight or score the form prints."""
    facts = [
        *case.facts.select("block.weight", sheet=sheet.id),
        *case.facts.select("block.score", sheet=sheet.id),
    ]
    return list(dict.fromkeys(fact.dimension("block") for fact in facts))


def in_block(share: Share, block: str, blocks: list[str]) -> bool:
    """Whether the share belongs to ``block``.

    A Wuhan overall sheet prints 市级绩效目标 as one block and 产出指标 inside another, so a row that names a printed
    block belongs to that one only.
    """
    named = share.rows[0].text("block")
    if named in blocks:
        return named == block
    return plain_name(share.level1) == plain_name(block)


#: Level-1 indicators of the frame for evaluations (财预〔2020〕10号 annex 1, 项目支出绩效评价指标体系框架).
_EVALUATION_LEVELS = ("决策", "过程", "投入", "管理")


def is_evaluation(sheet: Sheet) -> bool:
    """Whether a sheet scores by the frame of evaluations (决策、过程、产出、效益), in which execution is one of the rows."""
    names = {plain_name(name) for name in sheet.level1_names}
    return bool(names) and any(name.startswith(_EVALUATION_LEVELS) for name in names)


def scores_execution(sheet: Sheet) -> bool:
    """Whether points for the execution of the budget stand beside the rows; an evaluation has them in a row."""
    return (
        sheet.execution_weight is not None
        or sheet.published("execution.score") is not None
        or not is_evaluation(sheet)
    )


def printed_total(case: Case, sheet: Sheet) -> tuple[Decimal | None, str, list[Fact]]:
    """What the printed cells add up to: (sum, "预算执行 10＋产出指标 40＋…", the facts), or (None, what is missing, [])."""
    scored = case.scores.sheet(sheet.id)
    execution = sheet.published("execution.score")
    run = execution.number if execution else (scored.execution.score if scored else None)
    apart = scores_execution(sheet)
    if run is None and apart:
        return None, "预算执行得分", []
    shares = scores(case, sheet)
    facts = [execution] if execution else []
    parts = {"预算执行": run} if run is not None and apart else {}
    blocks = block_names(case, sheet)
    missing = [share for share in shares if share.value is None and not _block_speaks(sheet, share, blocks)]
    if missing or not shares:
        return None, "、".join(f"“{share.label}”得分" for share in missing[:3]) or "各指标得分", []
    for block in blocks:
        printed = sheet.block("score", block, "published")
        members = [share for share in shares if in_block(share, block, blocks)]
        # Where rows carry no score of their own, the form prints one for the block.
        if printed is not None and any(share.value is None for share in members):
            parts[block] = printed.number
            facts.append(printed)
            shares = [share for share in shares if share not in members]
    for share in shares:
        label = share.level1 or share.label
        parts[label] = parts.get(label, Decimal(0)) + (share.value or Decimal(0))
        if share.fact is not None:
            facts.append(share.fact)
    formula = "＋".join(f"{label} {value:f}" for label, value in parts.items())
    return sum(parts.values(), Decimal(0)), formula, facts


def _block_speaks(sheet: Sheet, share: Share, blocks: list[str]) -> bool:
    return any(
        sheet.block("score", block, "published") is not None
        for block in blocks
        if in_block(share, block, blocks)
    )
