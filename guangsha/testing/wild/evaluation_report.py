"""A third party's evaluation report as a Word file: scored indicators in one long table, scores told again in the text."""

from __future__ import annotations

from fractions import Fraction

from guangsha.testing.wild.paper import ABOVE, LEFT, Figure, Paper

#: Level 1, level 2, indicator, points, score, what was found.
_TABLE: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("决策", "项目立项", "立项依据充分性", "3", "3", "立项依据充分，不扣分"),
    ("决策", "项目立项", "立项程序规范性", "3", "3", "程序规范，不扣分"),
    ("决策", "绩效目标", "绩效目标合理性", "4", "3.5", "社会效益目标表述笼统，扣0.5分"),
    ("决策", "绩效目标", "绩效指标明确性", "4", "3", "个别指标没有量化，扣1分"),
    ("决策", "资金投入", "预算编制科学性", "4", "4", "测算依据完整，不扣分"),
    ("决策", "资金投入", "资金分配合理性", "2", "2", "分配办法合理，不扣分"),
    ("过程", "资金管理", "资金到位率", "4", "4", "资金全部到位，不扣分"),
    ("过程", "资金管理", "预算执行率", "5", "4.65", "按执行率计分"),
    ("过程", "资金管理", "资金使用合规性", "5", "4", "一笔支出附件不全，扣1分"),
    ("过程", "组织实施", "管理制度健全性", "3", "3", "制度健全，不扣分"),
    ("过程", "组织实施", "制度执行有效性", "3", "2.5", "抽查的档案中有一份缺验收单，扣0.5分"),
    ("产出", "产出数量", "供水管网改造长度", "10", "10", "完成计划，不扣分"),
    ("产出", "产出数量", "新建加压泵站数量", "6", "6", "完成计划，不扣分"),
    ("产出", "产出质量", "工程验收合格率", "8", "8", "全部合格，不扣分"),
    ("产出", "产出时效", "工程按期完工率", "6", "5.2", "两个标段延期，按比例扣分"),
    ("效益", "社会效益", "受益人口", "10", "10", "达到目标，不扣分"),
    ("效益", "社会效益", "供水保证率", "8", "7.5", "枯水期个别村组间歇供水，扣0.5分"),
    ("效益", "可持续影响", "长效管护机制", "6", "4.5", "水费收缴率偏低，扣1.5分"),
    ("满意度", "服务对象满意度", "受益群众满意度", "6", "5.52", "按满意度计分"),
)


def build() -> Paper:
    p = Paper("rural-water-evaluation-2023", "docx")
    p.title("平河县2023年农村供水保障工程项目绩效评价报告")
    p.line("委托单位：平河县财政局", "评价机构：中诚致远咨询有限公司", "二〇二四年八月")
    p.head("一、基本情况")
    p.head("（一）项目概况", 3)
    p.line(
        f"为提高农村供水保障水平，平河县2023年实施农村供水保障工程，涉及{p.number(8)}个乡镇、{p.number(74)}个行政村，"
        f"计划改造供水管网{p.number(186)}公里，新建加压泵站{p.number(12)}座，设计受益人口{p.number(58300)}人。"
    )
    p.head("（二）资金投入和使用情况", 3)
    _money(p)
    p.head("二、绩效评价工作开展情况")
    p.line(
        "评价组采用成本效益分析法、比较法和公众评判法，按决策、过程、产出、效益、满意度五个方面设置指标，总分100分。"
    )
    sample, valid = p.number(300), p.number(288)
    rate = p.number(valid.value * 100 / sample.value, 0)
    p.tie("rate", rate, f"{valid} / {sample}", "问卷有效率", measure="count")
    p.line(f"现场核查覆盖{p.number(6)}个乡镇，发放问卷{sample}份，收回有效问卷{valid}份，有效回收率{rate}%。")
    blocks = _blocks()
    _conclusion(p, blocks)
    _analysis(p, blocks)
    p.head("五、存在的问题")
    p.line(
        "（一）个别绩效指标没有量化，难以考核。",
        "（二）两个标段没有按合同工期完工。",
        "（三）部分村组水费收缴不到位，管护经费缺口较大。",
    )
    p.head("六、有关建议")
    p.line(
        "（一）加强绩效目标管理，指标尽量量化。",
        "（二）强化合同履约管理，落实延期责任。",
        "（三）完善水价机制，落实管护经费。",
    )
    p.line("附件：平河县2023年农村供水保障工程项目绩效评价指标评分表")
    _table(p, blocks)
    return p


