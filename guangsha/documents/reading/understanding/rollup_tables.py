"""A department's tables of its units: scores, 三公 by unit, projects by unit (Yueyang departments, performance.md §4.1).

Units are recognised by a column 单位 and what stands in it; the keys ``u1``, ``u2`` … are those of the first table that
names a unit, so that several tables speak of the same members.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from guangsha.documents.reading.source import TableCell
from guangsha.documents.reading.understanding.cells import Figure, compact, figure, label, money, words
from guangsha.documents.reading.understanding.columns import Columns, columns_of
from guangsha.documents.reading.understanding.forms import Form, FormRow
from guangsha.documents.reading.understanding.gathering import Gatherer
from guangsha.facts.forms import ROLLUP_COMPONENTS
from guangsha.kernel.numbers import plain

_UNIT = r"(?:预算|评价|下属|所属|二级|自评)?(?:单位|部门)(?:名称)?"
_SCORES: tuple[tuple[str, str], ...] = (
    ("number", r"序号|编号"),
    ("unit", _UNIT),
    ("execution", r"(?:预算|资金)?执行(?:率|情况)?(?:得分|分值)?|预算执行率得分"),
    ("output", r"(?:业务)?产出(?:指标)?(?:得分)?"),
    ("effect", r"(?:履职)?(?:效益|效果)(?:指标)?(?:得分)?"),
    ("satisfaction", r"(?:服务对象|社会公众)?满意度?(?:指标)?(?:得分)?"),
    ("cost", r"成本(?:指标|控制)?(?:得分)?"),
    ("total", r"(?:自评|绩效)?(?:总分|总得分|合计|得分合计|综合得分|得分|自评得分|总计)"),
    ("grade", r"(?:自评|绩效|评价)?(?:等级|等次|结果)"),
)
_MEMBER_FIGURES: tuple[tuple[str, str], ...] = (
    ("budget", r"全年预算数|预算数|调整后预算数?"),
    ("executed", r"全年执行数|执行数|决算数"),
    ("staff", r"(?:实有)?在职人数|实有人数"),
    ("established", r"编制数"),
)
_PROJECTS: tuple[tuple[str, str], ...] = (
    ("number", r"序号|编号"),
    ("unit", _UNIT),
    ("project", r"项目(?:名称)?|支出项目"),
    ("amount", r"(?:项目)?(?:支出)?(?:金额|数额)|(?:实际|项目)?支出(?:数|金额)?|决算数|执行数"),
    ("remark", r"备注|说明|用途"),
)
_ITEMS: tuple[tuple[str, str], ...] = (
    ("vehicle_running", r"(?:公务用车|公车|车辆)?运行(?:和)?(?:维护|维修)(?:费|经费)?|运维(?:费)?"),
    ("vehicle_purchase", r"(?:公务用车|公车|车辆)?购置(?:费|经费)?"),
    ("vehicles", r"公务用车购置(?:及|和)运行(?:维护)?(?:费)?(?:小计)?|公务用车(?:费|小计)"),
    ("abroad", r"(?:因公)?出国(?:境)?(?:费用?|经费)?"),
    ("reception", r"(?:公务)?接待(?:费|经费)?"),
    ("three_public", r"合计|小计|[“\"”]?三公[“\"”]?经费(?:合计)?|总计"),
)
#: Rows that speak of the whole department.
_WHOLE = re.compile(
    r"(?:部门|全局|系统|本部门|汇总)?(?:合计|总计|小计|平均|均值|得分|平均分|加权平均|算术平均|简单平均|综合)(?:得分|分值|数|值|分|\(.*\))*|部门"
)
#: Rows below the units that set what was published against what was computed.
_NO_UNIT = re.compile(r"公布(?:得分|数)|差异|差额|相差|复核|原报")
_METHOD = re.compile(r"(加权平均|算术平均|简单平均|平均)")


@dataclass
class _Members:
    """The units named so far: words → key."""

    keys: dict[str, str] = field(default_factory=dict)

    def key(self, name: str) -> str:
        """The key of a unit; a shorter or longer form of a known name is the same unit."""
        for known, key in self.keys.items():
            if known == name or (
                min(len(known), len(name)) >= 3 and (known.endswith(name) or name.endswith(known))
            ):
                return key
        self.keys[name] = f"u{len(self.keys) + 1}"
        return self.keys[name]


def read_rollups(gatherer: Gatherer, forms: Sequence[Form]) -> None:
    """Facts of a department's unit tables among ``forms``, into ``gatherer``."""
    members = _Members()
    for form in forms:
        for number, row in enumerate(form.rows[:4]):
            below = form.rows[number + 1 :]
            if _read_scores(gatherer, members, form, row, below):
                break
            if _read_three_public(gatherer, members, form, form.rows[: number + 1], below):
                break
            if _read_projects(gatherer, members, form, row, below):
                break


