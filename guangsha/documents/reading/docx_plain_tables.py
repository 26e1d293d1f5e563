"""Tables that hold nothing but text, taken out of ``document.xml`` before it is parsed.

Such tables are nine tenths of a report's XML, and building elements for them takes most of the time of reading it:
cutting their text out as text is several times as fast. Whatever is not plainly such a table stays in place and is
read element by element (:mod:`~guangsha.documents.reading.docx_tables`); a test holds both ways to equal results.

The rows of a table look alike: the XML around the texts of one is that of many. So it is looked into once for every
different *frame* (a row without its texts), not for every row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from xml.sax.saxutils import unescape

from guangsha.documents.reading.docx_numbering import whole
from guangsha.documents.reading.docx_tables import COLUMNS_MAX, WrittenCell, make_cell, place
from guangsha.documents.reading.printed_text import EDGES, printed
from guangsha.documents.reading.source import Spot, TableCell

#: The attribute that numbers the tables taken out, on the empty ``w:tbl`` left in their place.
CUT = "guangsha-cut"

_NAMESPACE = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
#: The namespaces are declared on the root element; the longest list of them known is half as long.
_ROOT_BYTES = 8_000
_TABLE_EDGE = re.compile(rb"w:tbl[ >]")
_TEXT = re.compile(rb"<w:t(?: [^<>/]*)?>([^<]*)</w:t>")
_TAG = re.compile(rb"<(/?[\w.:-]+|[!?])([^<>]*)>")
#: Word marks every paragraph and row with numbers of its own, which would make every frame different.
_OWN_NUMBERS = re.compile(rb' (?:w14:(?:paraId|textId)|w:rsid\w*)="[0-9A-F]{8}"')
#: What is not simply printed where it stands, or counts: tables with any of it are read by elements.
_NOT_PLAIN = frozenset(
    f"w:{name}".encode()
    for name in (
        "ins", "del", "moveFrom", "moveTo", "numPr", "sym", "ruby", "vanish", "hMerge", "drawing", "pict", "object",
        "footnoteReference", "endnoteReference", "altChunk", "cellDel", "cellMerge", "cellIns",
    )
)  # fmt: skip
_CHARACTERS = {b"w:tab": "\t", b"w:ptab": "\t", b"w:cr": "\n", b"w:br": "\n", b"w:noBreakHyphen": "-"}
_VALUE = re.compile(rb' w:val="([^"]*)"')
_REFERENCE = re.compile(r"&#(x[0-9a-fA-F]{1,6}|[0-9]{1,7});")
_ENTITIES = {"&quot;": '"', "&apos;": "'"}


#: A paragraph: the places of its texts among those of the row, and what is printed between them.
_Paragraph = list[int | str]


@dataclass(slots=True)
class _CellFrame:
    """A cell without its texts; ``first`` is the place of its first paragraph in the row."""

    first: int
    paragraphs: list[_Paragraph] = field(default_factory=list)
    columns: int = 1
    down: str = ""

    def text(self, texts: list[str]) -> str:
        lines = (
            "".join([texts[piece] if isinstance(piece, int) else piece for piece in paragraph])
            for paragraph in self.paragraphs
        )
        return "\n".join(line for line in (printed(line) for line in lines) if line)


@dataclass(slots=True)
class _Frame:
    """A row without its texts. ``simple``: for each cell its one text (-1: none) and its first paragraph."""

    plain: bool = True
    cells: list[_CellFrame] = field(default_factory=list)
    paragraphs: int = 0
    before: int = 0
    merged: bool = False
    simple: list[tuple[int, int]] | None = None
    styles: set[str] = field(default_factory=set)


_Frames = dict[tuple[bytes, ...], _Frame]


#: A row: its frame, its texts, the place of its first paragraph in the table.
_Row = tuple[_Frame, list[str], int]


@dataclass(slots=True)
class PlainTable:
    """The rows of one table, and how many paragraphs they hold."""

    rows: list[_Row]
    paragraphs: int

    def cells(self, first: int) -> list[TableCell]:
        """Its visible cells; ``first`` is the index of its first paragraph in the document."""
        cells: list[TableCell] = []
        r = 0
        for merged, together in groupby(self.rows, key=_is_merged):
            rows = list(together)
            if merged:
                # only rows with merged cells that follow each other can share one
                cells += _merged_cells(rows, r, first)
            else:
                for n, row in enumerate(rows, r):
                    cells += _row_cells(row, n, first)
            r += len(rows)
        return cells


def _is_merged(row: _Row) -> bool:
    return row[0].merged


def _row_cells(row: _Row, r: int, first: int) -> list[TableCell]:
    frame, texts, start = row
    start += first
    if frame.simple is None:
        return [
            make_cell(cell.text(texts), r, c, str(start + cell.first)) for c, cell in enumerate(frame.cells)
        ]
    return [
        make_cell(texts[text].strip(EDGES), r, c, str(start + paragraph))
        for c, (text, paragraph) in enumerate(frame.simple)
    ]


def _merged_cells(rows: list[_Row], r: int, first: int) -> list[TableCell]:
    placed = place(
        (
            frame.before,
            [
                WrittenCell((cell.text(texts), start + cell.first), cell.columns, cell.down)
                for cell in frame.cells
            ],
        )
        for frame, texts, start in rows
    )
    cells: list[TableCell] = []
    for cell in placed:
        text, paragraph = cell.content
        cell.row += r
        cells.append(cell.as_cell(text, Spot(anchor=str(first + paragraph))))
    return cells


@dataclass(slots=True)
class Cutting:
    """The document without its plain tables, these by the number left in their place, and the styles they use."""

    rest: bytes
    tables: dict[str, PlainTable] = field(default_factory=dict)
    styles: set[str] = field(default_factory=set)


def cut_plain_tables(document: bytes) -> Cutting:
    """Take the plain tables out of ``document``."""
    if not _is_usual(document):
        return Cutting(document)
    try:
        return _cut(document)
    except UnicodeDecodeError:
        return Cutting(document)  # for the parser to refuse


def _cut(document: bytes) -> Cutting:
    cutting = Cutting(document)
    frames: _Frames = {}
    pieces: list[bytes] = []
    end = 0
    for start, stop in _outermost(document):
        table = _read(document[start:stop], frames)
        if table is not None:
            number = str(len(cutting.tables))
            cutting.tables[number] = table
            pieces += (document[end:start], f'<w:tbl {CUT}="{number}"/>'.encode())
            end = stop
    if pieces:
        cutting.rest = b"".join([*pieces, document[end:]])
        cutting.styles = {style for frame in frames.values() for style in frame.styles}
    return cutting


def _is_usual(document: bytes) -> bool:
    """The usual prefix, and nothing in which a tag could stand that is none (comments, CDATA)."""
    # single bytes are found at once, pairs are not: the pairs are looked for only where there is reason
    return (
        _NAMESPACE in document[:_ROOT_BYTES]
        and b"\r" not in document[100:]
        and (document.find(b"!") < 0 or b"<!" not in document)
        and (document.find(b"?", 100) < 0 or document.find(b"<?", 1) < 0)
    )


def _outermost(document: bytes) -> Iterator[tuple[int, int]]:
    """Where tables that hold no other table begin and end."""
    depth, start, nested = 0, 0, False
    for edge in _TABLE_EDGE.finditer(document):
        before = document[edge.start() - 1]
        if before == 0x2F:  # "/"
            depth -= 1
            if depth == 0 and not nested:
                yield start, edge.end()
            depth = max(depth, 0)
        elif before == 0x3C:  # "<"
            if depth == 0:
                start, nested = edge.start() - 1, False
            else:
                nested = True
            depth += 1


def _read(xml: bytes, frames: _Frames) -> PlainTable | None:
    """The table in ``xml``, or None where it is not plain."""
    if b" w:rsid" in xml or b" w14:" in xml:
        xml = _OWN_NUMBERS.sub(b"", xml)
    rows: list[_Row] = []
    paragraphs = 0
    *row_texts, last = xml.split(b"</w:tr>")
    if last != b"</w:tbl>":
        return None
    for row in row_texts:
        pieces = _TEXT.split(row)
        key = tuple(pieces[::2])
        frame = frames.get(key)
        if frame is None:
            frame = frames[key] = _frame_of(key)
        if not frame.plain:
            return None
        rows.append((frame, _texts(pieces[1::2]), paragraphs))
        paragraphs += frame.paragraphs
    return PlainTable(rows, paragraphs)


def _texts(contents: list[bytes]) -> list[str]:
    """The texts of a row, and an empty one at the end for cells that have none."""
    joined = b"\x00".join(contents).decode().replace("\xa0", " ")
    texts = joined.split("\x00")
    if "&" in joined:
        texts = [_decoded(text) for text in texts]
    texts.append("")
    return texts


def _frame_of(pieces: tuple[bytes, ...]) -> _Frame:
    """Look into a row without its texts; ``pieces`` is what stands before, between and after them."""
    frame = _Frame()
    in_tab_stops = False
    for n, piece in enumerate(pieces):
        if n and frame.cells and frame.cells[-1].paragraphs:
            frame.cells[-1].paragraphs[-1].append(n - 1)
        for name, rest in _TAG.findall(piece):
            if name in _NOT_PLAIN or name.lstrip(b"/")[:2] != b"w:" or b"xmlns" in rest:
                return _Frame(plain=False)
            if name in (b"w:tabs", b"/w:tabs"):
                in_tab_stops = name == b"w:tabs"
            elif not in_tab_stops:
                _take(frame, name, rest)
    frame.merged = frame.before > 0 or any(cell.columns > 1 or cell.down for cell in frame.cells)
    if all(len(cell.paragraphs) <= 1 and _is_single(cell) for cell in frame.cells):
        frame.simple = [
            (int(next((p[0] for p in cell.paragraphs if p), -1)), cell.first) for cell in frame.cells
        ]
    return frame


def _is_single(cell: _CellFrame) -> bool:
    return all(len(p) == 0 or (len(p) == 1 and isinstance(p[0], int)) for p in cell.paragraphs)


def _take(frame: _Frame, name: bytes, rest: bytes) -> None:
    """What one tag says of the row."""
    if name == b"w:tc":
        frame.cells.append(_CellFrame(frame.paragraphs))
    elif name == b"w:p":
        frame.paragraphs += 1
        if frame.cells:
            frame.cells[-1].paragraphs.append([])
    elif name == b"w:gridBefore":
        frame.before = _number(rest, 0)
    elif name == b"w:pStyle":
        frame.styles.add(_value(rest).decode())
    elif frame.cells:
        cell = frame.cells[-1]
        if name == b"w:gridSpan":
            cell.columns = min(max(_number(rest, 1), 1), COLUMNS_MAX)
        elif name == b"w:vMerge":
            cell.down = "restart" if _value(rest) == b"restart" else "continue"
        elif name in _CHARACTERS and cell.paragraphs:
            # the end of a page or column is no end of a line of text
            printed_at_all = b'w:type="' not in rest or b"textWrapping" in rest
            cell.paragraphs[-1].append(_CHARACTERS[name] if printed_at_all else "")


def _value(rest: bytes) -> bytes:
    found = _VALUE.search(rest)
    return found[1] if found else b""


def _number(rest: bytes, otherwise: int) -> int:
    return whole(_value(rest).decode(errors="replace"), otherwise)


def _decoded(text: str) -> str:
    if "&#" in text:
        text = _REFERENCE.sub(_character, text)
    return unescape(text, _ENTITIES)


def _character(reference: re.Match[str]) -> str:
    digits = reference[1]
    code = int(digits[1:], 16) if digits[0] == "x" else int(digits)
    # an ampersand by number must not begin another reference when entities are read after it
    return "&amp;" if code == 0x26 else chr(code) if 0x09 <= code < 0x110000 else ""