def _money(p: Paper) -> None:
    budget, central, province, county = (
        p.money("5280", "plan"),
        p.money("2600"),
        p.money("1480"),
        p.money("1200"),
    )
    p.sum(budget, [central, province, county], "资金来源")
    p.line(
        f"项目预算总投资{budget}万元，其中：中央补助资金{central}万元，省级补助资金{province}万元，县级配套资金{county}万元。"
    )
    arrived, budget = p.money("5280", "arrived"), p.money("5280", "plan")
    rate = p.number(arrived.value * 100 / budget.value, 0)
    p.tie("rate", rate, f"{arrived} / {budget}", "到位率")
    p.line(f"截至2023年12月31日，实际到位资金{arrived}万元，资金到位率{rate}%（预算{budget}万元）。")
    parts = [p.money(amount) for amount in ("3164.52", "1128.7", "412.36", "204.82")]
    spent, arrived = p.money(sum(part.value for part in parts), "spent"), p.money("5280", "arrived")
    p.sum(spent, parts, "支出构成")
    rate = p.number(spent.value * 100 / arrived.value, 2, "rate")
    p.tie("rate", rate, f"{spent} / {arrived}", "执行率")
    p.line(
        f"截至评价基准日，项目累计支出{spent}万元，其中：管网改造工程{parts[0]}万元，泵站建设{parts[1]}万元，设备购置{parts[2]}万元，"
        f"勘察设计监理等其他费用{parts[3]}万元；预算执行率为{rate}%（到位资金{arrived}万元）。"
    )
    left, arrived, spent = (
        p.money(Fraction(5280) - spent.value),
        p.money("5280", "arrived"),
        p.money(spent.value, "spent"),
    )
    p.tie("sum", left, f"{arrived} - {spent}", "结余")
    p.line(f"到位资金{arrived}万元扣除支出{spent}万元后，结余{left}万元，按规定结转下年使用。")
    p.grid(
        [
            ["资金来源", "预算金额（万元）", "到位金额（万元）"],
            *_sources(p, ("中央补助资金", "2600"), ("省级补助资金", "1480"), ("县级配套资金", "1200")),
        ]
    )


def _sources(p: Paper, *lines: tuple[str, str]) -> list[list[object]]:
    rows: list[list[object]] = []
    columns: list[list[Figure]] = [[], []]
    for name, amount in lines:
        pair = [p.money(amount), p.money(amount)]
        columns[0].append(pair[0])
        columns[1].append(pair[1])
        rows.append([name, *pair])
    totals = [p.money("5280", "plan"), p.money("5280", "arrived")]
    for total, column in zip(totals, columns, strict=True):
        p.sum(total, column, "来源合计")
    return [*rows, ["合计", *totals]]


def _blocks() -> dict[str, tuple[Fraction, Fraction]]:
    """Points and score of each level 1."""
    names = dict.fromkeys(row[0] for row in _TABLE)
    return {
        name: (
            sum((Fraction(row[3]) for row in _TABLE if row[0] == name), Fraction(0)),
            sum((Fraction(row[4]) for row in _TABLE if row[0] == name), Fraction(0)),
        )
        for name in names
    }


def _rate(p: Paper, score: Figure, points: Figure) -> Figure:
    percent = p.number(score.value * 100 / points.value, 2)
    p.tie("rate", percent, f"{score} / {points}", "得分率", measure="score")
    return percent


