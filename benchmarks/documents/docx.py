"""A ten-page report as docx: ours against docxtpl and against the compression of its text alone; and as pdf.

    python -m benchmarks.documents.docx [--rounds N] [--json]

Every contender writes the same content, fresh for every document: a title, six sections with five paragraphs of 180
characters and a table of 26 rows by 6 columns. Before the clock starts, both files are opened with python-docx and
their texts compared. The limit is deflate at level 6 of the text of our own ``document.xml``: nothing that ends
in a docx of that text can be faster while it compresses so well. For pdf there is no peer that embeds a Chinese font
in process; its row is there to be watched.
"""

from __future__ import annotations

import io
import itertools
import random
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docx
import jinja2
import pypdfium2  # type: ignore[import-untyped]
from docxtpl import DocxTemplate  # type: ignore[import-untyped]

from benchmarks.timing import Contender, compare, read_arguments, show
from guangsha.documents.writing import package
from guangsha.documents.writing.docx import write_docx
from guangsha.documents.writing.docx_body import body_xml
from guangsha.documents.writing.pdf import write_pdf
from guangsha.documents.writing.tree import Cell, Document, Heading, Paragraph, Run, Section, Table, Title

SECTIONS, PARAGRAPHS, ROWS, VARIANTS = 6, 5, 25, 8
HEAD = ("序号", "姓名", "证件号码", "地址", "金额", "备注")
CHARACTERS = "住房保障公共租赁补贴申请审核公示轮候配租合同退出监督评价资金收支预算区县街道社区家庭成员收入面积资产户籍年限"

#: What the project promises: at least so many times as fast as docxtpl (docs/adr/0004-documents-pipeline.md).
PROMISED = 10.0

Content = dict[str, Any]


def make_content(seed: int) -> Content:
    """Title, headings, paragraphs and tables; made-up words and numbers."""
    draw = random.Random(seed)

    def words(count: int) -> str:
        return "".join(draw.choices(CHARACTERS, k=count))

    def row(number: int) -> list[str]:
        amount = f"{draw.randrange(10**6) / 100:.2f}"
        return [str(number), words(3), f"{draw.randrange(10**17):017d}", words(8), amount, words(6)]

    return {
        "title": words(12),
        "sections": [
            {
                "heading": words(8),
                "paragraphs": [words(180) for _ in range(PARAGRAPHS)],
                "rows": [row(n) for n in range(1, ROWS + 1)],
            }
            for _ in range(SECTIONS)
        ],
    }


def as_tree(content: Content) -> Document:
    """The content as a document tree, as ``content.py`` builds it for a real report."""
    head = tuple(Cell(text, header=True) for text in HEAD)
    blocks: list[Title | Heading | Paragraph | Table] = [Title(content["title"])]
    for section in content["sections"]:
        blocks.append(Heading(1, section["heading"]))
        blocks += [Paragraph((Run(text),)) for text in section["paragraphs"]]
        rows = [tuple(Cell(text) for text in row) for row in section["rows"]]
        blocks.append(Table("", (8, 15, 45, 45, 20, 30), (head, *rows)))
    return Document(content["title"], (Section(tuple(blocks)),))


def make_template() -> bytes:
    """The docxtpl template of the same document: every text a placeholder, every table a row loop."""
    word = docx.Document()
    word.add_heading("{{ title }}", 0)
    for n in range(SECTIONS):
        word.add_heading(f"{{{{ sections[{n}].heading }}}}", 1)
        for p in range(PARAGRAPHS):
            word.add_paragraph(f"{{{{ sections[{n}].paragraphs[{p}] }}}}")
        table = word.add_table(rows=4, cols=len(HEAD))
        table.style = "Table Grid"
        for cell, text in zip(table.rows[0].cells, HEAD, strict=True):
            cell.text = text
        table.rows[1].cells[0].text = f"{{%tr for row in sections[{n}].rows %}}"
        for column, cell in enumerate(table.rows[2].cells):
            cell.text = f"{{{{ row[{column}] }}}}"
        table.rows[3].cells[0].text = "{%tr endfor %}"
    buffer = io.BytesIO()
    word.save(buffer)
    return buffer.getvalue()


