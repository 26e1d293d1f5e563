"""A provincial department's overall self-evaluation: 亿元 in the text, 万元 in tables, its units' scores rolled up."""

from __future__ import annotations

from fractions import Fraction

from guangsha.testing.wild.paper import Figure, Paper, exact, rounded

#: Unit, full-year budget and executed in 万元, scores for input, process, output and effect.
_UNITS: tuple[tuple[str, str, str, tuple[str, str, str, str]], ...] = (
    ("厅机关", "86420.35", "84316.27", ("9.5", "18.6", "38", "28.5")),
    ("省公路事务中心", "264518.40", "257903.66", ("9", "19.2", "39", "27.5")),
    ("省港航事务中心", "58963.12", "56248.03", ("9.5", "18.4", "37.5", "28")),
    ("省道路运输事务中心", "31745.88", "30127.46", ("9", "18", "38.5", "28")),
    ("省交通建设质量安全监督局", "12856.70", "12614.91", ("10", "19", "39.5", "29")),
    ("省交通科学研究院", "9274.55", "8730.18", ("8.5", "17.8", "36", "27.5")),
)
_TRIPLE = ("人员经费", "公用经费", "项目支出")


def build() -> Paper:
    p = Paper("transport-department-2023", "txt")
    p.title("某省交通运输厅2023年度部门整体支出绩效自评报告")
    p.head("一、部门概况")
    count = p.number(len(_UNITS))
    p.tie("count", count, str(len(_UNITS)), "预算单位个数", measure="count")
    below = p.number(len(_UNITS) - 1)
    p.line(
        "省交通运输厅负责全省公路、水路、地方铁路行业管理，组织拟订综合交通运输体系规划，承担交通建设市场监管、运输安全监督等职责。"
        f"2023年纳入部门预算编报范围的预算单位共{count}个，包括厅机关和{below}个直属事业单位：{'、'.join(name for name, *_ in _UNITS[1:])}。"
    )
    p.tie("count", below, f"{count} - 1", "直属单位个数", measure="count")
    p.head("二、部门整体支出情况")
    _money(p)
    p.head("三、绩效自评组织情况")
    p.line(
        "自评按照单位自评、部门复核、结果汇总的程序进行。指标体系分为投入10分、过程20分、产出40分、效益30分，总分100分。"
    )
    p.head("四、自评结果")
    _scores(p)
    _results(p)
    p.head("五、存在问题和改进措施")
    p.line(
        "一是部分港航项目前期工作滞后，资金支出偏慢；二是个别单位绩效指标设置偏低。下一步将加强项目储备和运行监控，从严审核绩效目标。"
    )
    p.line("附表：直属单位预算执行情况表")
    _table(p)
    return p


def _totals() -> tuple[Fraction, Fraction]:
    return sum((exact(u[1]) for u in _UNITS), Fraction(0)), sum((exact(u[2]) for u in _UNITS), Fraction(0))


def _in_yi(p: Paper, wan: Fraction, same: str) -> Figure:
    return p.number(wan / 10000, 2, same)


def _money(p: Paper) -> None:
    full, spent = _totals()
    opening, added = rounded(full / 10000 - Fraction("5.18"), 2), Fraction("5.18")
    opened, more = p.number(opening, 2), p.number(added, 2)
    whole = _in_yi(p, full, "full/yi")
    p.sum(whole, [opened, more], "全年预算")
    p.line(f"2023年省交通运输厅部门年初预算{opened}亿元，年度执行中追加{more}亿元，全年预算{whole}亿元。")
    done, planned = _in_yi(p, spent, "spent/yi"), _in_yi(p, full, "full/yi")
    rate = p.number(done.value * 100 / planned.value, 2)
    p.tie("rate", rate, f"{done} / {planned}", "执行率")
    p.line(f"全年实际支出{done}亿元，占全年预算{planned}亿元的{rate}%。")
    spent_yi = rounded(spent / 10000, 2)
    staff, office = p.number("8.46", 2), p.number("1.93", 2)
    project = p.number(exact(spent_yi) - Fraction("8.46") - Fraction("1.93"), 2)
    whole = _in_yi(p, spent, "spent/yi")
    p.sum(whole, [staff, office, project], "支出构成")
    p.line(
        f"支出{whole}亿元按用途分：人员经费{staff}亿元，占{p.share(staff, whole, '人员占比')}%；公用经费{office}亿元，占{p.share(office, whole, '公用占比')}%；"
        f"项目支出{project}亿元，占{p.share(project, whole, '项目占比')}%。"
    )
    three, before = p.number("486.35", 2), p.number("531.20", 2)
    less = p.number(before.value - three.value, 2)
    p.sum(before, [three, less], "三公减少")
    percent = p.number(less.value * 100 / before.value, 2)
    p.tie("growth", percent, f"{less} / {before}", "三公下降")
    abroad, cars, guests = p.number("62.40", 2), p.number("381.17", 2), p.number("42.78", 2)
    p.sum(three, [abroad, cars, guests], "三公构成")
    p.line(
        f"2023年“三公”经费支出{three}万元，其中因公出国（境）费{abroad}万元、公务用车购置及运行维护费{cars}万元、公务接待费{guests}万元，"
        f"较上年{before}万元减少{less}万元，下降{percent}%。"
    )


