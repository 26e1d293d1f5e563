"""Paragraphs of a document: torn lines joined, spaces of bad recognition dropped, headings and list marks understood.

Every character of a paragraph knows the line and the place it was printed at, so that a figure read from a joined
paragraph is still quoted from its own line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from guangsha.documents.reading.source import Line, SourceDocument, SourceTable, Spot
from guangsha.facts.fact import CellSource

#: Longest paragraph that is read as one; what follows is read as another, so that time stays in proportion.
PARAGRAPH_MAX = 12_000
#: Longest quote of one clause.
QUOTE_MAX = 160
#: A line this short without a full stop is a heading or a caption, not half a sentence.
_TORN_LEAST = 20
#: Cells of at least this length that hold a full sentence are read as prose.
_CELL_LEAST = 16

_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_ORDINAL = "一二三四五六七八九十"
#: Marks of headings and list items by their level, outermost first.
_MARKS: tuple[tuple[int, re.Pattern[str]], ...] = (
    (1, re.compile(rf"第(?P<n>[{_ORDINAL}\d]+)(?:部分|章|节)")),
    (2, re.compile(rf"(?P<n>[{_ORDINAL}]{{1,3}})[、.](?!是)")),
    (3, re.compile(rf"[(](?P<n>[{_ORDINAL}]{{1,3}})[)]")),
    (4, re.compile(r"(?P<n>\d{1,2})\s*(?:[、。](?!\d+[、.]\d)|[.](?=\s|\D|20\d\d\s*年|$))\s*")),
    (5, re.compile(r"[(](?P<n>\d{1,2})[)]")),
)
_BULLET = re.compile(r"^[\s\-•·*●■◆□]+")
_PAGE_NUMBER = re.compile(r"^[\s\-—–]*\d{1,3}[\s\-—–]*$|^第\s*\d+\s*页(?:\s*共\s*\d+\s*页)?$")
_ENDED = re.compile(r"[。;:!?.][\"”’』」)\]]*$")
_TORN_START = re.compile(r"^\s*[,，;；。、%％)）]|^\s*[万亿]?元")
_SCORING = re.compile(r"[得扣计]\s*\d+(?:\.\d+)?\s*分|每(?:低于|减少|少|超|增加|下降)")


@dataclass(frozen=True, slots=True)
class Mark:
    """A list mark or heading number: its level (1 outermost) and its number."""

    level: int
    number: int


@dataclass(frozen=True, slots=True)
class Piece:
    """One printed line (or cell) inside a paragraph, from ``start`` of the paragraph's text on."""

    start: int
    raw: str
    spot: Spot