def _field(patterns: tuple[tuple[str, str], ...], text: str) -> str:
    bare = label(text)
    return next((name for name, pattern in patterns if re.fullmatch(pattern, bare)), "")


def _fields(patterns: tuple[tuple[str, str], ...], row: FormRow) -> set[str]:
    return {name for cell in row.filled if (name := _field(patterns, cell.text))}


def _member(gatherer: Gatherer, members: _Members, cell: TableCell, title: str) -> str:
    name = words(cell.text)
    known = len(members.keys)
    key = members.key(name)
    if len(members.keys) > known:
        gatherer.put("rollup.member", name, cell, table=title, place=f"单位“{name}”", member=key)
    return key


# --- scores ------------------------------------------------------------------------------------------------------


def _read_scores(
    gatherer: Gatherer, members: _Members, form: Form, row: FormRow, below: Sequence[FormRow]
) -> bool:
    """``单位 │ 预算执行 │ 产出 │ 效益 │ 满意度 │ 总分``: a row for each unit and one for the department."""
    heads = _fields((*_SCORES, *_MEMBER_FIGURES), row)
    if "unit" not in heads or len(heads & set(ROLLUP_COMPONENTS)) < 3:
        return False
    columns = columns_of(row, lambda text: _field((*_SCORES, *_MEMBER_FIGURES), text), below)
    if columns is None:
        return False
    if any(_strange_points(cell.text) for cell in row.filled):
        return False  # points of other parts (投入、过程) would be missing from every total
    title = form.title or "单位得分表"
    for line in below:
        _score_row(gatherer, members, title, columns, line)
    return True


def _strange_points(text: str) -> bool:
    """Whether a head names points of a part that the form of a roll-up does not have."""
    bare = label(text)
    known = _field((*_SCORES, *_MEMBER_FIGURES), text) or re.search(
        r"名称|单位|排名|备注|说明|扣分|加分", bare
    )
    return not known and (
        re.search(r"[(（]\d+分?[)）]$", compact(text)) is not None
        or re.fullmatch(
            r"(?:项目|预算)?(?:决策|投入|过程|管理|履职|运行)(?:指标|效能|成本|效率|管理)?(?:得分)?", bare
        )
        is not None
    )


def _score_row(gatherer: Gatherer, members: _Members, title: str, columns: Columns, row: FormRow) -> None:
    bound = columns.bind(row)
    name = bound.get("unit") or bound.get("number")
    if name is None or figure(name.text) is not None:
        return
    whole = _WHOLE.fullmatch(compact(name.text)) is not None
    if not whole and _NO_UNIT.search(compact(name.text)):
        return
    scores = {
        c: found for c in ROLLUP_COMPONENTS if (found := bound.get(c)) and figure(found.text) is not None
    }
    if not scores:
        return
    if whole:
        method = _METHOD.search(compact(name.text))
        if method:
            gatherer.put("rollup.label", method[1], name.cell, table=title, place="汇总行")
        if "grade" in bound:
            gatherer.put(
                "rollup.grade", words(bound["grade"].text), bound["grade"].cell, table=title, place="部门等级"
            )
    key = "" if whole else _member(gatherer, members, name.cell, title)
    for component, found in scores.items():
        place = f"{'部门' if whole else words(name.text)}·{ROLLUP_COMPONENTS[component]}"
        if whole:
            gatherer.put_figure(
                "rollup.published",
                figure(found.text),
                found.cell,
                table=title,
                place=place,
                component=component,
            )
        else:
            gatherer.put_figure(
                "rollup.score",
                figure(found.text),
                found.cell,
                table=title,
                place=place,
                member=key,
                component=component,
            )
    if whole:
        return
    for name_, _ in _MEMBER_FIGURES:
        value = bound.get(name_)
        if value is not None:
            amount = money(value.text) if name_ in ("budget", "executed") else figure(value.text)
            gatherer.put_figure(
                f"rollup.{name_}", amount, value.cell, table=title, place=words(name.text), member=key
            )


# --- 三公 by unit ------------------------------------------------------------------------------------------------


