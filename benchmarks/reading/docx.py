"""A ten-page report with six tables read from docx: ours against python-docx and against inflating and parsing it.

    python -m benchmarks.reading.docx [--rounds N] [--json]

Three files hold the same content (:func:`benchmarks.documents.docx.make_content`): one as our own writer writes it,
one as python-docx does, and one as python-docx does with a merged head on every table. python-docx gives the texts of
paragraphs and of cells by rows, the way its manual shows; ours gives these and besides the true extent of merged
cells, heading levels, automatic numbers and the paragraph of every cell. Before the clock starts the texts of both are
compared. The limit is inflating ``document.xml`` and parsing it with lxml: no text has come out of that yet.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable

import docx
from docx.table import Table as WordTable
from lxml import etree

from benchmarks.documents.docx import HEAD, Content, as_tree, make_content
from benchmarks.timing import Contender, compare, read_arguments, show
from guangsha.documents.reading.docx import read_docx
from guangsha.documents.reading.source import Line
from guangsha.documents.writing.docx import write_docx

#: What the project promises: at least so many times as fast as python-docx.
PROMISED = 10.0


def as_python_docx(content: Content, *, merged: bool = False) -> bytes:
    """The content as python-docx writes it; ``merged`` puts a merged head above every table."""
    word = docx.Document()
    word.add_heading(content["title"], 0)
    for section in content["sections"]:
        word.add_heading(section["heading"], 1)
        for text in section["paragraphs"]:
            word.add_paragraph(text)
        rows = [HEAD, *section["rows"]]
        table = word.add_table(rows=len(rows) + merged, cols=len(HEAD))
        table.style = "Table Grid"
        if merged:
            left, right = table.cell(0, 0), table.cell(0, len(HEAD) // 2)
            left.merge(table.cell(0, len(HEAD) // 2 - 1)).text = "甲"
            right.merge(table.cell(0, len(HEAD) - 1)).text = "乙"
        for row, texts in zip(list(table.rows)[merged:], rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
    buffer = io.BytesIO()
    word.save(buffer)
    return buffer.getvalue()


def by_python_docx(data: bytes) -> list[str]:
    """Texts in order; a merged cell once for every column it covers."""
    out: list[str] = []
    for item in docx.Document(io.BytesIO(data)).iter_inner_content():
        if isinstance(item, WordTable):
            out.extend(cell.text for row in item.rows for cell in row.cells)
        else:
            out.append(item.text)
    return out


def by_ours(data: bytes) -> list[str]:
    """The same from our reader."""
    out: list[str] = []
    for block in read_docx(data, "bench.docx").blocks:
        if isinstance(block, Line):
            out.append(block.text)
        else:
            out.extend(cell.text if cell else "" for row in block.grid for cell in row)
    return out


def parsed(data: bytes) -> object:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return etree.fromstring(package.read("word/document.xml"))


def main() -> int:
    """Run and print; exit 1 when the texts differ or the promise is not kept on a file."""
    arguments = read_arguments(__doc__.splitlines()[0])
    content = make_content(1)
    files: dict[str, Callable[[], bytes]] = {
        "written by us": lambda: write_docx(as_tree(content)),
        "written by python-docx": lambda: as_python_docx(content),
        "written by python-docx, merged heads": lambda: as_python_docx(content, merged=True),
    }
    kept = True
    for label, made in files.items():
        data = made()
        if [t for t in by_ours(data) if t] != [t for t in by_python_docx(data) if t]:
            sys.stderr.write(f"texts differ: {label}\n")
            return 1
        result = compare(
            f"docx of ten pages and six tables, {label}",
            [
                Contender("python-docx", "peer", lambda data=data: by_python_docx(data)),  # type: ignore[misc]
                Contender("guangsha", "ours", lambda data=data: read_docx(data, "bench.docx")),  # type: ignore[misc]
                Contender("inflate and parse", "limit", lambda data=data: parsed(data)),  # type: ignore[misc]
            ],
            rounds=arguments.rounds,
        )
        show(result, as_json=arguments.json)
        kept = kept and result.times_as_fast("guangsha", "python-docx") >= PROMISED
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
