"""Right documents of other places raise no error, and a single wrong digit in them is found.

The files of ``held_out`` are our own: invented units in the layouts of a district centre, a department and the project
sheets with 成本 as level 1, and project or unit forms as Guangdong, Zhejiang, the national template and a district print them. ``|`` parts cells, ``<`` and ``^`` continue merged ones (see ``written_forms``).
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from docx import Document
from docx.document import Document as DocumentObject

from guangsha.checking import CheckedDocument, check_file
from guangsha.documents.reading.understanding.tests.written_forms import grid_of

_HELD_OUT = Path(__file__).with_name("held_out")
_NAMES = sorted(path.stem for path in _HELD_OUT.glob("*.txt"))
_MUTATIONS = [
    ("district_unit_2022", "97.92%|10|", "97.52%|10|"),
    ("district_unit_2022", "700.80|693.68", "700.80|693.58"),
    ("district_unit_2022", "1439.56|1402.15", "1489.56|1402.15"),
    ("district_unit_2022", "|100|100\n", "|100|98\n"),
    ("department_2023", "6.00|0|3.50|0|9.50", "6.00|0|3.50|0|9.40"),
    ("department_2023", "2.45|0|0.36|0|2.81", "2.45|0|0.86|0|2.81"),
    ("department_2023", "|1220.95|", "|1240.95|"),
    ("department_2023", "9.10|47.5|28.5|9|94.10", "9.10|47.5|28.5|9|94.70"),
    ("department_2023", "9.3|48.6|29.1|9.8|96.8", "9.3|48.6|29.4|9.8|96.8"),
    ("project_sheets_2024", "10|95.20%|9.52", "10|95.80%|9.52"),
    ("project_sheets_2024", "300.00|300.00|284.64", "300.00|300.00|284.84"),
    ("project_sheets_2024", "|100|97.12|", "|100|97.52|"),
]


def _text(name: str) -> str:
    return (_HELD_OUT / f"{name}.txt").read_text("utf-8")


def _add_table(document: DocumentObject, block: str) -> None:
    grid = grid_of(block)
    height, width = len(grid), len(grid[0])
    table = document.add_table(height, width)
    # all at once and before any is merged: asked for one, the library goes through the whole table
    cells = [row.cells for row in table.rows]
    for r, row in enumerate(grid):
        for c, text in enumerate(row):
            if text in ("<", "^"):
                continue
            right, low = c, r
            while right + 1 < width and row[right + 1] == "<":
                right += 1
            while low + 1 < height and grid[low + 1][c] == "^":
                low += 1
            cell = cells[r][c]
            (cell.merge(cells[low][right]) if (low, right) != (r, c) else cell).text = text


def _cell_a_line(text: str) -> str:
    """The text as a word processor saves it: every cell on a line of its own behind a tab, rows parted by blank lines."""
    lines: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 1:
            lines.append(line)
        else:
            lines += ["", *("\t" + ("" if cell == "^" else cell) for cell in cells if cell != "<")]
    return "\n".join(lines)


def _checked(text: str, folder: Path, *, word: bool) -> CheckedDocument:
    path = folder / ("报告.docx" if word else "报告.txt")
    if word:
        _document(text).save(str(path))
    else:
        path.write_text("\n".join(map(_tabbed, [*text.splitlines(), ""])), "utf-8")
    return check_file(path)


def _tabbed(line: str) -> str:
    if "|" not in line:
        return line
    return "\t".join("" if c.strip() in ("<", "^") else c.strip() for c in line.split("|"))


def _document(text: str) -> DocumentObject:
    document, block = Document(), list[str]()
    for line in [*text.splitlines(), ""]:
        if "|" in line:
            block.append(line)
            continue
        if block:
            _add_table(document, "\n".join(block))
            block = []
        if line:
            document.add_paragraph(line)
    return document


def _errors(checked: CheckedDocument) -> list[str]:
    return [f"{f.rule} {f.message}" for f in checked.findings if f.severity.value == "error"]


@pytest.mark.parametrize("word", [True, False], ids=["docx", "txt"])
@pytest.mark.parametrize("name", _NAMES)
def test_a_right_document_of_another_place_raises_no_error(name: str, word: bool, tmp_path: Path) -> None:
    assert _errors(_checked(_text(name), tmp_path, word=word)) == []


@pytest.mark.parametrize(("name", "right", "wrong"), _MUTATIONS)
def test_one_wrong_digit_is_found(name: str, right: str, wrong: str, tmp_path: Path) -> None:
    text = _text(name)
    assert right in text
    assert _errors(_checked(text.replace(right, wrong, 1), tmp_path, word=True))


#: Forms with several mistakes at once: (name, [(right, wrong, what the wrong one reads)]).
_PLANTED = [
    ("guangdong_2023", [
        ("10|97.00%|9.70", "10|97.50%|9.70", "97.50"),
        ("416.50|—|96.86%", "416.50|—|96.36%", "96.36"),
        ("400.00|430.00", "410.00|430.00", "410.00"),
        ("100|99.70", "100|99.40", "99.40"),
        ("|15|15\n^|^|^|更换", "|15|16\n^|^|^|更换", "16"),
    ]),
    ("zhejiang_2024", [
        ("100%|97%|10|9.70", "100%|95%|10|9.70", "95"),
        ("效益指标（30分）", "效益指标（35分）", "35"),
        ("1530套|20|20", "1530套|20|21", "21"),
    ]),
    ("mof_form_2022", [
        ("10|93.00%|9.30", "10|93.00%|9.80", "9.80"),
        ("9.60|部分住户改签安置协议，下年度补足", "9.60|", "9.60"),
        ("60.00|<|60.00|60.00", "70.00|<|60.00|60.00", "70.00"),
        ("91%|10|10", "91%|10|11", "11"),
    ]),
    ("district_overall_2024", [
        ("1850.40", "1805.40", "1805.40"),
        ("1103.15", "1130.15", "1130.15"),
        ("98.00%|9.80", "98.50%|9.80", "98.50"),
        ("|100|97.80", "|100|98.80", "98.80"),
    ]),
]  # fmt: skip


@pytest.mark.parametrize("saved", ["docx", "tabbed", "cells"])
@pytest.mark.parametrize(("name", "planted"), _PLANTED)
def test_every_planted_mistake_and_nothing_else_is_an_error(
    name: str, planted: list[tuple[str, str, str]], saved: str, tmp_path: Path
) -> None:
    text = _text(name)
    for right, wrong, _ in planted:
        assert right in text
        text = text.replace(right, wrong, 1)
    if saved == "cells":
        text = _cell_a_line(text)
    errors = [
        f for f in _checked(text, tmp_path, word=saved == "docx").findings if f.severity.value == "error"
    ]
    named = [
        {Decimal(number) for place in f.where for number in re.findall(r"\d+(?:\.\d+)?", place.quote)}
        for f in errors
    ]
    wrong_numbers = {Decimal(number) for _, _, number in planted}
    assert [f.message for f, numbers in zip(errors, named, strict=True) if not numbers & wrong_numbers] == []
    assert wrong_numbers - set().union(*named) == set()
