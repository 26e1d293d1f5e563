"""A published web page as lines and tables: the report in it, without script, style and navigation.

``Spot.line`` is the line of the file where the element opens, ``Spot.anchor`` its path (XPath) from the root, for a
line that of the element in which its text begins.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from guangsha.documents.reading import limits
from guangsha.documents.reading.docx_numbering import whole
from guangsha.documents.reading.docx_numerals import numeral
from guangsha.documents.reading.html_tables import place_cells, rows_of
from guangsha.documents.reading.printed_text import printed
from guangsha.documents.reading.source import Block, Line, SourceDocument, SourceTable, Spot, TableCell
from guangsha.documents.reading.text_encoding import decode_text
from guangsha.kernel.errors import InputError

Element = Any

#: Elements whose text is no text of the page.
_SKIPPED = frozenset(
    [
        "script",
        "style",
        "nav",
        "noscript",
        "template",
        "head",
        "iframe",
        "object",
        "embed",
        "svg",
        "math",
        "canvas",
        "select",
        "option",
        "textarea",
        "button",
        "dialog",
        "audio",
        "video",
        "map",
        "del",
    ]
)
#: Elements that stand within a line; every other one begins a line and ends one.
_INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "nobr",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
        "img",
        "input",
        "o:p",
        "st1:chmetcnv",
        "st1:chsdate",
    ]
)
_HEADING = re.compile(r"h([1-6])")
#: Pages of our own writer say the level of a heading in its class: the tag depends on the page around it.
_HEADING_CLASS = re.compile(r"(?:^|\s)head([1-4])(?:\s|$)")
_LIST_FORMS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{2,40})|<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{2,40})""",
    re.IGNORECASE,
)
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n\f]+")
#: A line end in the source between two Chinese characters is no blank on the page.
_LINE_END_BETWEEN = re.compile(
    r"(?<=[\u2e80-\u9fff\uff00-\uffef])[ \t]*[\r\n][ \t\r\n]*(?=[\u2e80-\u9fff\uff00-\uffef])"
)
_SKIP_NOTE = "见核对发现"
#: An article with less text than this is a teaser, not the report.
_ARTICLE_CHARS_MIN = 200


def read_html(data: bytes, name: str) -> SourceDocument:
    """The document in ``data``.

    Args:
        name: the file's name, for spots and messages.

    Raises:
        InputError: no text, binary noise, or nested and long beyond any real page.
    """
    declared = _DECLARED.search(data[:4096])
    said = next((part for part in declared.groups() if part), b"") if declared else b""
    decoded = decode_text(data, name, declared=said.decode("ascii", "replace"))
    root = _parsed(decoded.text, name)
    blocks: list[Block] = []
    metadata: dict[str, Any] = {}
    if root is not None:
        blocks = _blocks(root, name)
        title = printed(" ".join((root.findtext(".//title") or "").split()))
        metadata = {"title": title} if title else {}
    if not blocks:
        raise InputError(
            "网页里没有文字", where=name, advice="正文可能由脚本载入：请在浏览器中打开后另存为网页或 PDF。"
        )
    notes = (
        [] if decoded.encoding in ("utf-8", "ascii") else [f"网页的文字编码为 {decoded.encoding.upper()}。"]
    )
    if decoded.unreadable:
        notes.append(f"有 {decoded.unreadable} 处字符无法识别，以“\ufffd”代替，请核对原文件。")
    return SourceDocument(name, "html", tuple(blocks), notes=tuple(notes), metadata=metadata)


def read_fragment(text: str, name: str, first_line: int) -> list[Block]:
    """The blocks of markup that stands inside a text file; ``first_line`` is the number of its first line there."""
    root = _parsed(text, name)
    if root is None:
        return []
    return [_moved(block, first_line - 1) for block in _blocks(root, name)]


def _blocks(root: Element, name: str) -> list[Block]:
    content = _content(root)
    return _Walker(name).blocks_of(content, root.getroottree().getpath(content))


