"""The view of a document: captions, the table of contents, paragraphs of a Word file."""

from __future__ import annotations

from guangsha.checking.view import view_of
from guangsha.documents.reading.source import Line, SourceDocument, SourceTable, Spot, TableCell


def document(*blocks: Line | SourceTable, kind: str = "txt") -> SourceDocument:
    return SourceDocument("文档", kind, blocks)


def line(text: str, number: int = 1) -> Line:
    return Line(text, Spot(line=number))


def table(*texts: str) -> SourceTable:
    return SourceTable(
        tuple(TableCell(text, 0, column, spot=Spot(line=9)) for column, text in enumerate(texts))
    )


def test_a_table_takes_the_nearest_title_above_it() -> None:
    view = view_of(
        document(
            line("一、说明"),
            line("2024年度收入决算表"),
            line("公开02表"),
            line("部门：某局"),
            table("合计", "9"),
        ),
        "",
    )
    assert view.tables[0].caption == "2024年度收入决算表"
    assert [above.text for above in view.tables[0].above][-1] == "部门：某局"


def test_lines_before_another_table_are_not_its_title() -> None:
    view = view_of(document(line("2024年度收入决算表"), table("1"), table("2")), "")
    assert [found.caption for found in view.tables] == ["2024年度收入决算表", ""]


def test_the_table_of_contents_ends_where_its_first_entry_comes_again() -> None:
    texts = (
        "目 录",
        "第一部分 概况",
        "一、职责",
        "第二部分 决算表",
        "第一部分 某局概况",
        "一、职责",
        "负责……",
    )
    view = view_of(document(*(line(text, n) for n, text in enumerate(texts))), "")
    assert [found.text for found in view.body] == list(texts[4:])


def test_a_merged_cell_is_seen_once() -> None:
    cells = (TableCell("甲", 0, 0, rows=2), TableCell("1", 0, 1), TableCell("2", 1, 1))
    view = view_of(document(SourceTable(cells)), "")
    assert [[cell.text for cell in row] for row in view.tables[0].rows] == [["甲", "1"], ["2"]]
