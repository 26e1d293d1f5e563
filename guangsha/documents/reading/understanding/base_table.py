"""The base data table (整体支出绩效评价基础数据表): staff, controlled expenditure, buildings, thrift.

Rows are known by their labels, columns by their heads; rows between 项目支出 and 公用经费 are programmes, numbered ones
at the top and unnumbered ones below them. Staff is also read from sheets that carry it in their head (Yuelu).
Source of the form: performance.md §4.2.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from guangsha.documents.reading.source import Line, TableCell
from guangsha.documents.reading.understanding.cells import compact, figure, is_blank, label, money, words
from guangsha.documents.reading.understanding.columns import Bound, Columns, columns_of
from guangsha.documents.reading.understanding.forms import Form, FormRow
from guangsha.documents.reading.understanding.gathering import Gatherer
from guangsha.documents.reading.understanding.sheet_words import filled_on, is_signature
from guangsha.facts.forms import BUILDINGS
from guangsha.kernel.measures import Unit

_STAGE_WORDS = {"prior_executed": "上年决算数", "initial": "本年预算数", "executed": "本年决算数"}

#: Lines of the form by their bare label, in the order in which they are tried.
_LINES: tuple[tuple[str, str], ...] = (
    ("three_public", r"[“\"”]?三公[“\"”]?(?:经费)?(?:支出)?(?:合计|小计)?"),
    ("vehicle_purchase", r"(?:公务用车|公车)购置(?:费|经费)?"),
    ("vehicle_running", r"(?:公务用车|公车)运行(?:和|及)?(?:维护|维修)?(?:费|经费)?"),
    ("vehicles", r"(?:公务用车|公车)购置(?:和|及|与)?(?:运行)?(?:和|及)?(?:运行)?(?:维护|维修)(?:费|经费)?"),
    ("abroad", r"(?:因公)?出国(?:境)?(?:费用?|经费)?"),
    ("reception", r"公务接待(?:费|经费)?"),
    ("project_total", r"项目支出(?:合计|总额|小计)?"),
    ("public_total", r"(?:日常)?公用(?:经费|支出)(?:合计|总额|小计)?"),
    ("office", r"办公(?:经费|费)"),
    ("utilities_travel", r"水费电?费?.*差旅费?|水电.*差旅.*"),
    ("meeting_training", r"会议费?.*培训费?"),
    ("procurement", r"政府采购(?:金额|支出|预算)?"),
    ("basic_adjusted", r"(?:部门|单位)?基本支出(?:预算)?(?:调整)(?:数|金额)?"),
)
_STAFF: tuple[tuple[str, str], ...] = (
    ("established", r"(?:核定)?(?:人员)?编制(?:数|人数)?"),
    (
        "employed",
        r"(?:20\d\d年?度?)?(?:年末|年底)?(?:实际|实有)?(?:在职|在岗|在编|在职在编|财政供养)?(?:实有)?人?员?数?(?:在职(?:人数)?)?",
    ),
    ("control_rate", r"(?:人员|在职人员)?控制率"),
)
_BUILDING_WORDS = {
    "approved_area": "批复规模", "actual_area": r"实际规模", "approved_investment": r"预算投资",
    "actual_investment": r"实际投资",
}  # fmt: skip
#: Lines below the form that may hold its signature.
_NOTES_MAX = 6
_NUMBERED = re.compile(r"^(?:其中[:：])?[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,2})[）)]?[、.．)）](?!\d)")
#: Guidance that the form prints in brackets behind a label.
_GUIDANCE = re.compile(r"[（(]一个专项一行[）)]|[（(].{0,6}(?:填|列)[^（）()]*[）)]")


def is_base_table(form: Form) -> bool:
    """Whether the form is a base data table, by its title or by its own labels."""
    if "基础数据表" in compact(form.title):
        return True
    labels = {line for row in form.rows for cell in row.filled[:2] if (line := base_line(cell.text))}
    return len(
        labels & {"three_public", "project_total", "public_total", "procurement", "vehicles"}
    ) >= 3 and any("控制" in row.text for row in form.rows)


def base_line(text: str) -> str:
    """The line of the form that a label stands for; empty where it is none.

    >>> base_line("　　1、公务用车购置和维护经费"), base_line("其中：公车购置"), base_line("老旧小区配套改造")
    ('vehicles', 'vehicle_purchase', '')
    """
    bare = label(text)
    return next((line for line, pattern in _LINES if re.fullmatch(pattern, bare)), "")


def read_base_tables(gatherer: Gatherer, forms: Sequence[Form]) -> None:
    """Facts of every base data table among ``forms``, into ``gatherer``."""
    for form in forms:
        if is_base_table(form):
            _BaseTable(gatherer, form).read()


def read_staff(gatherer: Gatherer, rows: Sequence[FormRow], title: str) -> None:
    """编制数, 实有在职 and 控制率, where a head names them beside or above their figures."""
    for number, row in enumerate(rows):
        heads = {field: cell for cell in row.filled if (field := staff_field(cell.text))}
        if not {"established", "employed"} <= set(heads):
            continue
        beside = _beside(row)
        below = _below(row, rows[number + 1] if number + 1 < len(rows) else None)
        for field in heads:
            cell = beside.get(field) or below.get(field)
            found = figure(cell.text) if cell else None
            if cell is None or found is None:
                continue
            basis = {"basis": "published"} if field == "control_rate" else {}
            gatherer.put_figure(
                f"staff.{field}", found, cell, table=title, place=words(heads[field].text), **basis
            )
        return


def staff_field(text: str) -> str:
    """``established``, ``employed`` or ``control_rate`` where a head asks for it."""
    bare = label(text)
    if not bare or len(bare) > 20 or re.search(r"情况|供养人员$", bare):
        return ""
    if re.search(r"实际在职|实有在职|在职人数|实有人数|实际在编|在职人员数|实际在岗", bare):
        return "employed"
    return next(
        (field for field, pattern in _STAFF if field != "employed" and re.fullmatch(pattern, bare)), ""
    )


def _beside(row: FormRow) -> dict[str, TableCell]:
    """``编制数 │ 75 │ 实有在职 │ 73``."""
    found: dict[str, TableCell] = {}
    for cell, value in pairwise(row.filled):
        field = staff_field(cell.text)
        if field and figure(value.text) is not None and not staff_field(value.text):
            found[field] = value
    return found


def _below(row: FormRow, following: FormRow | None) -> dict[str, TableCell]:
    columns = columns_of(row, staff_field, [following] if following else [])
    if columns is None or following is None:
        return {}
    if following.torn:
        # blank cells are real here: a missing figure must not pull its neighbour over
        filled = following.filled
        placed = len(following.cells) == len(row.cells)
        if placed:
            return {
                column.field: cell
                for column in columns.columns
                for cell in filled
                if column.start <= cell.column < column.end and figure(cell.text) is not None
            }
    return {field: bound.cell for field, bound in columns.bind(following).items()}


class _BaseTable:
    """Reads one base data table."""

    def __init__(self, gatherer: Gatherer, form: Form) -> None:
        self.gatherer = gatherer
        self.form = form
        self.title = form.title or "基础数据表"
        self.unit: Unit = form.unit
        self.columns: Columns | None = None
        self.inside_projects = False
        self.programmes = 0
        self.parent = ""

    def read(self) -> None:
        read_staff(self.gatherer, self.form.rows, self.title)
        for number, row in enumerate(self.form.rows):
            self._row(row, number)
        inside = [Line(row.text, row.spot) for row in self.form.rows if is_signature(row)]
        for line in (*inside, *self.form.notes[:_NOTES_MAX]):
            day = filled_on(line.text)
            if day:
                self.gatherer.put(
                    "unit.filled_on", day, line.spot, table=self.title, place="填报日期", quote=line.text
                )
                break

    def _row(self, row: FormRow, number: int) -> None:
        below = self.form.rows[number + 1 :]
        if re.search(r"批复规模", row.text) and re.search(r"实际(?:规模|投资)", row.text):
            self._buildings(row, below)
            self.columns = None
            return
        stages = stages_of([cell.text for cell in row.filled], self.gatherer.year)
        if len(stages) >= 2:
            self.columns = columns_of(row, lambda text: stages.get(text, ""), below)
            return
        if re.match(r"厉行节约", row.text):
            text = next((cell for cell in row.filled[1:] if len(compact(cell.text)) > 1), None)
            if text is not None:
                self.gatherer.put(
                    "unit.thrift", words(text.text), text, table=self.title, place="厉行节约保障措施"
                )
            return
        if self.columns is not None and row.filled:
            self._line(row, self.columns)

    def _line(self, row: FormRow, columns: Columns) -> None:
        first = next((cell for cell in row.filled if re.search(r"[\u4e00-\u9fff]", cell.text)), None)
        if first is None:
            return
        line = base_line(first.text)
        name = words(_GUIDANCE.sub("", first.text))
        if line:
            self.inside_projects = line == "project_total"
        elif self.inside_projects:
            line = self._programme(first, name)
        else:
            return
        bound = columns.bind(row)
        for stage, words_ in _STAGE_WORDS.items():
            found = bound.get(stage)
            if found:
                self._amount(line, stage, found, f"{_bare(name)}·{words_}")

    def _amount(self, line: str, stage: str, found: Bound, place: str) -> None:
        amount = money(found.text, self.unit)
        if amount is not None:
            self.gatherer.put_figure(
                "base.amount", amount, found.cell, table=self.title, place=place, line=line, stage=stage
            )
        elif not is_blank(found.text):
            self.gatherer.note(f"{self.title}：“{place}”印作“{words(found.text)}”，不是金额，未读取。")

    def _programme(self, cell: TableCell, name: str) -> str:
        """A row below 项目支出: a numbered one stands for itself, an unnumbered one below the last numbered."""
        self.programmes += 1
        line = f"programme.{self.programmes}"
        bare = _bare(name)
        place = f"项目支出·{bare}"
        self.gatherer.put("base.name", bare, cell, table=self.title, place=place, line=line)
        if _NUMBERED.match(compact(cell.text)):
            self.parent = line
        elif self.parent:
            # the key without "programme.", as the figures file names parents
            self.gatherer.put(
                "base.parent",
                self.parent.removeprefix("programme."),
                cell,
                table=self.title,
                place=place,
                line=line,
            )
        return line

    def _buildings(self, row: FormRow, below: Sequence[FormRow]) -> None:
        columns = columns_of(row, _building_field, below[:1])
        if columns is None or not below:
            return
        bound = columns.bind(below[0])
        for key, (concept, line, words_) in BUILDINGS.items():
            found = bound.get(key)
            if found is None:
                continue
            value = money(found.text, self.unit) if concept == "base.invested" else figure(found.text)
            self.gatherer.put_figure(concept, value, found.cell, table=self.title, place=words_, line=line)


def _bare(name: str) -> str:
    """A row's name without its number and without ``其中：``."""
    return re.sub(r"^(?:其中[:：])?\s*", "", _NUMBERED.sub("", name.strip("　 "))).strip(" 　:：")


