"""Our own documents with one digit changed before they are written: mutants for formats whose files are not text (pdf)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from guangsha.documents.writing.tree import Block, Cell, Document, Heading, Paragraph, Run, Table
from guangsha.testing.mutants import Change, repeated_changes

_NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.])")

#: Section, block, and for tables row and cell, for paragraphs the run.
_Place = tuple[int, int, int, int]


def written_mutants(document: Document, count: int, seed: int) -> Iterator[tuple[Change, Document]]:
    """Copies of ``document`` with an amount changed that it prints elsewhere too (see :func:`repeated_changes`)."""
    texts = list(_texts(document))
    found = [(place, match) for place, text in texts for match in _NUMBER.finditer(text)]
    before = dict(texts)
    for at, now in repeated_changes([match[0] for _, match in found], count, seed):
        place, match = found[at]
        text = before[place]
        changed = text[: match.start()] + now + text[match.end() :]
        yield Change(match[0], now, text[: match.start()][-40:]), _with_text(document, place, changed)


def _texts(document: Document) -> Iterator[tuple[_Place, str]]:
    for s, section in enumerate(document.sections):
        for b, block in enumerate(section.blocks):
            if isinstance(block, Table):
                for r, row in enumerate(block.rows):
                    for c, cell in enumerate(row):
                        yield (s, b, r, c), cell.text
            elif isinstance(block, Paragraph):
                for r, run in enumerate(block.runs):
                    yield (s, b, r, 0), run.text
            elif isinstance(block, Heading):
                yield (s, b, 0, 0), block.text


def _with_text(document: Document, place: _Place, text: str) -> Document:
    s, b, r, c = place
    sections = list(document.sections)
    blocks = list(sections[s].blocks)
    blocks[b] = _changed(blocks[b], r, c, text)
    sections[s] = replace(sections[s], blocks=tuple(blocks))
    return replace(document, sections=tuple(sections))


def _changed(block: Block, r: int, c: int, text: str) -> Block:
    if isinstance(block, Table):
        rows: list[list[Cell]] = [list(row) for row in block.rows]
        rows[r][c] = replace(rows[r][c], text=text)
        return replace(block, rows=tuple(map(tuple, rows)))
    if isinstance(block, Paragraph):
        runs: list[Run] = list(block.runs)
        runs[r] = replace(runs[r], text=text)
        return replace(block, runs=tuple(runs))
    return replace(block, text=text) if isinstance(block, Heading) else block
