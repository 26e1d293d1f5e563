"""Base data tables and tables of units, as places other than the three known ones could print them."""

from __future__ import annotations

import pytest

from guangsha.documents.reading.understanding.compose import understand
from guangsha.documents.reading.understanding.tests.written_forms import document, table, torn
from guangsha.facts.fact import FactSet
from guangsha.facts.report import Report

TITLE = "2024年度湘潭市住房保障服务中心整体支出绩效评价基础数据表"
BASE = """
财政供养人员情况（人） | 编制数 | 2024年实际在职人数 | 控制率
^ | 40 | 38 | 95%
经费控制情况（万元） | 2023年决算数 | 2024年预算数 | 2024年决算数
“三公”经费 | 5.2 | 6 | 4.80
1、公务用车购置和维护经费 | 3.2 | 4 | 3.00
其中：公车购置 | — | — | —
公车运行维护 | 3.2 | 4 | 3.00
2、因公出国（境）费 | | |
3、公务接待 | 2 | 2 | 1.80
项目支出： | 900 | 1,000 | 980.55
1、业务工作经费 | 100 | 120 | 118.05
2、市级专项资金（一个专项一行） | 800 | 880 | 862.50
租赁补贴 | 500 | 560 | 560
危房治理 | 300 | 320 | 302.50
公用经费： | 60 | 62 | 61
其中：办公经费 | 20 | 21 | 20.5
水费、电费、差旅费 | 10 | 10 | 9
会议费、培训费 | 1 | 2 | 1
政府采购金额 | —— | 30 | 28
部门基本支出预算调整 | —— | 700 | 690
楼堂馆所控制情况（2024年完工项目） | 批复规模（㎡） | 实际规模（㎡） | 规模控制率 | 预算投资（万元） | 实际投资（万元） | 投资概算控制率
^ | 1200 | 1180 | 98.33% | 300 | 295.5 | 98.5%
厉行节约保障措施 | 压减会议 | | | | |
"""


def amounts(facts: FactSet) -> dict[str, list[str]]:
    """Line (programmes by name) → amounts of the three columns as printed."""
    return {
        line.name or line.line: [
            fact.text if fact else "" for fact in (line.prior, line.budget, line.executed)
        ]
        for line in Report(facts).base_lines
    }


@pytest.mark.parametrize("way", ["merged", "blank", "torn"])
def test_reads_every_line_of_a_base_table(way: str) -> None:
    source = torn(TITLE, BASE) if way == "torn" else document(TITLE, table(BASE, merged=way == "merged"))
    facts = understand(source).facts
    assert amounts(facts) == {
        "three_public": ["5.2", "6", "4.80"], "vehicles": ["3.2", "4", "3.00"], "vehicle_running": ["3.2", "4", "3.00"],
        "reception": ["2", "2", "1.80"], "project_total": ["900", "1000", "980.55"],
        "业务工作经费": ["100", "120", "118.05"], "市级专项资金": ["800", "880", "862.50"],
        "租赁补贴": ["500", "560", "560"], "危房治理": ["300", "320", "302.50"],
        "public_total": ["60", "62", "61"], "office": ["20", "21", "20.5"], "utilities_travel": ["10", "10", "9"],
        "meeting_training": ["1", "2", "1"], "procurement": ["", "30", "28"], "basic_adjusted": ["", "700", "690"],
    }  # fmt: skip
    parents = {line.name: line.parent for line in Report(facts).base_lines if line.parent}
    assert parents == {"租赁补贴": "2", "危房治理": "2"}
    staff = [facts.find(f"staff.{field}") for field in ("established", "employed")]
    assert [fact.text for fact in staff if fact] == ["40", "38"]
    rate = facts.find("staff.control_rate", basis="published")
    assert rate is not None and rate.text == "95"
    found = [
        facts.find(concept, line=line)
        for concept in ("base.area", "base.invested")
        for line in ("approved", "actual")
    ]
    assert [fact.text for fact in found if fact] == ["1200", "1180", "300", "295.5"]


