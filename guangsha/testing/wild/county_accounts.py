"""Final accounts of a county's agriculture bureau: text with tabs, codes in three levels, a government fund."""

from __future__ import annotations

import random

from guangsha.testing.wild.book_tables import Style, Tables
from guangsha.testing.wild.books import Books, Item, ThreePublic, drawn, spread, staff_costs
from guangsha.testing.wild.paper import Paper
from guangsha.testing.wild.prose import Explained

_STAFF = [
    ("30101", "基本工资", 30), ("30102", "津贴补贴", 14), ("30103", "奖金", 22), ("30107", "绩效工资", 12),
    ("30108", "机关事业单位基本养老保险缴费", 10), ("30110", "职工基本医疗保险缴费", 6),
    ("30112", "其他社会保障缴费", 0.8), ("30113", "住房公积金", 9), ("30199", "其他工资福利支出", 2),
    ("30302", "退休费", 4), ("30304", "抚恤金", 1.5), ("30305", "生活补助", 1.2), ("30309", "奖励金", 0.1),
]  # fmt: skip
_OFFICE = [
    ("30201", "办公费", 12), ("30202", "印刷费", 3), ("30205", "水费", 0.7), ("30206", "电费", 4), ("30207", "邮电费", 1.1),
    ("30211", "差旅费", 6), ("30213", "维修（护）费", 2), ("30215", "会议费", 0.6), ("30216", "培训费", 0.9),
    ("30217", "公务接待费", 1.3), ("30226", "劳务费", 5), ("30228", "工会经费", 4), ("30229", "福利费", 2),
    ("30231", "公务用车运行维护费", 4), ("30239", "其他交通费用", 11), ("30299", "其他商品和服务支出", 7),
    ("31002", "办公设备购置", 3),
]  # fmt: skip
_GROUPS = {
    "20805": "行政事业单位养老支出", "20808": "抚恤", "21011": "行政事业单位医疗", "21301": "农业农村",
    "21305": "巩固脱贫攻坚成果衔接乡村振兴", "22102": "住房改革支出", "21208": "国有土地使用权出让收入安排的支出",
    "21103": "污染防治",
}  # fmt: skip
_TITLES = (
    "收入支出决算总表", "收入决算表", "支出决算表", "财政拨款收入支出决算总表", "一般公共预算财政拨款支出决算表",
    "一般公共预算财政拨款基本支出决算明细表", "政府性基金预算财政拨款收入支出决算表",
    "国有资本经营预算财政拨款支出决算表", "财政拨款“三公”经费支出决算表",
)  # fmt: skip


def books(chance: random.Random) -> Books:
    def near(amount: float) -> int:
        return drawn(chance, amount)

    items = (
        Item("2080505", "机关事业单位基本养老保险缴费支出", near(168)),
        Item("2080801", "死亡抚恤", near(24)),
        Item("2101101", "行政单位医疗", near(61)),
        Item("2101102", "事业单位医疗", near(38)),
        Item("2110301", "大气", 0, near(45)),
        Item("2130101", "行政运行", near(925)),
        Item("2130104", "事业运行", near(1130), 0, near(18)),
        Item("2130106", "科技转化与推广服务", 0, near(212)),
        Item("2130108", "病虫害控制", 0, near(96), 0, near(14)),
        Item("2130122", "农业生产发展", 0, near(2380)),
        Item("2130153", "耕地建设与利用", 0, near(3150)),
        Item("2130505", "生产发展", 0, near(1460)),
        Item("2210201", "住房公积金", near(186)),
        Item("2120804", "农村基础设施建设支出", 0, near(640), fund=True),
        Item("2120816", "农业农村生态环境支出", 0, near(155), fund=True),
    )
    basic = sum(item.basic for item in items)
    office = drawn(chance, 0.14 * basic / 1_000_000)
    three = ThreePublic((0, 0, near(16), near(7)), (0, 0, near(13), near(5)))
    staff = staff_costs(chance, basic - office, _STAFF, items)
    spent = [(c, n, 0) if c in ("30217", "30231") else (c, n, w) for c, n, w in _OFFICE]
    rest = spread(chance, office - three.final[2] - three.final[3], [(c, n, w) for c, n, w in spent if w])
    amounts = {code: fen for code, _, fen in rest} | {"30217": three.final[3], "30231": three.final[2]}
    return Books(
        "澧源县农业农村局", 2023, items, _GROUPS, staff, tuple((c, n, amounts[c]) for c, n, _ in _OFFICE),
        three, opening=near(310), closing=near(420), own_unspent=near(6),
    )  # fmt: skip


