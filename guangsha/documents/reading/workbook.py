"""The filled workbook read back: sheets by their marks, columns by their heads, every fault with sheet and cell.

The sheets become the same tree as a figures file and go through the same schema, so a workbook and a YAML file with
the same figures give equal facts. Numbers: what a spreadsheet stores in binary becomes the shortest decimal that
gives the same number, at most six decimals (``spreadsheet.exact``); a cell in percent format counts in percent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from guangsha.documents.reading import limits
from guangsha.documents.reading.bytes_in import read_bytes
from guangsha.documents.reading.figures_facts import FORMAT, facts_of
from guangsha.documents.reading.node import Complaints, Node
from guangsha.documents.reading.spreadsheet import DECIMALS_KEPT, Cell, Grid, exact, read_grids
from guangsha.documents.workbook_form import (
    FORMS,
    MARK,
    NO_INPUT,
    PRIOR,
    SCORING_MARKS,
    Block,
    Column,
    Form,
    Shape,
)
from guangsha.documents.workbook_tree import nested
from guangsha.facts.concepts import Kind
from guangsha.facts.fact import CellSource, FactSet
from guangsha.facts.forms import ACCOUNTS
from guangsha.kernel.errors import InputError
from guangsha.kernel.numbers import decimals_of, plain

#: Head of the value column of FIELDS blocks, and the word before the list of sheets that must be there.
VALUE_HEAD = "填报内容"
NEEDED = "needs "

_MARK_ADVICE = "请不要改动隐藏的 A 列；可重新生成工作簿，把数据粘贴为数值。"
_QUOTE_MAX = 200


def read_workbook(path: Path, *, profile: str | None = None) -> FactSet:
    """Read a filled workbook.

    Args:
        path: an ``.xlsx`` made by ``write_workbook`` and filled by hand.
        profile: stands before the profile chosen inside.

    Raises:
        InputErrors: every fault of the figures, each with its sheet and cell.
        InputError: the file cannot be read at all.
    """
    return workbook_from_bytes(read_bytes(path, limits.WORKBOOK_BYTES_MAX), path.name, profile=profile)


def workbook_from_bytes(data: bytes, file_name: str, *, profile: str | None = None) -> FactSet:
    """As :func:`read_workbook`, from the file's bytes."""
    if len(data) > limits.WORKBOOK_BYTES_MAX:
        most = limits.WORKBOOK_BYTES_MAX // (1024 * 1024)
        raise InputError(f"文件超过上限 {most} MB", where=file_name, advice="请核对是否选错了文件。")
    grids = read_grids(data, file_name)
    complaints = Complaints()
    sheets = _recognised(grids, file_name, complaints)
    root = _tree(sheets, file_name, complaints)
    return facts_of(root, complaints, profile=profile)


# --- which sheet is which ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """A sheet of the workbook recognised as a form; ``prior`` is last year's."""

    grid: Grid
    form: Form
    prior: bool


def _text(row: Sequence[Cell | None], col: int) -> str:
    cell = row[col] if col < len(row) else None
    return cell.text.strip() if cell is not None else ""


def _recognised(grids: Sequence[Grid], file: str, complaints: Complaints) -> list[_Found]:
    found: list[_Found] = []
    marks: dict[str, str] = {}
    needed: list[str] = []
    for grid in grids:
        words = _text(grid.rows[0], 0).split() if grid.rows else []
        if len(words) != 2 or words[0].rpartition("/")[0] != MARK.rpartition("/")[0]:
            continue  # a sheet of the officer's own: instructions, scratch work
        if words[0] != MARK:
            raise InputError(
                f"工作簿的版式是 {words[0]}，本程序只读 {MARK}", where=file, advice="请重新生成工作簿。"
            )
        mark = words[1]
        form = FORMS.get(mark.removeprefix(PRIOR))
        if form is None:
            complaints.add(CellSource(file, grid.name, "A1"), "识别标记被改动", _MARK_ADVICE)
            continue
        if mark in marks and form.mark != "project":
            complaints.add(
                CellSource(file, grid.name), f"与工作表“{marks[mark]}”是同一张表的两份", "请删去其中一份。"
            )
            continue
        marks[mark] = grid.name
        if len(grid.rows) > 1 and _text(grid.rows[1], 0).startswith(NEEDED):
            needed = _text(grid.rows[1], 0).removeprefix(NEEDED).split(",")
        found.append(_Found(grid, form, mark.startswith(PRIOR)))
    if not found:
        raise InputError(
            "这不是本程序的填报工作簿", where=file, advice="请先用 guangsha workbook 生成空白工作簿再填写。"
        )
    for mark in needed if "about" in marks else ["about"]:
        if mark not in marks and mark.removeprefix(PRIOR) in FORMS:
            name = FORMS[mark.removeprefix(PRIOR)].name
            complaints.add(file, f"缺少工作表“{name}”", "请恢复这张工作表；不用的表留空即可，不要删除。")
    return found


# --- the tree ----------------------------------------------------------------------------------------------


