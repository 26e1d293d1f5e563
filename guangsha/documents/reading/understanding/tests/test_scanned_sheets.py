"""What scans do to a sheet, made up: the reader mends only what two printed things agree on, and says so."""

from __future__ import annotations

from guangsha.documents.reading.understanding.compose import Reading, understand
from guangsha.documents.reading.understanding.tests.written_forms import torn
from guangsha.facts.report import Report, Sheet

TITLE = "2024年度某市汉南区房管局维修项目绩效自评表"
SCANNED = """
项目 | 名称 | 公租房维修 | | | | |
算执行情况 (万元) | | | 预算数 (A) | L行数 (B) | 执行≅ (B/A | 得 (20分* | 分 执行率)
| ·分) | 年度财政 资金总额 | 1, 860. 40 | 1674. 36 | 90% | 1 | 8
| 一级指标 | 二级指标 | 具体指标名称 | 年初目标 值 (A) | 实际完成值 (B) | 得分 |
| | | 维修套数 | ≥300 套 | 312 套 | |
| 产出指标 (40分) | 数量指标 | 更换管线 | 5 公里 | 5公里 | 20 |
| | | 惠及户数 | 300户 | 305户 | |
| | 质量指标 | 验收合格率 | 100% | 100% | 20 |
| 效益指标 (30分) | 社会效益指 标 | 改善居住条件 | 有效 | 有效 | 30 |
| 满意度 指标 (10分) | 服务对象满意 度指标 | 住户满意度 | ≥80% | 88% | 10 |
总分 | | | | | 98 | |
"""


def scanned(old: str = "", new: str = "") -> tuple[Sheet, Reading]:
    assert old in SCANNED
    reading = understand(torn(TITLE, SCANNED.replace(old, new, 1)))
    (sheet,) = Report(reading.facts).projects
    return sheet, reading


def printed(sheet: Sheet, concept: str) -> str:
    fact = sheet.published(concept)
    return fact.text if fact else ""


def test_a_scanned_sheet_gives_its_figures() -> None:
    sheet, _ = scanned()
    total = sheet.funds()
    assert total.full_year is not None and total.executed is not None
    assert (total.full_year.text, total.executed.text) == ("1860.40", "1674.36")
    assert [printed(sheet, c) for c in ("execution.rate", "execution.score", "sheet.total")] == [
        "90",
        "18",
        "98",
    ]
    assert [(i.level1, i.level2, i.target, i.actual) for i in sheet.indicators[:4]] == [
        ("产出指标", "数量指标", "≥300套", "312套"), ("产出指标", "数量指标", "5公里", "5公里"),
        ("产出指标", "数量指标", "300户", "305户"), ("产出指标", "质量指标", "100%", "100%"),
    ]  # fmt: skip
    assert {i.group for i in sheet.indicators[:3]} == {"g1"}


def test_the_first_digit_of_a_score_comes_back_where_the_total_says_which() -> None:
    sheet, reading = scanned("| 1 | 8", "| | 8")
    assert printed(sheet, "execution.score") == "18"
    assert any("疑缺首位" in note for note in reading.notes)


def test_a_total_that_says_another_digit_leaves_the_score_as_it_is() -> None:
    sheet, _ = scanned("| 1 | 8", "| | 7")
    assert printed(sheet, "execution.score") == "7"


def test_a_score_too_many_is_taken_back_only_where_points_and_total_agree() -> None:
    _, reading = scanned("300户 | 305户 | |", "300户 | 305户 | 6 |")
    assert any("识别噪声" in note for note in reading.notes)
    kept, _ = scanned("| 98 | |", "| 97 | |")
    assert printed(kept, "sheet.total") == "97"
    both = understand(
        torn(
            TITLE, SCANNED.replace("300户 | 305户 | |", "300户 | 305户 | 6 |").replace("| 98 | |", "| 97 | |")
        )
    )
    assert not any("识别噪声" in note for note in both.notes)


def test_a_value_nobody_can_read_is_left_out_and_noted() -> None:
    sheet, reading = scanned("5 公里 | 5公里", "5 公里 | 公里")
    assert sheet.indicators[1].actual == ""
    assert any("识别不清" in note and "更换管线" in note for note in reading.notes)
