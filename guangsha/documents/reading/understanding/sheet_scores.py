"""Points and scores of a sheet: rows that share one cell, goals and level-1 names with their points, the total.

Scores are kept as printed (basis ``published``). Where a form has no column of points (Wuhan), a score that stands
once for several rows makes them a group; what the group is worth is known only where it fills a level-1 name whose
points the head gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from guangsha.documents.reading.source import TableCell
from guangsha.documents.reading.understanding.cells import Figure, compact, figure
from guangsha.documents.reading.understanding.sheet_rows import IndicatorPart, IndicatorRow
from guangsha.documents.reading.understanding.sheet_writer import SheetWriter
from guangsha.documents.reading.understanding.vocabulary import level1_name, weight_in_head
from guangsha.kernel.numbers import plain, round_to


@dataclass
class Group:
    """Rows that share one cell of points or of score."""

    rows: list[IndicatorRow]
    weight: Figure | None
    weight_at: TableCell | None
    score: Figure | None
    score_at: TableCell | None


@dataclass(frozen=True, slots=True)
class Cap:
    """The points that a goal or a level-1 name carries, as its head prints them."""

    name: str
    points: Decimal
    cell: TableCell


def caps_of(part: IndicatorPart) -> list[Cap]:
    """Points of level-1 names, each once; a head that a scan spread over several rows is put together first."""
    caps: dict[str, Cap] = {}
    if not part.torn:
        for text, cell in part.heads:
            name, points = level1_name(text), weight_in_head(text)
            if name and points and name not in caps:
                caps[name] = Cap(name, Decimal(points), cell)
        return list(caps.values())
    whole = "".join(re.sub(r"[,，~/\s]", "", compact(text)) for text, _ in part.heads)
    for found in re.finditer(
        r"((?:产出|效益|满意度|成本|投入|过程|管理|效果)指?标?)(?:年度|绩效|目标|[(（]80分[)）])*[(（]?(\d{1,2})分",
        whole,
    ):
        name = level1_name(found[1]) or found[1]
        name = name if name.endswith("指标") else f"{name.removesuffix('指')}指标"
        cell = next((cell for text, cell in part.heads if found[2] in compact(text)), part.heads[0][1])
        caps.setdefault(name, Cap(name, Decimal(found[2]), cell))
    return list(caps.values())


def groups_of(part: IndicatorPart, caps: Sequence[Cap]) -> list[Group]:
    """Groups of rows that share a cell; their rows' own points and scores move to the group."""
    groups = list(_merged(part.rows))
    taken = {id(row) for group in groups for row in group.rows}
    open_rows = [row for row in part.rows if id(row) not in taken]
    if part.has_weights:
        groups += _below_one_weight(open_rows, caps)
    else:
        for block in dict.fromkeys(row.labels.block for row in part.rows):
            groups += _below_one_score([row for row in open_rows if row.labels.block == block])
    order = {id(row): place for place, row in enumerate(part.rows)}
    groups.sort(key=lambda group: order[id(group.rows[0])])
    for group in groups:
        for row in group.rows:
            row.weight = row.score = None
    return groups


def _merged(rows: Sequence[IndicatorRow]) -> Iterator[Group]:
    """Rows under one merged cell of points or score."""
    seen: set[int] = set()
    for row in rows:
        if id(row) in seen:
            continue
        members = [row]
        for name in ("score", "weight"):
            cell = row.bound[name].cell if name in row.bound else None
            if cell is not None and cell.rows > 1:
                same = [other for other in rows if name in other.bound and other.bound[name].cell is cell]
                members = same if len(same) > len(members) else members
        if len(members) > 1:
            seen |= {id(member) for member in members}
            yield _group(members)


def _group(members: list[IndicatorRow]) -> Group:
    weights = {id(row.bound["weight"].cell): row for row in members if row.weight is not None}
    scored = next((row for row in members if row.score is not None), None)
    weight: Figure | None = None
    at: TableCell | None = None
    if weights:
        first = next(iter(weights.values()))
        at, parts = first.bound["weight"].cell, [row.weight for row in weights.values() if row.weight]
        total = sum((part.value for part in parts), Decimal(0))
        weight = Figure(
            total, max(part.decimals for part in parts), "", "＋".join(plain(part.value) for part in parts)
        )
    return Group(
        members, weight, at, scored.score if scored else None, scored.bound["score"].cell if scored else None
    )


def _below_one_weight(rows: Sequence[IndicatorRow], caps: Sequence[Cap]) -> list[Group]:
    """Blank points below a figure: one merged cell, where the printed points already make what the head says."""
    groups: list[Group] = []
    for cap in caps:
        members = [row for row in rows if row.labels.level1 == cap.name and not row.inapplicable]
        printed = sum((row.weight.value for row in members if row.weight), Decimal(0))
        blank = [
            row for row in members if row.weight is None and row.score is None and "weight" not in row.bound
        ]
        if blank and printed == cap.points and members[0].weight is not None:
            groups += [_group(run) for run in _runs(members) if len(run) > 1]
    return groups