def _moved(block: Block, lines: int) -> Block:
    """``block`` with its lines counted in the file around it, and without paths, which hold in the fragment only."""
    if isinstance(block, Line):
        return replace(block, spot=Spot((block.spot.line or 1) + lines))
    cells = tuple(replace(cell, spot=Spot((cell.spot.line or 1) + lines)) for cell in block.cells)
    return replace(block, cells=cells, spot=Spot((block.spot.line or 1) + lines))


def _parsed(text: str, name: str) -> Element | None:
    text = _XML_DECLARATION.sub("", text, count=1)
    if not text.strip():
        return None
    # Comments go: Word hides whole paragraphs for older programs in them.
    parser = lxml_html.HTMLParser(remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = lxml_html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    if any(entry.type_name == "ERR_USER_STOP" or "depth" in entry.message for entry in parser.error_log):
        raise InputError("网页的层次过深，无法读取", where=name, advice="请在浏览器中打开后另存为 PDF。")
    return root


def _content(root: Element) -> Element:
    """Where the report stands: the one article of the page if the tables are in it, else the whole body."""
    body = root.find("body")
    body = root if body is None else body
    articles = list(body.iter("article"))
    if len(articles) != 1:
        return body
    cells = sum(1 for _ in body.iter("td"))
    inside = sum(1 for _ in articles[0].iter("td"))
    enough = 2 * inside >= cells if cells else len(articles[0].text_content()) >= _ARTICLE_CHARS_MIN
    return articles[0] if enough else body


@dataclass(slots=True)
class _Open:
    """The line that is being gathered, and where it began."""

    pieces: list[str] = field(default_factory=list)
    spot: Spot | None = None
    level: int = 0


@dataclass(slots=True)
class _Walker:
    """Walks elements in document order and gathers lines and tables; paths grow on the way down."""

    name: str
    cells: int = 0
    lines: int = 0

    def blocks_of(self, element: Element, path: str) -> list[Block]:
        """The blocks inside ``element``, which stands at ``path``."""
        blocks: list[Block] = []
        current = _Open()
        self._inside(element, path, blocks, current)
        self._end_line(blocks, current)
        return blocks

    # --- lines --------------------------------------------------------------------------------------------

    def _inside(self, element: Element, path: str, blocks: list[Block], current: _Open) -> None:
        _take(element.text, element, path, current)
        apart = (
            element.tag == "div" and element.get("class") == "above"
        )  # the line above a table of our own pages
        counts: Counter[str] = Counter()
        for child in element:
            if isinstance(child.tag, str):
                counts[child.tag] += 1
                if not _is_hidden(child):
                    self._child(child, _path(path, child.tag, counts), counts, blocks, current)
                    if apart:
                        current.pieces.append("\t")
            _take(child.tail, element, path, current)

    def _child(
        self, child: Element, path: str, counts: Counter[str], blocks: list[Block], current: _Open
    ) -> None:
        tag = child.tag
        if tag == "table":
            self._end_line(blocks, current)
            blocks.extend(self._table(child, path))
        elif tag in ("br", "hr"):
            self._end_line(blocks, current)
        elif tag == "pre":
            self._end_line(blocks, current)
            blocks.extend(_preformatted(child, path))
        elif tag in _INLINE:
            if tag == "input":
                current.pieces.append(_box(child))
            self._inside(child, path, blocks, current)
        else:
            self._end_line(blocks, current)
            current.level = _level(child)
            if tag == "li":
                current.pieces.append(_number(child, counts["li"]))
            self._inside(child, path, blocks, current)
            self._end_line(blocks, current)
            current.level = 0

    def _end_line(self, blocks: list[Block], current: _Open) -> None:
        text = _collapsed("".join(current.pieces)) if current.spot is not None else ""
        if text:
            self.lines += 1
            if self.lines > limits.LINES_MAX + limits.CELLS_MAX:
                raise InputError("网页的段落过多", where=self.name, advice="请核对是否选错了文件。")
            blocks.append(Line(text, current.spot or Spot(), current.level))
        current.pieces.clear()
        current.spot = None

    # --- tables -------------------------------------------------------------------------------------------

    def _table(self, element: Element, path: str) -> list[Block]:
        """The table, its caption before it, and the tables inside its cells after it."""
        rows = rows_of(element, path)
        blocks: list[Block] = []
        for caption in element.iterchildren("caption"):
            blocks.extend(self.blocks_of(caption, f"{path}/caption"))
        if not any(rows) or _is_layout(element, rows):
            # a table that only arranges the page: what is in its cells, one after the other
            for row in rows:
                for cell, path_of_cell in row:
                    blocks.extend(self.blocks_of(cell, path_of_cell))
            return blocks
        inner: list[Block] = []
        cells: list[TableCell] = []
        for placed in place_cells(rows):
            self.cells += 1
            if self.cells > limits.CELLS_MAX:
                raise InputError("表格的单元格过多", where=self.name, advice="请核对是否选错了文件。")
            text = self._cell_text(placed.element, placed.path, inner)
            cells.append(placed.as_cell(text, Spot(placed.element.sourceline, None, placed.path)))
        if any(cell.text for cell in cells):
            blocks.append(SourceTable(tuple(cells), Spot(element.sourceline, None, path)))
        return blocks + inner

    def _cell_text(self, element: Element, path: str, inner: list[Block]) -> str:
        texts: list[str] = []
        for block in self.blocks_of(element, path):
            if isinstance(block, Line):
                texts.append(block.text)
            else:
                texts.append("\n".join(cell.text for cell in block.cells if cell.text))
                inner.append(block)
        return "\n".join(texts)


def _path(parent: str, tag: str, counts: Counter[str]) -> str:
    # an unknown prefix ("o:p" of Word) would make the path no XPath
    return parent if ":" in tag else f"{parent}/{tag}[{counts[tag]}]"


def _take(text: str | None, element: Element, path: str, current: _Open) -> None:
    if text:
        if current.spot is None and text.strip():
            current.spot = Spot(element.sourceline, None, path)
        current.pieces.append(text)


def _preformatted(element: Element, path: str) -> Iterator[Line]:
    for n, text in enumerate(element.text_content().split("\n")):
        if printed(text):
            yield Line(printed(text), Spot((element.sourceline or 1) + n, None, path))


def _is_layout(element: Element, rows: list[list[tuple[Element, str]]]) -> bool:
    """Whether a table only arranges the page: one cell in every row, and blocks or tables in them."""
    if (element.get("role") or "").casefold() in ("presentation", "none"):
        return True
    if any(len(row) > 1 for row in rows):
        return False
    return len(rows) == 1 or any(cell.find(".//table") is not None for row in rows for cell, _ in row)


def _is_hidden(element: Element) -> bool:
    if element.tag in _SKIPPED or element.get("hidden") is not None:
        return True
    if element.get("class") == "flag" and element.get("title") == _SKIP_NOTE:
        return True  # the mark of a finding in our own pages is no part of the figure
    style = element.get("style")
    return style is not None and _HIDDEN_STYLE.search(style) is not None


def _level(element: Element) -> int:
    found = _HEADING.fullmatch(element.tag)
    if found is None:
        return 0
    said = _HEADING_CLASS.search(element.get("class") or "")
    return int(said[1] if said else found[1])


def _number(item: Element, place: int) -> str:
    """The automatic number of an item of an ordered list, which is the ``place``-th there."""
    parent = item.getparent()
    if parent is None or parent.tag != "ol":
        return ""
    start = whole(parent.get("start"), 1)
    form = _LIST_FORMS.get(parent.get("type") or "1", "decimal")
    return f"{numeral(whole(item.get('value'), start + place - 1), form)}. "


def _box(element: Element) -> str:
    if (element.get("type") or "").casefold() not in ("checkbox", "radio"):
        return ""
    return "☑" if element.get("checked") is not None else "□"


def _collapsed(text: str) -> str:
    text = _LINE_END_BETWEEN.sub("", text)
    parts = text.split("\t") if "\t" in text and "\n" not in text else [text]
    return printed("\t".join(printed(_BLANKS.sub(" ", part)) for part in parts))
