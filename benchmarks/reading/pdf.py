"""Reading a pdf of 60 pages with tables: ours and pdfplumber (text and tables of every page).

Two files, both set by our own writer: pages dense with figures, and a department's real disclosure with more prose
than figures. Before timing, every cell of the first is compared with what was written, for ours and for the peer.

The limit is what any reader must at least do: let pdfium parse every page and say its text, in this process.

    python -m benchmarks.reading.pdf [--rounds 5] [--json]
"""

from __future__ import annotations

import tempfile
from decimal import Decimal
from functools import partial
from pathlib import Path

import pdfplumber
import pypdfium2

from benchmarks.timing import Contender, compare, read_arguments, show
from guangsha.documents.reading.intake import read_input
from guangsha.documents.reading.pdf import read_pdf
from guangsha.documents.writing.content import build_report
from guangsha.documents.writing.pdf import write_pdf
from guangsha.documents.writing.tree import Cell, Document, Heading, PageBreak, Paragraph, Run, Section, Table
from guangsha.evaluation import evaluate_facts
from guangsha.kernel.resources import data_folder

PAGES = 60
ROWS = 22
_HEADS = ("科目编码", "科目名称", "本年支出合计", "基本支出", "项目支出", "上缴上级支出", "经营支出")
_PROSE = (
    "2024年度支出合计22899.22万元。与2023年度相比，支出合计增加11584.58万元，增长102.39%。其中：基本支出1494.57万元，"
    "占本年支出6.53%；项目支出21404.66万元，占本年支出93.47%。"
)


def table_of_page(page: int) -> Table:
    """A table of its own for each page: a code, a name, five amounts."""
    rows = [tuple(Cell(head, header=True) for head in _HEADS)]
    for row in range(ROWS):
        code = f"22{page:02d}{row:03d}"
        amounts = [Decimal(page * 7919 + row * 104729 + column * 31).scaleb(-2) for column in range(5)]
        cells = [Cell(code), Cell("其他保障性安居工程支出", align="left")]
        rows.append((*cells, *(Cell(f"{amount:.2f}", align="right") for amount in amounts)))
    return Table("", (12, 30, 16, 14, 14, 16, 12), rows, dense=True)


def made_document() -> Document:
    """Sixty pages, each with a heading, a paragraph and a table."""
    blocks: list[Heading | Paragraph | Table | PageBreak] = []
    for page in range(PAGES):
        if page:
            blocks.append(PageBreak())
        blocks += [
            Heading(1, f"{page + 1}. 支出决算情况"),
            Paragraph([Run(_PROSE)]),
            table_of_page(page),
        ]
    return Document("支出决算", (Section(blocks),))


def real_document() -> Document:
    """The disclosure of a department, set anew from its published figures."""
    made = evaluate_facts(read_input(data_folder("examples") / "jiangan-2024"))
    return build_report(made.facts, made.profile, made.scores, made.checked, made.accounts)


def read_with_pdfplumber(path: Path) -> list[list[list[list[str | None]]]]:
    """Text and tables of every page, the usual way."""
    tables = []
    with pdfplumber.open(path) as opened:
        for page in opened.pages:
            page.extract_text()
            tables.append(page.extract_tables())
            page.close()
    return tables


def read_text_only(path: Path) -> int:
    """What no reader can do without."""
    opened = pypdfium2.PdfDocument(path)
    total = 0
    for number in range(len(opened)):
        page = opened[number]
        text = page.get_textpage()
        total += len(text.get_text_range())
        text.close()
        page.close()
    opened.close()
    return total


def prove_equal(path: Path) -> None:
    """Every cell as written, from both readers.

    Raises:
        AssertionError: a reader lost or changed a cell.
    """
    written = [[[cell.text for cell in row] for row in table_of_page(page).rows] for page in range(PAGES)]
    ours = [[[cell.text for cell in row if cell] for row in table.grid] for table in read_pdf(path).tables]
    if ours != written:
        raise AssertionError("our reader changed a cell")
    for page, (tables, expected) in enumerate(zip(read_with_pdfplumber(path), written, strict=True)):
        read = [["".join((cell or "").split()) for cell in row] for row in tables[0]]
        if len(tables) != 1 or read != expected:
            raise AssertionError(f"pdfplumber changed a cell of page {page + 1}")


def main() -> None:
    """Compare the readers on both files."""
    arguments = read_arguments(__doc__ or "")
    with tempfile.TemporaryDirectory() as folder:
        for name, document in (
            ("pages dense with figures", made_document()),
            ("a real disclosure", real_document()),
        ):
            path = Path(folder) / f"{name}.pdf"
            path.write_bytes(write_pdf(document))
            if name.startswith("pages"):
                prove_equal(path)
            pages = len(pypdfium2.PdfDocument(path))
            contenders = [
                Contender("pdfplumber", "peer", partial(read_with_pdfplumber, path), pages),
                Contender("guangsha", "ours", partial(read_pdf, path), pages),
                Contender("pdfium, text only", "limit", partial(read_text_only, path), pages),
            ]
            title = f"pdf of {pages} pages, {name}"
            show(compare(title, contenders, rounds=arguments.rounds, unit="pages"), as_json=arguments.json)


if __name__ == "__main__":
    main()
