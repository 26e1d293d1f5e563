"""A Word file (docx) as lines and tables: what Word prints, with the index of the paragraph where each thing stands.

**Paragraph index** (``Spot.anchor``): position, from 0, of the ``w:p`` element among *all* ``w:p`` elements under
``w:body`` in document order, :func:`paragraphs_in_order`. Paragraphs in tables, nested tables, text boxes (also in
the ``mc:Fallback`` that repeats one for older programs), content controls and tracked deletions all count, so that the
number depends on nothing but the file. A cell's anchor is its first paragraph, a table's that of its first cell.

Printed means: tracked insertions are in, deletions out; hidden text out; automatic numbers in; results of fields in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from guangsha.documents.reading import limits
from guangsha.documents.reading.docx_numbering import (
    VAL,
    Numbering,
    Style,
    W,
    list_of,
    only_used,
    outline_of,
    read_styles,
)
from guangsha.documents.reading.docx_package import DocxParts, Element, damaged, open_docx, parse
from guangsha.documents.reading.docx_plain_tables import CUT, Cutting, PlainTable, cut_plain_tables
from guangsha.documents.reading.docx_tables import AROUND, grid_cells
from guangsha.documents.reading.docx_text import P_PROPERTIES, TBL, P, TextReader
from guangsha.documents.reading.printed_text import printed
from guangsha.documents.reading.source import Block, Line, SourceDocument, SourceTable, Spot
from guangsha.kernel.errors import InputError

_STYLE, _LIST, _OUTLINE = W + "pStyle", W + "numPr", W + "outlineLvl"
_BODY_TEXT = 9  # the outline level of text that is no heading


def paragraphs_in_order(body: Element) -> Iterator[Element]:
    """Every ``w:p`` under ``body`` in the order that ``Spot.anchor`` counts."""
    return iter(body.iter(P))


def read_docx(data: bytes, name: str) -> SourceDocument:
    """The document in ``data``.

    Args:
        name: the file's name, for spots and messages.

    Raises:
        InputError: no docx, encrypted, damaged, hostile, or without any text.
    """
    parts = open_docx(data, name)
    reader = _Reader(parts, name)
    blocks = reader.blocks_of(reader.body)
    if not blocks:
        raise InputError(
            "文档里没有文字",
            where=name,
            advice="如果内容是扫描图片，请提供可复制文字的版本，或安装文字识别组件。",
        )
    return SourceDocument(
        name, "docx", tuple(blocks), notes=reader.notes(), metadata=_metadata(parts, reader, name)
    )


def _root(content: bytes, name: str) -> Element | None:
    return parse(content, name) if content else None


@dataclass(slots=True)
class _Reader:
    """Walks the body once, in document order: automatic numbers depend on what stood before."""

    parts: DocxParts
    name: str
    plain_tables: bool = True
    body: Element = field(init=False)
    styles: dict[str, Style] = field(init=False)
    default_style: str = field(init=False)
    numbering: Numbering = field(init=False)
    tables: dict[str, PlainTable] = field(init=False)
    text: TextReader = field(init=False)
    places: dict[Element, int] = field(init=False)
    footnotes: dict[tuple[str, str], Element] = field(init=False)
    struck: int = field(init=False)
    inserted: int = field(init=False)
    embedded: bool = field(init=False)
    cells: int = 0

    def __post_init__(self) -> None:
        document = self.parts.document
        cutting = cut_plain_tables(document) if self.plain_tables else Cutting(document)
        self._read_styles(cutting)
        if any(
            self.styles[key].list_id > 0
            for key in cutting.styles | {self.default_style}
            if key in self.styles
        ):
            cutting = Cutting(document)  # paragraphs numbered by their style count in tables too
        rest = cutting.rest
        listed = b"<w:numPr" in rest or any(style.list_id > 0 for style in self.styles.values())
        self.numbering = Numbering(_root(self.parts.first("numbering"), self.name) if listed else None)
        self.text = TextReader(hidden=b"<w:vanish" in rest, boxed=b"txbxContent" in rest)
        self.struck = rest.count(b"<w:del ") + rest.count(b"<w:moveFrom ")
        self.inserted = rest.count(b"<w:ins ") + rest.count(b"<w:moveTo ")
        self.embedded = b"<w:altChunk" in rest
        self._parse(cutting)
        self.footnotes = {}
        for kind in ("footnotes", "endnotes"):
            root = _root(self.parts.first(kind), self.name)
            for element in () if root is None else root:
                # separators are footnotes too, of their own type
                if element.get(W + "type") in (None, "normal"):
                    self.footnotes[(kind, element.get(W + "id") or "")] = element

    def _read_styles(self, cutting: Cutting) -> None:
        styles = only_used(self.parts.first("styles"), cutting.rest, cutting.styles)
        self.styles, self.default_style = read_styles(_root(styles, self.name))

    def _parse(self, cutting: Cutting) -> None:
        """The body without its plain tables, and the index of every paragraph left in it."""
        self.tables = cutting.tables
        body = parse(cutting.rest, self.name).find(W + "body")
        if body is None:
            raise damaged(self.name)
        self.body = body
        # Holding the elements keeps lxml from making new ones for them, so that they can be looked up.
        self.places = {}
        place = 0
        for element in body.iter(P, TBL):
            if element.tag == P:
                self.places[element] = place
                place += 1
            elif (table := self.tables.get(element.get(CUT))) is not None:
                self.places[element] = place
                place += table.paragraphs
        if place > limits.LINES_MAX:
            raise InputError(
                f"文档有 {place} 个段落，超过上限", where=self.name, advice="请核对是否选错了文件。"
            )

    # --- blocks -------------------------------------------------------------------------------------------

    def blocks_of(self, parent: Element) -> list[Block]:
        """Lines and tables directly under ``parent``: the body, a text box, a footnote."""
        blocks: list[Block] = []
        carried = ""
        adjoining = False  # nothing stands between this table and the one before
        for element in self._content(parent):
            if element.tag == P:
                adjoining = False
                lines, carried = self._paragraph(element, carried)
                blocks.extend(lines)
            else:
                found = self._table(element, continues=adjoining)
                adjoining = adjoining or bool(found)
                blocks.extend(found)
        if carried and blocks:
            blocks.append(Line(printed(carried)))
        return blocks

    def _content(self, parent: Element) -> Iterator[Element]:
        for child in parent:
            if child.tag in (P, TBL):
                yield child
            elif child.tag in AROUND:
                yield from self._content(child)

    def _paragraph(self, element: Element, carried: str) -> tuple[list[Block], str]:
        """The line of a paragraph and what hangs on it; or its text, where tracked changes struck out its end."""
        properties = element.find(P_PROPERTIES)
        number, level = self._number_and_level(properties)
        found = self.text.read(element)
        if self.struck and _end_struck_out(properties):
            return [], carried + found.text
        spot = Spot(anchor=str(self.places[element])) if element in self.places else Spot()
        text = printed(carried + found.text)
        blocks: list[Block] = []
        if text:
            blocks.append(Line(number + text, spot, level))
        for box in found.boxes:
            blocks.extend(self.blocks_of(box))
        for note in found.notes:
            if note in self.footnotes:
                texts = [printed(self.text.read(p).text) for p in self.footnotes[note].iter(P)]
                blocks.append(Line("\n".join(t for t in texts if t), spot))
        return blocks, ""

    def _number_and_level(self, properties: Element | None) -> tuple[str, int]:
        """The automatic number before the text, and the heading level (0 for body text)."""
        key, outline, list_id, level = "", -1, -1, -1
        if properties is not None:
            for child in properties:
                tag = child.tag
                if tag == _STYLE:
                    key = child.get(VAL) or ""
                elif tag == _LIST:
                    list_id, level = list_of(properties)
                elif tag == _OUTLINE:
                    outline = outline_of(properties)
        style = self.styles.get(key or self.default_style)
        if style is not None:
            outline = outline if outline >= 0 else style.outline
            if list_id < 0 and style.list_id >= 0:
                list_id = style.list_id
                level = style.level if style.level >= 0 else self.numbering.by_style.get(key, (0, 0))[1]
        number = self.numbering.number(list_id, max(level, 0)) if list_id > 0 else ""
        return number, outline + 1 if 0 <= outline < _BODY_TEXT else 0

    # --- tables -------------------------------------------------------------------------------------------

    def _table(self, element: Element, *, continues: bool) -> list[Block]:
        """The table, then the tables and text boxes inside its cells, each as a block of its own."""
        after: list[Block] = []
        plain = self.tables.get(element.get(CUT))
        if plain is not None:
            cells = plain.cells(self.places[element])
        else:
            cells = [cell.as_cell(*self._cell(cell.content, after)) for cell in grid_cells(element)]
        self.cells += len(cells)
        if self.cells > limits.CELLS_MAX:
            raise InputError("表格的单元格过多", where=self.name, advice="请核对是否选错了文件。")
        if not any(cell.text for cell in cells):
            return after
        return [SourceTable(tuple(cells), cells[0].spot, continues=continues), *after]

    def _cell(self, element: Element, after: list[Block]) -> tuple[str, Spot]:
        texts: list[str] = []
        spot = Spot()
        for block in self.blocks_of(element):
            if isinstance(block, Line):
                texts.append(block.text)
            else:
                texts.append("\n".join(cell.text for cell in block.cells if cell.text))
                after.append(block)
        first = next(element.iter(P), None)
        if first is not None and first in self.places:
            spot = Spot(anchor=str(self.places[first]))
        return "\n".join(texts), spot

    # --- what had to be decided ---------------------------------------------------------------------------

    def notes(self) -> tuple[str, ...]:
        notes: list[str] = []
        if self.struck or self.inserted:
            notes.append(
                f"文档带有修订痕迹（插入 {self.inserted} 处、删除 {self.struck} 处），按接受全部修订后的文字读取。"
            )
        if self.text.hidden_runs:
            notes.append("文档含有不打印的隐藏文字，未读取。")
        if self.parts.macros:
            notes.append("文档带有宏，未执行，只读取文字。")
        if self.embedded:
            notes.append("文档内嵌了其他文件的内容，未读取；请在 Word 中另存一份后再核对。")
        return tuple(notes)


def _end_struck_out(properties: Element | None) -> bool:
    """Whether tracked changes struck out the end of the paragraph, joining it to the next."""
    marks = properties.find(W + "rPr") if properties is not None else None
    return marks is not None and (marks.find(W + "del") is not None or marks.find(W + "moveFrom") is not None)


def _metadata(parts: DocxParts, reader: _Reader, name: str) -> dict[str, Any]:
    """Texts of page heads and feet, each once."""
    metadata: dict[str, Any] = {}
    for kind, key in (("header", "headers"), ("footer", "footers")):
        texts: dict[str, None] = {}
        for content in parts.parts.get(kind, ()):
            root = parse(content, name)
            text = "\n".join(t for t in (printed(reader.text.read(p).text) for p in root.iter(P)) if t)
            if text:
                texts[text] = None
        if texts:
            metadata[key] = list(texts)
    return metadata
