"""Final accounts of a city library as a Word file: items only, commas in amounts, shares with one decimal, business income."""

from __future__ import annotations

import random

from guangsha.testing.wild.book_tables import Style, Tables
from guangsha.testing.wild.books import Books, Item, ThreePublic, drawn, spread, staff_costs
from guangsha.testing.wild.paper import Paper
from guangsha.testing.wild.prose import Explained

_STAFF = [
    ("30101", "基本工资", 28), ("30102", "津贴补贴", 5), ("30107", "绩效工资", 40), ("30108", "机关事业单位基本养老保险缴费", 9),
    ("30109", "职业年金缴费", 4), ("30110", "职工基本医疗保险缴费", 6), ("30112", "其他社会保障缴费", 1),
    ("30113", "住房公积金", 12), ("30199", "其他工资福利支出", 3), ("30302", "退休费", 2),
]  # fmt: skip
_OFFICE = [
    ("30201", "办公费", 6), ("30205", "水费", 2), ("30206", "电费", 14), ("30207", "邮电费", 3), ("30209", "物业管理费", 20),
    ("30211", "差旅费", 2), ("30213", "维修（护）费", 6), ("30228", "工会经费", 5), ("30229", "福利费", 4),
    ("30231", "公务用车运行维护费", 2), ("30299", "其他商品和服务支出", 5), ("31003", "专用设备购置", 4),
]  # fmt: skip
_TITLES = (
    "收入支出决算总表", "收入决算表", "支出决算表", "财政拨款收入支出决算总表", "一般公共预算财政拨款支出决算表",
    "一般公共预算财政拨款基本支出决算表", "政府性基金预算财政拨款收入支出决算表",
    "国有资本经营预算财政拨款支出决算表", "一般公共预算财政拨款“三公”经费支出决算表",
)  # fmt: skip


def books() -> Books:
    chance = random.Random("library")

    def near(amount: float) -> int:
        return drawn(chance, amount)

    items = (
        Item("2070104", "图书馆", near(1985), near(1240), near(22), near(64)),
        Item("2070111", "文化创作与保护", 0, near(88)),
        Item("2070199", "其他文化和旅游支出", 0, near(156)),
        Item("2080505", "机关事业单位基本养老保险缴费支出", near(172)),
        Item("2080506", "机关事业单位职业年金缴费支出", near(86)),
        Item("2101102", "事业单位医疗", near(118)),
        Item("2210201", "住房公积金", near(214)),
    )
    basic = sum(item.basic for item in items)
    office = drawn(chance, 0.12 * basic / 1_000_000)
    three = ThreePublic((0, 0, near(4), near(1.2)), (0, 0, near(3), 0))
    rest = spread(chance, office - three.final[2], [row for row in _OFFICE if row[0] != "30231"])
    amounts = {code: fen for code, _, fen in rest} | {"30231": three.final[2]}
    return Books(
        "临浦市图书馆", 2024, items, {}, staff_costs(chance, basic - office, _STAFF, items),
        tuple((c, n, amounts[c]) for c, n, _ in _OFFICE), three, own_name="事业收入",
    )  # fmt: skip


def build() -> Paper:
    paper = Paper("library-accounts-2024", "docx", separators=True, zero="0.00")
    b = books()
    paper.title("临浦市图书馆2024年度单位决算")
    paper.line(
        "目　　录", "一、概况", "二、2024年度单位决算公开表", "三、2024年度单位决算情况说明", "四、名词解释"
    )
    paper.title("一、概况")
    paper.head("（一）单位职责", 3)
    paper.line(
        "收集、整理、保存和传播各类文献，开展全民阅读推广，指导县（市、区）图书馆业务，承担古籍保护和地方文献整理。"
    )
    paper.head("（二）机构设置", 3)
    rooms = ["办公室", "采编部", "借阅部", "少儿部", "数字资源部", "古籍与地方文献部", "读者活动部"]
    count = paper.number(len(rooms))
    paper.tie("count", count, str(len(rooms)), "内设机构个数", measure="count")
    paper.line(
        f"从预算单位构成看，临浦市图书馆为独立核算的公益一类事业单位，内设{'、'.join(rooms)}等{count}个部门。"
    )
    paper.title("二、2024年度单位决算公开表")
    Tables(
        paper, b, Style(_TITLES, number="", lines=False, levels=(7,), all_classes=False, codes="科目编码")
    ).all()
    paper.title("三、2024年度单位决算情况说明")
    _explained(paper, b)
    paper.title("四、名词解释")
    paper.line(
        "1.财政拨款收入：单位从同级财政部门取得的财政预算资金。",
        "2.事业收入：事业单位开展专业业务活动及其辅助活动取得的现金流入。",
        "3.“三公”经费：用财政拨款安排的因公出国（境）费、公务用车购置及运行维护费、公务接待费。",
        "4.文化旅游体育与传媒支出（类）文化和旅游（款）图书馆（项）：反映图书馆的支出。",
    )
    return paper


