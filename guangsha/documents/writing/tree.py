"""The document tree: what every writer (docx, html, pdf) prints, and nothing about how.

``content.py`` builds it from facts and scores; each writer walks it. A cell or a run that prints a figure names the
fact it came from, so that html can open it and the checker can prove that no number was typed twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from guangsha.facts.fact import Fact

Align = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text; ``fact`` is the key of the fact that it prints."""

    text: str
    bold: bool = False
    fact: str = ""


@dataclass(frozen=True, slots=True)
class Cover:
    """Cover page: title lines, then (label, value) lines, then the date."""

    title: Sequence[str]
    lines: Sequence[tuple[str, str]]
    date: str


@dataclass(frozen=True, slots=True)
class Title:
    """Title of a document or of an annex (2号小标宋, centred)."""

    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """Heading of level 1 to 4: 一、 / （一） / 1． / （1）. ``text`` carries its number."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Body text (3号仿宋, first line indented two characters unless ``indent`` is false)."""

    runs: Sequence[Run]
    align: Align = "left"
    indent: bool = True
    small: bool = False  # notes under tables


@dataclass(frozen=True, slots=True)
class Cell:
    """One table cell; merged cells span ``cols`` × ``rows``, the covered ones are left out.

    ``text`` may hold line breaks. ``marked`` cells are for the page on the screen: a published document prints them
    like any other.
    """

    text: str
    cols: int = 1
    rows: int = 1
    align: Align = "center"
    header: bool = False
    fact: str = ""
    marked: bool = False  # a finding concerns it


@dataclass(frozen=True, slots=True)
class Table:
    """A table; ``widths`` are relative column widths, ``header_rows`` repeat on each page.

    ``note_left`` and ``note_right`` stand above it (部门：… / 单位：万元), ``notes`` below.
    """

    title: str
    widths: Sequence[float]
    rows: Sequence[Sequence[Cell]]
    header_rows: int = 1
    number: str = ""
    note_left: str = ""
    note_right: str = ""
    notes: Sequence[str] = ()
    dense: bool = False  # 小五 instead of 五号
    id: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as svg, with words for those who cannot see it and the table of its values."""

    svg: str
    caption: str
    description: str
    width_mm: float = 150.0


@dataclass(frozen=True, slots=True)
class AnnexMark:
    """附件n, top left of a new page (3号黑体)."""

    text: str


@dataclass(frozen=True, slots=True)
class PageBreak:
    """The next block starts a page."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Signatures or date at the right edge (右空四字)."""

    lines: Sequence[str]


Block = Cover | Title | Heading | Paragraph | Table | Chart | AnnexMark | PageBreak | Signature


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks on pages of one orientation; the cover section has no page number."""

    blocks: Sequence[Block]
    landscape: bool = False
    numbered: bool = True


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document: ``title`` is its metadata title, ``sections`` its pages.

    ``derived`` are the facts computed while it was written (scores, rates, shares, counts): runs and cells name them
    by key as they name the given facts.
    """

    title: str
    sections: Sequence[Section]
    language: str = "zh-CN"
    subject: str = ""
    keywords: Sequence[str] = field(default_factory=tuple)
    derived: Sequence[Fact] = ()