def _runs(rows: Sequence[IndicatorRow]) -> list[list[IndicatorRow]]:
    """Rows parted before each that has points of its own."""
    runs: list[list[IndicatorRow]] = []
    for row in rows:
        if row.weight is not None or not runs:
            runs.append([])
        runs[-1].append(row)
    return runs


def _below_one_score(rows: Sequence[IndicatorRow]) -> list[Group]:
    """Without a column of points: rows without a score belong to the one score of their names."""
    rows = [row for row in rows if not row.inapplicable]
    if not rows or all(row.score is not None for row in rows):
        return []
    scored = [row for row in rows if row.score is not None]
    if not scored:
        return []
    if len(scored) == 1:
        return [_group(list(rows))] if len(rows) > 1 else []
    groups: list[Group] = []
    for level1 in dict.fromkeys(row.labels.level1 for row in rows):
        inside = [row for row in rows if row.labels.level1 == level1]
        groups += _inside_level1(inside)
    return groups


def _inside_level1(rows: list[IndicatorRow]) -> list[Group]:
    scores = sum(1 for row in rows if row.score is not None)
    if scores in (0, len(rows)):
        return []
    if scores == 1:
        return [_group(rows)]
    parts = [
        [row for row in rows if row.labels.level2 == name]
        for name in dict.fromkeys(r.labels.level2 for r in rows)
    ]
    parts = _with_scores(parts)
    groups: list[Group] = []
    for part in parts:
        own = sum(1 for row in part if row.score is not None)
        if own == 1 and len(part) > 1:
            groups.append(_group(part))
        elif 1 < own < len(part):
            groups += [_group(run) for run in _around_scores(part) if len(run) > 1]
    return groups


def _with_scores(parts: list[list[IndicatorRow]]) -> list[list[IndicatorRow]]:
    """Level-2 parts without any score joined to the part before (the first ones to the part after)."""
    joined: list[list[IndicatorRow]] = []
    waiting: list[IndicatorRow] = []
    for part in parts:
        if any(row.score is not None for row in part):
            joined.append([*waiting, *part])
            waiting = []
        elif joined:
            joined[-1] += part
        else:
            waiting += part
    return joined


def _around_scores(rows: list[IndicatorRow]) -> list[list[IndicatorRow]]:
    """Rows parted so that each score has those below it; those above the first go to the first."""
    runs: list[list[IndicatorRow]] = []
    for row in rows:
        if (
            row.score is not None and any(r.score is not None for r in (runs[-1] if runs else []))
        ) or not runs:
            runs.append([])
        runs[-1].append(row)
    return runs


def give_implied_weights(part: IndicatorPart, caps: Sequence[Cap], groups: Sequence[Group]) -> None:
    """Give rows and groups of a form without a column of points those that the heads leave no doubt about.

    A row or group that stands alone under a level-1 name carries its points. Where the scores under one make exactly
    its points, each carries what it scored: none can score more than it carries. Where all but one scored an equal
    part of the points, each carries that part.
    """
    if part.has_weights or part.blocks:
        return
    for cap in caps:
        rows = [row for row in part.rows if row.labels.level1 == cap.name and not row.inapplicable]
        own = [row for row in rows if not any(row is member for group in groups for member in group.rows)]
        shared = [group for group in groups if any(member is row for member in group.rows for row in rows)]
        if any(row.score is None for row in own) or any(group.score is None for group in shared):
            continue
        shares: list[IndicatorRow | Group] = [*own, *shared]
        total = sum((share.score.value for share in shares if share.score), Decimal(0))
        alone = len(shares) == 1
        equal = _equal_points([share.score.value for share in shares if share.score], cap.points)
        if not alone and total != cap.points and equal is None:
            continue
        for share in shares:
            if share.score is not None and share.weight is None:
                share.weight = share.score
                if alone or (total != cap.points and equal is not None):
                    share.weight = Figure(cap.points if alone or equal is None else equal, 0, "", "")
                share.weight_at = cap.cell


def _equal_points(scores: Sequence[Decimal], points: Decimal) -> Decimal | None:
    """The points of each of several rows where all but one scored an equal part of the head's points."""
    part = points / len(scores) if scores else Decimal(0)
    full = sum(1 for score in scores if score == part)
    return part if len(scores) >= 3 and full == len(scores) - 1 and part == part.to_integral_value() else None


# --- the total, and what a scan did to single scores ------------------------------------------------------------