def build() -> Paper:
    paper = Paper("county-agriculture-accounts-2023", "txt")
    own = books(random.Random("county"))
    paper.title("2023年度澧源县农业农村局部门决算")
    paper.line("目　录")
    paper.line(
        "第一部分　澧源县农业农村局概况", "第二部分　2023年度部门决算表", "第三部分　2023年度部门决算情况说明",
        "第四部分　名词解释", "第五部分　附件",
    )  # fmt: skip
    _about(paper)
    paper.title("第二部分　2023年度部门决算表")
    Tables(paper, own, Style(_TITLES)).all()
    paper.title("第三部分　2023年度部门决算情况说明")
    _explained(paper, own)
    _terms(paper)
    return paper


def _about(paper: Paper) -> None:
    paper.title("第一部分　澧源县农业农村局概况")
    paper.head("一、部门职责")
    paper.line(
        "（一）统筹推动发展农村社会事业、农村公共服务和农村基础设施建设，牵头组织改善农村人居环境。",
        "（二）指导粮食、油料、果茶、畜禽、水产等产业发展，组织落实促进粮食生产的政策措施。",
        "（三）负责种子、肥料、农药、兽药等投入品的监督管理，承担农产品质量安全监测。",
        "（四）指导高标准农田建设、耕地质量保护和农业机械化推广。",
    )
    paper.head("二、机构设置及决算单位构成")
    stations = ["县农业技术推广中心", "县动物疫病预防控制中心", "县农村经营服务站", "县农机事务中心"]
    count = paper.number(len(stations) + 1)
    paper.tie("count", count, str(len(stations) + 1), "决算单位个数", measure="count")
    paper.line(
        f"（一）内设机构设置。县农业农村局内设办公室、人事股、计财股、种植业股、畜牧水产股、农田建设股等{paper.number(6)}个股室。"
    )
    paper.line(
        f"（二）决算单位构成。2023年度部门决算汇总公开单位共{count}个，包括局本级以及{'、'.join(stations)}。"
    )
    posts, staff, office, retired = (paper.number(n) for n in (128, 117, 46, 71))
    paper.sum(staff, [office, retired], "在职人数", measure="count")
    paper.line(
        f"（三）人员情况。核定编制{posts}名，年末在职{staff}人，其中行政人员{office}人、事业人员{retired}人；退休人员{paper.number(93)}人。"
    )


