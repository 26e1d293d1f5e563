"""Finds the nine tables in a document: each with its title, form number, unit of money and the sentence of an empty one.

A table is bound by the title that stands before it or in its first rows, or else by the words of its head. Parts of
one table (pages, torn blocks) are kept together; a second copy of a table, as when one file holds several units, is
left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from guangsha.documents.reading.source import Block, Line, SourceDocument, SourceTable, Spot
from guangsha.documents.reading.understanding.accounts_grid import Grid
from guangsha.documents.reading.understanding.accounts_titles import (
    OTHER,
    by_unit,
    continued_title,
    number_in,
    tables_like,
    title_of,
)
from guangsha.documents.reading.understanding.accounts_words import bare, han
from guangsha.facts.forms import ACCOUNTS
from guangsha.kernel.measures import UNITS, Unit

#: How far above a table its title may stand (form number, department, unit of money in between).
_TITLE_LINES = 10
_NOTE_LINES = 8
_TITLE_ROWS = 5

_UNIT = re.compile(r"单位[:：]?\(?(?:人民币)?(万元|千元|亿元|元)(?![\u3400-\u9fff])")
_NOWHERE = Spot()
_PART = re.compile(r"第[一二三四五六七八九十]+部分")
_NONE = re.compile(r"没有|未发生|未安排|不涉及|不存在|无(?!形|偿|法|线|需)")
_NONE_OF = re.compile(r"财政拨款|基金|资本|资产|三公|本表|此表|空表|收支|收入|支出|数据|经费")
_SENTENCE = re.compile(r"[^。；]+")
_NOTE_HEAD = re.compile(r"^(?:备?注|说明)[:：]?|^[(（]?\d{1,2}[)）.、．]")


@dataclass(slots=True)
class BoundTable:
    """One of the nine tables where it was found.

    ``parts`` are its pieces in order (none for a title with a sentence instead of a table); ``title`` and ``number``
    are as printed, ``unit`` is None where none is printed; ``empty_note`` is the sentence that says there is nothing.
    """

    name: str
    title: str
    parts: list[Grid] = field(default_factory=list)
    number: str = ""
    number_spot: Spot = _NOWHERE
    unit: Unit | None = None
    empty_note: str = ""
    empty_spot: Spot = _NOWHERE
    titled: bool = True


@dataclass(slots=True)
class _Title:
    name: str
    text: str
    at: int  # index of its block


def bind_accounts(document: SourceDocument) -> list[BoundTable]:
    """The nine tables of ``document`` in the order found, each at most once, titled ones before guessed ones."""
    finder = _Finder(document.blocks)
    found = finder.find()
    best: dict[str, BoundTable] = {}
    for table in found:
        known = best.get(table.name)
        if known is None or (not known.titled and table.titled) or (not known.parts and table.parts):
            best[table.name] = table
    return list(best.values())


class _Finder:
    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.found: list[BoundTable] = []
        self.budget = any(
            isinstance(b, Line) and b.level <= 1 and re.search(r"预算公开$", han(b.text)) for b in blocks[:5]
        )

    def find(self) -> list[BoundTable]:
        last: BoundTable | None = None
        for at, block in enumerate(self.blocks):
            if isinstance(block, SourceTable):
                last = self._table(at, Grid(block), last)
            elif (name := self._title_at(at)) and name != OTHER:
                self._title_without_table(at, name)
        return self.found

    # --- one table ----------------------------------------------------------------------------------------------

    def _table(self, at: int, grid: Grid, last: BoundTable | None) -> BoundTable | None:
        title = self._title_in(grid, at) or self._title_above(at)
        like = tables_like(grid)
        name = self._name(title, like)
        if name == "three_public" and by_unit(grid):
            return None
        if last is not None and self._goes_on(at, grid, title, name, last):
            last.parts.append(grid)
            self._complete(last, at, at, grid)
            return last
        if not name:
            return None
        printed = title.text if title and title.name == name else ACCOUNTS[name][0]
        table = BoundTable(name, printed, [grid], titled=bool(title and title.name == name))
        self._complete(table, title.at if title else at, at, grid)
        self.found.append(table)
        return table

    def _name(self, title: _Title | None, like: frozenset[str]) -> str:
        """By title, unless the head shows the words of some other table; by the head where there is no title."""
        if title and title.name == OTHER:
            return ""
        if title:
            return (
                next(iter(like))
                if len(like) == 1 and title.name not in like and not title.text
                else title.name
            )
        if self.budget or not like:
            return ""
        if len(like) == 1:
            return next(iter(like))
        bound = {table.name for table in self.found}
        return "general_expenditure" if "general_expenditure" not in bound else ""

    def _goes_on(self, at: int, grid: Grid, title: _Title | None, name: str, last: BoundTable) -> bool:
        """Whether the table at ``at`` is a further part of the one bound last."""
        if not last.parts:
            return False
        if title is not None:
            return title.name == last.name and "续" in title.text
        between = self._lines_above(at, _NOTE_LINES)
        if any(_is_note(line.text) or _PART.search(line.text) for line in between):
            return False
        if (
            name
            and name != last.name
            and not (last.name == "state_capital" and name == "general_expenditure")
        ):
            return False
        return bool(name) or _same_sort(grid, last)

    # --- titles ---------------------------------------------------------------------------------------------------

    def _title_in(self, grid: Grid, at: int) -> _Title | None:
        """A title in the first rows of the table itself."""
        for row in range(min(grid.height, _TITLE_ROWS)):
            for piece in grid.rows[row]:
                if name := title_of(piece.text):
                    return _Title(name, bare(piece.text), at)
        return None

    def _title_above(self, at: int) -> _Title | None:
        for place in range(at - 1, max(-1, at - 1 - _TITLE_LINES), -1):
            block = self.blocks[place]
            if isinstance(block, SourceTable):
                return None
            if name := self._title_at(place):
                return _Title(name, self._title_text(place), place)
        return None

    def _title_at(self, place: int) -> str:
        line = self.blocks[place]
        if not isinstance(line, Line):
            return ""
        before = self.blocks[place - 1] if place else None
        if isinstance(before, Line) and (name := continued_title(before.text, line.text)):
            return name
        return title_of(line.text)

    def _title_text(self, place: int) -> str:
        line = self.blocks[place]
        before = self.blocks[place - 1] if place else None
        assert isinstance(line, Line)
        if isinstance(before, Line) and continued_title(before.text, line.text):
            return re.sub(r"\s+", "", before.text + line.text)
        return re.sub(r"\s+", "", line.text).lstrip("#-*·")

    # --- what stands around a table -----------------------------------------------------------------------------

    def _complete(self, table: BoundTable, title_at: int, at: int, grid: Grid) -> None:
        """Form number, unit of money and the sentence of an empty table from the lines and rows around it."""
        above = [b for b in self.blocks[max(0, title_at - 3) : at] if isinstance(b, Line)]
        above = above[_after_last_table(self.blocks[max(0, title_at - 3) : at]) :]
        inside = [
            Line(piece.text, piece.spot) for row in grid.rows[:_TITLE_ROWS] for piece in row if piece.han
        ]
        for line in (*reversed(above), *inside):
            if not table.number and (number := number_in(line.text)):
                table.number, table.number_spot = number, line.spot
            if table.unit is None and (unit := _UNIT.search(bare(line.text))):
                table.unit = UNITS[unit[1]]
        own = [Line(piece.text, piece.spot) for row in grid.rows for piece in row if len(piece.han) > 8]
        between = [b for b in self.blocks[title_at + 1 : at] if isinstance(b, Line)]
        self._note(table, (*own, *between, *self._lines_below(at)))

    def _note(self, table: BoundTable, lines: Iterable[Line]) -> None:
        if table.empty_note:
            return
        for line in lines:
            if note := empty_note_in(line.text):
                table.empty_note, table.empty_spot = note, line.spot
                return

    def _lines_above(self, at: int, most: int) -> list[Line]:
        lines: list[Line] = []
        for block in reversed(self.blocks[max(0, at - most) : at]):
            if isinstance(block, SourceTable):
                break
            lines.append(block)
        return lines

    def _lines_below(self, at: int) -> list[Line]:
        lines: list[Line] = []
        for place in range(at + 1, min(len(self.blocks), at + 1 + _NOTE_LINES)):
            block = self.blocks[place]
            if isinstance(block, SourceTable) or self._title_at(place) or _PART.match(bare(block.text)):
                break
            lines.append(block)
        return lines

    def _title_without_table(self, at: int, name: str) -> None:
        """A title followed by nothing but the sentence that there is nothing."""
        below = self._lines_below(at)
        after = at + 1 + len(below)
        if after < len(self.blocks) and isinstance(self.blocks[after], SourceTable):
            return
        table = BoundTable(name, self._title_text(at))
        for line in below:
            if not table.number and (number := number_in(line.text)):
                table.number, table.number_spot = number, line.spot
        self._note(table, below)
        if table.empty_note:
            self.found.append(table)


def _after_last_table(blocks: Sequence[Block]) -> int:
    """How many of the lines among ``blocks`` stand before the last table among them."""
    last = max((i for i, b in enumerate(blocks) if isinstance(b, SourceTable)), default=-1)
    return sum(1 for b in blocks[: last + 1] if isinstance(b, Line))


def _is_note(text: str) -> bool:
    return re.match(r"\s*(?:备?注|说明)\s*[:：]", text) is not None or len(text) > 60


def _same_sort(grid: Grid, last: BoundTable) -> bool:
    """Whether rows without a head look like further rows of ``last``: as wide as before, and beginning with codes."""
    begins = [row[0].bare for row in grid.rows if row]
    if last.name in ("overview", "fiscal_overview"):
        return any(
            "支出" in text or "合计" in text or "总计" in text
            for row in grid.rows
            for text in (p.han for p in row)
        )
    lead = "3" if last.name == "basic_detail" else "2"
    codes = [text for text in begins if re.match(rf"{lead}\d\d", text)]
    return last.name != "three_public" and bool(codes) and 2 * len(codes) >= len(begins)


def empty_note_in(text: str) -> str:
    """The sentence of ``text`` that says a table has nothing to show; empty for none.

    >>> empty_note_in("注：1.本表反映收支情况。2.本单位2023年无政府性基金收支。")
    '本单位2023年无政府性基金收支'
    """
    if len(text) > 300:
        return ""
    for sentence in _SENTENCE.findall(re.sub(r"\s+", "", text)):
        stripped: str = sentence
        while (shorter := _NOTE_HEAD.sub("", stripped)) != stripped:
            stripped = shorter
        if 5 <= len(stripped) <= 90 and _NONE.search(stripped) and _NONE_OF.search(stripped):
            return stripped
    return ""
