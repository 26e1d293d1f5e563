"""The text of one paragraph of WordprocessingML, as Word prints it."""

from __future__ import annotations

from dataclasses import dataclass, field

from guangsha.documents.reading.docx_numbering import VAL, W, whole
from guangsha.documents.reading.docx_package import Element

_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"

P, R, T, TBL = W + "p", W + "r", W + "t", W + "tbl"
P_PROPERTIES, R_PROPERTIES = W + "pPr", W + "rPr"
MATH_TEXT = _MATH + "t"
#: Elements of a run that print a fixed character.
_PRINTED = {
    W + "tab": "\t",
    W + "ptab": "\t",
    W + "cr": "\n",
    W + "noBreakHyphen": "-",
}
_BREAK, _SYMBOL = W + "br", W + "sym"
_FOOTNOTE, _ENDNOTE = W + "footnoteReference", W + "endnoteReference"
_RUBY, _RUBY_BASE = W + "ruby", W + "rubyBase"
#: What is struck out in tracked changes, and what repeats something for older programs: its text is not printed.
UNPRINTED = frozenset(
    (
        W + "del",
        W + "moveFrom",
        P_PROPERTIES,
        W + "txbxContent",
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    )
)
#: Boxes, ticks and arrows that Word takes from symbol typefaces, by typeface and code.
_SYMBOLS = {
    ("wingdings", 0xFE): "☑",
    ("wingdings", 0xFD): "☒",
    ("wingdings", 0xA8): "□",
    ("wingdings", 0x6F): "□",
    ("wingdings", 0xFC): "✓",
    ("wingdings", 0xFB): "✗",
    ("wingdings 2", 0x52): "☑",
    ("wingdings 2", 0x54): "☒",
    ("wingdings 2", 0x50): "✓",
    ("wingdings 2", 0xA3): "□",
    ("symbol", 0xB3): "≥",
    ("symbol", 0xA3): "≤",
    ("symbol", 0xB1): "±",
    ("symbol", 0xB4): "×",
}


@dataclass(slots=True)
class Paragraph:
    """What was found in one paragraph: its text, the notes it refers to, whether it ends."""

    text: str
    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)


@dataclass(slots=True)
class TextReader:
    """Reads paragraphs; the flags say what occurs in the document at all, so that plain ones cost nothing extra."""

    hidden: bool = False
    boxed: bool = False
    hidden_runs: int = 0

    def read(self, paragraph: Element) -> Paragraph:
        found = Paragraph("")
        pieces: list[str] = []
        for child in paragraph:
            tag = child.tag
            if tag == R:
                self._run(child, pieces, found)
            elif tag != P_PROPERTIES:
                self._inline(child, pieces, found)
        found.text = "".join(pieces)
        return found

    def _inline(self, element: Element, pieces: list[str], found: Paragraph) -> None:
        """Anything around runs: links, fields, insertions, content controls, formulas."""
        if element.tag in UNPRINTED:
            return
        if element.tag == MATH_TEXT:
            pieces.append(element.text or "")
            return
        for child in element:
            if child.tag == R:
                self._run(child, pieces, found)
            else:
                self._inline(child, pieces, found)

    def _run(self, run: Element, pieces: list[str], found: Paragraph) -> None:
        if self.hidden and _is_hidden(run):
            self.hidden_runs += 1
            return
        for child in run:
            tag = child.tag
            if tag == T:
                pieces.append(child.text or "")
            elif tag in _PRINTED:
                pieces.append(_PRINTED[tag])
            elif tag == R_PROPERTIES:
                continue
            elif tag == _BREAK:
                # the end of a page or column is no end of a line of text
                pieces.append("\n" if child.get(W + "type") in (None, "textWrapping") else "")
            else:
                self._rare(child, pieces, found)

    def _rare(self, element: Element, pieces: list[str], found: Paragraph) -> None:
        tag = element.tag
        if tag == _SYMBOL:
            pieces.append(_symbol(element))
        elif tag in (_FOOTNOTE, _ENDNOTE):
            found.notes.append((tag[len(W) :].removesuffix("Reference") + "s", element.get(W + "id") or ""))
        elif tag == _RUBY:
            for base in element.iterchildren(_RUBY_BASE):
                self._inline(base, pieces, found)
        elif self.boxed:
            found.boxes.extend(_boxes(element))


def _is_hidden(run: Element) -> bool:
    properties = run.find(R_PROPERTIES)
    mark = properties.find(W + "vanish") if properties is not None else None
    return mark is not None and mark.get(VAL) not in ("0", "false", "off")


def _symbol(element: Element) -> str:
    try:
        code = int(element.get(W + "char") or "", 16)
    except ValueError:
        return ""
    font = (element.get(W + "font") or "").casefold()
    # symbol typefaces sit in the private area from F000 on
    known = _SYMBOLS.get((font, code & 0xFF)) if code >> 8 in (0x00, 0xF0) else None
    if known is not None:
        return known
    return chr(code) if 0x20 <= code < 0xD800 else ""


def _boxes(element: Element) -> list[Element]:
    """Contents of the text boxes under ``element``, once each: not again in what stands there for older programs."""
    out: list[Element] = []
    waiting = [element]
    while waiting:
        node = waiting.pop()
        if node.tag == W + "txbxContent":
            out.append(node)
        elif not (isinstance(node.tag, str) and node.tag.endswith("}Fallback")):
            waiting.extend(reversed(node))
    return out


def span_of(properties: Element | None, tag: str, otherwise: int) -> int:
    """A small whole number that the properties of a row or cell state under ``tag``."""
    element = properties.find(W + tag) if properties is not None else None
    return otherwise if element is None else whole(element.get(VAL), otherwise)
