"""What a rule may see of a published document besides its figures: lines, passages, tables, page layout.

A frozen view with the words as printed and the place of each; it knows no file format. ``guangsha.checking`` makes it
from a document that was read. Rules that only need figures never look here, so cases without a document still work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, lru_cache

from guangsha.facts.fact import CellSource
from guangsha.kernel.findings import Place
from guangsha.kernel.numbers import normalise

#: Where a sentence ends; a line that ends otherwise goes on in the next one.
_ENDS = "。；;！？!?：:"
#: How a line begins that cannot continue another: numbered heads and items, bullets, notes, sign lines.
_BEGINS = re.compile(
    r"^\s*(?:第[一二三四五六七八九十]+部分|附件|附表|[一二三四五六七八九十]+[、.．]|"
    r"[(（][一二三四五六七八九十\d]+[)）]|\d{1,2}\s*[、.．](?!\d)|注\s*[:：]|备注|说明\s*[:：]|部门\s*[:：]|单位|填表人|目\s*录|图\s*\d)"
)
#: A line shorter than this that ends without punctuation stands alone: a title, a head, a label.
_WRAPPED_FROM = 18
_BULLET = re.compile(r"^\s*[-•·*]\s+")
_BULLET_WRAPPED_FROM = 30

#: Longer numbered lines are items of a list, not heads.
_HEAD_MAX = 40

NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line or paragraph outside tables; ``order`` is its position among all blocks of the document.

    ``in_contents`` marks a line of the printed table of contents (目录).
    """

    text: str
    place: CellSource
    order: int = 0
    level: int = 0
    in_contents: bool = False

    @property
    def compact(self) -> str:
        return squeeze(self.text)


@dataclass(frozen=True, slots=True)
class TextCell:
    """One cell of a table with its printed text and its first column.

    ``file_lines`` are the lines of the file under each line of a text that is spread over several.
    """

    text: str
    place: CellSource
    column: int = 0
    file_lines: tuple[int, ...] = ()

    def passage(self, order: int) -> Passage:
        """The cell's text as a passage whose pieces are found on their own lines."""
        if not self.file_lines:
            return _passage([TextLine(self.text, self.place, order)])
        pieces = self.text.split("\n")[: len(self.file_lines)]
        lines = tuple(
            TextLine(piece, replace(self.place, line=line), order)
            for piece, line in zip(pieces, self.file_lines, strict=False)
        )
        starts = tuple(sum(len(piece) + 1 for piece in pieces[:n]) for n in range(len(lines)))
        return Passage(self.text, lines, starts)


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table: its caption, the lines right above it (nearest last) and its distinct cells row by row."""

    caption: str
    above: tuple[TextLine, ...]
    rows: tuple[tuple[TextCell, ...], ...]
    place: CellSource
    order: int = 0

    @property
    def cells(self) -> Iterator[TextCell]:
        return (cell for row in self.rows for cell in row)


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines that read as one paragraph; ``starts`` holds where each of ``lines`` begins in ``text``."""

    text: str
    lines: tuple[TextLine, ...]
    starts: tuple[int, ...]

    @property
    def order(self) -> int:
        return self.lines[0].order

    def place(self, start: int = 0, end: int | None = None, label: str = "") -> Place:
        """Where the piece ``text[start:end]`` stands; the quote is the piece as far as its line holds it."""
        end = len(self.text) if end is None else end
        index = max(i for i, begin in enumerate(self.starts) if begin <= start)
        limit = self.starts[index + 1] if index + 1 < len(self.starts) else len(self.text)
        quote = self.text[start : min(end, limit)].strip()
        return replace(self.lines[index].place, quote=quote).place(label)


@dataclass(frozen=True, slots=True)
class PageLayout:
    """The page of a docx in millimetres; body text as most of it is set."""

    width: Decimal
    height: Decimal
    top: Decimal
    bottom: Decimal
    left: Decimal
    right: Decimal
    font: str = ""
    size: Decimal | None = None