def put_totals(writer: SheetWriter, part: IndicatorPart) -> Figure | None:
    """Keep the printed total and the sum of points; the total is returned."""
    cells = part.totals
    if not cells:
        return None
    columns = part.total_columns
    if columns:
        weight, score = columns.get("weight"), columns.get("score")
        if score is None and weight is not None and not _only_points(weight):
            weight, score = None, weight  # one cell over both columns
    elif len(cells) >= 2 and part.has_weights:
        weight, score = cells[0], cells[1]
    else:
        weight, score = None, cells[0]
    if weight is not None:
        writer.once("sheet.weight_total", figure(weight.text), weight, "总分·分值", basis="published")
    if score is None:
        return None
    found = figure(score.text)
    writer.once("sheet.total", found, score, "总分·得分", basis="published")
    return found


def _only_points(cell: TableCell) -> bool:
    """Whether a lone figure of the total row is the sum of points: 100 under their own column."""
    found = figure(cell.text)
    return cell.columns == 1 and found is not None and found.value == 100


def without_noise(
    writer: SheetWriter, part: IndicatorPart, caps: Sequence[Cap], total: Figure | None
) -> None:
    """Take back one score that a scan invented: the points of its goal are exceeded, and without it the total holds.

    Only in guessed tables, and only where both say so; anything else is left for the checker to report.
    """
    execution = writer.get("execution.score")
    if not part.torn or total is None or execution is None:
        return
    scored = [row for row in part.rows if row.score is not None]
    everything = execution.number + sum((row.score.value for row in scored if row.score), Decimal(0))
    limits = [(mark.name, Decimal(mark.points), "block") for mark in part.blocks if mark.points]
    limits += [(cap.name, cap.points, "level1") for cap in caps]
    for name, points, field in limits:
        inside = [row for row in scored if getattr(row.labels, field) == name]
        printed = sum((row.score.value for row in inside if row.score), Decimal(0))
        if printed <= points:
            continue
        surplus = everything - total.value
        extra = [row for row in inside if row.score and row.score.value == surplus]
        twice = [row for row in inside if _read_twice(row, part.rows)]
        if (
            len(extra) != 1
            and len(twice) == 1
            and twice[0].score
            and printed - twice[0].score.value == points
        ):
            extra, surplus = twice, twice[0].score.value
        if len(extra) == 1 and extra[0].score is not None:
            writer.note(
                f"“{extra[0].name}”得分栏识别出的“{plain(surplus)}”超出“{name}”的分值，与总分不合，视为识别噪声。"
            )
            extra[0].score = None
            return


def _read_twice(row: IndicatorRow, rows: Sequence[IndicatorRow]) -> bool:
    """Whether the row above has the same score and name of level 2, and others of that name have none: one merged cell."""
    place = next(i for i, other in enumerate(rows) if other is row)
    above = rows[place - 1] if place else None
    if above is None or above.score is None or row.score is None or above.labels.level2 != row.labels.level2:
        return False
    same = [
        other
        for other in rows
        if other.labels.level2 == row.labels.level2 and other.labels.block == row.labels.block
    ]
    return above.score.value == row.score.value and any(other.score is None for other in same)


def without_unused_execution_points(writer: SheetWriter, part: IndicatorPart) -> None:
    """Forget points of execution that a form prints and nobody gives: its indicators alone carry all 100."""
    if writer.has("execution.score") or not writer.has("execution.weight"):
        return
    if sum((row.weight.value for row in part.rows if row.weight is not None), Decimal(0)) == 100:
        writer.drop("execution.weight")
        writer.note("预算执行的分值未使用：没有得分，各项指标分值合计已是 100 分。")


def completed_execution_score(writer: SheetWriter, part: IndicatorPart, total: Figure | None) -> None:
    """Give the score of execution back the digit that a ruling line cut off, where the total or the rate says which.

    Only in guessed tables, and only when what is left of the score are the last digits of what they say.
    """
    kept = writer.get("execution.score")
    if not part.torn or part.has_weights or total is None or kept is None:
        return
    scores = [row.score.value for row in part.rows if row.score is not None]
    weight = writer.get("execution.weight")
    most = weight.number if weight else Decimal(20)
    rest = total.value - sum(scores, Decimal(0))
    if rest == kept.number:
        return
    rate = writer.get("execution.rate")
    by_rate = round_to(most * min(rate.number, Decimal(100)) / 100, 0) if rate else Decimal(-1)
    for value, words in ((rest, "按总分减各指标得分"), (by_rate, "按执行率")):
        if value != value.to_integral_value() or not 0 < value <= most:
            continue
        if len(plain(value)) > len(kept.text) and plain(value).endswith(kept.text):
            writer.note(
                f"预算执行得分识别为“{kept.text}”，疑缺首位，{words}读作 {plain(value)}，请核对原件。"
            )
            writer.replace(kept, Figure(value, 0, "", kept.text))
            return