def _tree(sheets: Sequence[_Found], file: str, complaints: Complaints) -> Node:
    this: dict[str, Any] = {"format": Node(CellSource(file), text=FORMAT)}
    last: dict[str, Any] = {}
    for prior, root in ((False, this), (True, last)):
        scoring: list[Node] = []
        for sheet in sheets:
            if sheet.prior is not prior:
                continue
            part = _FormReader(sheet, file, complaints).read()
            if sheet.form.mark in SCORING_MARKS:
                _add_sheet(scoring, sheet, part, file)
            else:
                _merge(root, part)
        if scoring:
            root["sheets"] = Node(CellSource(file), elements=scoring)
        nested(root, complaints)
    if last:
        this["prior_year"] = last
    head = next((s.grid.name for s in sheets if s.form.mark == "about"), "")
    return _node(this, CellSource(file, head))


def _merge(root: dict[str, Any], part: Mapping[str, Any]) -> None:
    for key, value in part.items():
        if isinstance(value, dict) and isinstance(root.get(key), dict):
            _merge(root[key], value)
        else:
            root[key] = value


def _node(tree: Any, place: CellSource) -> Node:
    """Nested mappings of nodes as one node."""
    if isinstance(tree, Node):
        return tree
    return Node(place, entries={key: _node(value, place) for key, value in tree.items()})


def _filled(tree: Any, ignored: str = "") -> bool:
    """Whether anything at all was filled, besides the entry ``ignored``."""
    if isinstance(tree, Node):
        if tree.entries is not None:
            return any(_filled(value) for value in tree.entries.values())
        return any(_filled(item) for item in tree.elements or ()) or not (
            tree.blank or tree.elements is not None
        )
    return any(_filled(value) for key, value in tree.items() if key != ignored)


def _add_sheet(scoring: list[Node], sheet: _Found, part: dict[str, Any], file: str) -> None:
    """One scoring sheet; an unfilled one is left out, a missing id is made from its kind and position."""
    place = CellSource(file, sheet.grid.name)
    kind = sheet.form.mark
    # the name 整体支出 stands printed in an empty workbook
    if not _filled(part, ignored="name" if kind == "overall" else ""):
        return
    given = part.get("id")
    if given is None or given.blank:
        taken = {(node.entries or {})["id"].text for node in scoring}
        number = 1
        while (made := kind if kind == "overall" else f"{kind}-{number}") in taken and kind != "overall":
            number += 1
        part["id"] = Node(given.place if given is not None else place, text=made)
    part["kind"] = Node(place, text=kind)
    scoring.append(_node(part, place))