def _read_three_public(
    gatherer: Gatherer, members: _Members, form: Form, heads: Sequence[FormRow], below: Sequence[FormRow]
) -> bool:
    """Units against items at two stages; the head has two rows, the stages above the items."""
    last, above = heads[-1], heads[:-1]
    items = _fields(_ITEMS, last)
    if len(items) < 3 or not any("unit" in _fields(_PROJECTS, row) for row in heads):
        return False
    unit = next(cell for row in heads for cell in row.filled if _field(_PROJECTS, cell.text) == "unit")
    columns = [
        (cell, _field(_ITEMS, cell.text), stage)
        for cell in last.filled
        if _field(_ITEMS, cell.text) and (stage := _stage_above(cell, above, form))
    ]
    if not columns:
        return False
    title = form.title or "“三公”经费情况表"
    for row in below:
        name = next((c for c in row.filled if c.column <= unit.column < c.column + c.columns), None)
        if name is None or figure(name.text) is not None:
            continue
        whole = _WHOLE.fullmatch(compact(name.text)) is not None
        key = "" if whole else _member(gatherer, members, name, title)
        for head, item, stage in columns:
            cell = next((c for c in row.filled if c.column <= head.column < c.column + c.columns), None)
            amount = money(cell.text, form.unit) if cell else None
            if cell is None or amount is None:
                continue
            place = f"{words(name.text)}·{words(head.text)}"
            if whole:
                gatherer.put_figure(
                    "rollup.department_three_public",
                    amount,
                    cell,
                    table=title,
                    place=place,
                    item=item,
                    stage=stage,
                )
            else:
                gatherer.put_figure(
                    "rollup.three_public",
                    amount,
                    cell,
                    table=title,
                    place=place,
                    member=key,
                    item=item,
                    stage=stage,
                )
    return True


def _stage_above(cell: TableCell, above: Sequence[FormRow], form: Form) -> str:
    """``initial`` or ``executed`` from the head over a column, else from the column's own words or the title."""
    over = "".join(
        compact(head.text)
        for row in above
        for head in row.filled
        if head.column <= cell.column < head.column + head.columns
    )
    text = over + compact(cell.text)
    if "预算" in text:
        return "initial"
    if re.search(r"决算|实际|执行|支出数", text):
        return "executed"
    return ""


# --- projects by unit --------------------------------------------------------------------------------------------


def _read_projects(
    gatherer: Gatherer, members: _Members, form: Form, row: FormRow, below: Sequence[FormRow]
) -> bool:
    """``单位 │ 项目 │ 支出金额``: a unit's project money is its subtotal, or the sum of its rows where none is printed."""
    if not {"unit", "project", "amount"} <= _fields(_PROJECTS, row):
        return False
    columns = columns_of(row, lambda text: _field(_PROJECTS, text), below)
    if columns is None:
        return False
    title = form.title or "项目支出情况表"
    rows: dict[str, list[tuple[Figure, TableCell]]] = {}
    subtotals: dict[str, tuple[Figure, TableCell]] = {}
    key = ""
    for line in below:
        bound = columns.bind(line)
        name, amount = bound.get("unit"), bound.get("amount")
        if _speaks_of_all(line, name.text if name is not None else ""):
            whole = amount or name
            printed = money(whole.text, form.unit) if whole else None
            if whole is not None and printed is not None and "小计" not in line.text:
                gatherer.put_figure(
                    "rollup.department_project", printed, whole.cell, table=title, place="合计"
                )
            continue
        if name is not None:
            key = _member(gatherer, members, name.cell, title)
        value = money(amount.text, form.unit) if amount else None
        if amount is None or value is None or not key:
            continue
        if "project" in bound and _WHOLE.fullmatch(compact(bound["project"].text)):
            subtotals[key] = (value, amount.cell)
        else:
            rows.setdefault(key, []).append((value, amount.cell))
    for member in dict.fromkeys([*rows, *subtotals]):
        value, cell = subtotals.get(member) or _sum(rows[member])
        gatherer.put(
            "rollup.project_money",
            value.value,
            cell,
            table=title,
            place="项目支出",
            quote=value.quote,
            member=member,
        )
    return True


def _speaks_of_all(line: FormRow, name: str) -> bool:
    """The row 合计, also where its merged cells were lost and its amount slid below 单位."""
    first = line.filled[0].text if line.filled else ""
    return any(_WHOLE.fullmatch(compact(text)) for text in (name, first) if text)


def _sum(rows: Sequence[tuple[Figure, TableCell]]) -> tuple[Figure, TableCell]:
    total = sum((value.value for value, _ in rows), Decimal(0))
    quote = "＋".join(plain(value.value) for value, _ in rows)
    return Figure(total, max(value.decimals for value, _ in rows), "万元", quote), rows[0][1]
