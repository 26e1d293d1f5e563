"""Pages as one document: page numbers and running heads dropped, tables and paragraphs joined over page ends."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from guangsha.documents.reading.pdf_layout import PageContent
from guangsha.documents.reading.pdf_lines import TextLine, first_word_width, join, lines_of
from guangsha.documents.reading.pdf_parts import TablePart
from guangsha.documents.reading.pdf_table_joining import GrowingTable, whole_table
from guangsha.documents.reading.source import Block, Line, Spot

#: Parts of a page, from above and from below, where page numbers and running heads stand.
_HEAD_ZONE, _FOOT_ZONE = 0.10, 0.88
#: A line on so many pages, at least half of all, is a running head.
_RUNNING_MIN = 3
#: Lines above a table that a following page may repeat.
_CAPTIONS_MAX = 5
#: Type larger than the body's by this factor is a heading's.
_LARGER = 1.15
_HEADING_CHARS_MAX = 60
#: Distance of two lines of one paragraph over the usual one.
_WIDE_PITCH = 1.45

_DASHES = r"[-—–―－~·•|\s]*"
_PAGE_NUMBER = re.compile(
    rf"^{_DASHES}(?:第\s*)?\d{{1,4}}(?:\s*页)?(?:[\s/，,、]*(?:共\s*)?\d{{1,4}}(?:\s*页)?)?{_DASHES}$"
)
_DIGITS = re.compile(r"\d+")
_CONTINUED = re.compile(r"[（(]\s*续表?\s*\d*\s*[）)]|续表?|\s+")
_LEVELS = (
    (1, re.compile(r"第[一二三四五六七八九十]{1,3}[部章]分?|[一二三四五六七八九十]{1,3}[、.．]")),
    (2, re.compile(r"第[一二三四五六七八九十]{1,3}节|[（(][一二三四五六七八九十]{1,3}[）)]")),
    (3, re.compile(r"\d{1,2}[、.．](?!\d)")),
    (4, re.compile(r"[（(]\d{1,2}[）)]")),
)  # fmt: skip
#: What begins like this goes on from nothing: a part of the document, a chapter.
_PART = re.compile(r"第[一二三四五六七八九十]{1,3}(?:部分|章|节)|[一二三四五六七八九十]{1,3}、")
_SENTENCE_END = "。；;！？"


@dataclass
class Margins:
    """Where the text of sheets of one size begins and ends: body text where there is some, else anything."""

    left: float
    right: float = 0.0
    foot: float = 0.0
    ends: list[float] = field(default_factory=list)
    leftmost: float = 1e6
    outermost: float = 0.0

    def settle(self, size: float, width: float) -> None:
        """Find where full lines of ``size`` usually end; punctuation may hang over that.

        Where no line comes near the margin of a sheet of this ``width``, none is full.
        """
        self.left = min(self.left, width if self.ends else self.leftmost)
        self.right = self.outermost
        if self.ends:
            furthest = max(self.ends)
            near = Counter(round(end / 2) * 2 for end in self.ends if end >= furthest - 2.5 * size)
            self.right = max(near, key=lambda end: (near[end], end))
        if self.right < width - 1.5 * self.left - 2 * size:
            self.right = width - self.left


@dataclass
class Measures:
    """What is usual in a document: size and font of its body, distance of its lines, margins by size of sheet."""

    size: float
    font: str
    pitch: float
    margins: dict[tuple[int, int], Margins] = field(default_factory=dict)

    def margin(self, page: PageContent) -> Margins:
        return self.margins[_sheet(page)]


def joined(pages: Sequence[PageContent]) -> tuple[list[Block], list[str]]:
    """Blocks of the whole document in reading order, and notes on what was left out."""
    running = _drop_furniture(pages)
    measures = measured(pages)
    sequence = _with_whole_tables(pages, measures)
    blocks = _Paragraphs(measures).blocks(sequence)
    notes = []
    if running:
        notes.append(f"页眉页脚未计入正文：{'、'.join(f'“{text}”' for text in running[:3])}。")
    return blocks, notes


# --- page numbers and running heads ------------------------------------------------------------------------


def _drop_furniture(pages: Sequence[PageContent]) -> list[str]:
    """Take page numbers and running heads out of ``pages``; the running heads found."""
    counts: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for page in pages:
        for line in _outer(page):
            key = _DIGITS.sub("#", line.text)
            counts[key] += 1
            shown.setdefault(key, line.text)
    running = {k for k, n in counts.items() if n >= _RUNNING_MIN and 2 * n >= len(pages)}
    for page in pages:
        dropped = {
            id(line)
            for line in _outer(page)
            if _PAGE_NUMBER.match(line.text) or _DIGITS.sub("#", line.text) in running
        }
        page.blocks = [
            block
            for block in page.blocks
            if id(block) not in dropped and not (isinstance(block, TextLine) and _is_side_number(block))
        ]
    return [shown[key] for key in sorted(running) if not _PAGE_NUMBER.match(shown[key])]


def _outer(page: PageContent) -> list[TextLine]:
    """The outermost lines in the upper and lower margin, up to two each."""
    lines = [block for block in page.blocks if isinstance(block, TextLine)]
    above = [line for line in lines[:2] if line.y1 < _HEAD_ZONE * page.height]
    below = [line for line in lines[-2:] if line.y0 > _FOOT_ZONE * page.height and line not in above]
    return above + below


def _is_side_number(line: TextLine) -> bool:
    """The page number of a sheet that lies across: it stands turned at the edge."""
    return all(piece.sideways for piece in line.pieces) and bool(_PAGE_NUMBER.match(line.text))


# --- what is usual -----------------------------------------------------------------------------------------


def _sheet(page: PageContent) -> tuple[int, int]:
    return round(page.width / 5), round(page.height / 5)


def measured(pages: Sequence[PageContent]) -> Measures:
    """Sizes, fonts and margins by what most of the text does."""
    sizes: Counter[float] = Counter()
    fonts: Counter[str] = Counter()
    pitches: Counter[float] = Counter()
    for page in pages:
        if page.body_font:
            fonts[page.body_font] += 1
        lines = [block for block in page.blocks if isinstance(block, TextLine)]
        for before, line in zip([None, *lines], lines, strict=False):
            sizes[round(line.size * 2) / 2] += len(line.text)
            if before is not None and abs(before.size - line.size) < 0.5 and line.y0 > before.y0:
                pitches[round(line.y0 - before.y0)] += 1
    size = sizes.most_common(1)[0][0] if sizes else 0.0
    measures = Measures(
        size, fonts.most_common(1)[0][0] if fonts else "", pitches.most_common(1)[0][0] if pitches else 0.0
    )
    for page in pages:
        _widen(measures, page)
    widths = {_sheet(page): page.width for page in pages}
    for sheet, margins in measures.margins.items():
        margins.settle(size, widths[sheet])
    return measures


def _widen(measures: Measures, page: PageContent) -> None:
    found = measures.margins.setdefault(_sheet(page), Margins(page.width))
    for block in page.blocks:
        found.foot = max(found.foot, block.y1)
        found.leftmost = min(found.leftmost, block.x0)
        found.outermost = max(found.outermost, block.x1)
        if isinstance(block, TablePart):
            found.left = min(found.left, block.x0)
        elif len(block.text) > 8:
            found.left = min(found.left, block.x0)
            if abs(block.size - measures.size) < 1:
                found.ends.append(block.x1)


# --- tables ------------------------------------------------------------------------------------------------


def _with_whole_tables(
    pages: Sequence[PageContent], measures: Measures
) -> list[tuple[PageContent, TextLine | GrowingTable]]:
    """Lines and tables of all pages, a table's parts on following pages joined."""
    sequence: list[tuple[PageContent, TextLine | GrowingTable]] = []
    for before, page in zip([None, *pages], pages, strict=False):
        blocks = page.blocks
        last = sequence[-1][1] if sequence else None
        if before is not None and isinstance(last, GrowingTable) and last.last_page == before.number:
            place = _continuation(last, blocks, measures.margin(before).foot)
            if place is not None:
                part = blocks[place]
                assert isinstance(part, TablePart)
                last.parts.append((page.number, part))
                blocks = blocks[place + 1 :]
        for block in blocks:
            if isinstance(block, TextLine):
                sequence.append((page, block))
            elif _is_frame(block):
                sequence += [(page, line) for line in lines_of(block.pieces)]
            else:
                sequence.append((page, GrowingTable([(page.number, block)], _captions(sequence))))
    return sequence


