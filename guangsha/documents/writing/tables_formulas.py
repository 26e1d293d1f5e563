"""Which figures of the scoring sheets and of the base data table follow from others (performance.md §4.2–§4.4).

Every rule is a recipe by the key of the fact that a cell prints, so it holds for the forms of every place. A formula
is used only where it gives the scored figure; where a unit's own score departs from the rule, the score is an entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from guangsha.documents.writing.grid import Placed, place_cells
from guangsha.documents.writing.tables_board import (
    Board,
    Live,
    Recipe,
    equal_or_none,
    ratio_recipe,
    rounded_text,
    sum_recipe,
)
from guangsha.documents.writing.tree import Table
from guangsha.facts.forms import BASE_COLUMNS, BASE_LINES, FUNDS
from guangsha.facts.report import STAGES, BaseLine, Report
from guangsha.kernel.numbers import divide, plain, round_to
from guangsha.scoring.profile import Profile
from guangsha.scoring.results import ScoredSheet

#: Parts of the lines of the base data table that are sums.
_BASE_SUMS = {
    "vehicles": ("vehicle_purchase", "vehicle_running"),
    "three_public": ("vehicles", "abroad", "reception"),
}


def key_of(concept: str, year: int, **dimensions: str) -> str:
    """Key of a fact, as :attr:`guangsha.facts.Fact.key` writes it."""
    inside = ",".join(f"{name}={value}" for name, value in sorted(dimensions.items()))
    return f"{concept}[{inside}]@{year}" if inside else f"{concept}@{year}"


def teach_base_table(board: Board, report: Report, profile: Profile) -> None:
    """控制率, 三公经费, 项目支出 and the control rates of buildings."""
    year = report.year
    board.teach(
        key_of("staff.control_rate", year, basis="computed"),
        ratio_recipe(key_of("staff.employed", year), key_of("staff.established", year), profile.rate),
    )
    for name, concept in (("building.scale", "base.area"), ("building.cost", "base.invested")):
        rate = key_of("statement.percent", year, role="percent", statement=f"text.{name}")
        actual, approved = (key_of(concept, year, line=line) for line in ("actual", "approved"))
        board.teach(rate, ratio_recipe(actual, approved, profile.rate))
    programmes = [line for line in report.base_lines if line.line not in BASE_LINES and line.name]
    for stage in BASE_COLUMNS.values():

        def amount(line: str, stage: str = stage) -> str:
            return key_of("base.amount", year, line=line, stage=stage)

        for name, parts in _BASE_SUMS.items():
            board.teach(amount(name), sum_recipe(amount(name), [(amount(part), 1) for part in parts]))
        for line in programmes:
            own = amount(line.line)
            below = [(amount(child.line), 1) for child in programmes if _stands_under(child, line)]
            if below:
                board.teach(own, sum_recipe(own, below, beyond_tail_is_entry=True))
        total = amount("project_total")
        top = [(amount(line.line), 1) for line in programmes if not line.parent]
        board.teach(total, sum_recipe(total, top, beyond_tail_is_entry=True))


def _stands_under(child: BaseLine, line: BaseLine) -> bool:
    """A programme names the line above it by its key in the figures file, with or without the prefix."""
    return child.parent in (line.line, line.line.removeprefix("programme."))


def blank_amounts(table: Table, report: Report) -> dict[tuple[int, int], str]:
    """Keys of the blank amounts of the base data table by (row, column), so that blank sums can be computed.

    A blank cell prints no fact; its line is known by the label at the left, its stage by the order of the columns.
    """
    labels = {label.strip("　 "): line for line, (label, _) in BASE_LINES.items()}
    labels |= {
        line.name: line.line for line in report.base_lines if line.name and line.line not in BASE_LINES
    }
    rows: dict[int, list[Placed]] = {}
    for item in place_cells(table):
        rows.setdefault(item.row, []).append(item)
    found: dict[tuple[int, int], str] = {}
    for items in rows.values():
        first, amounts = items[0], items[1:]
        text = first.cell.text.strip("　 ")
        line = labels.get(text) or labels.get(text.partition("、")[2])
        if line is None or len(amounts) != len(BASE_COLUMNS):
            continue
        for item, stage in zip(amounts, BASE_COLUMNS.values(), strict=True):
            if not item.cell.text and not item.cell.fact:
                found[item.row, item.column] = key_of("base.amount", report.year, line=line, stage=stage)
    return found


def teach_scored_sheet(board: Board, scored: ScoredSheet, profile: Profile, year: int) -> None:
    """Money, 执行率, 执行得分, block sums, 分值合计, 总分 and 等级 of one scoring sheet."""
    sheet = scored.sheet.id

    def funds(fund: str, stage: str) -> str:
        return key_of("sheet.funds", year, sheet=sheet, fund=fund, stage=stage)

    for stage in STAGES:
        parts = [(funds(fund, stage), 1) for fund in FUNDS if fund != "total"]
        board.teach(funds("total", stage), sum_recipe(funds("total", stage), parts, exact_only=True))
    budget, executed = funds("total", "full_year"), funds("total", "executed")

    def computed(concept: str) -> str:
        return key_of(concept, year, sheet=sheet, basis="computed")

    board.teach(computed("execution.rate"), ratio_recipe(executed, budget, profile.rate))
    board.teach(computed("execution.score"), execution_score(scored, profile, budget, executed, year))
    for block in scored.blocks:
        rows = row_keys(scored, year, block.name)
        own = key_of("block.score", year, sheet=sheet, block=block.name, basis="computed")
        board.teach(own, score_sum(rows, block.score, None))
    board.teach(computed("sheet.total"), score_total(scored, profile, year))
    board.teach(computed("sheet.weight_total"), weight_total(scored, year))
    if profile.grades:
        board.teach(computed("sheet.grade"), grade(scored, profile, computed("sheet.total")))


def execution_score(scored: ScoredSheet, profile: Profile, budget: str, executed: str, year: int) -> Recipe:
    """执行得分: ``ROUND(10*MIN(1,executed/budget),2)``, or the tier of the rate where the place has tiers."""
    weight_key = key_of("execution.weight", year, sheet=scored.sheet.id, basis="computed")

    def make(board: Board) -> Live | None:
        top, bottom = board.value(executed), board.value(budget)
        if top is None or bottom is None or bottom == 0:
            return None
        weight = board.ref(weight_key) if weight_key in board else plain(scored.execution.weight)
        rate_text = f"{board.ref(executed)}/{board.ref(budget)}"
        rate = divide(top, bottom)
        if profile.execution_method == "linear":
            inside = f"{weight}*MIN(1,{rate_text})" if profile.execution_cap else f"{weight}*{rate_text}"
            share = min(Decimal(1), rate) if profile.execution_cap else rate
        else:
            inside, share = _tiers(profile, weight, rate_text, rate)
        rounding = profile.execution_score
        value = round_to(scored.execution.weight * share, rounding.places, rounding.rounding)
        return equal_or_none(Live(rounded_text(inside, rounding), value), scored.execution.score)

    return make


def _tiers(profile: Profile, weight: str, rate_text: str, rate: Decimal) -> tuple[str, Decimal]:
    """Nested IFs over the tiers, and the share of the weight that ``rate`` earns."""
    full = profile.execution_bands[0][1]
    text, share = "0", Decimal(0)
    for place, (least, points) in reversed(list(enumerate(profile.execution_bands))):
        # Without the cap the best tier asks for "completed and not exceeded".
        top = place == 0 and not profile.execution_cap
        condition = f"{rate_text}>={plain(least)}"
        text = f"IF({f'AND({condition},{rate_text}<=1)' if top else condition},{plain(points)}/{plain(full)},{text})"
        if rate >= least and not (top and rate > 1):
            share = divide(points, full)
    return f"{weight}*{text}", share


def row_keys(scored: ScoredSheet, year: int, block: str | None = None, field: str = "score") -> list[str]:
    """Keys under which the rows and groups (of one block) may print their ``score`` or ``weight``."""
    keys: list[str] = []
    shown: set[str] = set()
    for row in scored.indicators:
        given = row.indicator
        if block is not None and block not in (given.level1, given.text("block")):
            continue
        sheet = scored.sheet.id
        if given.group and given.group not in shown:
            shown.add(given.group)
            for basis in ({"basis": "computed"}, {}):
                keys.append(key_of(f"group.{field}", year, sheet=sheet, group=given.group, **basis))
        for basis in ({"basis": "computed"}, {"basis": "assessed"}, {}):
            keys.append(key_of(f"indicator.{field}", year, sheet=sheet, indicator=given.key, **basis))
    return keys


def score_sum(keys: Sequence[str], expected: Decimal, profile: Profile | None) -> Recipe:
    """A sum of scores, rounded as totals are where ``profile`` is given."""

    def make(board: Board) -> Live | None:
        there = board.known(keys)
        if not there:
            return None
        value, text = board.total(there), board.sum_text(there)
        if profile is not None:
            rounding = profile.total_score
            value = round_to(value, rounding.places, rounding.rounding)
            text = rounded_text(text, rounding)
        return equal_or_none(Live(text, value), expected)

    return make


def score_total(scored: ScoredSheet, profile: Profile, year: int) -> Recipe:
    """总分 from the rows where they are printed, else from the blocks (forms that score by block)."""
    execution = key_of("execution.score", year, sheet=scored.sheet.id, basis="computed")
    blocks = [
        key_of("block.score", year, sheet=scored.sheet.id, block=block.name, basis="computed")
        for block in scored.blocks
    ]

    def make(board: Board) -> Live | None:
        for parts in (row_keys(scored, year), blocks):
            live = score_sum([execution, *parts], scored.total, profile)(board)
            if live is not None:
                return live
        return None

    return make


def weight_total(scored: ScoredSheet, year: int) -> Recipe:
    """分值合计: the execution weight and every row or group once."""
    leaves = [row.weight for row in scored.indicators if row.weight is not None and not row.indicator.group]
    expected = sum([scored.execution.weight, *leaves, *(g.weight for g in scored.groups)], Decimal(0))
    execution = key_of("execution.weight", year, sheet=scored.sheet.id, basis="computed")
    return score_sum([execution, *row_keys(scored, year, field="weight")], expected, None)


def grade(scored: ScoredSheet, profile: Profile, total: str) -> Recipe:
    """等级 by the tiers of the total."""

    def make(board: Board) -> Live | None:
        if total not in board:
            return None
        text = '""'
        for tier in reversed(profile.grades):
            text = f'IF({board.ref(total)}>={plain(tier.least)},"{tier.label}",{text})'
        return Live(text, scored.grade)

    return make