def _explained(paper: Paper, b: Books) -> None:
    e = Explained(paper, b)
    total = e.money(b.total, "all")
    paper.head("（一）收入支出决算总体情况说明", 3)
    paper.line(
        f"2024年度收入总计{total}万元，支出总计{e.money(b.total, 'all')}万元，与2023年度相比，收入总计和支出总计均{e.moved(total, '总计增减', whole=True)}。主要原因是：新馆开放后运行项目安排变化。"
    )
    paper.head("（二）收入决算情况说明", 3)
    income = e.money(b.income, "inc/all")
    fiscal, own = e.money(b.fiscal_income, "inc/fiscal"), e.money(b.own_income, "inc/own")
    paper.sum(income, [fiscal, own], "收入构成")
    paper.line(
        f"本年收入合计{income}万元，包括财政拨款收入{fiscal}万元（其中，一般公共预算{e.money(b.general_income, 'inc/fiscal')}万元），"
        f"占收入合计{paper.share(fiscal, income, '财政拨款占比', 1)}%；事业收入{own}万元，占收入合计{paper.share(own, income, '事业收入占比', 1)}%。"
    )
    paper.head("（三）支出决算情况说明", 3)
    spent = e.money(b.spent, "exp/all/total")
    basic, project = e.money(b.basic, "exp/all/basic"), e.money(b.project, "exp/all/project")
    paper.sum(spent, [basic, project], "支出构成")
    paper.line(
        f"本年支出合计{spent}万元，其中基本支出{basic}万元，占{paper.share(basic, spent, '基本支出占比', 1)}%；"
        f"项目支出{project}万元，占{paper.share(project, spent, '项目支出占比', 1)}%。"
    )
    paper.head("（四）财政拨款收入支出决算总体情况说明", 3)
    whole = e.money(b.fiscal_income + b.opening, "fis/all")
    paper.line(
        f"2024年度财政拨款收入总计{whole}万元，支出总计{e.money(b.fiscal_income + b.opening, 'fis/all')}万元，与2023年相比，各{e.moved(whole, '财政拨款总计增减', whole=True)}。"
    )
    paper.head("（五）一般公共预算财政拨款支出决算情况说明", 3)
    general = e.money(b.general_spent, "gen/all/total")
    paper.head("1.一般公共预算财政拨款支出决算总体情况。", 4)
    paper.line(
        f"2024年度一般公共预算财政拨款支出{general}万元，占本年支出合计的{paper.share(general, spent, '一般公共预算占比', 1)}%。与2023年度相比，一般公共预算财政拨款支出{e.moved(general, '一般公共预算增减', whole=True)}。"
    )
    paper.head("2.一般公共预算财政拨款支出决算结构情况。", 4)
    general = e.money(b.general_spent, "gen/all/total")
    parts, clauses = [], []
    for code in b.classes:
        part = e.money(sum(i.fiscal for i in b.general if i.code.startswith(code)), f"gen/{code}/total")
        parts.append(part)
        clauses.append(f"{b.class_of(code)}（类）{part}万元，占{paper.share(part, general, '类占比', 1)}%")
    paper.sum(general, parts, "各类之和")
    paper.line(f"2024年度一般公共预算财政拨款支出{general}万元，主要用于以下方面：{'；'.join(clauses)}。")
    paper.head("3.一般公共预算财政拨款支出决算具体情况。", 4)
    general = e.money(b.general_spent, "gen/all/total")
    budget, percent = e.planned(general, 0.96)
    paper.line(
        f"2024年度一般公共预算财政拨款支出年初预算为{budget}万元，支出决算为{general}万元，完成年初预算的{percent}%。其中："
    )
    left, plans = budget.value, []
    items = sorted(b.general, key=lambda item: item.code)
    for number, item in enumerate(items, 1):
        plan = paper.number(
            left if number == len(items) else budget.value * item.fiscal / b.general_spent, 2, separators=True
        )
        left -= plan.value
        plans.append(plan)
        done = e.money(item.fiscal, f"gen/{item.code}/total")
        more = done.value > plan.value
        paper.line(
            f"（{number}）{b.class_of(item.code)}（类）{item.name}（项）。年初预算为{plan}万元，支出决算为{done}万元，完成年初预算的{e.completed(done, plan)}%，"
            f"决算数{'大于' if more else '小于'}预算数的主要原因是{'年中追加经费' if more else '厉行节约，据实支出'}。"
        )
    paper.sum(budget, plans, "年初预算合计")
    paper.head("（六）一般公共预算财政拨款基本支出决算情况说明", 3)
    whole = e.money(b.general_basic, "gen/all/basic")
    staff, office = (
        e.money(sum(a for *_, a in b.staff), "eco/staff"),
        e.money(sum(a for *_, a in b.office), "eco/office"),
    )
    paper.sum(whole, [staff, office], "基本支出构成")
    paper.line(
        f"2024年度一般公共预算财政拨款基本支出{whole}万元，其中：人员经费{staff}万元，主要包括基本工资、绩效工资、社会保险缴费、住房公积金；公用经费{office}万元，主要包括电费、物业管理费、维修费。"
    )
    paper.head("（七）政府性基金预算财政拨款支出决算情况说明", 3)
    paper.line("2024年度无政府性基金预算财政拨款支出。")
    paper.head("（八）国有资本经营预算财政拨款支出决算情况说明", 3)
    paper.line("2024年度无国有资本经营预算财政拨款支出。")
    _three_public(paper, e)
    _others(paper, e)


