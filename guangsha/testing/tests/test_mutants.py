"""Mutants of written documents: exactly one number differs, in any format."""

from __future__ import annotations

import io
import zipfile

import pytest

from guangsha.documents.writing.docx import write_docx
from guangsha.documents.writing.tests.sample_report import sample_report
from guangsha.documents.writing.tree import Cell, Document, Heading, Paragraph, Run, Section, Table
from guangsha.testing.mutants import repeated_changes, repeated_mutants
from guangsha.testing.written_mutants import written_mutants

DOCUMENT = Document(
    "报告",
    (
        Section(
            (
                Heading(1, "一、收入1234.56万元"),
                Paragraph((Run("支出"), Run("1234.56", bold=True), Run("万元，结余0.05万元。"))),
                Table("", (1, 1), ((Cell("合计"), Cell("1234.56")), (Cell("其他"), Cell("99.10")))),
            )
        ),
    ),
)

PAGE = '<p data-n="1234.56">收入1234.56万元</p><td>1234.56</td><td title="9">12.00</td><style>a{width:1234.56px}</style>'


def test_only_an_amount_that_is_printed_twice_is_changed_and_beyond_rounding() -> None:
    changes = list(repeated_changes(["1234.56", "12.00", "12.00", "77.77", "1234.56"], 40, 1))
    assert len(changes) == len(set(changes)) == 40
    for at, now in changes:
        assert at in (0, 4) and abs(float(now) - 1234.56) > 0.05
    assert list(repeated_changes(["1.5", "2.5"], 5, 1)) == []


def test_a_written_mutant_differs_in_one_number_of_the_tree() -> None:
    places = set()
    for change, mutant in written_mutants(DOCUMENT, 30, 3):
        old, new = repr(DOCUMENT), repr(mutant)
        assert change.before == "1234.56" and old != new and new.count(change.now) == 1
        assert new.replace(change.now, change.before) == old.replace("[", "(").replace("]", ")")
        places.add(new.index(change.now))
    assert len(places) >= 3  # heading, run and cell


@pytest.mark.parametrize("kind", ["docx", "html"])
def test_a_mutant_of_a_file_differs_in_one_digit(kind: str) -> None:
    data = write_docx(sample_report()) if kind == "docx" else PAGE.encode()
    for change, copy in repeated_mutants(data, kind, 6, 2):
        before, after = _text(data, kind), _text(copy, kind)
        assert len(before) == len(after) and change.now in after
        assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def _text(data: bytes, kind: str) -> str:
    if kind == "html":
        return data.decode()
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read("word/document.xml").decode()
