"""Paragraphs and figures: torn lines joined, marks and pages left out, every figure back at its own line."""

from __future__ import annotations

from decimal import Decimal

import pytest

from guangsha.documents.reading.source import Line, SourceDocument, SourceTable, Spot, TableCell
from guangsha.documents.reading.understanding.prose_labels import clean_label, likeness
from guangsha.documents.reading.understanding.prose_numbers import Mention, sentences
from guangsha.documents.reading.understanding.prose_text import Passage, passages, squeeze
from guangsha.documents.reading.understanding.tests.prose_builders import document_of, report_of
from guangsha.facts.fact import CellSource


def mentions(text: str) -> list[Mention]:
    return [m for passage in passages(document_of(text)) for s in sentences(passage) for m in s.mentions]


def test_sentence_torn_by_a_page_end_is_one_paragraph() -> None:
    (passage,) = passages(
        document_of("2023年度一般公共预算支出年初预算为1405.65万\n\n- 12 -\n元，支出决算为1500.00万元。")
    )
    assert passage.text == "2023年度一般公共预算支出年初预算为1405.65万元,支出决算为1500.00万元。"
    assert [piece.spot.line for piece in passage.pieces] == [1, 4]


def test_figure_of_a_joined_paragraph_is_quoted_from_its_own_line() -> None:
    report = report_of(
        "全年预算数为2000.00万元，主要用于保障性住房建设、\n老旧小区改造，全年执行数为1900.00万元，执行率95%。"
    )
    (completion,) = [s for s in report.statements if s.kind == "completion"]
    sources = {role: fact.source for role, fact in completion.roles.items()}
    assert all(isinstance(source, CellSource) for source in sources.values())
    assert {role: source.line for role, source in sources.items() if isinstance(source, CellSource)} == {
        "budget": 1, "executed": 2, "percent": 2,
    }  # fmt: skip
    budget = sources["budget"]
    assert isinstance(budget, CellSource) and budget.quote == "全年预算数为2000.00万元"


def test_heading_is_not_joined_to_the_sentence_below() -> None:
    found = passages(document_of("二、收入决算情况说明\n2023年度收入合计100.00万元。"))
    assert [p.text for p in found] == ["收入决算情况说明", "2023年度收入合计100.00万元。"]
    assert found[1].headings == ("收入决算情况说明",)


@pytest.mark.parametrize(
    ("line", "level", "number"),
    [
        ("第三部分 情况说明", 1, 3), ("十三、预算绩效", 2, 13), ("（二）项目支出", 3, 2), ("- 8。住房保障支出：50万元", 4, 8),
        ("1.2024年预算执行情况好", 4, 1), ("2. 24 小时值守支出 14 万元", 4, 2), ("(3)满意度指标", 5, 3), ("③改造项目", 6, 3),
    ],
)  # fmt: skip
def test_marks_of_headings_and_items_are_understood(line: str, level: int, number: int) -> None:
    (passage,) = passages(document_of(line))
    assert passage.mark is not None and (passage.mark.level, passage.mark.number) == (level, number)


def test_long_cell_is_read_as_prose_and_a_scoring_rule_is_not() -> None:
    cells = (
        TableCell("实际完成：发放补贴300户，其中城东180户、城西120户。", 0, 0, spot=Spot(line=7)),
        TableCell("达到300户得10分，每减少10户扣1分，扣完为止。", 0, 1, spot=Spot(line=7)),
    )
    document = SourceDocument("a.txt", "txt", (Line("附件", Spot(1)), SourceTable(cells)))
    assert [p.text[:6] for p in passages(document) if p.cell] == ["实际完成:发"]


@pytest.mark.parametrize(
    ("printed", "squeezed"),
    [
        ("支出 22854. 27 万元", "支出22854.27万元"), ("１, ２１２．８４元", "1,212.84元"), ("得分 41 39", "得分41 39"),
        ("养 老 保险", "养老保险"), ("D 级 1 栋", "D级1栋"), ("占 0. 32 ％", "占0.32%"),
    ],
)  # fmt: skip
def test_spaces_of_bad_recognition_are_dropped(printed: str, squeezed: str) -> None:
    assert squeeze(printed)[0] == squeezed


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("投入1.63亿元", [("1.63", "亿元")]), ("阅读量超1万次", [("10000", "次")]), ("面积129.73万平方米", [("129.73", "万平方米")]),
        ("惠及3500余户", [("3500", "户")]), ("4018套（间）", [("4018", "套(间)")]), ("增幅6.1%", [("6.1", "%")]),
        ("共116.29万，另5人", [("116.29", "万元"), ("5", "人")]), ("5000元", [("5000", "元")]),
    ],
)  # fmt: skip
def test_figures_have_their_unit(text: str, values: list[tuple[str, str]]) -> None:
    found = [(str(m.value), m.unit.symbol if m.unit else m.counter) for m in mentions(text)]
    assert found == values


@pytest.mark.parametrize(
    "text",
    [
        "2023年度", "截至2024年12月31日", "〔2021〕25号", "1-12月", "第7次会议", "12345政府热线电话0730-1234567", "40-60㎡户型",
        "武老旧改组[2024]2号", "24小时值守", "上世纪30至90年代", "分别按照执行", "B1级",
    ],
)  # fmt: skip
def test_dates_ordinals_ranges_and_numbers_of_documents_are_no_figures(text: str) -> None:
    assert [m.text for m in mentions(text) if m.sort in ("money", "count", "percent", "score")] == []


@pytest.mark.parametrize(
    ("before", "label"),
    [
        ("2023年度收、支总计", "收、支总计"), (",其中:政府采购货物支出", "政府采购货物支出"), ("支出(人员经费支出)", "支出"),
        (";2、商品和服务支出", "商品和服务支出"), ("项目支出主要用于物业补助经费", "物业补助经费"), (",", ""), ("截至年末,共有车辆", "有车辆"),
    ],
)  # fmt: skip
def test_label_is_the_noun_before_the_figure(before: str, label: str) -> None:
    assert clean_label(before) == label


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("“三公”经费支出", "三公经费", True), ("本年收入合计", "收入合计", True), ("人员支出", "人员经费", True),
        ("公务用车运行维护费支出", "公务用车运行维护费", True), ("收入合计", "支出合计", False), ("基本支出", "项目支出", False),
        ("开工改造", "完工改造", False), ("一般公共预算拨款", "政府性基金拨款", False),
    ],
)  # fmt: skip
def test_names_agree_in_spite_of_their_spelling(one: str, other: str, same: bool) -> None:
    assert (likeness(one, other) >= 0.94) is same


def test_every_character_of_a_passage_knows_where_it_was_printed() -> None:
    passage: Passage
    (passage,) = passages(document_of("支出 合计 １００. ５０ 万元，其中：基本 支出 60.50 万元。"))
    for at, char in enumerate(passage.text):
        printed = passage.pieces[0].raw[passage.origins[at]]
        assert squeeze(printed)[0] in (char, "") or char in squeeze(printed)[0]
    assert Decimal("100.50") in [m.value for s in sentences(passage) for m in s.mentions]
