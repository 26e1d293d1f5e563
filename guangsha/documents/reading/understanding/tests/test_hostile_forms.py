"""Whatever a table holds, reading it ends in facts and notes, never in a crash."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guangsha.documents.reading.source import SourceTable, Spot, TableCell
from guangsha.documents.reading.understanding.compose import understand
from guangsha.documents.reading.understanding.tests.written_forms import document
from guangsha.testing.effort import examples

_WORDS = (
    "", " ", "—", "\u200b", "<p></p>", "项目名称", "主管部门", "实施单位", "年度资金总额", "其中：当年财政拨款", "按收入性质分：",
    "年初预算数", "全年预算数（A）", "执行数（B）", "执行率（B/A）", "得分（20分×执行率）", "分值", "得分", "一级指标", "二级指标",
    "三级指标", "年度指标值", "实际完成值", "评分标准", "产出指标（50分）", "数量指标", "标（40", "满意度", "总分", "总分：9分",
    "年度目标1（20分）", "年度总体目标", "预期目标", "实际完成情况", "偏差大或目标未完成原因分析", "改进措施及结果应用方案",
    "编制数", "2024年实际在职人数", "2023年决算数", "2024年预算数", "2024年决算数", "项目支出：", "三公经费", "批复规模", "实际规模",
    "单位", "预算执行", "产出", "效益", "合计", "部门得分", "1", "99.41%", "20分", "22854. 27", "1,2,3", "9" * 40, "1.5.0", "41 39",
    "≥", "≥100%", "5 栋 9", "栋", "不适用", "达到3户得1分，每减少1户扣1分", "填报日期：2024.13.45",
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> SourceTable:
    """A table of form words in any order, merged and torn at will."""
    width, height = draw(st.integers(1, 9)), draw(st.integers(1, 12))
    taken: set[tuple[int, int]] = set()
    cells: list[TableCell] = []
    for row in range(height):
        for column in range(width):
            if (row, column) in taken:
                continue
            columns = (
                draw(st.sampled_from((1, 1, 1, 2)))
                if (row, column + 1) not in taken and column + 1 < width
                else 1
            )
            rows = draw(st.sampled_from((1, 1, 1, 3))) if columns == 1 else 1
            rows = min(rows, height - row)
            taken |= {(row + r, column + c) for r in range(rows) for c in range(columns)}
            text = draw(st.sampled_from(_WORDS) | st.text(max_size=6))
            cells.append(TableCell(text, row, column, rows, columns, Spot(row + 1)))
    return SourceTable(tuple(cells), Spot(1), torn=draw(st.booleans()), continues=draw(st.booleans()))


@settings(max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(tables(), min_size=1, max_size=3),
    st.sampled_from(("2024年度项目支出绩效自评表", "基础数据表", "单位得分表", "—")),
)
def test_no_table_breaks_the_reader(found: list[SourceTable], title: str) -> None:
    parts = [part for table in found for part in (title, table)]
    reading = understand(document(*parts), year=2024)
    assert len(reading.bound) == len(reading.facts)
