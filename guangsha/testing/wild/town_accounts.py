"""Final accounts of a township as a scan: amounts in whole yuan, lines cut at the page's width, blanks inside figures."""

from __future__ import annotations

import random

from guangsha.testing.wild.book_tables import Style, Tables
from guangsha.testing.wild.books import Books, Item, ThreePublic, drawn, spread, staff_costs
from guangsha.testing.wild.county_accounts import _OFFICE, _STAFF, _TITLES
from guangsha.testing.wild.paper import Paper
from guangsha.testing.wild.prose import Explained

_GROUPS = {
    "20103": "政府办公厅（室）及相关机构事务", "20131": "党委办公厅（室）及相关机构事务", "20701": "文化和旅游",
    "20805": "行政事业单位养老支出", "20810": "社会福利", "21011": "行政事业单位医疗", "21201": "城乡社区管理事务",
    "21301": "农业农村", "21307": "农村综合改革", "22102": "住房改革支出",
}  # fmt: skip


def books() -> Books:
    chance = random.Random("town")

    def near(amount: float) -> int:
        return drawn(chance, amount)

    items = (
        Item("2010301", "行政运行", near(486)),
        Item("2010302", "一般行政管理事务", 0, near(74)),
        Item("2010350", "事业运行", near(358)),
        Item("2013101", "行政运行", near(122)),
        Item("2070109", "群众文化", near(41)),
        Item("2080505", "机关事业单位基本养老保险缴费支出", near(96)),
        Item("2081002", "老年福利", 0, near(33)),
        Item("2101101", "行政单位医疗", near(29)),
        Item("2101102", "事业单位医疗", near(25)),
        Item("2120199", "其他城乡社区管理事务支出", 0, near(148)),
        Item("2130152", "对高校毕业生到基层任职补助", 0, near(12)),
        Item("2130705", "对村民委员会和村党支部的补助", 0, near(612)),
        Item("2210201", "住房公积金", near(104)),
    )
    basic = sum(item.basic for item in items)
    office = drawn(chance, 0.15 * basic / 1_000_000)
    three = ThreePublic((0, 0, near(9), near(6)), (0, 0, near(8), near(4)))
    rest = spread(
        chance,
        office - three.final[2] - three.final[3],
        [r for r in _OFFICE if r[0] not in ("30217", "30231")],
    )
    amounts = {code: fen for code, _, fen in rest} | {"30217": three.final[3], "30231": three.final[2]}
    return Books(
        "石桥铺镇人民政府", 2023, items, _GROUPS, staff_costs(chance, basic - office, _STAFF, items),
        tuple((c, n, amounts[c]) for c, n, _ in _OFFICE), three,
    )  # fmt: skip


def build() -> Paper:
    paper = Paper("town-accounts-2023", "txt", places=2, zero="0.00", scarred=True)
    b = books()
    paper.title("石桥铺镇人民政府2023年度部门决算公开说明")
    paper.line("目　录")
    paper.line(
        "第一部分　部门概况",
        "第二部分　2023年度部门决算情况说明",
        "第三部分　2023年度部门决算表",
        "第四部分　名词解释",
    )
    paper.title("第一部分　部门概况")
    villages, communities = paper.number(11), paper.number(2)
    both = paper.number(13)
    paper.sum(both, [villages, communities], "村和社区", measure="count")
    paper.line(
        f"石桥铺镇位于县城西南部，辖{both}个村（社区），其中行政村{villages}个、社区{communities}个，总人口{paper.number(28640)}人。"
    )
    paper.line(
        "镇政府贯彻执行上级决议和命令，编制并执行本镇经济社会发展计划和财政预算，管理教育、卫生、民政、司法、计划生育等行政工作。"
    )
    paper.title("第二部分　2023年度部门决算情况说明")
    _explained(paper, b)
    paper.title("第三部分　2023年度部门决算表")
    Tables(paper, b, Style(_TITLES, number="附表{n}", year_in_title=True, unit="元")).all()
    paper.title("第四部分　名词解释")
    paper.line(
        "一、基本支出：为保障机构正常运转、完成日常工作任务而发生的人员支出和公用支出。",
        "二、项目支出：在基本支出之外为完成特定行政任务发生的支出。",
        "三、“三公”经费：财政拨款安排的因公出国（境）费、公务用车购置及运行费和公务接待费。",
    )
    return paper