class _FormReader:
    """Reads the cells of one sheet into the part of the tree that its form stands for."""

    def __init__(self, sheet: _Found, file: str, complaints: Complaints) -> None:
        self.grid = sheet.grid
        self.form = sheet.form
        self.file = file
        self.complaints = complaints
        self.part: dict[str, Any] = {}
        #: Heads of the block being read: column declaration → position.
        self.heads: dict[str, int] = {}
        self.block: Block | None = None
        self.open = False

    def read(self) -> dict[str, Any]:
        for number, row in enumerate(self.grid.rows):
            mark = _text(row, 0)
            if number == 0 or mark.startswith(NEEDED):
                continue
            if mark == NO_INPUT:
                self.open = False
            elif mark.endswith("#"):
                self._head(number, row, mark)
            elif ":" in mark:
                self._row(number, row, mark)
            elif mark:
                self._complain(number, 0, "识别标记被改动", _MARK_ADVICE)
            elif any(cell is not None and cell.text.strip() for cell in row):
                self._unmarked(number, row)
        return self.part

    def _place(self, number: int, col: int | None = None) -> CellSource:
        return CellSource(
            self.file, self.grid.name, f"第 {number + 1} 行" if col is None else _address(number, col)
        )

    def _complain(self, number: int, col: int | None, message: str, advice: str) -> None:
        self.complaints.add(self._place(number, col), message, advice)

    def _head(self, number: int, row: Sequence[Cell | None], mark: str) -> None:
        self.block = self.form.block(mark.removesuffix("#"))
        self.open = False
        self.heads = {}
        if self.block is None:
            self._complain(number, 0, "识别标记被改动", _MARK_ADVICE)
            return
        labels = {_text(row, col): col for col in reversed(range(1, len(row)))}
        if self.block.shape is Shape.FIELDS:
            wanted = {VALUE_HEAD: VALUE_HEAD}
        else:
            wanted = {column.key: column.label for column in self.block.columns}
        for key, label in wanted.items():
            if label in labels:
                self.heads[key] = labels[label]
            else:
                self._complain(number, None, f"表头“{label}”不见了或被改动", "请恢复原来的表头文字。")
        self.open = self.block.shape in (Shape.LIST, Shape.CODES)

    def _row(self, number: int, row: Sequence[Cell | None], mark: str) -> None:
        block_id, _, key = mark.partition(":")
        block = self.form.block(block_id)
        if block is None or self.block is None or block.id != self.block.id:
            self._complain(number, 0, "识别标记被改动，或这一行被移到了别处", _MARK_ADVICE)
            return
        if block.shape is Shape.FIELDS:
            self._field(number, row, block, key)
        elif block.shape is Shape.GRID:
            self._grid_row(number, row, block, key)
        else:
            self._open_row(number, row, block, key)

    def _unmarked(self, number: int, row: Sequence[Cell | None]) -> None:
        """A row that somebody inserted: part of the open table around it, else nobody can say what it means."""
        if self.open and self.block is not None:
            self._open_row(number, row, self.block, "")
        else:
            self._complain(
                number, None, "这一行是后来插入的，程序不知道它属于哪张表", "请把内容填到原有的黄色格里。"
            )

    def _field(self, number: int, row: Sequence[Cell | None], block: Block, key: str) -> None:
        column = next((column for column in block.columns if column.key == key), None)
        if column is None:
            self._complain(number, 0, "识别标记被改动", _MARK_ADVICE)
            return
        col = self.heads.get(VALUE_HEAD)
        if col is None:
            return
        # a blank stays in the tree, so that "missing" can point at its cell
        self._branch(block.path)[key] = self._leaf(number, row, col, column) or Node(self._place(number, col))

    def _grid_row(self, number: int, row: Sequence[Cell | None], block: Block, key: str) -> None:
        if key not in block.rows:
            self._complain(number, 0, "识别标记被改动", _MARK_ADVICE)
            return
        cells = self._cells(number, row, block)
        if cells:
            self._branch(block.path)[key] = dict(cells)

    def _open_row(self, number: int, row: Sequence[Cell | None], block: Block, key: str) -> None:
        cells = self._cells(number, row, block, skip="code" if key else "")
        if not cells:
            return
        place = self._place(number)
        if block.shape is Shape.CODES:
            self._code_row(number, block, key, cells)
            return
        branch = self._branch(block.path[:-1])
        known = branch.get(block.path[-1])
        rows = (
            [*(known.elements or ()), Node(place, entries=cells)] if known else [Node(place, entries=cells)]
        )
        branch[block.path[-1]] = Node(CellSource(self.file, self.grid.name), elements=rows)

    def _code_row(self, number: int, block: Block, key: str, cells: dict[str, Node]) -> None:
        code = key
        if not key:
            typed = cells.pop("code", None)
            if typed is None or typed.text is None:
                self._complain(number, None, "这一行没有填科目编码", "请填写科目编码。")
                return
            code = typed.text.strip()
            code = block.prefix + code if block.prefix and code.isdigit() else code
        if not cells:
            return
        branch = self._branch(block.path)
        target = branch if block.packed == "value" else branch.setdefault("rows", {})
        if code in target or code in branch.get("names", {}):
            self._complain(number, None, f"科目“{code[:40]}”填了两行", "请合并成一行。")
            return
        if block.packed == "value":
            target[code] = cells["amount"]
            return
        name = cells.pop("name", None)
        if name is not None:
            branch.setdefault("names", {})[code] = name
        if cells:
            place = self._place(number)
            columns = ACCOUNTS[block.path[-1]][1]
            target[code] = Node(place, elements=[cells.get(column, Node(place)) for column in columns])

    def _branch(self, path: Sequence[str]) -> dict[str, Any]:
        branch = self.part
        for step in path:
            branch = branch.setdefault(step, {})
        return branch

    def _cells(
        self, number: int, row: Sequence[Cell | None], block: Block, skip: str = ""
    ) -> dict[str, Node]:
        cells = {}
        for column in block.columns:
            col = self.heads.get(column.key)
            leaf = self._leaf(number, row, col, column) if col is not None and column.key != skip else None
            if leaf is not None:
                cells[column.key] = leaf
        return cells

    def _leaf(self, number: int, row: Sequence[Cell | None], col: int, column: Column) -> Node | None:
        """The cell as a node; None when blank or unusable."""
        cell = row[col] if col < len(row) else None
        if cell is None:
            return None
        if cell.error:
            self._complain(
                number, col, f"“{column.label}”显示错误值 {cell.text[:20]}", "请改正公式，或直接填写数值。"
            )
            return None
        if cell.formula and cell.value is None:
            self._complain(
                number, col, f"“{column.label}”是公式，但没有计算结果",
                "请用 Excel 或 WPS 打开，等公式算出后保存；或改填数值。",
            )  # fmt: skip
            return None
        text, quote = _typed(cell, column)
        if not text.strip():
            return None
        for code, word in column.choices.items():
            if text.strip() == word:
                text = code
        place = CellSource(self.file, self.grid.name, _address(number, col), quote=quote[:_QUOTE_MAX])
        return Node(place, text=text)


def _typed(cell: Cell, column: Column) -> tuple[str, str]:
    """What the cell says for this column, and what to quote of it."""
    value = cell.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return cell.text, cell.text
    if cell.percent and column.kind in (Kind.RATE, Kind.TEXT):
        number = plain(exact(value, times=100))
        return f"{number}%", f"{number}%"
    text = cell.text
    if isinstance(value, float) and decimals_of(Decimal(repr(value))) > DECIMALS_KEPT:
        return text, f"{value!r}（取 {DECIMALS_KEPT} 位小数）"
    return text, text


def _address(number: int, col: int) -> str:
    letters = ""
    col += 1
    while col:
        col, rest = divmod(col - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{number + 1}"
