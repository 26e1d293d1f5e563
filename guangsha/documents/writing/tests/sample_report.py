"""A document with everything the tree can say: cover, headings, merged tables, a wide table across, charts, annexes.

The figures are those of a published form; the sentences are made up.
"""

from __future__ import annotations

import itertools

from guangsha.documents.writing.tree import (
    AnnexMark,
    Cell,
    Chart,
    Cover,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Run,
    Section,
    Signature,
    Table,
    Title,
)

BARS = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 280" width="600" height="280">
<rect width="600" height="280" fill="#fff"/><g font-family="Noto Sans SC, sans-serif" font-size="16" fill="#222">
<text x="300" y="28" text-anchor="middle">收入支出决算总计（万元）</text>
<rect x="150" y="150" width="90" height="90" fill="#1f5aa6"/><rect x="360" y="60" width="90" height="180" fill="#c0504d"/>
<text x="195" y="262" text-anchor="middle">2022年</text><text x="405" y="262" text-anchor="middle">2023年</text>
<text x="195" y="142" text-anchor="middle">1608.24</text><text x="405" y="54" text-anchor="middle">3216.47</text></g>
<line x1="80" y1="240" x2="540" y2="240" stroke="#222"/></svg>"""


def _head(*texts: str) -> tuple[Cell, ...]:
    return tuple(Cell(text, header=True) for text in texts)


def _left(text: str, cols: int = 1, rows: int = 1) -> Cell:
    return Cell(text, cols=cols, rows=rows, align="left")


def base_table() -> Table:
    """基础数据表: blocks of 4, 3 and 7 columns on one grid."""
    money = [
        ("三公经费", "6", "6", "4.13"),
        ("　1.公务用车购置和维护经费", "", "", ""),
        ("　　其中：公车购置", "", "", ""),
        ("　　　　　公车运行维护", "6", "6", "4.13"),
        ("　2.出国经费", "", "", ""),
        ("　3.公务接待", "", "", ""),
        ("项目支出：", "5573", "173", "1874.05"),
        ("　1.业务工作经费", "283", "147", "146.86"),
        ("　2.运行维护经费", "1515", "26", "116.29"),
        ("公用经费", "252.83", "117.89", "138.21"),
        ("　其中：办公经费", "35.84", "20.25", "49.24"),
        ("　　　　水费、电费、差旅费", "17.36", "20.77", "24.49"),
        ("政府采购金额", "——", "290.89", "341.98"),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            Cell("财政供养人员情况（人）", rows=2, header=True),
            Cell("编制数", cols=2, header=True),
            Cell("2023年实际在职人数", cols=2, header=True),
            Cell("控制率", cols=2, header=True),
        ),
        (Cell("75", cols=2), Cell("73", cols=2), Cell("97.3%", cols=2, fact="k", marked=True)),
        (
            Cell("经费控制情况（万元）", header=True),
            *(Cell(f"{t}数", cols=2, header=True) for t in ("2022年决算", "2023年预算", "2023年决算")),
        ),
    ]
    rows += [(_left(label), *(Cell(v, cols=2, align="right") for v in values)) for label, *values in money]
    rows += [
        (
            Cell("楼堂馆所控制情况\n（2023年完工项目）", rows=2, header=True),
            *_head(
                "批复规模\n（㎡）",
                "实际规模\n（㎡）",
                "规模控制率",
                "预算投资\n（万元）",
                "实际投资\n（万元）",
                "投资概算控制率",
            ),
        ),
        tuple(Cell("") for _ in range(6)),
        (_left("厉行节约保障措施"), _left("严格执行预算，压减一般性支出。", cols=6)),
    ]
    return Table(
        "",
        (46, 18, 18, 18, 18, 18, 20),
        rows,
        header_rows=0,
        notes=("说明：项目支出填报基本支出以外的支出。",),
    )


INDICATORS = (
    ("产出指标\n（50分）", "数量指标", "按时足额收取租金", "130万元", "130万元", "10", "10", "目标完成，无偏离度"),
    ("", "", "物业维修资金归集", "1亿元", "1.63亿元", "10", "10", "目标完成，无偏离度"),
    ("", "", "公租房实物配租", "496户", "496户", "5", "4", "需求大于供应，继续筹集房源"),
    ("", "质量指标", "租金足额收缴完成率", "100%", "100%", "5", "5", "目标完成，无偏离度"),
    ("", "", "出台保障性租赁住房发展指导意见和公共租赁住房管理办法", "出台", "出台", "5", "5", "目标完成，无偏离度"),
    ("", "时效指标", "一年", "2023.1.1-2023.12.31", "2023.1.1-2023.12.31", "5", "5", "目标完成，无偏离度"),
    ("", "成本指标", "控制成本", "不超预算", "不超预算", "10", "10", "目标完成，无偏离度"),
    ("效益指标\n（30分）", "经济效益指标", "收取租金", "130万元", "130万元", "15", "15", "目标完成，无偏离度"),
    ("", "社会效益指标", "保障住房困难家庭", "496户", "496户", "15", "15", "目标完成，无偏离度"),
    ("满意度指标\n（10分）", "服务对象满意度指标", "群众满意度", "≥95%", "96%", "10", "10", "目标完成，无偏离度"),
)  # fmt: skip


def _spans(column: int) -> list[int]:
    """How many rows each filled cell of a column of :data:`INDICATORS` covers."""
    starts = [n for n, row in enumerate(INDICATORS) if row[column]] + [len(INDICATORS)]
    return [b - a for a, b in itertools.pairwise(starts)]


def score_sheet() -> Table:
    """整体支出绩效自评表: eight columns, two of them merged downwards."""
    spans = {0: iter(_spans(0)), 1: iter(_spans(1))}
    rows: list[tuple[Cell, ...]] = [
        (Cell("预算部门名称", cols=2, header=True), Cell("某某市住房保障服务中心", cols=6)),
        (
            Cell("年度预算申请\n（万元）", cols=2, rows=2, header=True),
            *_head("", "年初预算数", "全年预算数", "全年执行数\n／分值", "执行率", "得分"),
        ),
        tuple(Cell(t) for t in ("年度资金总额", "1380.68", "3216.47", "3197.46／10", "99.41%", "9.94")),
        _head(
            "一级指标",
            "二级指标",
            "三级指标",
            "年度指标值",
            "实际完成值",
            "分值",
            "得分",
            "偏差原因分析及改进措施",
        ),
    ]
    for entry in INDICATORS:
        row = [
            Cell(entry[c], rows=next(spans[c]), align="left" if c == 2 else "center")
            for c in (0, 1)
            if entry[c]
        ]
        row += [_left(entry[2]), *(Cell(entry[c]) for c in (3, 4, 5, 6)), _left(entry[7])]
        rows.append(tuple(row))
    rows.append((Cell("总分", cols=5, header=True), Cell("100"), Cell("97.94"), Cell("")))
    return Table("", (14, 16, 32, 19, 19, 13, 12, 31), rows, header_rows=0, dense=True)


def wide_table(lines: int = 24) -> Table:
    """公开03表: two header rows, six figures, for a sheet that lies across."""
    head = (
        (
            Cell("项目", cols=2, header=True),
            *(
                Cell(text, rows=2, header=True)
                for text in (
                    "本年支出合计",
                    "基本支出",
                    "项目支出",
                    "上缴上级支出",
                    "经营支出",
                    "对附属单位补助支出",
                )
            ),
        ),
        _head("科目编码", "科目名称"),
    )
    body = tuple(
        (
            _left(f"22102{n:02}"),
            _left("保障性租赁住房" if n % 2 else "其他保障性安居工程支出"),
            *(Cell(f"{n * 371.13 + c:.2f}" if c < 3 else "", align="right") for c in range(6)),
        )
        for n in range(1, lines + 1)
    )
    return Table(
        "支出决算表",
        (20, 60, 25, 25, 25, 25, 20, 25),
        (*head, *body),
        header_rows=2,
        number="公开03表",
        note_left="部门：某某市住房保障服务中心",
        note_right="单位：万元",
        notes=("注：本表反映部门本年度各项支出情况。",),
        dense=True,
    )


def sample_report() -> Document:
    """All of it, in four sections."""
    body = (
        "本单位按照批准的预算安排支出，全年预算数为",
        "万元，执行数为",
        "万元；资金管理规范，项目按计划推进，年度目标基本完成。",
    )
    sentence = Paragraph(
        (Run(body[0]), Run("3216.47", fact="a"), Run(body[1]), Run("3197.46", bold=True), Run(body[2]))
    )
    return Document(
        "2023年度某某市住房保障服务中心整体支出绩效自评报告",
        (
            Section(
                (
                    Cover(
                        ("2023年度某某市住房保障服务中心", "整体支出绩效自评报告"),
                        (("单位名称", "某某市住房保障服务中心"), ("主管部门", "某某市住房和城乡建设局")),
                        "2024年6月25日",
                    ),
                ),
                numbered=False,
            ),
            Section(
                (
                    Title("2023年度某某市住房保障服务中心\n整体支出绩效自评报告"),
                    Heading(1, "一、基本情况"),
                    Heading(2, "（一）部门职能概述"),
                    sentence,
                    Heading(3, "1．内设机构"),
                    sentence,
                    Heading(4, "（1）编制情况"),
                    *(sentence for _ in range(6)),
                    Heading(1, "二、一般公共预算支出情况"),
                    Chart(BARS, "图1　收入支出决算总计变动情况", "柱形图：2022年1608.24万元，2023年3216.47万元", 150),
                    sentence,
                    Paragraph((Run("附件：1.部门整体支出绩效评价基础数据表"),)),
                    Signature(("某某市住房保障服务中心", "2024年6月25日")),
                    AnnexMark("附件1"),
                    Title("2023年度部门整体支出绩效评价基础数据表"),
                    base_table(),
                    Paragraph((Run("填表人：某某某　填报日期：2024.6.5　联系电话：0730-0000000"),), indent=False, small=True),
                    AnnexMark("附件2"),
                    Title("2023年度部门整体支出绩效自评表"),
                    score_sheet(),
                    PageBreak(),
                    Heading(1, "三、其他需要说明的情况"),
                    Paragraph((Run("无。"),)),
                )
            ),
            Section((wide_table(40),), landscape=True),
            Section((AnnexMark("附件3"), Paragraph((Run("居中一行"),), align="center"), sentence)),
        ),
        subject="部门整体支出绩效自评",
        keywords=("绩效自评", "住房保障"),
    )  # fmt: skip