def _explained(paper: Paper, b: Books) -> None:
    e = Explained(paper, b, per=100)
    paper.head("一、收入支出总体情况")
    total = e.money(b.total, "all")
    paper.line(
        f"石桥铺镇2023年度收入支出总计{total}元，比上年{e.moved(total, '总计增减', whole=True, unit='元')}。"
    )
    income, fiscal = e.money(b.income, "inc/all"), e.money(b.fiscal_income, "inc/fiscal")
    paper.line(
        f"本年收入合计{income}元，其中：财政拨款收入{fiscal}元，占本年收入的{paper.share(fiscal, income, '财政拨款占比')}%。"
    )
    spent, basic, project = (
        e.money(b.spent, "exp/all/total"),
        e.money(b.basic, "exp/all/basic"),
        e.money(b.project, "exp/all/project"),
    )
    paper.sum(spent, [basic, project], "支出构成")
    paper.line(
        f"本年支出合计{spent}元，其中：基本支出{basic}元，占本年支出的{paper.share(basic, spent, '基本支出占比')}%；"
        f"项目支出{project}元，占本年支出的{paper.share(project, spent, '项目支出占比')}%。"
    )
    paper.head("二、财政拨款支出情况")
    general = e.money(b.general_spent, "gen/all/total")
    paper.line(f"2023年度一般公共预算财政拨款支出{general}元，按支出功能分类，具体如下：")
    parts = []
    for number, code in enumerate(b.classes, 1):
        part = e.money(sum(i.fiscal for i in b.general if i.code.startswith(code)), f"gen/{code}/total")
        parts.append(part)
        paper.line(f"{number}.{b.class_of(code)}{part}元，占{paper.share(part, general, '类占比')}%。")
    paper.sum(general, parts, "各类之和")
    paper.head("三、一般公共预算基本支出情况")
    whole = e.money(b.general_basic, "gen/all/basic")
    staff, office = (
        e.money(sum(a for *_, a in b.staff), "eco/staff"),
        e.money(sum(a for *_, a in b.office), "eco/office"),
    )
    paper.sum(whole, [staff, office], "基本支出构成")
    paper.line(f"2023年度一般公共预算财政拨款基本支出{whole}元，其中人员经费{staff}元，公用经费{office}元。")
    three = b.three_public
    paper.head("四、“三公”经费支出情况")
    budget, final = e.money(sum(three.budget), "tpb/all"), e.money(sum(three.final), "tpf/all")
    paper.line(
        f"2023年度“三公”经费预算{budget}元，决算支出{final}元，完成预算的{e.completed(final, budget)}%。"
    )
    run, guests = e.money(three.final[2], "tpf/run"), e.money(three.final[3], "tpf/guests")
    paper.line(
        f"其中：公务用车运行维护费支出{run}元，公务接待费支出{guests}元，国内公务接待{paper.number(36)}批次{paper.number(284)}人次，无因公出国（境）支出。"
    )
    paper.sum(final, [run, guests], "三公构成")
    paper.head("五、机关运行经费情况")
    office = e.money(sum(a for *_, a in b.office), "eco/office")
    paper.line(
        f"2023年度机关运行经费支出{office}元，较上年{e.moved(office, '机关运行增减', unit='元')}，主要是办公设备更新。"
    )
    paper.head("六、国有资产情况")
    cars, law, other = paper.number(4), paper.number(1), paper.number(3)
    paper.sum(cars, [law, other], "车辆构成", measure="count")
    paper.line(f"截至2023年12月31日，本部门共有车辆{cars}辆，其中：执法执勤用车{law}辆，其他用车{other}辆。")