def _three_public(paper: Paper, e: Explained) -> None:
    three = e.books.three_public
    paper.head("（九）“三公”经费支出决算情况说明", 3)
    budget, final = e.money(sum(three.budget), "tpb/all"), e.money(sum(three.final), "tpf/all")
    change, percent, up = e.change(final, "三公增减")
    paper.line(
        f"2024年度“三公”经费全年预算为{budget}万元，支出决算为{final}万元，完成预算的{e.completed(final, budget, 1)}%，"
        f"2024年度“三公”经费支出决算比2023年度{'增加' if up else '减少'}{change}万元，{'增长' if up else '下降'}{percent}%。具体情况如下："
    )
    run_b, run = e.money(three.budget[2], "tpb/run"), e.money(three.final[2], "tpf/run")
    paper.line(
        f"1.公务用车购置及运行维护费预算数为{run_b}万元，决算数为{run}万元，完成预算的{e.completed(run, run_b, 1)}%。"
        f"其中，公务用车购置支出{paper.number(0, 2)}万元；公务用车运行维护费{e.money(three.final[2], 'tpf/run')}万元，用于流动图书车燃料、维修和保险。年末公务用车保有量{paper.number(2)}辆。"
    )
    guests = e.money(three.budget[3], "tpb/guests")
    paper.line(
        f"2.公务接待费预算数为{guests}万元，决算数为{paper.number(0, 2)}万元，完成预算的{paper.number(0)}%，主要原因是本年未发生公务接待。"
    )


def _others(paper: Paper, e: Explained) -> None:
    paper.head("（十）机关运行经费支出情况", 3)
    paper.line("本单位为事业单位，2024年度无机关运行经费支出。")
    paper.head("（十一）政府采购支出情况", 3)
    goods, works, services = (e.money(drawn(e.chance, n)) for n in (412, 36, 388))
    whole = paper.money(goods.value + works.value + services.value)
    paper.sum(whole, [goods, works, services], "政府采购构成")
    small = paper.money(whole.value * 8 / 10)
    paper.line(
        f"2024年度政府采购支出总额{whole}万元，其中：政府采购货物支出{goods}万元、政府采购工程支出{works}万元、政府采购服务支出{services}万元。"
        f"授予中小企业合同金额{small}万元，占政府采购支出总额的{paper.share(small, whole, '中小企业占比', 1)}%。"
    )
    paper.head("（十二）国有资产占有使用情况", 3)
    total, run, other = paper.number(3), paper.number(2), paper.number(1)
    paper.sum(total, [run, other], "车辆构成", measure="count")
    paper.line(
        f"截至2024年12月31日，本单位共有车辆{total}辆，其中业务保障用车{run}辆、其他用车{other}辆（流动图书车）；单位价值100万元以上设备{paper.number(1)}台（套）。"
    )
    paper.head("（十三）预算绩效情况说明", 3)
    paper.line("本单位组织对2024年度项目支出开展绩效自评，自评结果为优，绩效自评结果已在门户网站公开。")