def _building_field(text: str) -> str:
    bare = label(text)
    return next((key for key, pattern in _BUILDING_WORDS.items() if re.fullmatch(pattern, bare)), "")


_STAGE = re.compile(
    r"(?P<year>\d{4}|上|本|当|去)?年?度?(?:部门)?(?P<kind>决算|预算|实际支出|执行)(?:安排)?(?:数|金额|支出)?"
)


def stages_of(heads: Sequence[str], year: int) -> dict[str, str]:
    """Which column each head names: last year's final account, this year's budget, this year's final account.

    Of two final accounts the one of ``year`` is this year's; where a slip of the pen leaves neither or both of that
    year, the earlier column is last year's.

    >>> stages_of(["2022年决算数", "2023年预算数", "2023年决算数"], 2023)
    {'2022年决算数': 'prior_executed', '2023年预算数': 'initial', '2023年决算数': 'executed'}
    """
    found = {text: match for text in heads if (match := _STAGE.fullmatch(label(text)))}
    stages = {text: "initial" for text, match in found.items() if match["kind"] == "预算"}
    accounts = [text for text in found if text not in stages]
    prior = {text: _said_before(found[text]["year"] or "", year) for text in accounts}
    if len(accounts) == 2 and len(set(prior.values())) == 1:
        this = [text for text in accounts if found[text]["year"] == str(year)]
        prior = {text: text not in this for text in accounts} if len(this) == 1 else {
            text: text == accounts[0] for text in accounts
        }  # fmt: skip
    stages |= {text: "prior_executed" if prior[text] else "executed" for text in accounts}
    return {text: stages[text] for text in found}


def _said_before(said: str, year: int) -> bool:
    return said in ("上", "去") or (said.isdigit() and int(said) < year)