def test_a_project_sheet_finds_its_line_by_name() -> None:
    sheet = """
    项目支出名称 | 租赁补贴（560万元） | | | | | |
    项目资金（万元） | | 年初预算数 | 全年预算数 | 全年执行数 | 分值 | 执行率 | 得分
    | 年度资金总额 | 560 | 560 | 560 | 10 | 100% | 10
    绩效指标 | 一级指标 | 二级指标 | 三级指标 | 年度指标值 | 实际完成值 | 分值 | 得分
    | 产出指标 | 数量指标 | 发放户数 | 900户 | 901户 | 90 | 90
    """
    report = Report(
        understand(document(TITLE, table(BASE), "2024年度项目支出绩效自评表", table(sheet))).facts
    )
    (project,) = report.projects
    assert project.name == "租赁补贴" and project.text("budget_line") == "3"


def test_columns_in_another_order_are_told_apart_by_their_years() -> None:
    block = BASE.replace(
        "2023年决算数 | 2024年预算数 | 2024年决算数", "2024年预算数 | 2024年决算数 | 2023年决算数"
    )
    assert amounts(understand(document(TITLE, table(block))).facts)["reception"] == ["1.80", "2", "2"]


UNITS = """
序号 | 预算单位 | 产出指标 | 效益指标 | 满意度指标 | 预算执行率得分 | 总分 | 等级
1 | 局机关 | 48 | 29 | 10 | 9.5 | 96.5 | 优
2 | 房产交易中心 | 50 | 30 | 9 | 10 | 99 | 优
部门得分（简单平均） | < | 49 | 29.5 | 9.5 | 9.75 | 97.75 | 优
"""
THREE_PUBLIC = """
单位名称 | 预算数 | < | < | 决算数 | < | <
^ | 公车运行维护费 | 公务接待费 | 合计 | 公车运行维护费 | 公务接待费 | 合计
局机关 | 6 | 2 | 8 | 5.5 | 1.2 | 6.7
房产交易中心 | 3 | 1 | 4 | 3 | 0 | 3
合计 | 9 | 3 | 12 | 8.5 | 1.2 | 9.7
"""
PROJECTS = """
单位 | 项目名称 | 支出金额 | 备注
局机关 | 危房鉴定 | 30.25 |
^ | 白蚁防治 | 20 |
房产交易中心 | 系统维护 | 12.5 |
合计 | | 62.75 |
"""


def test_reads_the_tables_of_a_departments_units() -> None:
    facts = understand(
        document(
            "2024年度益阳市住房和城乡建设局部门整体支出绩效自评报告", "各单位自评得分表", table(UNITS),
            "“三公”经费情况表（单位：万元）", table(THREE_PUBLIC), "项目支出情况表", table(PROJECTS),
        )
    ).facts  # fmt: skip
    rollup = Report(facts).rollup
    assert [rollup.name(member) for member in rollup.members] == ["局机关", "房产交易中心"]
    first, second = rollup.members
    scores = [rollup.score(first, c) for c in ("execution", "output", "effect", "satisfaction", "total")]
    assert [fact.text for fact in scores if fact] == ["9.5", "48", "29", "10", "96.5"]
    printed = [rollup.published(c) for c in ("execution", "total")]
    assert [fact.text for fact in printed if fact] == ["9.75", "97.75"]
    assert (rollup.text("label"), rollup.text("grade")) == ("简单平均", "优")
    money = [facts.find("rollup.project_money", member=member) for member in (first, second)]
    assert [fact.text for fact in money if fact] == ["50.25", "12.5"]
    spent = facts.find("rollup.three_public", member=first, item="reception", stage="executed")
    planned = facts.find("rollup.department_three_public", item="three_public", stage="initial")
    assert spent is not None and spent.text == "1.2" and planned is not None and planned.text == "12"
