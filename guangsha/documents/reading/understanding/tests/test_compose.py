"""What a document is, and how everything read from it is put together."""

from __future__ import annotations

import pytest

from guangsha.documents.reading.understanding.compose import cell_path, understand
from guangsha.documents.reading.understanding.forms import forms_of
from guangsha.documents.reading.understanding.identify import identify
from guangsha.documents.reading.understanding.tests.test_base_tables import BASE
from guangsha.documents.reading.understanding.tests.test_sheet_layouts import WUHAN, ZHUZHOU, ZHUZHOU_TITLE
from guangsha.documents.reading.understanding.tests.written_forms import document, table
from guangsha.facts.report import Report
from guangsha.kernel.errors import InputError, RuleMissing

SHEET = table(ZHUZHOU)


@pytest.mark.parametrize(
    ("lines", "unit", "year"),
    [
        (["2024年度常德市武陵区房产局整体支出", "绩效自评报告"], "常德市武陵区房产局", 2024),
        (["常德市住房保障服务中心2023年度部门整体支出绩效自评报告"], "常德市住房保障服务中心", 2023),
        (["整体支出绩效自评报告", "单位名称：邵阳市房产管理局", "2024年3月5日"], "邵阳市房产管理局", 2023),
        (["2025年度宜昌市", "住房保障中心部门决算公开", "2026年9月1日"], "宜昌市住房保障中心", 2025),
        (["关于2022年度某市房管局整体支出绩效自评报告", "2023年度工作计划另行报送"], "某市房管局", 2022),
    ],
)
def test_recognises_unit_and_year(lines: list[str], unit: str, year: int) -> None:
    identity = identify(source := document(*lines), forms_of(source))
    assert (identity.unit, identity.year) == (unit, year)


@pytest.mark.parametrize(
    ("unit", "profile"),
    [
        ("岳阳市住房保障服务中心岳阳楼区分中心", "yueyanglou"), ("岳阳市房产管理局", "yueyang"),
        ("长沙市岳麓区住房保障服务中心", "yuelu"), ("武汉市汉阳区住房保障和房屋管理局", "jiangan"),
    ],
)  # fmt: skip
def test_the_units_place_picks_the_rules(unit: str, profile: str) -> None:
    source = document(f"2024年度{unit}整体支出绩效自评报告")
    assert understand(source).profile.id == profile


def test_the_form_picks_the_rules_of_an_unknown_place() -> None:
    wuhan = understand(document("2024年度某市某区房管局项目绩效自评表", table(WUHAN)))
    assert wuhan.profile.id == "jiangan" and any("A、B 两栏" in note for note in wuhan.notes)
    assert understand(document("2024年度某市房管局项目支出绩效自评表", SHEET)).identity.layout in (
        "mof",
        "wuhan",
    )
    base = understand(document("2024年度某市房管局基础数据表", table(BASE)))
    assert base.profile.id == "yueyang"


def test_the_caller_may_know_the_rules_better() -> None:
    assert understand(document(ZHUZHOU_TITLE, SHEET), "yuelu").profile.id == "yuelu"
    with pytest.raises(RuleMissing):
        understand(document(ZHUZHOU_TITLE, SHEET), "nowhere")


def test_a_document_without_any_year_is_refused_with_advice() -> None:
    with pytest.raises(InputError, match="找不到年度"):
        understand(document("住房保障工作简报"))
    assert understand(document("住房保障工作简报"), year=2024).facts.year == 2024


def test_an_old_report_is_checked_by_the_earliest_rules_and_told_so() -> None:
    reading = understand(document("2018年度某市房管局整体支出绩效自评报告"))
    assert reading.facts.year == 2018 and any("2018 年度的版本" in note for note in reading.notes)


def test_a_document_of_an_unknown_kind_still_gives_its_forms() -> None:
    reading = understand(document("2024年度工作简报", table(ZHUZHOU)))
    assert Report(reading.facts).projects


def test_every_fact_names_its_place_in_words_and_its_spot() -> None:
    reading = understand(document(ZHUZHOU_TITLE, SHEET))
    fact = reading.facts.find("sheet.funds", sheet="p1", fund="total", stage="executed")
    assert fact is not None
    place = fact.place()
    assert (place.table, place.cell, place.quote) == (ZHUZHOU_TITLE, "年度资金总额·全年执行数", "141.75")
    assert reading.bound[fact.key].anchor == "R4C6"
    assert set(reading.bound) == {fact.key for fact in reading.facts}


def test_a_workbook_is_pointed_at_by_its_own_cells() -> None:
    reading = understand(document(ZHUZHOU_TITLE, SHEET, kind="xlsx"))
    fact = reading.facts.find("sheet.total", sheet="p1", basis="published")
    assert fact is not None and fact.place().cell == "R16C8"


def test_an_amount_printed_twice_becomes_a_statement_bound_to_the_first() -> None:
    again = BASE.replace("| 980.55", "| 985.55")
    reading = understand(
        document("2024年度某市房管局基础数据表", table(BASE), "2024年度某市房管局基础数据表", table(again))
    )
    first = reading.facts.find("base.amount", line="project_total", stage="executed")
    assert first is not None and first.text == "980.55"
    bound = [s for s in Report(reading.facts).statements if s.cells.get("amount") == cell_path(first)]
    assert [s.roles["amount"].text for s in bound] == ["985.55"]


def test_reads_posts_grade_and_sections_from_the_text() -> None:
    reading = understand(
        document(
            "2024年度某市房管局整体支出绩效自评报告", "2025年4月30日",
            "核定全额事业编制30名，实有在职人员28人，退休人员9人。",
            "经自评得分97.45分，自评等级为“优”。",
            "七、存在的主要问题", "1、支付进度偏慢。", "八、下一步改进措施", "1、按月调度。", "九、其他", "无。",
            "2024年度某市房管局整体支出绩效自评表", table(ZHUZHOU.replace("项目名称", "预算部门名称")),
        )
    )  # fmt: skip
    facts = reading.facts
    read = [
        facts.find(c)
        for c in (
            "staff.established",
            "staff.employed",
            "staff.retired",
            "unit.report_date",
            "unit.problems",
            "unit.improvements",
        )
    ]
    assert [fact.text for fact in read if fact] == [
        "30",
        "28",
        "9",
        "2025-04-30",
        "1、支付进度偏慢。",
        "1、按月调度。",
    ]
    grade = facts.find("sheet.grade", sheet="overall", basis="published")
    assert grade is not None and grade.text == "优"