def _explained(paper: Paper, b: Books) -> None:
    e = Explained(paper, b)
    total = e.money(b.total, "all")
    paper.head("一、收入支出决算总体情况说明")
    paper.line(
        f"2023年度收入总计、支出总计均为{total}万元。与上年相比，收、支总计各{e.moved(total, '总计增减', whole=True)}，"
        "主要是高标准农田建设任务和衔接资金规模变化。"
    )
    paper.head("二、收入决算情况说明")
    income = e.money(b.income, "inc/all")
    fiscal, other = e.money(b.fiscal_income, "inc/fiscal"), e.money(b.own_income, "inc/own")
    paper.sum(income, [fiscal, other], "收入构成")
    paper.line(
        f"本年收入合计{income}万元，其中：财政拨款收入{fiscal}万元，占{paper.share(fiscal, income, '财政拨款收入占比')}%；"
        f"其他收入{other}万元，占{paper.share(other, income, '其他收入占比')}%。"
    )
    paper.head("三、支出决算情况说明")
    spent, basic, project = (
        e.money(b.spent, "exp/all/total"),
        e.money(b.basic, "exp/all/basic"),
        e.money(b.project, "exp/all/project"),
    )
    paper.sum(spent, [basic, project], "支出构成")
    paper.line(
        f"本年支出合计{spent}万元，其中：基本支出{basic}万元，占{paper.share(basic, spent, '基本支出占比')}%；"
        f"项目支出{project}万元，占{paper.share(project, spent, '项目支出占比')}%。"
    )
    paper.head("四、财政拨款收入支出决算总体情况说明")
    fiscal_total = e.money(b.fiscal_income + b.opening, "fis/all")
    paper.line(
        f"2023年度财政拨款收、支总计均为{fiscal_total}万元，与上年相比，财政拨款收、支总计各{e.moved(fiscal_total, '财政拨款总计增减', whole=True)}，"
        "主要是涉农项目资金安排变化。"
    )
    paper.head("五、一般公共预算财政拨款支出决算情况说明")
    general = e.money(b.general_spent, "gen/all/total")
    spent = e.money(b.spent, "exp/all/total")
    paper.head("（一）一般公共预算财政拨款支出决算总体情况", 3)
    paper.line(
        f"2023年度财政拨款支出{general}万元，占本年支出合计{spent}万元的{paper.share(general, spent, '一般公共预算占比')}%，"
        f"与上年相比{e.moved(general, '一般公共预算增减', whole=True)}。"
    )
    paper.head("（二）一般公共预算财政拨款支出决算结构情况", 3)
    general = e.money(b.general_spent, "gen/all/total")
    clauses, parts = [], []
    for code in b.classes:
        amount = sum(i.fiscal for i in b.general if i.code.startswith(code))
        if amount:
            part = e.money(amount, f"gen/{code}/total")
            parts.append(part)
            clauses.append(
                f"{b.class_of(code).removesuffix('支出')}（类）支出{part}万元，占{paper.share(part, general, '类占比')}%"
            )
    paper.sum(general, parts, "各类支出之和")
    paper.line(f"2023年度财政拨款支出{general}万元，主要用于以下方面：{'；'.join(clauses)}。")
    paper.head("（三）一般公共预算财政拨款支出决算具体情况", 3)
    general = e.money(b.general_spent, "gen/all/total")
    budget, percent = e.planned(general)
    paper.line(
        f"2023年度财政拨款支出年初预算数为{budget}万元，支出决算数为{general}万元，完成年初预算的{percent}%，其中："
    )
    budgets, left = [], budget.value
    items = sorted(b.general, key=lambda item: item.code)
    for number, item in enumerate(items, 1):
        done = e.money(item.fiscal, f"gen/{item.code}/total")
        last = number == len(items)
        plan = paper.money(left if last else budget.value * item.fiscal / b.general_spent)
        left -= plan.value
        budgets.append(plan)
        name = f"{b.class_of(item.code)}（类）{b.groups[item.code[:5]]}（款）{item.name}（项）"
        paper.line(
            f"{number}、{name}。年初预算为{plan}万元，支出决算为{done}万元，完成年初预算的{e.completed(done, plan)}%。决算数与年初预算数存在差异的主要原因是年中调整预算。"
        )
    paper.sum(budget, budgets, "年初预算合计")
    paper.head("六、一般公共预算财政拨款基本支出决算情况说明")
    whole = e.money(b.general_basic, "gen/all/basic")
    staff, office = (
        e.money(sum(a for *_, a in b.staff), "eco/staff"),
        e.money(sum(a for *_, a in b.office), "eco/office"),
    )
    paper.sum(whole, [staff, office], "基本支出构成")
    paper.line(
        f"2023年度财政拨款基本支出{whole}万元，其中：人员经费{staff}万元，占基本支出的{paper.share(staff, whole, '人员经费占比')}%，"
        "主要包括基本工资、津贴补贴、奖金、绩效工资、社会保障缴费、住房公积金、退休费等；"
        f"公用经费{office}万元，占基本支出的{paper.share(office, whole, '公用经费占比')}%，主要包括办公费、印刷费、水费、电费、差旅费、劳务费、工会经费等。"
    )
    _three_public(paper, e)
    _special_budgets(paper, e)
    _others(paper, e)


def _special_budgets(paper: Paper, e: Explained) -> None:
    b = e.books
    fund = e.money(b.fund_income, "fund/all")
    paper.head("八、政府性基金预算收入支出决算情况")
    spent_fund, project = e.money(b.fund_income, "fund/all"), e.money(b.fund_income, "fund/all")
    paper.line(
        f"2023年度政府性基金预算财政拨款收入{fund}万元；年初结转和结余{paper.number(0)}万元；支出{spent_fund}万元，其中基本支出{paper.number(0)}万元，"
        f"项目支出{project}万元；年末结转和结余{paper.number(0)}万元。"
    )
    paper.head("九、国有资本经营预算财政拨款支出情况")
    paper.line("2023年度本部门没有使用国有资本经营预算安排的支出。")


