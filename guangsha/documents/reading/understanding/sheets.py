"""Finds every scoring sheet (自评表) of a document and reads it to facts.

A sheet is known by its head words, wherever it stands: an indicator head, or a money block under a title that says
自评表. The overall sheet has the id ``overall``, the projects' ``p1``, ``p2`` … in order; rows are ``r01``, ``r02`` ….
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from guangsha.documents.reading.source import Line, TableCell
from guangsha.documents.reading.understanding.cells import compact, figures, is_blank, words
from guangsha.documents.reading.understanding.forms import Form, FormRow, is_title
from guangsha.documents.reading.understanding.gathering import Gatherer
from guangsha.documents.reading.understanding.rule_text import step_rule
from guangsha.documents.reading.understanding.sheet_execution_row import take_execution_row
from guangsha.documents.reading.understanding.sheet_head import HeadReader
from guangsha.documents.reading.understanding.sheet_rows import (
    BlockMark,
    IndicatorPart,
    IndicatorRow,
    PartReader,
    two_numbers,
)
from guangsha.documents.reading.understanding.sheet_scores import (
    Cap,
    Group,
    caps_of,
    completed_execution_score,
    give_implied_weights,
    groups_of,
    put_totals,
    without_noise,
    without_unused_execution_points,
)
from guangsha.documents.reading.understanding.sheet_words import (
    block_of_row,
    closing_field,
    filled_on,
    is_indicator_head,
    is_money_head,
    is_signature,
    labelled,
)
from guangsha.documents.reading.understanding.sheet_writer import SheetWriter
from guangsha.facts.concepts import CONCEPTS
from guangsha.kernel.measures import split_unit

_SPLIT = re.compile(
    r"(?P<word>人员|公用|特定目标|项目支出|项目)[^\d，,。；;、]{0,14}?(?P<amount>\d[\d.]*)万元"
)
_NATURE_WORDS = {
    "人员": "personnel",
    "公用": "public",
    "特定目标": "project",
    "项目支出": "project",
    "项目": "project",
}
_BLOCK_SCORE = re.compile(
    r"(?P<name>(?:产出|效益|效果|满意度|成本)指标)(?:自评)?(?:得分?)?(?:为|[:：])?(?P<points>\d{1,3}(?:\.\d+)?)分"
)
#: Lines below a form that may hold its signature.
_NOTES_MAX = 12


@dataclass(frozen=True)
class SheetForm:
    """The rows of one sheet: ``head`` above the indicators, ``rows`` from the indicator head on."""

    form: Form
    head: tuple[FormRow, ...]
    rows: tuple[FormRow, ...]
    block: BlockMark | None
    named: bool

    @property
    def overall(self) -> bool:
        """Whether it is the sheet of the whole unit and no project's."""
        title = compact(self.form.title)
        if self.named:
            return False
        if re.search(r"整体|部门绩效|单位绩效", title):
            return True
        head = "".join(row.text for row in self.head)
        return (
            re.search(r"按(?:收入|支出)性质|整体支出|资金结构|基本.{0,4}支出总额", head) is not None
            or "项目" not in title
        )


def sheet_forms(forms: Sequence[Form]) -> list[SheetForm]:
    """The scoring sheets among ``forms``, a sheet whose indicators stand in a table of their own put together."""
    found: list[SheetForm] = []
    for form in forms:
        for part in _parts(form):
            last = found[-1] if found else None
            loose = part.rows and not part.named and not part.form.title and not _has_money(part.head)
            if last is not None and loose and not last.rows:
                found[-1] = replace(last, rows=part.rows, form=replace(last.form, notes=part.form.notes))
            elif part.rows or (_has_money(part.head) and re.search(r"自评|绩效", form.title)):
                found.append(part)
    return [part for part in found if part.rows]


def _has_money(rows: Sequence[FormRow]) -> bool:
    return any(is_money_head(row) for row in rows)


