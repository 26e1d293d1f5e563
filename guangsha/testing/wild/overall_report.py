"""A bureau's overall self-evaluation as a web page: the report, its staff and money, the overall sheet and two projects."""

from __future__ import annotations

from fractions import Fraction

from guangsha.testing.wild.paper import ABOVE, LEFT, Figure, Paper
from guangsha.testing.wild.sheets import Funds, Indicator, Sheet, SheetPrinter

_UNIT = "云岭县林业和草原局"
_INDICATORS = (
    Indicator("产出指标", "数量指标", "完成营造林面积", 10, 32000, 32650, "亩"),
    Indicator("产出指标", "数量指标", "森林抚育面积", 10, 8000, 8000, "亩"),
    Indicator("产出指标", "质量指标", "造林成活率", 10, 85, 91, "%"),
    Indicator("产出指标", "质量指标", "林业有害生物成灾率", 5, 4, 2, "‰", "≤"),
    Indicator(
        "产出指标",
        "时效指标",
        "年度任务按期完成率",
        10,
        100,
        96,
        "%",
        "=",
        "受持续干旱影响，部分地块推迟到次年春季补植",
    ),
    Indicator("产出指标", "成本指标", "生态护林员人均补助", 5, 10000, 10000, "元/年", "≤"),
    Indicator("效益指标", "社会效益指标", "带动护林员就业人数", 10, 620, 634, "人"),
    Indicator("效益指标", "生态效益指标", "森林覆盖率", 10, 61, 62, "%"),
    Indicator("效益指标", "可持续影响指标", "林草资源管护机制健全性", 10, "健全", "健全"),
    Indicator("满意度指标", "服务对象满意度指标", "群众满意度", 10, 90, 94, "%"),
)


def _project(name: str, funds: tuple[Funds, ...], rows: tuple[Indicator, ...], goal: str, done: str) -> Sheet:
    head = (("项目名称", name), ("主管部门", _UNIT, "", "", "实施单位", _UNIT))
    return Sheet(f"{name}项目支出绩效自评表（2022年度）", head, funds, goal, done, rows)


_FIRE = _project(
    "森林防火能力建设",
    (Funds("其中：当年财政拨款", "268", "312.5", "297.86"), Funds("上年结转资金", "0", "36.4", "36.4"), Funds("其他资金", "0", "0", "0")),
    (
        Indicator("产出指标", "数量指标", "新建防火隔离带", 20, 45, 45, "公里"),
        Indicator("产出指标", "数量指标", "购置风力灭火机", 10, 60, 60, "台", "="),
        Indicator("产出指标", "质量指标", "设备验收合格率", 10, 100, 100, "%", "="),
        Indicator("产出指标", "时效指标", "完成时间", 10, "2022年11月底前", "2022年11月"),
        Indicator("效益指标", "社会效益指标", "森林火灾受害率", 15, 1, 0, "‰", "≤"),
        Indicator("效益指标", "生态效益指标", "有效保护森林资源", 15, "有效", "有效"),
        Indicator("满意度指标", "服务对象满意度指标", "林区群众满意度", 10, 90, 95, "%"),
    ),
    "建设防火隔离带45公里，购置灭火机具。", "防火隔离带和机具采购均按计划完成。",
)  # fmt: skip
_TREES = _project(
    "退化林修复",
    (Funds("其中：当年财政拨款", "1450", "1450", "1386.2"), Funds("上年结转资金", "0", "0", "0"), Funds("其他资金", "0", "0", "0")),
    (
        Indicator("产出指标", "数量指标", "修复面积", 20, 12000, 11400, "亩", "≥", "地块权属调整，600亩顺延至下年实施"),
        Indicator("产出指标", "质量指标", "苗木合格率", 15, 95, 98, "%"),
        Indicator("产出指标", "成本指标", "亩均补助标准", 15, 1200, 1200, "元", "="),
        Indicator("效益指标", "经济效益指标", "带动农户增收户数", 15, 480, 512, "户"),
        Indicator("效益指标", "生态效益指标", "改善林分质量", 15, "明显改善", "明显改善"),
        Indicator("满意度指标", "服务对象满意度指标", "参与农户满意度", 10, 90, 92, "%"),
    ),
    "修复退化林12000亩。", "修复退化林11400亩，其余地块顺延。",
)  # fmt: skip