def _three_public(paper: Paper, e: Explained) -> None:
    three = e.books.three_public
    paper.head("七、财政拨款“三公”经费支出决算情况说明")
    paper.head("（一）“三公”经费财政拨款支出决算总体情况说明", 3)
    budget, final = e.money(sum(three.budget), "tpb/all"), e.money(sum(three.final), "tpf/all")
    paper.line(
        f"2023年度“三公”经费财政拨款支出预算为{budget}万元，支出决算为{final}万元，完成预算的{e.completed(final, budget)}%，其中："
    )
    zero = paper.number(0)
    guests_b, guests = e.money(three.budget[3], "tpb/guests"), e.money(three.final[3], "tpf/guests")
    cars_b, cars = e.money(three.budget[2], "tpb/run"), e.money(three.final[2], "tpf/run")
    paper.line(f"因公出国（境）费支出预算为{zero}万元，支出决算为{paper.number(0)}万元，与上年持平。")
    paper.line(
        f"公务接待费支出预算为{guests_b}万元，支出决算为{guests}万元，完成预算的{e.completed(guests, guests_b)}%，与上年相比{e.moved(guests, '接待费增减')}，主要是严格控制陪餐人数和接待标准。"
    )
    paper.line(
        f"公务用车购置费及运行维护费支出预算为{cars_b}万元，支出决算为{cars}万元，完成预算的{e.completed(cars, cars_b)}%，与上年相比{e.moved(cars, '车辆费增减')}，主要是车辆老化维修费用变化。"
    )
    paper.head("（二）“三公”经费财政拨款支出决算具体情况说明", 3)
    final = e.money(sum(three.final), "tpf/all")
    guests, cars = e.money(three.final[3], "tpf/guests"), e.money(three.final[2], "tpf/cars")
    paper.sum(final, [guests, cars], "三公经费构成")
    paper.line(
        f"2023年度“三公”经费财政拨款支出决算{final}万元中，公务接待费支出决算{guests}万元，占{paper.share(guests, final, '接待费占比')}%；"
        f"公务用车购置费及运行维护费支出决算{cars}万元，占{paper.share(cars, final, '车辆费占比')}%。"
    )
    guests, batches = e.money(three.final[3], "tpf/guests"), paper.number(42)
    paper.line(
        f"1、公务接待费支出决算为{guests}万元，全年共接待来访团组{batches}个、来宾{paper.number(376)}人次，主要是上级检查和兄弟县市交流发生的接待支出。"
    )
    cars, run = e.money(three.final[2], "tpf/cars"), e.money(three.final[2], "tpf/run")
    paper.line(
        f"2、公务用车购置费及运行维护费支出决算为{cars}万元，其中：公务用车购置费{paper.number(0)}万元；公务用车运行维护费{run}万元，"
        f"主要是燃料费、维修费和保险费支出，截至2023年12月31日，我单位开支财政拨款的公务用车保有量为{paper.number(5)}辆。"
    )


def _others(paper: Paper, e: Explained) -> None:
    b = e.books
    paper.head("十、机关运行经费支出情况说明")
    office = e.money(sum(a for *_, a in b.office), "eco/office")
    paper.line(
        f"本部门2023年度机关运行经费支出{office}万元，比上年决算数{e.moved(office, '机关运行经费增减')}，主要原因是压减一般性支出。"
    )
    paper.head("十一、政府采购支出说明")
    goods, works, services = (e.money(drawn(e.chance, n)) for n in (132, 1850, 264))
    whole = paper.money(goods.value + works.value + services.value)
    paper.sum(whole, [goods, works, services], "政府采购支出构成")
    small = paper.money(whole.value * 9 / 10)
    micro = paper.money(small.value * 7 / 10)
    paper.line(
        f"本部门2023年度政府采购支出总额{whole}万元，其中：政府采购货物支出{goods}万元、政府采购工程支出{works}万元、政府采购服务支出{services}万元。"
        f"授予中小企业合同金额{small}万元，占政府采购支出总额的{paper.share(small, whole, '中小企业占比')}%，其中：授予小微企业合同金额{micro}万元，"
        f"占授予中小企业合同金额的{paper.share(micro, small, '小微企业占比')}%。"
    )
    paper.head("十二、国有资产占用情况说明")
    cars = paper.number(9)
    kinds = [paper.number(n) for n in (1, 4, 3, 1)]
    paper.sum(cars, kinds, "车辆构成", measure="count")
    paper.line(
        f"截至2023年12月31日，本部门共有车辆{cars}辆，其中，机要通信用车{kinds[0]}辆、应急保障用车{kinds[1]}辆、特种专业技术用车{kinds[2]}辆、"
        f"其他用车{kinds[3]}辆；单位价值100万元以上设备（不含车辆）{paper.number(2)}台（套）。"
    )
    paper.head("十三、预算绩效情况的说明")
    count, amount = paper.number(8), e.money(drawn(e.chance, 6900))
    project = e.money(b.project, "exp/all/project")
    paper.line(
        f"根据预算绩效管理要求，我局组织对2023年度项目支出全面开展绩效自评，共涉及项目{count}个，资金{amount}万元，"
        f"占项目支出总额{project}万元的{paper.share(amount, project, '自评资金占比')}%。自评结果显示，各项目管理规范，绩效目标基本实现。"
    )


def _terms(paper: Paper) -> None:
    paper.title("第四部分　名词解释")
    paper.line(
        "一、财政拨款收入：指县级财政当年拨付给本部门的资金。",
        "二、其他收入：指除财政拨款、事业收入、经营收入等以外取得的各项收入，主要是利息和技术服务收入。",
        "三、年初结转和结余：指上一年度没有用完、按规定留到本年继续使用的资金。",
        "四、基本支出：指保证机构运转、完成日常工作所发生的人员经费和公用经费。",
        "五、项目支出：指为完成特定任务和事业目标，在基本支出以外发生的支出。",
    )
    paper.title("第五部分　附件")
    paper.line("本部门2023年度整体支出绩效自评报告另行公开。")
