"""Scoring sheets of places that nobody tuned anything to: other cities, orders of columns, merges and unit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from guangsha.documents.reading.source import SourceDocument
from guangsha.documents.reading.understanding.compose import Reading, understand
from guangsha.documents.reading.understanding.tests.written_forms import document, table, torn
from guangsha.facts.report import Report

ZHUZHOU_TITLE = "2024年度株洲市芦淞区住房保障服务中心项目支出绩效自评表"
ZHUZHOU = """
项目名称 | < | 危旧房改造 | < | < | < | < | < | <
主管部门 | < | 芦淞区住房和城乡建设局 | < | < | 实施单位 | < | 芦淞区住房保障服务中心 | <
项目资金（万元） | < | | 年初预算数 | 全年预算数（A） | 全年执行数（B） | 分值 | 执行率（B/A） | 得分
^ | ^ | 年度资金总额 | 120.50 | 150 | 141.75 | 10 | 94.5% | 9.45
^ | ^ | 其中：当年财政拨款 | 100.50 | 130 | 121.75 | — | — | —
^ | ^ | 上年结转资金 | 20 | 20 | 20 | — | — | —
^ | ^ | 其他资金 | | | | | |
年度总体目标 | 预期目标 | < | < | < | 实际完成情况 | < | < | <
^ | 完成危旧房改造 | < | < | < | 已完成改造 | < | < | <
绩效指标 | 一级指标 | 二级指标 | 三级指标 | 分值 | 年度指标值 | 实际完成值 | 得分 | 偏差原因分析及改进措施
^ | 产出指标（50分） | 数量指标 | 改造栋数 | 20 | ≥12栋 | 11栋 | 18 | 一栋未交付
^ | ^ | ^ | 惠及户数 | 10 | 240户 | 240户 | 10 |
^ | ^ | 质量指标 | 验收合格率 | 20 | 100% | 100% | 20 |
^ | 效益指标（30分） | 社会效益指标 | 消除安全隐患 | 30 | 有效 | 有效 | 30 |
^ | 满意度指标（10分） | 服务对象满意度指标 | 居民满意度 | 10 | ≥90% | 93% | 10 |
总分 | < | < | < | 100 | | | 97.45 |
"""


def read(*parts: str, way: str = "merged") -> Reading:
    """The parts as a document with merged cells, without them, or torn."""
    return understand(written(parts, way))


def written(parts: tuple[str, ...], way: str) -> SourceDocument:
    if way == "torn":
        return torn(*parts)
    return document(*(table(part, merged=way == "merged") if "|" in part else part for part in parts))


@pytest.mark.parametrize("way", ["merged", "blank", "torn"])
def test_reads_a_project_sheet_of_another_city(way: str) -> None:
    reading = read(ZHUZHOU_TITLE, ZHUZHOU, way=way)
    (sheet,) = Report(reading.facts).projects
    assert (sheet.name, sheet.text("department"), sheet.text("implementer")) == (
        "危旧房改造", "芦淞区住房和城乡建设局", "芦淞区住房保障服务中心",
    )  # fmt: skip
    money = {
        (fund, stage): fact.text
        for fund in ("total", "current", "carry_over", "other")
        for stage in ("initial", "full_year", "executed")
        if (fact := sheet.funds(fund).stage(stage))
    }
    assert money == {
        ("total", "initial"): "120.50", ("total", "full_year"): "150", ("total", "executed"): "141.75",
        ("current", "initial"): "100.50", ("current", "full_year"): "130", ("current", "executed"): "121.75",
        ("carry_over", "initial"): "20", ("carry_over", "full_year"): "20", ("carry_over", "executed"): "20",
    }  # fmt: skip
    assert sheet.execution_weight is not None
    printed = [sheet.execution_weight.text] + [
        fact.text for c in ("execution.rate", "execution.score", "sheet.weight_total", "sheet.total") if (fact := sheet.published(c))
    ]  # fmt: skip
    assert printed == ["10", "94.5", "9.45", "100", "97.45"]
    rows = [
        (i.level1, i.level2, i.name, i.target, i.actual, i.weight and i.weight.text,
         i.published_score and i.published_score.text, i.reason)
        for i in sheet.indicators
    ]  # fmt: skip
    assert rows == [
        ("产出指标", "数量指标", "改造栋数", "≥12栋", "11栋", "20", "18", "一栋未交付"),
        ("产出指标", "数量指标", "惠及户数", "240户", "240户", "10", "10", ""),
        ("产出指标", "质量指标", "验收合格率", "100%", "100%", "20", "20", ""),
        ("效益指标", "社会效益指标", "消除安全隐患", "有效", "有效", "30", "30", ""),
        ("满意度指标", "服务对象满意度指标", "居民满意度", "≥90%", "93%", "10", "10", ""),
    ]
    assert [sheet.block("weight", name).text for name in sheet.level1_names] == ["50", "30", "10"]  # type: ignore[union-attr]
    assert (sheet.text("goal_expected"), sheet.text("goal_actual")) == ("完成危旧房改造", "已完成改造")


WUHAN_TITLE = "2023年度武汉市硚口区房管局公租房维修项目绩效自评表"
WUHAN = """
项目名称 | < | 公租房维修 | < | < | < | <
主管部门 | < | 硚口区房管局 | < | 项目实施单位 | 硚口区房管所 | <
项目类别 | < | 1、部门预算项目 ☑　2、区级专项 □　3、专项转移支付项目 □ | < | < | < | <
项目属性 | < | 1、持续性项目 □　2、新增性项目 ☑ | < | < | < | <
预算执行情况\\n（万元）\\n（20分） | < | | 预算数（A） | 执行数（B） | 执行率（B/A） | 得分（20分×执行率）
^ | ^ | 年度财政资金总额 | 860.4 | 817.38 | 95% | 19
年度绩效目标（80分） | 一级指标 | 二级指标 | 具体指标名称 | 年初目标值（A） | 实际完成值（B） | 得分
^ | 产出指标（40分） | 数量指标 | 维修套数 | ≥300套 | 312套 | 20
^ | ^ | ^ | 更换管线 | 5公里 | 5公里 | ^
^ | ^ | 质量指标 | 验收合格率 | 100% | 100% | 20
^ | 效益指标（30分） | 社会效益指标 | 改善居住条件 | 有效 | 有效 | 29
^ | 满意度指标（10分） | 服务对象满意度指标 | 住户满意度 | ≥80% | 88% | 10
总分 | < | < | < | < | < | 98
偏差大或目标未完成原因分析 | < | 部分管线老化 | < | < | < | <
改进措施及结果应用方案 | < | 分批更换 | < | < | < | <
"""


@pytest.mark.parametrize("way", ["merged", "blank", "torn"])
def test_reads_a_wuhan_form_of_another_district(way: str) -> None:
    reading = read(WUHAN_TITLE, WUHAN, way=way)
    assert reading.profile.id == "jiangan"
    (sheet,) = Report(reading.facts).projects
    assert sheet.funds().full_year is not None and sheet.funds().full_year.text == "860.4"
    assert sheet.funds().executed is not None and sheet.funds().executed.text == "817.38"
    assert [
        f.text for c in ("execution.rate", "execution.score", "sheet.total") if (f := sheet.published(c))
    ] == ["95", "19", "98"]
    assert (sheet.text("category"), sheet.text("attribute")) == ("部门预算项目", "新增性项目")
    assert (sheet.text("deviation_reason"), sheet.text("improvement")) == ("部分管线老化", "分批更换")
    group = sheet.indicators[0].group
    assert group and sheet.indicators[1].group == group
    score, weight = sheet.group("score", group, "published"), sheet.group("weight", group)
    assert score is not None and score.text == "20"
    # 20 + 20 = 40: each carries what it scored; 29 of 30 and 10 of 10 stand alone under their heads
    assert weight is not None and weight.text == "20"
    assert [i.weight.text for i in sheet.indicators[2:] if i.weight] == ["20", "30", "10"]


def test_leaves_weights_open_where_the_scores_do_not_fill_the_head() -> None:
    reading = read(WUHAN_TITLE, WUHAN.replace("100% | 100% | 20", "100% | 100% | 17"))
    (sheet,) = Report(reading.facts).projects
    assert sheet.indicators[2].weight is None


def test_an_amount_in_yuan_is_kept_exactly_in_wan_yuan() -> None:
    reading = read(
        ZHUZHOU_TITLE, "金额单位：元", ZHUZHOU.replace("（万元）", "（元）").replace("141.75", "1417500.25")
    )
    executed = Report(reading.facts).projects[0].funds().executed
    assert executed is not None and executed.number == Decimal("141.750025")


def test_puts_sign_and_unit_columns_of_a_ministry_form_together() -> None:
    block = """
    一级指标 | 二级指标 | 三级指标 | 指标性质 | 年度指标值 | 度量单位 | 实际完成值 | 分值 | 得分 | 偏差原因分析及改进措施
    产出指标 | 数量指标 | 发放补贴户数 | ≥ | 1200 | 户 | 1260 | 50 | 50 |
    效益指标 | 社会效益指标 | 改善居住 | 定性 | 有效 | | 有效 | 30 | 30 |
    满意度指标 | 服务对象满意度 | 满意度 | ≥ | 90 | % | 95 | 10 | 10 |
    总分 | | | | | | | 90 | 90 |
    """
    reading = read("2024年度某县房产局整体支出绩效自评表", block)
    sheet = Report(reading.facts).overall
    assert sheet is not None
    assert [(i.target, i.text("unit")) for i in sheet.indicators] == [
        ("≥1200", "户"),
        ("有效", ""),
        ("≥90", "%"),
    ]


def test_a_row_that_does_not_apply_carries_no_points() -> None:
    block = ZHUZHOU.replace("消除安全隐患 | 30 | 有效 | 有效 | 30", "无 | | 不适用 | 不适用 |")
    row = Report(read(ZHUZHOU_TITLE, block).facts).projects[0].indicators[3]
    assert row.text("method") == "not_applicable" and row.weight is None and row.published_score is None


def test_two_numbers_in_one_cell_stay_as_they_are_and_are_noted() -> None:
    reading = read(ZHUZHOU_TITLE, ZHUZHOU.replace("240户 | 240户", "240户 | 120 121"), way="torn")
    assert Report(reading.facts).projects[0].indicators[1].actual == "120 121"
    assert any("两个数" in note and "惠及户数" in note for note in reading.notes)


def test_several_sheets_in_one_table_are_several_projects() -> None:
    second = ZHUZHOU.replace("危旧房改造", "公租房维护").replace("141.75", "99.5")
    reading = understand(document(ZHUZHOU_TITLE, table(ZHUZHOU.strip() + "\n" + second.strip())))
    assert [(s.name, len(s.indicators)) for s in Report(reading.facts).projects] == [
        ("危旧房改造", 5),
        ("公租房维护", 5),
    ]


def test_a_page_break_inside_the_indicators_changes_nothing() -> None:
    lines = ZHUZHOU.strip().splitlines()
    first, second = "\n".join(lines[:12]), "\n".join(lines[12:])
    whole = understand(document(ZHUZHOU_TITLE, table(ZHUZHOU, merged=False)))
    broken = understand(
        document(ZHUZHOU_TITLE, table(first, merged=False), "— 12 —", table(second, merged=False))
    )
    assert broken.facts == whole.facts


def test_every_altered_figure_is_read_as_altered() -> None:
    """No sum, rate or rule talks a reader out of what is printed in a table with a grid."""
    base = read(ZHUZHOU_TITLE, ZHUZHOU).facts
    for old, new in (
        ("120.50 |", "126.50 |"), ("150 |", "156 |"), ("141.75", "147.75"), ("94.5%", "84.5%"), ("9.45\n", "9.15\n"),
        ("≥12栋", "≥17栋"), ("11栋", "14栋"), ("| 18 |", "| 13 |"), ("| 97.45 |", "| 91.45 |"), ("| 100 | | |", "| 108 | | |"),
        ("（50分）", "（58分）"),
    ):  # fmt: skip
        assert old in ZHUZHOU
        changed = read(ZHUZHOU_TITLE, ZHUZHOU.replace(old, new, 1)).facts
        differing = [
            fact.key
            for fact in base
            if (other := changed.by_key(fact.key)) is None or other.value != fact.value
        ]
        assert len(differing) == 1 and len(changed) == len(base), (old, differing)


def test_finds_the_steps_of_a_printed_rule_and_hands_them_to_the_same_row_of_a_project() -> None:
    overall = """
    年度预算申请（万元） | | 年初预算数 | 全年预算数 | 全年执行数 | 分值 | 执行率 | 得分 | |
    | 年度资金总额 | 10 | 20 | 20 | 10 | 100% | 10 | |
    绩效指标 | 一级指标 | 二级指标 | 三级指标 | 年度指标值 | 实际完成值 | 评分标准 | 分值 | 得分 | 偏差原因分析及改进措施
    | 产出指标 | 数量指标 | 发放户数 | 800 | 812 | 达到800户以上得40分，每减少10户扣1分，扣完为止。 | 40 | 40 |
    | 效益指标 | 社会效益指标 | 改善居住 | 有效 | 有效 | 改善明显计50分，否则不得分。 | 50 | 50 |
    总分 | | | | | | | 100 | 100 |
    """
    project = """
    项目支出名称 | 租赁补贴 | | | | | | |
    项目资金（万元） | 资金来源 | 年初预算数 | 全年预算数 | 全年执行数 | 分值 | 执行率 | 得分 |
    | 年度资金总额 | 10 | 20 | 20 | 10 | 100% | 10 |
    绩效指标 | 一级指标 | 二级指标 | 三级指标 | 年度指标值 | 实际完成值 | 分值 | 得分 | 偏差原因分析及改进措施
    | 产出指标 | 数量指标 | 发放户数 | 800户 | 812户 | 90 | 90 |
    总分 | | | | | | 100 | 100 |
    """
    report = Report(
        read("2024年度某市住房中心整体支出绩效自评表", overall, "2024年度项目支出绩效自评表", project).facts
    )
    assert report.overall is not None
    first, second = report.overall.indicators
    assert [first.text(f) for f in ("method", "step", "deduct", "direction", "unit")] == [
        "step",
        "10户",
        "1",
        "up",
        "户",
    ]
    assert second.text("rule") == "改善明显计50分，否则不得分。" and second.text("method") == ""
    (row,) = report.projects[0].indicators
    assert [row.text(f) for f in ("method", "step", "deduct")] == ["step", "10户", "1"]


def test_reads_a_form_that_carries_its_total_and_signature_inside() -> None:
    block = ZHUZHOU.replace(
        "总分 | < | < | < | 100 | | | 97.45 |", "自评总分：97.45分 | < | < | < | < | < | < | < | <"
    )
    block += "填表人：某某　填报日期：2025年3月6日　联系电话：0731-0000000 | < | < | < | < | < | < | < | <\n"
    (sheet,) = Report(read(ZHUZHOU_TITLE, block).facts).projects
    total = sheet.published("sheet.total")
    assert total is not None and total.text == "97.45" and sheet.text("filled_on") == "2025-03-06"
    assert len(sheet.indicators) == 5


def test_one_cell_over_points_and_scores_is_the_total() -> None:
    block = """
    一级指标 | 二级指标 | 三级指标 | 年度指标值 | 实际完成值 | 分值 | 得分 | 偏差原因分析及改进措施
    产出指标 | 数量指标 | 维修套数 | 30套 | 30套 | 60 | 60 |
    效益指标 | 社会效益指标 | 改善居住 | 有效 | 有效 | 40 | 38 | 进度慢
    总分 | < | < | < | < | 98 | < |
    """
    sheet = Report(read("2024年度某市房管局整体支出绩效自评表", block).facts).overall
    assert sheet is not None
    total = sheet.published("sheet.total")
    assert total is not None and total.text == "98" and sheet.published("sheet.weight_total") is None


def test_merged_points_make_a_group_of_rows() -> None:
    block = """
    一级指标 | 二级指标 | 三级指标 | 年度指标值 | 实际完成值 | 分值 | 得分 | 偏差原因分析及改进措施
    产出指标（60分） | 数量指标 | 维修套数 | 30套 | 30套 | 40 | 39 |
    ^ | ^ | 更换管线 | 5公里 | 4公里 | ^ | ^ | 雨季停工
    ^ | 质量指标 | 合格率 | 100% | 100% | 20 | 20 |
    """
    sheet = Report(read("2024年度某市房管局整体支出绩效自评表", block).facts).overall
    assert sheet is not None
    assert [i.group for i in sheet.indicators] == ["g1", "g1", ""]
    weight, score = sheet.group("weight", "g1"), sheet.group("score", "g1", "published")
    assert weight is not None and weight.text == "40" and score is not None and score.text == "39"
    assert sheet.indicators[0].weight is None and sheet.indicators[1].reason == "雨季停工"


@pytest.mark.parametrize(
    ("printed", "bound"),
    [("141.75", "sheet.funds["), ("150", "sheet.funds["), ("141.57", "likely:sheet.funds["), ("12", "")],
)
def test_an_amount_in_a_projects_name_is_set_against_its_money(printed: str, bound: str) -> None:
    reading = read(ZHUZHOU_TITLE, ZHUZHOU.replace("| 危旧房改造 |", f"| 危旧房改造（{printed}万元） |"))
    report = Report(reading.facts)
    assert report.projects[0].name == "危旧房改造"
    cells = [s.cells["amount"] for s in report.statements if s.subject == "项目名称中的金额"]
    assert len(cells) == bool(bound) and all(cell.startswith(bound) for cell in cells)