@dataclass(frozen=True, eq=False)
class Passage:
    """One paragraph as squeezed text: half-width digits and marks, no spaces between Chinese characters.

    ``origins`` gives for each character its place in the raw text of its piece. ``headings`` are the titles that it
    stands under, outermost first; ``cell`` says that it was read from a table, ``form`` that the table is a scoring sheet or another form whose
    cells are read as figures of their own.
    """

    text: str
    pieces: tuple[Piece, ...]
    origins: tuple[int, ...]
    mark: Mark | None = None
    headings: tuple[str, ...] = ()
    cell: bool = False
    form: bool = False

    def piece(self, at: int) -> Piece:
        """The piece that holds character ``at``."""
        found = self.pieces[0]
        for piece in self.pieces:
            if piece.start > at:
                break
            found = piece
        return found

    def quote(self, start: int, end: int) -> str:
        """The printed clause around ``start``..``end``, within the line of ``start``."""
        piece = self.piece(start)
        stop = min((p.start for p in self.pieces if p.start > piece.start), default=len(self.text))
        left = max((self.text.rfind(c, piece.start, start) for c in "。;;,"), default=-1) + 1
        left = max(left, piece.start)
        ends = [at for c in "。;," if (at := self.text.find(c, min(end, stop), stop)) >= 0]
        right = min([*ends, stop])
        if right <= left:
            return ""
        said = piece.raw[self.origins[left] : self.origins[right - 1] + 1].strip()
        if len(said) > QUOTE_MAX:
            middle = self.origins[start] - self.origins[left]
            said = said[max(0, middle - QUOTE_MAX // 2) : middle + QUOTE_MAX // 2]
        return said

    def source(self, document: SourceDocument, start: int, end: int) -> CellSource:
        return document.source(self.piece(start).spot, quote=self.quote(start, end))

    @property
    def title(self) -> str:
        """What stands before the first colon of a list item (``3.社会保障和就业支出:…``); empty when it is long."""
        head, colon, _ = self.text.partition(":")
        return head if colon and len(head) <= 40 and not re.search(r"[。;,]", head) else ""


def squeeze(raw: str) -> tuple[str, list[int]]:
    """``raw`` in half width without the spaces of bad recognition, and where each character stood.

    >>> squeeze("支出 22854. 27 万元，其中")[0]
    '支出22854.27万元,其中'
    """
    letters: list[str] = []
    origins: list[int] = []
    for place, char in enumerate(raw):
        if char.isascii() or char in _CIRCLED:
            letters.append(char)
            origins.append(place)
            continue
        for part in unicodedata.normalize("NFKC", char):
            letters.append(part)
            origins.append(place)
    made: list[str] = []
    kept: list[int] = []
    count = len(letters)
    place = 0
    while place < count:
        char = letters[place]
        if not char.isspace() and char.isprintable():
            made.append(char)
            kept.append(origins[place])
            place += 1
            continue
        end = place
        while end < count and (letters[end].isspace() or not letters[end].isprintable()):
            end += 1
        if made and end < count and _keeps_space(made, letters, end):
            made.append(" ")
            kept.append(origins[place])
        place = end
    return "".join(made), kept


def _keeps_space(before: list[str], letters: list[str], after: int) -> bool:
    """A space stays only between two figures or words of Latin letters; ``22854. 27`` and ``1, 212.84`` are one figure."""
    left, right = before[-1], letters[after]
    if not (left.isascii() and right.isascii() and right.isalnum()):
        return False
    if left in ".," and right.isdigit() and len(before) > 1 and before[-2].isdigit():
        return False
    return left.isalnum()


def _marked(raw: str) -> tuple[Mark | None, int]:
    """The mark at the start of ``raw`` and where the words after it begin."""
    bullet = _BULLET.match(raw)
    start = bullet.end() if bullet else 0
    if raw[start : start + 1] in _CIRCLED and start < len(raw):
        return Mark(6, _CIRCLED.index(raw[start]) + 1), start + 1
    head = unicodedata.normalize("NFKC", raw[start : start + 14])
    for level, pattern in _MARKS:
        found = pattern.match(head)
        if found is not None and len(head) == len(raw[start : start + 14]):
            return Mark(level, _number(found["n"])), start + found.end()
    return None, start


#: An item whose words begin with a digit (``6.24小时值守``); with a measure behind it, it is a figure.
_GLUED_ITEM = re.compile(
    r"(?P<n>\d{1,2})[.．](?=\d)(?!\d+\s*(?:[万亿]|元|[%％‰]|平方|㎡|公里|个百分点|倍|分(?!类)))"
)


def _next_mark(raw: str, last: Mark | None) -> tuple[Mark | None, int]:
    """The mark of the item after item ``last`` where a figure follows its number at once."""
    found = _GLUED_ITEM.match(raw)
    if found is None or last is None or last.level != 4 or int(found["n"]) != last.number + 1:
        return None, 0
    return Mark(4, last.number + 1), found.end()


def _number(text: str) -> int:
    if text.isascii() and text.isdigit():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return _ORDINAL.find(text[-1]) + 1
    return (_ORDINAL.find(tens) + 1 if tens else 1) * 10 + (_ORDINAL.find(ones) + 1 if ones else 0)


@dataclass(slots=True)
class _Draft:
    """Lines of one paragraph while they are being joined."""

    mark: Mark | None
    cell: bool = False
    form: bool = False
    letters: list[str] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)

    def add(self, raw: str, skip: int, spot: Spot) -> None:
        text, origins = squeeze(raw[skip:])
        if not text:
            return
        last = self.letters[-1] if self.letters else ""
        if last and last.isascii() and last.isalnum() and text[0].isascii() and text[0].isalnum():
            # "41" at the end of a line and "39" at the start of the next are two figures
            self.letters.append(" ")
            self.origins.append(self.origins[-1])
        self.pieces.append(Piece(len(self.letters), raw, spot))
        self.letters.extend(text)
        self.origins.extend(place + skip for place in origins)

    def passage(self, headings: tuple[str, ...]) -> Passage:
        text = "".join(self.letters)
        return Passage(
            text, tuple(self.pieces), tuple(self.origins), self.mark, headings, self.cell, self.form
        )


def passages(document: SourceDocument) -> list[Passage]:
    """All paragraphs in reading order, long cells of tables included."""
    made: list[Passage] = []
    trail: dict[int, str] = {}
    draft: _Draft | None = None
    last: Mark | None = None

    def close() -> None:
        nonlocal draft
        if draft is not None and draft.pieces:
            above = draft.mark.level if draft.mark else 99
            passage = draft.passage(tuple(trail[level] for level in sorted(trail) if level < above))
            made.append(passage)
            _entitle(trail, passage)
        draft = None

    for block in document.blocks:
        if isinstance(block, SourceTable):
            close()
            headings = tuple(trail[level] for level in sorted(trail))
            made.extend(_cell_passages(block, headings))
            continue
        raw = block.text
        if not raw.strip() or _PAGE_NUMBER.match(raw.strip()):
            continue
        mark, skip = _marked(raw)
        if mark is None:
            mark, skip = _next_mark(raw, last)
        if mark is not None:
            last = mark
        if draft is None or not _continues(draft, mark, block, raw):
            close()
            draft = _Draft(mark)
        elif mark is not None:
            skip = 0
        draft.add(raw, skip, block.spot)
    close()
    return made


def _continues(draft: _Draft, mark: Mark | None, line: Line, raw: str) -> bool:
    """Whether ``line`` goes on with the sentence that ``draft`` left open."""
    text = "".join(draft.letters[-PARAGRAPH_MAX:])
    if mark is not None or line.level or len(draft.letters) > PARAGRAPH_MAX:
        return False
    if not text or _ENDED.search(text):
        return False
    if (
        text.endswith((",", "、"))
        or _TORN_START.match(raw)
        or (re.search(r"\d[万亿]?$", text) and len(text) >= _TORN_LEAST)
    ):
        return True
    return len(text) >= _TORN_LEAST and bool(re.search(r"[,。;、]", text)) and not text.endswith("说明")


def _entitle(trail: dict[int, str], passage: Passage) -> None:
    """Keep the titles that the next paragraphs stand under."""
    text = passage.text
    titled = len(text) <= 60 and not re.search(r"[。;]", text)
    if passage.mark is not None:
        for level in [known for known in trail if known >= passage.mark.level and known != _FREE]:
            del trail[level]
        if passage.mark.level == 1:
            trail.pop(_FREE, None)
        if titled or passage.title:
            trail[passage.mark.level] = text if titled else passage.title
    elif titled and re.search(r"(?:结果|报告|说明|情况|综述|自评表)$", text):
        trail[_FREE] = text


#: Level of a title without a mark ("…项目绩效自评结果"): it outlives the numbered headings below it.
_FREE = 0


_FORM = re.compile(r"指标|分值|得分|执行率|科目编码|预算数|决算数")


def _cell_passages(table: SourceTable, headings: tuple[str, ...]) -> Iterator[Passage]:
    form = sum(1 for cell in table.cells if len(cell.text) <= 20 and _FORM.search(cell.text)) >= 2
    heads = {
        cell.column: squeeze(cell.text)[0] for cell in table.cells if cell.row == 0 and len(cell.text) <= 20
    }
    for cell in table.cells:
        said = cell.text
        if len(said) < _CELL_LEAST or _SCORING.search(said) or not re.search(r"\d", said):
            continue
        if not re.search(r"[。；;，,：:、]", said):
            continue
        head = heads.get(cell.column, "") if cell.row else ""
        above = (*headings, head) if head else headings
        draft = _Draft(None, True, form)
        for line in _paragraphs_of_cell(said):
            mark, skip = _marked(line)
            if draft.pieces and (mark is not None or _ENDED.search("".join(draft.letters))):
                yield draft.passage(above)
                draft = _Draft(mark, True, form)
            elif not draft.pieces:
                draft = _Draft(mark, True, form)
            elif mark is not None:
                skip = 0
            draft.add(line, skip, cell.spot)
        if draft.pieces:
            yield draft.passage(above)


def _paragraphs_of_cell(said: str) -> Iterable[str]:
    return [line for line in re.split(r"\n|</?p>", said) if line.strip()]