@dataclass(frozen=True)
class DocumentView:
    """One published document as its rules may see it.

    ``kind`` says what sort of document was recognised (``evaluation``, ``accounts``, ``figures``…); ``format`` is the
    file's.
    """

    file: str
    format: str
    kind: str
    lines: tuple[TextLine, ...]
    tables: tuple[TextTable, ...]
    layout: PageLayout | None = None

    @cached_property
    def body(self) -> tuple[TextLine, ...]:
        """Lines outside the table of contents."""
        return tuple(line for line in self.lines if not line.in_contents)

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """The body as paragraphs: lines that a page or a column broke are joined again."""
        found: list[Passage] = []
        held: list[TextLine] = []
        for line in self.body:
            if held and not _continues(held[-1], line):
                found.append(_passage(held))
                held = []
            held.append(line)
        if held:
            found.append(_passage(held))
        return tuple(found)

    @cached_property
    def texts(self) -> tuple[Passage, ...]:
        """Passages and table cells alike, for rules that look at every printed word."""
        cells = (
            cell.passage(table.order) for table in self.tables for cell in table.cells if cell.text.strip()
        )
        every = [*self.passages, *cells]
        return tuple(sorted(every, key=lambda passage: passage.order))

    @cached_property
    def _orders(self) -> Mapping[tuple[str, object], int]:
        orders: dict[tuple[str, object], int] = {}
        for line in self.lines:
            _remember(orders, line.place, line.order)
        for table in self.tables:
            for cell in table.cells:
                _remember(orders, cell.place, table.order)
                for number in cell.file_lines:
                    orders.setdefault(("line", number), table.order)
            if table.caption:
                orders.setdefault(("table", squeeze(table.caption)), table.order)
        return orders

    def order_of(self, source: CellSource) -> int | None:
        """Position of the block that a figure was read from; None when it cannot be told."""
        for kind, value in (("line", source.line), ("cell", source.cell), ("table", squeeze(source.table))):
            if value and (kind, value) in self._orders:
                return self._orders[kind, value]
        return None

    def search(self, pattern: re.Pattern[str]) -> Iterator[tuple[Passage, re.Match[str]]]:
        """Every match of ``pattern`` in the passages."""
        for passage in self.passages:
            for match in pattern.finditer(passage.text):
                yield passage, match

    def section(self, word: str, styles: tuple[str, ...] = ("part", "chinese")) -> tuple[TextLine, ...]:
        """Body lines under the last heading that contains ``word``, up to the next heading of the same style or above.

        Args:
            styles: how the heading may be numbered, see :func:`heading_style`.
        """
        start = None
        for index, line in enumerate(self.body):
            if word in line.compact and heading_style(line.text) in styles and len(line.compact) <= _HEAD_MAX:
                start = index
        if start is None:
            return ()
        names = [style for style, _ in _STYLES]
        ends = names[: names.index(heading_style(self.body[start].text)) + 1]
        taken: list[TextLine] = []
        for line in self.body[start + 1 :]:
            if heading_style(line.text) in ends:
                break
            taken.append(line)
        return tuple(taken)


def _remember(orders: dict[tuple[str, object], int], place: CellSource, order: int) -> None:
    if place.line is not None:
        orders.setdefault(("line", place.line), order)
    if place.cell:
        orders.setdefault(("cell", place.cell), order)


@lru_cache(maxsize=16_384)  # a dozen rules look at the same lines
def squeeze(text: str) -> str:
    """Half-width without any space: what two prints of one phrase have in common."""
    return re.sub(r"\s+", "", normalise(text))


def heading_style(text: str) -> str:
    """How a line is numbered: ``part`` 第一部分, ``annex`` 附件1, ``chinese`` 一、, ``bracket`` （一）, ``arabic`` 1、,
    ``bracket-arabic`` (1); empty for no number.

    >>> heading_style("（一） 职能职责"), heading_style("3.5万元")
    ('bracket', '')
    """
    text = re.sub(r"^[-•·*]\s*", "", normalise(text))
    for style, pattern in _STYLES:
        if pattern.match(text):
            return style
    return ""


_STYLES = (
    ("part", re.compile(rf"第[{NUMERALS}]+部分")),
    ("annex", re.compile(r"附[件表]\s*\d")),
    ("chinese", re.compile(rf"[{NUMERALS}]{{1,3}}\s*[、.]")),
    ("bracket", re.compile(rf"\([{NUMERALS}]{{1,3}}\)")),
    ("arabic", re.compile(r"\d{1,2}\s*[、.](?!\d)")),
    ("bracket-arabic", re.compile(r"\(\d{1,2}\)")),
)


def numeral(text: str) -> int | None:
    """A Chinese numeral up to 99 or a plain number; None for anything else.

    >>> numeral("十二"), numeral("二十"), numeral("7")
    (12, 20, 7)
    """
    if text.isdecimal() and text.isascii():
        return int(text)
    if not text or any(c not in NUMERALS for c in text) or text.count("十") > 1:
        return None
    if "十" not in text:
        return NUMERALS.index(text) + 1 if len(text) == 1 else None
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1:
        return None
    return (NUMERALS.index(tens) + 1 if tens else 1) * 10 + (NUMERALS.index(ones) + 1 if ones else 0)


def _continues(first: TextLine, second: TextLine) -> bool:
    """Whether ``second`` goes on with the sentence of ``first``: no block between them, no end, no new beginning."""
    if second.order != first.order + 1 or second.level or first.level:
        return False
    text = first.text.rstrip()
    following = _BULLET.sub("", second.text)
    if not text or text[-1] in _ENDS or _BEGINS.match(following) or not following.strip():
        return False
    # A converter sometimes puts a bullet before the rest of a long sentence; short lines with bullets are a list.
    return len(text) >= (_BULLET_WRAPPED_FROM if following != second.text else _WRAPPED_FROM)


def _passage(lines: list[TextLine]) -> Passage:
    starts: list[int] = []
    text = ""
    for line in lines:
        starts.append(len(text))
        piece = line.text.strip() if len(lines) > 1 else line.text
        text += _BULLET.sub("", piece) if starts[-1] else piece
    return Passage(text, tuple(lines), tuple(starts))
