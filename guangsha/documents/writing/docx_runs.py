"""Where the runs of a Word document's paragraphs stand in its bytes, so that marks can be set between them.

The document is not parsed into a tree and written again: whatever is not marked stays byte for byte as it was.
Paragraphs are numbered as ``documents/reading/docx.py`` numbers them: every ``w:p`` under ``w:body``, from 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from guangsha.kernel.errors import InputError

_MAIN = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_FALLBACK = "http://schemas.openxmlformats.org/markup-compatibility/2006 Fallback"
#: What a run prints besides the text in ``w:t``.
_PRINTED = {"tab": "\t", "ptab": "\t", "cr": "\n", "br": "\n", "noBreakHyphen": "-"}
#: Text in these is not printed: struck out, or repeated for older programs.
_UNPRINTED = ("del", "moveFrom")


@dataclass(slots=True)
class Piece:
    """One child of a run: its bytes, the text it prints, and whether that text may be cut (``w:t``)."""

    start: int
    end: int = 0
    text: str = ""
    cut: bool = False


@dataclass(slots=True)
class Run:
    """A printed run: its bytes, its start tag and properties (repeated when it is cut), its children."""

    start: int
    end: int = 0
    head_end: int = 0
    properties: tuple[int, int] = (0, 0)
    pieces: list[Piece] = field(default_factory=list)
    hidden: bool = False

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


@dataclass(slots=True)
class ParagraphRuns:
    """The printed runs of one paragraph. ``holder`` is the outer paragraph of one in a text box, where Word takes no mark."""

    index: int
    runs: list[Run] = field(default_factory=list)
    holder: int | None = None

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(slots=True)
class ScannedDocument:
    """The paragraphs of ``word/document.xml`` and its main namespace with the prefix it has at the root."""

    paragraphs: list[ParagraphRuns]
    namespace: str
    prefix: str | None


def scan_document(content: bytes, name: str) -> ScannedDocument:
    """Find the runs of every paragraph.

    Raises:
        InputError: not well formed, or with a document type.
    """
    scanner = _Scanner(content)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = False
    scanner.attach(parser)
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, _Forbidden) as error:
        raise InputError(
            "文档正文已损坏，不能加批注", where=name, advice="请在 Word 或 WPS 中打开后另存一份。"
        ) from error
    return ScannedDocument(scanner.paragraphs, scanner.namespace, scanner.prefix)


class _Forbidden(Exception):
    """A document type: nothing an honest Word file has."""


class _Scanner:
    """Handlers of the parser; they hold what is open."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.paragraphs: list[ParagraphRuns] = []
        self.namespace = _MAIN[0]
        self.prefix: str | None = None
        self._open: list[ParagraphRuns] = []
        #: Runs that are open, one for each open paragraph that has one; text boxes nest them.
        self._runs: list[Run | None] = []
        self._path: list[str] = []
        self._piece: list[Piece | None] = []
        self._unprinted = 0
        self._in_body = False
        self._root_prefixes: dict[str, str | None] = {}

    def attach(self, parser: expat.XMLParserType) -> None:
        self._parser = parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartNamespaceDeclHandler = self._declare

    def _refuse(self, *_declared: object) -> None:
        raise _Forbidden

    def _declare(self, prefix: str | None, uri: str | None) -> None:
        if not self._path and uri:
            self._root_prefixes[uri] = prefix

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        uri, _, local = tag.rpartition(" ")
        if not self._path:
            self.namespace = uri if uri in _MAIN else _MAIN[0]
            self.prefix = self._root_prefixes.get(self.namespace)
        name = local if uri in _MAIN else tag
        at = self._parser.CurrentByteIndex
        parent = self._path[-1] if self._path else ""
        self._path.append(name)
        if name in _UNPRINTED or name == _FALLBACK:
            self._unprinted += 1
        if name == "body":
            self._in_body = True
        elif name == "p" and self._in_body:
            holder = self._open[0].index if self._open else None
            paragraph = ParagraphRuns(len(self.paragraphs), holder=holder)
            self.paragraphs.append(paragraph)
            self._open.append(paragraph)
            self._runs.append(None)
            self._piece.append(None)
        elif self._open and name == "r" and self._runs[-1] is None:
            self._runs[-1] = Run(at)
        elif name == "vanish" and parent == "rPr" and self._open and (run := self._runs[-1]) is not None:
            run.hidden = attributes.get(f"{uri} val") not in ("0", "false", "off")
        elif self._open and parent == "r" and (run := self._runs[-1]) is not None and self._piece[-1] is None:
            if not run.pieces and run.properties == (0, 0):
                run.head_end = at
            if name == "rPr":
                run.properties = (at, 0)
            self._piece[-1] = Piece(at, text=_PRINTED.get(name, ""), cut=name == "t")

    def _end(self, tag: str) -> None:
        uri, _, local = tag.rpartition(" ")
        name = local if uri in _MAIN else tag
        self._path.pop()
        parent = self._path[-1] if self._path else ""
        if name in _UNPRINTED or name == _FALLBACK:
            self._unprinted -= 1
        if not self._open:
            return
        piece, run = self._piece[-1], self._runs[-1]
        if name == "p":
            self._open.pop()
            self._runs.pop()
            self._piece.pop()
        elif name == "r" and run is not None and parent != "r":
            run.end = self._after()
            if not self._unprinted and run.pieces and not run.hidden:
                self._open[-1].runs.append(run)
            self._runs[-1] = None
        elif parent == "r" and piece is not None and run is not None:
            piece.end = self._after()
            if name == "rPr":
                run.properties = (piece.start, piece.end)
            else:
                run.pieces.append(piece)
            self._piece[-1] = None

    def _text(self, data: str) -> None:
        if self._open and self._path[-1] == "t" and (piece := self._piece[-1]) is not None and piece.cut:
            piece.text += data

    def _after(self) -> int:
        """The byte behind the element whose end is being reported: behind ``</w:t>``, or behind ``<w:tab/>`` itself."""
        at = self._parser.CurrentByteIndex
        return self._content.index(b">", at) + 1 if self._content.startswith(b"</", at) else at