def _parts(form: Form) -> Iterator[SheetForm]:
    """The sheets inside one form: a project's name below indicators opens the next."""
    starts = [0]
    indicators = False
    for number, row in enumerate(form.rows):
        indicators = indicators or is_indicator_head(row)
        if indicators and "name" in labelled(row):
            starts.append(number)
            indicators = False
    for start, end in zip(starts, [*starts[1:], len(form.rows)], strict=True):
        rows = form.rows[start:end]
        first = next((i for i, row in enumerate(rows) if is_indicator_head(row)), len(rows))
        mark = block_of_row(rows[first - 1]) if 0 < first < len(rows) else None
        head = rows[: first - 1] if mark else rows[:first]
        yield SheetForm(
            form, tuple(head), tuple(rows[first:]), BlockMark(*mark) if mark else None,
            any("name" in labelled(row) for row in head),
        )  # fmt: skip


def read_sheets(gatherer: Gatherer, forms: Sequence[Form]) -> None:
    """Facts of every scoring sheet among ``forms``, into ``gatherer``."""
    projects = overall = 0
    for sheet in sheet_forms(forms):
        if sheet.overall:
            overall += 1
            name = "overall" if overall == 1 else f"overall-{overall}"
        else:
            projects += 1
            name = f"p{projects}"
        _Sheet(gatherer, sheet, name).read()