def _is_frame(part: TablePart) -> bool:
    """One or two fields that continue no table: a box around text, a bar of a chart."""
    return len(part.ys) == 2 and len(part.cells) <= 2 and not part.torn


def _captions(sequence: Iterable[tuple[PageContent, TextLine | GrowingTable]]) -> list[str]:
    captions: list[str] = []
    for _, block in list(sequence)[: -_CAPTIONS_MAX - 1 : -1]:
        if isinstance(block, GrowingTable):
            break
        captions.append(_CONTINUED.sub("", block.text))
    return captions


def _continuation(table: GrowingTable, blocks: Sequence[TextLine | TablePart], foot: float) -> int | None:
    """Where in ``blocks`` the table goes on: first, or below its own caption printed again."""
    for place, block in enumerate(blocks[: _CAPTIONS_MAX + 1]):
        if isinstance(block, TablePart):
            return place if table.goes_on_in(block, foot) else None
        if _CONTINUED.sub("", block.text) not in ["", *table.captions]:
            return None
    return None


# --- paragraphs --------------------------------------------------------------------------------------------


class _Paragraphs:
    """Lines as paragraphs: a full line goes on in the next one unless that is indented."""

    def __init__(self, measures: Measures) -> None:
        self.measures = measures
        self.made: list[Block] = []
        self.text = ""
        self.first: tuple[PageContent, TextLine] | None = None
        self.last: tuple[PageContent, TextLine] | None = None

    def blocks(self, sequence: Iterable[tuple[PageContent, TextLine | GrowingTable]]) -> list[Block]:
        for page, block in sequence:
            if isinstance(block, GrowingTable):
                self._close()
                self.made.append(whole_table(block))
            elif self.last is not None and self._goes_on(*self.last, page, block):
                self.text = join(self.text, block.text)
                self.last = (page, block)
            else:
                self._close()
                self.text, self.first, self.last = block.text, (page, block), (page, block)
        self._close()
        return self.made

    def _goes_on(self, page: PageContent, before: TextLine, next_page: PageContent, line: TextLine) -> bool:
        size = line.size
        if abs(before.size - size) > 0.08 * max(size, 1):
            return False
        margin, next_margin = self.measures.margin(page), self.measures.margin(next_page)
        if margin.right - before.x1 > first_word_width(line) + 0.35 * size:
            return False
        if _is_centred(line, next_margin) and line.x0 - next_margin.left > size:
            # a long title; what else stands in the middle stands for itself
            return size >= _LARGER * self.measures.size and page is next_page and _is_centred(before, margin)
        if line.x0 - next_margin.left > 1.2 * size:
            return False
        if before.x0 - margin.left > 3.2 * size:  # set at the right edge or in the middle
            return False
        if _PART.match(line.text) or (before.text[-1] in _SENTENCE_END and _number_level(line.text)):
            return False
        if page is not next_page:
            return next_page.number == page.number + 1
        pitch = self.measures.pitch
        return not pitch or line.y0 - before.y0 <= _WIDE_PITCH * max(pitch, size)

    def _close(self) -> None:
        if self.first is not None:
            page, line = self.first
            self.made.append(Line(self.text, Spot(page=page.number), self._level(page, line)))
        self.first = self.last = None

    def _level(self, page: PageContent, line: TextLine) -> int:
        text = self.text
        if len(text) > _HEADING_CHARS_MAX or text[-1] in _SENTENCE_END + "，,、":
            return 0
        numbered = _number_level(text)
        if line.size >= _LARGER * self.measures.size:
            return numbered or 1
        font = page.fonts.get(line.pieces[0].first, "")
        if numbered and font and self.measures.font and font != self.measures.font:
            return numbered
        return 0


def _is_centred(line: TextLine, margin: Margins) -> bool:
    left, right = line.x0 - margin.left, margin.right - line.x1
    return abs(left - right) < 1.2 * line.size


def _number_level(text: str) -> int:
    for level, pattern in _LEVELS:
        if pattern.match(text):
            return level
    return 0
