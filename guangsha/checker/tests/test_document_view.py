"""What a rule sees of a document: passages over broken lines, sections, numerals, where a figure stands."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from guangsha.checker import RULES, Case
from guangsha.checker.document import DocumentView, TextCell, TextTable, numeral
from guangsha.checker.run import load_rules
from guangsha.checker.tests.builders import case_of, view_of_text
from guangsha.facts import CellSource, FactSet
from guangsha.kernel.findings import Outcome, Relation

load_rules()

SENTENCE = "本年完成租金收缴一百三十万元，群众满意度达到百分之九十五以上"


def test_joins_a_sentence_that_a_page_broke_and_quotes_the_line_that_holds_the_piece() -> None:
    view = view_of_text(f"{SENTENCE}，全年执行率为\n95.5%，好于上年。")
    (passage,) = view.passages
    place = passage.place(passage.text.index("95.5"), passage.text.index("，好于"))
    assert (place.line, place.quote) == (2, "95.5%")


def test_keeps_heads_items_and_finished_sentences_apart() -> None:
    view = view_of_text(f"{SENTENCE}\n（二）项目支出情况\n{SENTENCE}。\n支出合计为二十万元。")
    assert len(view.passages) == 4


def test_piece_of_a_tall_cell_is_found_on_its_own_line() -> None:
    cell = TextCell("产出指标\n(50分)", CellSource("文档.txt", line=3), 0, (3, 5))
    table = TextTable("", (), ((cell,),), cell.place)
    (passage,) = DocumentView("文档.txt", "txt", "", (), (table,)).texts
    at = passage.text.index("50")
    assert (passage.place(at, at + 2).line, passage.place(at, at + 2).quote) == (5, "50")
    assert passage.place(0, 2).line == 3


def test_finds_a_section_up_to_the_next_head_of_its_kind() -> None:
    view = view_of_text("七、存在的问题\n1、配租进度偏慢\n八、改进措施\n加快配租")
    assert [line.text for line in view.section("问题")] == ["1、配租进度偏慢"]


@given(st.integers(min_value=1, max_value=99))
def test_reads_chinese_numerals_back(number: int) -> None:
    digits = "一二三四五六七八九"
    tens, ones = divmod(number, 10)
    printed = ("" if tens == 0 else ("十" if tens == 1 else digits[tens - 1] + "十")) + (
        digits[ones - 1] if ones else ""
    )
    assert numeral(printed) == number == numeral(str(number))


@given(st.text(max_size=6))
def test_any_text_is_a_numeral_or_not_without_failing(text: str) -> None:
    assert numeral(text) is None or numeral(text) in range(0, 10**6)


def counted(said: int) -> list[Relation]:
    """A sheet of two output rows that stands on line 2, and a sentence after it that counts them."""
    rows = [
        {"name": "配租", "target": "9户", "weight": "5"},
        {"name": "补贴", "target": "9户", "weight": "5"},
    ]
    case = case_of({"sheets": [{"indicators": rows}]})
    facts = [replace(fact, source=CellSource("文档.txt", line=2)) for fact in case.facts]
    view: DocumentView = view_of_text(f"自评表\n|配租|9户|\n2023年产出指标{said}个，全部完成。")
    placed = Case(FactSet(case.facts.unit, 2023, "yueyang", facts), case.profile, case.scores, view)
    return list(RULES["K24"].check(placed))


def test_counts_the_rows_of_the_sheet_that_a_sentence_follows() -> None:
    assert [relation.outcome for relation in counted(2)] == [Outcome.HELD]
    (relation,) = counted(3)
    assert relation.finding is not None and (relation.finding.expected, relation.finding.found) == ("2", "3")