def _conclusion(p: Paper, blocks: dict[str, tuple[Fraction, Fraction]]) -> None:
    p.head("三、综合评价情况及评价结论")
    total = p.plain(sum(score for _, score in blocks.values()), "total")
    p.line(
        f"经综合评价，平河县2023年农村供水保障工程项目绩效评价得分{total}分，评价等级为“优”。各部分得分情况见下表。"
    )
    rows: list[list[object]] = [["一级指标", "分值", "得分", "得分率"]]
    points, scores = [], []
    for name, (weight, score) in blocks.items():
        pair = (p.plain(weight, f"points/{name}"), p.plain(score, f"score/{name}"))
        points.append(pair[0])
        scores.append(pair[1])
        rows.append([name, *pair, f"{_rate(p, pair[1], pair[0])}%"])
    hundred, total = p.number(100), p.plain(sum(score for _, score in blocks.values()), "total")
    p.sum(hundred, points, "分值合计", measure="score")
    p.sum(total, scores, "得分合计", measure="score")
    rows.append(["合计", hundred, total, f"{_rate(p, total, hundred)}%"])
    p.grid(rows)


def _analysis(p: Paper, blocks: dict[str, tuple[Fraction, Fraction]]) -> None:
    p.head("四、绩效评价指标分析")
    for number, (name, (weight, score)) in enumerate(blocks.items()):
        points, got = p.plain(weight, f"points/{name}"), p.plain(score, f"score/{name}")
        p.head(f"（{'一二三四五'[number]}）项目{name}情况", 3)
        kinds = dict.fromkeys(row[1] for row in _TABLE if row[0] == name)
        clauses, parts = [], []
        for kind in kinds:
            part = p.plain(
                sum(Fraction(r[4]) for r in _TABLE if r[:2] == (name, kind)), f"score/{name}/{kind}"
            )
            parts.append(part)
            clauses.append(f"{kind}得{part}分")
        p.sum(got, parts, f"{name}得分", measure="score")
        p.line(
            f"{name}指标分值{points}分，得{got}分，得分率{_rate(p, got, points)}%。其中：{'，'.join(clauses)}。"
        )
    _facts(p)


def _facts(p: Paper) -> None:
    length, planned = p.number("186.4", 1), p.number(186)
    percent = p.number(length.value * 100 / planned.value, 2)
    p.tie("completion", percent, f"{length} / {planned}", "完成计划", measure="count")
    p.line(
        f"实际改造供水管网{length}公里，完成计划{planned}公里的{percent}%；新建加压泵站{p.number(12)}座，全部通过验收。"
    )
    lots, late = p.number(15), p.number(2)
    on_time = p.number(13)
    p.sum(lots, [on_time, late], "标段", measure="count")
    p.line(f"项目共{lots}个标段，其中按期完工{on_time}个，延期完工{late}个。")


def _table(p: Paper, blocks: dict[str, tuple[Fraction, Fraction]]) -> None:
    p.title("平河县2023年农村供水保障工程项目绩效评价指标评分表")
    rows: list[list[object]] = [["一级指标", "二级指标", "三级指标", "分值", "得分", "评分说明"]]
    points: dict[str, list[Figure]] = {name: [] for name in blocks}
    scores: dict[str, list[Figure]] = {name: [] for name in blocks}
    last1 = last2 = ""
    for level1, level2, name, weight, score, why in _TABLE:
        pair = (p.plain(weight), p.plain(score))
        p.tie("range", pair[1], f"{pair[0]}", "得分不超过分值", measure="score", at_most=True)
        points[level1].append(pair[0])
        scores[level1].append(pair[1])
        one = ABOVE if level1 == last1 else f"{level1}（{p.plain(blocks[level1][0], f'points/{level1}')}分）"
        rows.append([one, ABOVE if (level1, level2) == (last1, last2) else level2, name, *pair, why])
        last1, last2 = level1, level2
    hundred, total = p.number(100), p.plain(sum(score for _, score in blocks.values()), "total")
    p.sum(hundred, [figure for column in points.values() for figure in column], "分值合计", measure="score")
    p.sum(total, [figure for column in scores.values() for figure in column], "得分合计", measure="score")
    rows.append(["合计", LEFT, LEFT, hundred, total, ""])
    p.grid(rows)