def build() -> Paper:
    paper = Paper("forestry-overall-2022", "html", zero="0")
    p = paper
    p.title(f"{_UNIT}2022年度部门整体支出绩效自评报告")
    p.head("一、部门概况")
    p.head("（一）部门基本情况", 3)
    posts, staff, civil, institution = p.number(86), p.number(79), p.number(24), p.number(55)
    p.sum(staff, [civil, institution], "在职人数", measure="count")
    p.line(
        f"{_UNIT}为县人民政府工作部门，内设办公室、规划财务股、造林绿化股、资源管理股和草原管理股，下属林业工作站、森林病虫害防治检疫站两个事业单位。"
        f"全系统编制{posts}名，年末实有在职人员{staff}人，其中公务员{civil}人，事业人员{institution}人。"
    )
    p.head("（二）部门整体支出规模", 3)
    opening, added, full = p.money("2986.4"), p.money("1357.85"), p.money("4344.25", "overall/full")
    p.sum(full, [opening, added], "全年预算")
    p.line(f"2022年部门年初预算{opening}万元，年中追加预算{added}万元，全年预算数{full}万元。")
    _spending(p)
    p.head("二、绩效自评工作开展情况")
    p.line(
        "我局成立由主要负责人任组长的绩效自评工作小组，按照“谁用款、谁自评”的原则，由各股室和下属单位分别填报，规划财务股汇总复核。"
    )
    printer = SheetPrinter(p, level1_weights=True)
    _results(p)
    p.head("四、存在的问题及原因")
    p.line("一是个别项目前期工作准备不足，地块落实较晚；二是绩效指标的量化程度还需提高。")
    p.head("五、下一步改进措施")
    p.line("一是提前落实造林地块，加快项目前期工作；二是完善指标体系，强化绩效运行监控。")
    p.line(
        "附件：1.部门整体支出绩效自评表",
        "2.森林防火能力建设项目支出绩效自评表",
        "3.退化林修复项目支出绩效自评表",
    )
    p.line("附件1")
    _overall(p, printer)
    p.line("附件2")
    printer.project(_FIRE)
    p.line("附件3")
    printer.project(_TREES)
    return paper


def _spending(p: Paper) -> None:
    spent, basic, project = (
        p.money("4218.79", "overall/spent"), p.money("1289.33", "overall/basic"), p.money("2929.46", "overall/project"),
    )  # fmt: skip
    p.sum(spent, [basic, project], "支出构成")
    full = p.money("4344.25", "overall/full")
    rate = p.number(spent.value * 100 / full.value, 2, "overall/rate")
    p.tie("rate", rate, f"{spent} / {full}", "执行率")
    p.line(
        f"2022年部门整体支出{spent}万元，预算执行率{rate}%（全年预算{full}万元）。其中：基本支出{basic}万元，占{p.share(basic, spent, '基本支出占比')}%；"
        f"项目支出{project}万元，占{p.share(project, spent, '项目支出占比')}%。"
    )
    staff, office, basic = p.money("1124.65"), p.money("164.68"), p.money("1289.33", "overall/basic")
    p.sum(basic, [staff, office], "基本支出构成")
    p.line(f"1.基本支出。2022年基本支出{basic}万元，其中人员经费{staff}万元，公用经费{office}万元。")
    project, fire, trees, guards, others = (
        p.money("2929.46", "overall/project"), p.money("334.26", f"{_FIRE.title}/spent"), p.money("1386.2", f"{_TREES.title}/spent"),
        p.money("634"), p.money("575"),
    )  # fmt: skip
    p.sum(project, [fire, trees, guards, others], "项目支出构成")
    p.line(
        f"2.项目支出。2022年项目支出{project}万元，其中：森林防火能力建设{fire}万元，退化林修复{trees}万元，生态护林员补助{guards}万元，"
        f"林业有害生物防治及其他{others}万元。"
    )
    three, last, run, guests = p.money("18.62"), p.money("21.05"), p.money("14.37"), p.money("4.25")
    p.sum(three, [run, guests], "三公构成")
    less = p.money(last.value - three.value)
    p.sum(last, [three, less], "三公减少额")
    percent = p.number(less.value * 100 / last.value, 2)
    p.tie("growth", percent, f"{less} / {last}", "三公下降")
    p.line(
        f"3.“三公”经费。2022年“三公”经费支出{three}万元，其中公务用车运行维护费{run}万元，公务接待费{guests}万元；"
        f"比上年{last}万元减少{less}万元，下降{percent}%。"
    )