def render_template(template: Path, content: Content) -> bytes:
    """One document by docxtpl, as its manual says: open, render, save."""
    word = DocxTemplate(str(template))
    word.render(content, autoescape=True)
    buffer = io.BytesIO()
    word.save(buffer)
    return buffer.getvalue()


def compiled_template(template: Path) -> Callable[[Content], bytes]:
    """What docxtpl could be: its patched template compiled once, the other parts compressed once.

    No library does so; it shows what is lost or won by not having a template at all.
    """
    word = DocxTemplate(str(template))
    word.init_docx()
    with zipfile.ZipFile(template) as source:
        text = source.read("word/document.xml").decode()
        others = [
            package.deflated(name, source.read(name), 6)
            for name in source.namelist()
            if name != "word/document.xml"
        ]
    page = jinja2.Environment(autoescape=True).from_string(word.patch_xml(text))
    return lambda content: package.join_parts(
        [
            *others,
            package.deflated("word/document.xml", page.render(content)),
        ]
    )


def texts(data: bytes) -> tuple[list[str], list[list[list[str]]]]:
    """Paragraphs (without empty ones) and tables, as python-docx reads them."""
    word = docx.Document(io.BytesIO(data))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in word.tables]
    return [p.text for p in word.paragraphs if p.text], tables


def check_equal(template: Path, content: Content) -> str:
    """That both files hold the same texts and tables; a win over something else would be none."""
    peer, ours = texts(render_template(template, content)), texts(write_docx(as_tree(content)))
    if not peer == ours == texts(compiled_template(template)(content)):
        raise SystemExit("ours and the peer's documents differ: nothing to compare")
    rows = {len(table) for table in ours[1]}
    return f"check: {len(ours[0])} paragraphs and {len(ours[1])} tables of {rows} rows equal in python-docx"


def fresh(make: Callable[[Content], object], contents: Iterator[Content]) -> Callable[[], object]:
    """A job that gets other content each time, so that no cache can answer for it."""
    return lambda: make(next(contents))


def main() -> None:
    """Run both comparisons and fail if the promise is not kept."""
    arguments = read_arguments(main.__doc__ or "")
    contents = [make_content(seed) for seed in range(VARIANTS)]
    trees = [as_tree(content) for content in contents]
    xml = body_xml(trees[0])[0].encode()
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.docx"
        template.write_bytes(make_template())
        notes = [check_equal(template, contents[0])]
        around = itertools.cycle(contents)
        around_trees = itertools.cycle(trees)
        comparison = compare(
            "docx of a ten-page report with six tables",
            [
                Contender("docxtpl", "peer", fresh(lambda c: render_template(template, c), around)),
                Contender("write_docx", "ours", lambda: write_docx(next(around_trees))),
                Contender("write_docx with the tree built", "ours", fresh(lambda c: write_docx(as_tree(c)), around)),
                Contender("compiled template", "limit", fresh(compiled_template(template), around)),
                Contender("deflate 6 of document.xml", "limit", lambda: zlib.compress(xml, 6)),
            ],
            rounds=arguments.rounds,
        )  # fmt: skip
    show(comparison, as_json=arguments.json)
    sizes = {level: len(package.deflated("word/document.xml", xml, level).data) for level in (1, 3, 6)}
    notes.append(
        f"document.xml {len(xml)} bytes, compressed by level: {sizes}; used: {package.DEFLATE_LEVEL}"
    )
    notes.append(
        f"docx {len(write_docx(trees[0]))} bytes, {len(zipfile.ZipFile(io.BytesIO(write_docx(trees[0]))).namelist())} parts"
    )
    pages = len(pypdfium2.PdfDocument(write_pdf(trees[0])))
    numbers = itertools.count(1000)
    pdf = compare(
        "pdf of the same report by typst, new text each time",
        [
            Contender(
                "write_pdf", "ours", lambda: write_pdf(as_tree(make_content(next(numbers)))), items=pages
            )
        ],
        rounds=max(3, arguments.rounds // 2),
        unit="pages",
    )
    show(pdf, as_json=arguments.json)
    ratio = comparison.times_as_fast("write_docx with the tree built", "docxtpl")
    notes.append(
        f"ours with the tree built is {ratio:.1f} times as fast as docxtpl; promised: {PROMISED:.0f}"
    )
    sys.stderr.write("\n".join(notes) + "\n")
    if ratio < PROMISED:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