class _Sheet:
    """Reads one sheet."""

    def __init__(self, gatherer: Gatherer, sheet: SheetForm, name: str) -> None:
        self.sheet = sheet
        title = sheet.form.title or ("整体绩效自评表" if sheet.overall else "项目绩效自评表")
        self.writer = SheetWriter(gatherer, name, title, sheet.form.unit)

    def read(self) -> None:
        writer, sheet = self.writer, self.sheet
        first = (sheet.head or sheet.rows)[0].cells[0]
        writer.text("kind", "overall" if sheet.overall else "project", first)
        head = HeadReader(writer, sheet.head)
        head.read()
        if sheet.overall:
            writer.text("name", "整体支出", first)
        else:
            writer.text("name", _name_from_title(sheet.form.title), first)
        part = PartReader(sheet.rows, sheet.block).read()
        take_execution_row(writer, part)
        caps = caps_of(part)
        total = put_totals(writer, part)
        without_noise(writer, part, caps, total)
        completed_execution_score(writer, part, total)
        without_unused_execution_points(writer, part)
        groups = groups_of(part, caps)
        give_implied_weights(part, caps, groups)
        self._blocks(part, caps, groups)
        self._groups(part, caps, groups)
        for number, row in enumerate(part.rows, start=1):
            self._indicator(f"r{number:02d}", row, _group_of(row, groups))
        self._closing(part)
        for note in part.notes:
            writer.note(note)

    # --- points of goals and groups ------------------------------------------------------------------------

    def _blocks(self, part: IndicatorPart, caps: Sequence[Cap], groups: Sequence[Group]) -> None:
        for mark in part.blocks:
            if mark.points:
                found = figures(mark.points)
                self.writer.figure("block.weight", found[0], mark.cell, f"{mark.name}·分值", block=mark.name)
        if part.blocks:
            return  # the points inside a goal are its groups'
        for cap in caps:
            found = figures(str(cap.points))
            self.writer.figure("block.weight", found[0], cap.cell, f"{cap.name}·分值", block=cap.name)

    def _groups(self, part: IndicatorPart, caps: Sequence[Cap], groups: Sequence[Group]) -> None:
        for number, group in enumerate(groups, start=1):
            name, first = f"g{number}", group.rows[0]
            place = f"{first.labels.level1 or first.name}等 {len(group.rows)} 行"
            weight, at = group.weight, group.weight_at
            cap = None if part.has_weights else _filled_cap(group, part, caps)
            if weight is None and cap is not None:
                weight, at = figures(str(cap.points))[0], cap.cell
            if at is not None:
                self.writer.figure("group.weight", weight, at, f"{place}·分值", group=name)
            if group.score_at is not None:
                self.writer.figure(
                    "group.score", group.score, group.score_at, f"{place}·得分", group=name, basis="published"
                )

    # --- one row ----------------------------------------------------------------------------------------------

    def _indicator(self, key: str, row: IndicatorRow, group: str) -> None:
        writer = self.writer
        name = row.name or row.texts.get("target", "")
        texts = {
            "level1": row.labels.level1,
            "level2": row.labels.level2,
            "name": name,
            "target": _with_sign(row.texts),
            "actual": row.texts.get("actual", ""),
            "reason": row.texts.get("reason", ""),
            "group": group,
            "block": row.labels.block,
        }
        for field, text in texts.items():
            if field in ("target", "actual") and text and two_numbers(text):
                writer.note(
                    f"“{name}”的{CONCEPTS[f'indicator.{field}'].label}一格里有两个数（{text}），未拆分。"
                )
            if field in ("target", "actual") and row.doubtful(field):
                label = CONCEPTS[f"indicator.{field}"].label
                writer.note(f"“{name}”的{label}识别不清（{text}），未读取，请核对原件。")
                continue
            at = row.cell(field, "name")
            writer.row_text(
                f"indicator.{field}",
                text,
                at,
                f"“{name}”·{CONCEPTS[f'indicator.{field}'].label}",
                indicator=key,
            )
        if row.weight is not None:
            at = row.weight_at or row.cell("weight")
            writer.figure("indicator.weight", row.weight, at, f"“{name}”·分值", indicator=key)
        if row.score is not None:
            writer.figure(
                "indicator.score",
                row.score,
                row.cell("score"),
                f"“{name}”·得分",
                indicator=key,
                basis="published",
            )
        self._rule(key, row, name)
        if row.inapplicable:
            writer.row_text(
                "indicator.method", "not_applicable", row.cell("target", "name"), f"“{name}”", indicator=key
            )

    def _rule(self, key: str, row: IndicatorRow, name: str) -> None:
        """评分标准: a step rule where it is one, else its text; and the unit that the target lost in print."""
        writer, text = self.writer, row.texts.get("rule", "")
        place = f"“{name}”·评分标准"
        unit = row.texts.get("unit", "") or _unit_from_rule(row.texts.get("target", ""), text)
        if unit:
            writer.row_text("indicator.unit", unit, row.cell("unit", "rule"), place, indicator=key)
        if not text:
            return
        at, rule = row.cell("rule"), step_rule(text)
        if rule is None:
            writer.row_text("indicator.rule", text, at, place, indicator=key)
            return
        writer.row_text("indicator.method", "step", at, place, indicator=key)
        writer.row_text("indicator.step", rule.step, at, place, indicator=key)
        writer.row_text("indicator.direction", rule.direction, at, place, indicator=key)
        writer.figure("indicator.deduct", figures(str(rule.deduct))[0], at, place, indicator=key)

    # --- below the rows ---------------------------------------------------------------------------------------

    def _closing(self, part: IndicatorPart) -> None:
        writer = self.writer
        for field, (text, cell) in part.closing.items():
            if not is_blank(text):
                writer.text(field, text, cell)
        self._closing_lines()
        inside = [Line(row.text, row.spot) for row in self.sheet.rows if is_signature(row)]
        for line in (*inside, *self._own_notes()):
            day = filled_on(line.text)
            if day:
                writer.text("filled_on", day, TableCell(line.text, 0, 0, spot=line.spot))
                break
        self._block_scores()
        self._initial_split()

    def _own_notes(self) -> list[Line]:
        kept: list[Line] = []
        for line in self.sheet.form.notes[:_NOTES_MAX]:
            if is_title(line.text):
                break
            kept.append(line)
        return kept

    def _closing_lines(self) -> None:
        """Reason and measures that a page break left outside the table."""
        notes = self._own_notes()
        for line, following in zip(notes[:4], [*notes[1:4], None], strict=False):
            bare = compact(line.text)
            found = re.match(r"(?:偏差大或目标未完成原因分析|改进措施及结果应用方案)[:：]?", bare)
            if not found:
                continue
            text = (
                words(line.text)[len(found[0]) :]
                if len(bare) > len(found[0])
                else words(following.text)
                if following
                else ""
            )
            at = line if len(bare) > len(found[0]) else following
            if at is not None and text and not closing_field(text[:14]) and not re.match(r"备注|\d", text):
                self.writer.text(closing_field(found[0]), text, TableCell(at.text, 0, 0, spot=at.spot))

    def _block_scores(self) -> None:
        """Scores of level-1 names that the text below the form tells (``产出指标40分，效益指标30分``)."""
        for line in self.sheet.form.notes:
            found = list(_BLOCK_SCORE.finditer(compact(line.text)))
            if len({match["name"] for match in found}) < 2:
                continue
            cell = TableCell(line.text, 0, 0, spot=line.spot)
            for match in found:
                self.writer.figure(
                    "block.score", figures(match["points"])[0], cell, f"{match['name']}·正文得分",
                    block=match["name"], basis="published",
                )  # fmt: skip
            return

    def _initial_split(self) -> None:
        """The initial budget by kind, where the goals tell it (``人员类…万元，公用类…万元，项目支出…万元``)."""
        for concept in ("sheet.goal_expected", "sheet.goal_actual"):
            fact = self.writer.get(concept)
            if fact is None or not self.sheet.overall:
                continue
            sentence = next(
                (s for s in re.split(r"[。;；]", fact.text) if "预算" in s and "人员" in s and "公用" in s),
                "",
            )
            for found in _SPLIT.finditer(compact(sentence)):
                spot = self.writer.gatherer.spots[fact.key]
                cell = TableCell(found[0], 0, 0, spot=spot)
                self.writer.figure(
                    "sheet.by_expenditure", figures(found["amount"])[0], cell, f"年度总体目标·{found['word']}",
                    nature=_NATURE_WORDS[found["word"]], stage="initial",
                )  # fmt: skip


