"""Where the figures of findings stand in a document that was read: the piece of a line or cell that each place means.

A place is found by the spot its fact was read at, else by line, paragraph or cell, else by table and quote; a place
that cannot be told gets no mark, and the finding still says in words where to look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from guangsha.documents.reading.source import Line, SourceDocument, Spot
from guangsha.documents.writing.quotes import find_quote, plain
from guangsha.kernel.findings import Finding, Place, Severity

#: A quote of fewer characters stands in too many places to be looked for in the whole document.
_QUOTE_MIN = 4
#: A line longer than this is not marked as a whole when its quote is not found in it.
_WHOLE_MAX = 80
_PARAGRAPH = re.compile(r"第 (\d+) 段")


def paragraph_name(anchor: str) -> str:
    """How a person is told the paragraph of a Word file: 第 58 段 for anchor ``57``."""
    return f"第 {int(anchor) + 1} 段"


@dataclass(frozen=True, slots=True)
class Text:
    """One line (``cell`` None) or cell of the document: its block, its number among the table's cells, its text."""

    block: int
    cell: int | None
    text: str
    spot: Spot


@dataclass(frozen=True, slots=True)
class Mark:
    """Characters ``start`` to ``end`` of one text that a finding speaks of.

    ``finding`` is the finding's position in the list, ``place`` the position among its places.
    """

    text: Text
    start: int
    end: int
    finding: int
    place: int


class Locator:
    """Finds places in one document.

    Args:
        spots: where the fact of a key was read, as far as understanding remembers it.
        titles: titles of tables by the position of their block.
    """

    def __init__(
        self, document: SourceDocument, spots: Mapping[str, Spot], titles: Mapping[int, str] | None = None
    ) -> None:
        self.spots = spots
        self.texts = list(_texts(document))
        self._by_spot: dict[Spot, list[Text]] = {}
        self._by_line: dict[int, list[Text]] = {}
        self._by_anchor: dict[str, list[Text]] = {}
        self._by_page: dict[int, list[Text]] = {}
        self._by_title: dict[str, list[Text]] = {}
        for text in self.texts:
            self._by_spot.setdefault(text.spot, []).append(text)
            for line in dict.fromkeys((text.spot.line, *text.spot.lines)):
                if line is not None:
                    self._by_line.setdefault(line, []).append(text)
            if text.spot.anchor:
                self._by_anchor.setdefault(text.spot.anchor, []).append(text)
            if text.spot.page is not None:
                self._by_page.setdefault(text.spot.page, []).append(text)
            title = (titles or {}).get(text.block, "")
            if title:
                self._by_title.setdefault(title, []).append(text)

    def find(self, place: Place, fact: str = "") -> tuple[Text, int, int] | None:
        """The piece that ``place`` means; ``fact`` is the key of the fact that stands there, where there is one."""
        for candidates in self._candidates(place, fact):
            found = _best(candidates, place.quote)
            if found is not None:
                return found
        return None

    def _candidates(self, place: Place, fact: str) -> Iterable[Sequence[Text]]:
        """Sets of texts that may hold the place, the surest first."""
        spot = self.spots.get(fact)
        if spot is not None and spot != Spot():
            yield self._by_spot.get(spot, ())
        if place.line is not None:
            yield self._by_line.get(place.line, ())
        paragraph = _PARAGRAPH.fullmatch(place.cell)
        yield self._by_anchor.get(str(int(paragraph[1]) - 1) if paragraph else place.cell, ())
        if len(place.quote) >= 1 and place.table:
            yield [text for text in self._by_title.get(place.table, ()) if _holds(text, place.quote)]
        if len(place.quote) >= _QUOTE_MIN:
            page = self._by_page.get(place.page, ()) if place.page is not None else ()
            yield [text for text in page if _holds(text, place.quote)]
            wanted = plain(place.quote)
            everywhere = [
                text for words, text in self._plain if wanted in words and _holds(text, place.quote)
            ]
            yield everywhere if len(everywhere) == 1 else ()

    @cached_property
    def _plain(self) -> list[tuple[str, Text]]:
        """All texts at half width without blanks: a long document is searched for many quotes."""
        return [(plain(text.text), text) for text in self.texts]


def marks_of(
    document: SourceDocument,
    findings: Sequence[Finding],
    spots: Mapping[str, Spot],
    titles: Mapping[int, str] | None = None,
    numbers: Mapping[str, str] | None = None,
    locator: Locator | None = None,
) -> list[Mark]:
    """The marks of all findings that can be placed, finding by finding.

    Args:
        spots: where the fact of a key was read.
        titles: titles of tables by the position of their block.
        numbers: the number of a fact in plain notation, by key: within a quoted sentence only it is marked.
        locator: one made before from the same document, spots and titles.
    """
    locator = locator or Locator(document, spots, titles)
    marks: list[Mark] = []
    for number, finding in enumerate(findings):
        # Places of the words come before those of the facts, one for each key.
        before = len(finding.where) - len(finding.facts)
        for index, place in enumerate(finding.where):
            if index and finding.severity is Severity.INFO:
                break  # the addends of a rounding tail would fill the page with marks
            if place.file and place.file != document.file:
                continue
            key = finding.facts[index - before] if index >= before >= 0 else ""
            found = locator.find(place, key)
            if found is not None:
                text, start, end = found
                marks.append(
                    Mark(text, *narrowed(text.text, start, end, (numbers or {}).get(key, "")), number, index)
                )
    return marks


def narrowed(text: str, start: int, end: int, number: str) -> tuple[int, int]:
    """The one place of ``number`` between ``start`` and ``end``, with its commas and gaps; else all of it."""
    if not number:
        return start, end
    printed = r"[,，]?\s*".join(map(re.escape, number))
    found = list(re.finditer(rf"(?<![\d.]){printed}(?!\d|\s?\.\s?\d)(?:\s*[%％])?", text[start:end]))
    return (start + found[0].start(), start + found[0].end()) if len(found) == 1 else (start, end)


def _texts(document: SourceDocument) -> Iterable[Text]:
    for number, block in enumerate(document.blocks):
        if isinstance(block, Line):
            yield Text(number, None, block.text, block.spot)
        else:
            for index, cell in enumerate(block.cells):
                yield Text(number, index, cell.text, cell.spot)


def _holds(text: Text, quote: str) -> bool:
    return find_quote(text.text, quote) is not None


def _best(candidates: Sequence[Text], quote: str) -> tuple[Text, int, int] | None:
    """The text that is the quote, else the first that holds it, else the only one, as a whole."""
    if quote:
        held = [(text, *span) for text in candidates if (span := find_quote(text.text, quote))]
        if held:
            # A cell that prints just the figure is meant before a sentence that mentions it.
            return min(held, key=lambda item: len(item[0].text.strip()) - (item[2] - item[1]))
    filled = [text for text in candidates if text.text.strip()]
    if len(filled) == 1 and (len(filled[0].text) <= _WHOLE_MAX or not quote):
        text = filled[0]
        return text, 0, len(text.text)
    return None