def _scores(p: Paper) -> None:
    means = [rounded(sum((exact(u[3][n]) for u in _UNITS), Fraction(0)) / len(_UNITS), 2) for n in range(4)]
    total = p.number(sum(exact(mean) for mean in means), 2, "score")
    p.line(f"各单位自评得分经复核汇总，部门整体支出绩效得分{total}分，等级为“优”。各单位得分情况如下：")
    rows: list[list[object]] = [
        ["单位名称", "投入（10分）", "过程（20分）", "产出（40分）", "效益（30分）", "总分"]
    ]
    columns: list[list[Figure]] = [[], [], [], [], []]
    for name, _, _, parts in _UNITS:
        cells = [p.plain(part) for part in parts]
        whole = p.plain(sum(cell.value for cell in cells))
        p.sum(whole, cells, f"{name}总分", measure="score")
        for column, cell in zip(columns, (*cells, whole), strict=True):
            column.append(cell)
        rows.append([name, *cells, whole])
    averages = [p.number(mean, 2) for mean in means]
    for average, column in zip(averages, columns, strict=False):
        p.tie(
            "score", average, f"({' + '.join(map(str, column))}) / {len(_UNITS)}", "平均得分", measure="score"
        )
    whole = p.number(sum(exact(mean) for mean in means), 2, "score")
    p.sum(whole, averages, "平均总分", measure="score")
    rows.append(["平均得分", *averages, whole])
    p.grid(rows)


def _results(p: Paper) -> None:
    high, normal, other = p.number(186), p.number(642), p.number(1105)
    whole = p.number(186 + 642 + 1105)
    p.sum(whole, [high, normal, other], "公路里程", measure="count")
    p.line(
        f"产出方面，全年新改建公路{whole}公里，其中高速公路{high}公里、普通国省道{normal}公里、农村公路{other}公里。"
    )
    done, aim = p.number("1246.8", 1), p.number(1200)
    percent = p.number(done.value * 100 / aim.value, 2)
    p.tie("completion", percent, f"{done} / {aim}", "投资完成")
    p.line(
        f"完成交通固定资产投资{done}亿元，为年度目标{aim}亿元的{percent}%；港口货物吞吐量{p.number('3.42', 2)}亿吨。"
    )


def _table(p: Paper) -> None:
    p.title("2023年度直属单位预算执行情况表")
    p.line("单位：万元")
    full, spent = _totals()
    rows: list[list[object]] = [["序号", "单位名称", "全年预算数", "全年执行数", "执行率"]]
    columns: list[list[Figure]] = [[], []]
    for number, (name, budget, done, _) in enumerate(_UNITS, 1):
        pair = (p.money(budget), p.money(done))
        columns[0].append(pair[0])
        columns[1].append(pair[1])
        rows.append([number, name, *pair, f"{_rate(p, *pair)}%"])
    totals = (p.money(full), p.money(spent))
    for total, column, same in zip(totals, columns, ("full/yi", "spent/yi"), strict=True):
        p.sum(total, column, "各单位合计")
        inside = p._same[same][0]
        p.tie("equal", inside, f"{total} / 10000", "亿元与万元")
    rows.append(["", "合计", *totals, f"{_rate(p, *totals)}%"])
    p.grid(rows)


def _rate(p: Paper, budget: Figure, done: Figure) -> Figure:
    percent = p.number(done.value * 100 / budget.value, 2)
    p.tie("rate", percent, f"{done} / {budget}", "执行率")
    return percent