def _name_from_title(title: str) -> str:
    """``2024年度老旧小区改造项目自评表`` names its project."""
    found = re.search(
        r"(?:20\d\d年度?)(.{2,40}?)(?:项目)?(?:支出)?(?:绩效)?自评表(?:[(（](.+)[)）])?", compact(title)
    )
    if not found:
        return title or "项目"
    return found[2] or found[1]


def _group_of(row: IndicatorRow, groups: Sequence[Group]) -> str:
    for number, group in enumerate(groups, start=1):
        if any(member is row for member in group.rows):
            return f"g{number}"
    return ""


def _filled_cap(group: Group, part: IndicatorPart, caps: Sequence[Cap]) -> Cap | None:
    """The goal or level-1 name that the group fills wholly, so that its points are the group's."""
    blocks = {row.labels.block for row in group.rows}
    if len(blocks) != 1:
        return None
    block = next(iter(blocks))
    if block:
        inside = [row for row in part.rows if row.labels.block == block]
        mark = next((mark for mark in part.blocks if mark.name == block and mark.points), None)
        if mark is not None and len(inside) == len(group.rows):
            return Cap(mark.name, figures(mark.points)[0].value, mark.cell)
        return None
    names = {row.labels.level1 for row in group.rows}
    inside = [row for row in part.rows if row.labels.level1 in names]
    if len(names) == 1 and len(inside) == len(group.rows):
        return next((cap for cap in caps if cap.name in names), None)
    return None


def _with_sign(texts: dict[str, str]) -> str:
    """The target with the sign that some forms print in a column of its own (指标性质)."""
    target, sign = texts.get("target", ""), texts.get("sign", "")
    return (
        f"{sign}{target}"
        if sign in ("≥", "≤", ">", "<", "＝", "=") and not target.startswith(sign)
        else target
    )


def _unit_from_rule(target: str, rule: str) -> str:
    """The unit that the rule prints behind the same figure as the bare target (``3500`` and ``达到3500户``)."""
    if not re.fullmatch(r"\d+(?:\.\d+)?", target):
        return ""
    found = re.search(rf"(?<![\d.]){re.escape(target)}(?=[^\d.])(.+)", compact(rule))
    unit = split_unit(found[1])[0] if found else None
    return unit.symbol if unit is not None else ""