def _results(p: Paper) -> None:
    p.head("三、绩效目标完成情况")
    done, planned = p.number(32650, same="trees"), p.number(32000)
    p.line(
        f"（一）产出情况。全年完成营造林{done}亩，完成年度计划{planned}亩的{_completed(p, done, planned)}%；"
        f"完成森林抚育{p.number(8000)}亩；造林成活率{p.number(91)}%。"
    )
    p.line(
        f"（二）效益情况。选聘生态护林员{p.number(634)}人，森林覆盖率达到{p.number(62)}%，林草资源管护机制进一步健全。"
    )
    p.line(f"（三）满意度情况。经问卷调查，群众满意度为{p.number(94)}%。")
    scores = _scores()
    parts = [p.number(value, _places(value)) for value in scores]
    total = p.number(_sum(scores), _places(_sum(scores)), "overall/score")
    p.sum(total, parts, "自评得分", measure="score")
    p.line(
        f"（四）自评结论。经综合评定，2022年度部门整体支出绩效自评得分{total}分，其中预算执行得分{parts[0]}分、产出指标得分{parts[1]}分、"
        f"效益指标得分{parts[2]}分、满意度指标得分{parts[3]}分，评价等级为“优”。"
    )


def _completed(p: Paper, done: Figure, planned: Figure) -> Figure:
    percent = p.number(done.value * 100 / planned.value, 2)
    p.tie("completion", percent, f"{done} / {planned}", "完成计划", measure="count")
    return percent


def _scores() -> list[Fraction]:
    execution = Fraction(round(Fraction("4218.79") * 1000 / Fraction("4344.25")), 100)
    blocks = [
        sum(
            (Fraction(round(i.weight * i.reached * 100), 100) for i in _INDICATORS if i.level1 == name),
            Fraction(0),
        )
        for name in ("产出指标", "效益指标", "满意度指标")
    ]
    return [execution, *blocks]


def _sum(scores: list[Fraction]) -> Fraction:
    return sum(scores, Fraction(0))


def _places(value: Fraction) -> int:
    return next(n for n in range(3) if (value * 10**n).denominator == 1)


def _overall(p: Paper, printer: SheetPrinter) -> None:
    p.title("部门整体支出绩效自评表（2022年度）")
    full, spent = p.money("4344.25", "overall/full"), p.money("4218.79", "overall/spent")
    weight, rate = p.number(10), p.number(spent.value * 100 / full.value, 2, "overall/rate")
    p.tie("rate", rate, f"{spent} / {full}", "执行率")
    score = printer.score(_scores()[0])
    p.tie("score", score, f"{weight} * {spent} / {full}", "执行得分")
    general, other = p.money("4296.25"), p.money("48")
    p.sum(full, [general, other], "按收入性质")
    basic, project = p.money("1289.33", "overall/basic"), p.money("2929.46", "overall/project")
    p.sum(spent, [basic, project], "按支出性质")
    body, weights, scores = printer._indicators(_INDICATORS)
    hundred, total = p.number(100), p.number(_sum(_scores()), _places(_sum(_scores())), "overall/score")
    p.sum(hundred, [weight, *weights], "分值合计", measure="score")
    p.sum(total, [score, *scores], "总分", measure="score")
    p.grid(
        [
            ["部门名称", _UNIT, *[LEFT] * 7],
            ["年度预算申请（万元）", "", "年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分", ""],
            [ABOVE, "年度资金总额", p.money("2986.4"), full, spent, weight, f"{rate}%", score, ""],
            [ABOVE, "按收入性质分：", LEFT, LEFT, LEFT, "按支出性质分：", LEFT, LEFT, LEFT],
            [ABOVE, f"其中：一般公共预算：{general}", LEFT, LEFT, LEFT, f"其中：基本支出：{basic}", LEFT, LEFT, LEFT],
            [ABOVE, f"其他资金：{other}", LEFT, LEFT, LEFT, f"项目支出：{project}", LEFT, LEFT, LEFT],
            ["年度总体目标", "预期目标", LEFT, LEFT, LEFT, "实际完成情况", LEFT, LEFT, LEFT],
            [ABOVE, "完成营造林和森林抚育任务，强化资源管护。", LEFT, LEFT, LEFT, "年度任务基本完成，资源管护得到加强。", LEFT, LEFT, LEFT],
            ["绩效指标", "一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", "偏差原因分析及改进措施"],
            *body,
            ["总分", *[LEFT] * 5, hundred, total, ""],
        ]
    )  # fmt: skip
