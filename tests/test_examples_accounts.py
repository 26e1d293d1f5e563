"""The final accounts and the prose numbers of the example figures against the published texts."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

import pytest

from guangsha.facts.forms import FISCAL_EXPENDITURE, FISCAL_INCOME, OVERVIEW_EXPENDITURE, OVERVIEW_INCOME
from guangsha.testing.transcription import (
    REPAIRED,
    SOURCES,
    figures,
    numbers_in,
    published,
)

#: Printed names of the functional classes and economic codes that the reports state in prose.
CLASS_NAMES = {
    "201": "一般公共服务支出", "206": "科学技术支出", "208": "社会保障和就业支出", "210": "卫生健康支出",
    "211": "节能环保支出", "212": "城乡社区支出", "216": "商业服务业等支出", "217": "金融支出",
    "221": "住房保障支出", "229": "其他支出",
}  # fmt: skip
ECONOMIC_NAMES = {
    "301": "工资福利支出", "302": "商品和服务支出", "303": "对个人和家庭的补助",
    "30101": "基本工资", "30102": "津贴补贴", "30103": "奖金", "30106": "伙食补助费", "30107": "绩效工资",
    "30108": "机关事业单位基本养老保险缴费", "30109": "职业年金缴费", "30110": "职工基本医疗保险缴费",
    "30111": "公务员医疗补助缴费", "30112": "其他社会保障缴费", "30113": "住房公积金", "30114": "医疗费",
    "30199": "其他工资福利支出", "30201": "办公费", "30202": "印刷费", "30205": "水费", "30206": "电费",
    "30207": "邮电费", "30209": "物业管理费", "30211": "差旅费", "30213": "维修费", "30214": "租赁费",
    "30216": "培训费", "30226": "劳务费", "30228": "工会经费", "30229": "福利费", "30239": "其他交通费用",
    "30299": "其他商品和服务支出", "30302": "退休费", "30399": "其他对个人和家庭的补助",
}  # fmt: skip


@pytest.mark.shared
@pytest.mark.parametrize("example", ["yueyang-2023", "yueyanglou-2025"])
def test_every_amount_by_code_stands_beside_its_name(example: str) -> None:
    text = published(example)
    detail = figures(example)["detail"]
    named = {(ECONOMIC_NAMES[code], amount) for code, amount in detail["economic"].items()}
    named |= {(CLASS_NAMES[code], amount) for code, amount in detail.get("function", {}).items()}
    missing = [
        f"{name} {amount}"
        for name, amount in sorted(named)
        if not re.search(rf"{name}(?:\([^)]*\))?(?:支出)?{re.escape(amount)}(?![\d.])", text)
    ]
    assert missing == []


# --- the nine tables of the final accounts -------------------------------------------------------------------------

#: The tables that print a code before the amounts, and where they begin and end in the text.
CODE_TABLES = {
    "revenue": ("公开02表", "公开03表"),
    "expenditure": ("公开03表", "公开04表"),
    "general_expenditure": ("公开05表", "公开06表"),
    "basic_detail": ("公开06表", "公开07表"),
}


def table_text(start: str, end: str) -> str:
    text = published("jiangan-2024")
    begin = text.index(start)
    return text[begin : text.index(end, begin)]


#: Rows without a code, by the words that stand before their amounts (scanning spoilt the revenue table's 合计).
TOTAL_ROWS = {
    "total": "(?:合计|如仁水笠理東京)",
    "personnel.total": "人员经费合计",
    "public.total": r"公用经费\s+合计",
}


@pytest.mark.shared
@pytest.mark.parametrize("table", CODE_TABLES)
def test_every_row_of_a_code_table_is_printed_after_its_code(table: str) -> None:
    # Table 05 prints 2010302 in two cells with the fifth digit in both: 20103 302.
    text = re.sub(r"(\d{4})(\d)\s+\2(\d\d)(?=\s)", r"\1\2\3", table_text(*CODE_TABLES[table]))
    rows: dict[str, list[str | None]] = figures("jiangan-2024")["accounts"][table]["rows"]
    missing = []
    for key, cells in rows.items():
        amounts = r"\s+".join(re.escape(cell) for cell in cells if cell is not None)
        if not re.search(rf"{TOTAL_ROWS.get(key, key)}[^\d]*{amounts}(?![\d.])", text):
            missing.append(f"{key} {cells}")
    assert missing == []
    if table != "basic_detail":
        assert re.findall(r"(?<![\d.])2\d{6}(?![\d.])", text) == [key for key in rows if key != "total"]


@pytest.mark.shared
@pytest.mark.parametrize(("table", "start", "end", "labels"), [
    ("overview", "公开01表", "公开02表", OVERVIEW_INCOME | OVERVIEW_EXPENDITURE),
    ("fiscal_overview", "公开04表", "公开05表", FISCAL_INCOME | FISCAL_EXPENDITURE),
])  # fmt: skip
def test_every_amount_of_an_overview_table_stands_beside_its_label(
    table: str, start: str, end: str, labels: dict[str, str]
) -> None:
    text = table_text(start, end)
    rows: dict[str, list[str | None]] = figures("jiangan-2024")["accounts"][table]["rows"]
    missing = []
    for key, cells in rows.items():
        label = CLASS_NAMES[key.removeprefix("class.")] if key.startswith("class.") else labels[key]
        amounts = r"\s+".join(re.escape(cell) for cell in cells if cell is not None)
        if not re.search(rf"{label}\s+\d+\s+{amounts}(?![\d.])", text):
            missing.append(f"{key} {cells}")
    assert missing == []
    printed = re.findall(r"(?<![\d.])\d+\.\d\d(?![\d.])", text)
    assert len(printed) == sum(cell is not None for cells in rows.values() for cell in cells)


@pytest.mark.shared
def test_the_three_public_table_holds_every_printed_amount() -> None:
    rows = figures("jiangan-2024")["accounts"]["three_public"]["rows"]
    cells = [cell for row in ("budget", "executed") for cell in rows[row] if cell is not None]
    printed = re.findall(r"(?<![\d.])\d+\.\d+(?![\d.])", table_text("公开09表", "第三部分"))
    assert printed == cells


# --- the numbers of the prose -----------------------------------------------------------------------------------------

#: The numbers of one statement stand within so many numbers of each other.
STATEMENT_SPAN = 60
#: Statements whose parts the report prints in several places.
SCATTERED = frozenset({"s21-coverage", "s10-housing-breakdown", "s20-money", "u10-total", "u07-projects"})


def statement_numbers(statement: dict[str, Any]) -> list[str]:
    roles = {
        key: value
        for key, value in statement.items()
        if key not in ("id", "kind", "subject", "cells", "parts")
    }
    amounts = [*roles.values(), *(part["amount"] for part in statement.get("parts", []))]
    return [amount.removeprefix("-") for amount in amounts]


@pytest.mark.shared
@pytest.mark.parametrize("example", SOURCES)
def test_the_numbers_of_a_statement_stand_together_in_the_text(example: str) -> None:
    tokens = numbers_in(published(example))
    missing = []
    for statement in figures(example).get("statements", []):
        wanted = [n for n in statement_numbers(statement) if (example, n) not in REPAIRED]
        span = len(tokens) if statement["id"] in SCATTERED else STATEMENT_SPAN
        anchors = [i for i, token in enumerate(tokens) if wanted and token == wanted[0]]
        together = any(set(wanted) <= set(tokens[max(0, i - span) : i + span]) for i in anchors)
        if wanted and not together:
            missing.append(f"{statement['id']}: {wanted}")
    assert missing == []


#: Sums that the report itself prints wrong.
SUM_MISPRINTED = frozenset({"s06-initial-by-class"})


@pytest.mark.parametrize("example", SOURCES)
def test_the_parts_of_a_statement_add_up_to_its_total(example: str) -> None:
    for statement in figures(example).get("statements", []):
        if statement["kind"] == "sum":
            parts = [Decimal(part["amount"]) for part in statement["parts"]]
            tail = Decimal("0.005") * (len(parts) + 1)
            agrees = abs(sum(parts) - Decimal(statement["total"])) <= tail
            assert agrees != (statement["id"] in SUM_MISPRINTED), statement["id"]
        elif statement["kind"] == "difference":
            minuend, less, delta = (Decimal(statement[role]) for role in ("minuend", "subtrahend", "delta"))
            assert minuend - less == delta


@pytest.mark.shared
def test_every_unit_of_the_bureau_stands_in_the_dossier_with_its_scores() -> None:
    text = published("bureau-2023")
    members = figures("bureau-2023")["rollup"]["members"]
    for unit in members:
        row = "/".join(unit[key] for key in ("execution", "output", "effect", "satisfaction", "total"))
        assert re.search(rf"{unit['name']} {re.escape(row)}(?![\d])", text), unit["name"]
    assert "/".join(unit["project_money"] for unit in members) in text


#: The words around a small number, which the set of all numbers would not protect; blanks are taken out.
WORDED = {
    "about.subordinates": "6个下属单位",
    "staff.employed": "在职实有人数50人",
    "staff.administrative": "行政11人",
    "staff.institution": "事业39人",
    "staff.retired": "离退休人员55人",
    "s12-vehicle-purchase": "公务用车购置费支出0万元",
    "s13-abroad": r"出国\(境\)费全年预算为0万元,[^\d]*为0万元,完成[^\d]*的100%",
    "s13-reception": r"公务接待费全年预算为0万元,[^\d]*为0万元,完成[^\d]*的0%",
    "s08-201": "一般公共服务支出:年初预算为0万元,支出决算为72.81万元",
    "s08-206": "科学技术支出:年初预算为0万元,支出决算为12万元",
    "s08-211": "节能环保支出:年初预算为0万元,支出决算为250万元",
    "s08-216": "商业服务业等支出:年初预算为0万元,支出决算为0.50万元",
    "s14-vehicles": "公务用车保有量4辆",
    "s19-vehicles": "共有车辆4辆",
    "h11-certificates": "新核发公租房保障资格证明346个",
    "h11-relet": "腾退房源实物配租194户",
    "h11-hazards": "排查240处安全隐患",
    "h11-put-right": "排查240处安全隐患,及时整改落实",
    "s19-vehicles-units": "二级单位车辆3辆",
    "s19-vehicles-rescue": "抢险排危专用车辆1辆",
    "s20-projects": "共涉及项目7个",
    "s25-staff": "在职实有人数50人",
    "s25-administrative": "行政11人",
    "s25-institution": "事业39人",
    "s25-subordinates": "6个下属单位",
    "s27-retired": "离退休人员55人",
    "s23-started-target": "老旧小区改造开工41小区",
    "s23-started": "老旧小区改造开工41小区",
    "s23-finished-target": "完工39小区",
    "s23-finished": "完工39小区",
    "s23-rental-target": "保障性租赁住房4000户",
    "s23-rental": "保障性租赁住房4018户",
    "s23-allowance-target": "租赁补贴1200户",
    "s23-allowance": "租赁补贴1509户",
    "s23-support-target": "支持≥10000套",
    "s23-support": "支持12569套",
    "s23-service-target": "服务≥15000户",
    "s23-service": "供服务15398户",
    "s23-d-class-target": "D级危房治理2栋;",
    "s23-d-class": "D级危房治理4栋;",
    "s23-dangerous-target": "危房治理42栋;",
    "s23-dangerous": "危房治理70栋;",
    "s23-observed-target": "倾斜观测5栋",
    "s23-observed": "倾斜观测9栋",
    "s23-purchase-target": "户数≥1000户",
    "s23-purchase": "补贴户数1034",
    "n11-dangerous-district": "区级目标的165%",
    "n11-dangerous-city": "市级目标的200%",
    "n13-renovation-buildings-overall": "房屋240栋",
    "n13-renovation-buildings-project": "改造栋数325户",
    "k24-overall-output": "年产出指标25个",
    "k24-overall-output-city": "市级绩效目标产出指标7个",
    "k24-overall-output-daily": "区级绩效目标产出指标18个",
    "k24-overall-effect": "年效益指标11个",
    "k24-overall-effect-city": "市级绩效效益指标1个",
    "k24-overall-effect-daily": "区级绩效效益指标10个",
    "k24-overall-satisfaction": "满意度指标2个",
    "k24-safety-output": "年产出指标6个",
    "k24-housing-quantity": "数量指标有2个",
    "k24-housing-effect": "效益指标有3个",
    "k24-logistics-quantity": "数量指标有3个",
    "k24-logistics-effect": "效益指标有3个",
}  # fmt: skip


@pytest.mark.shared
def test_small_numbers_of_the_jiangan_prose_stand_in_their_words() -> None:
    text = re.sub(r"\s", "", published("jiangan-2024"))
    given = figures("jiangan-2024")
    values = {f"{part}.{key}": [value] for part in ("about", "staff") for key, value in given[part].items()}
    values |= {statement["id"]: statement_numbers(statement) for statement in given["statements"]}
    for name, words in WORDED.items():
        assert re.search(words, text), name
        assert [Decimal(n) for n in values[name]] == [Decimal(n) for n in numbers_in(words)], name
    counts = {item["id"] for item in given["statements"] if len(item.get("count", "1000")) < 4}
    assert counts <= set(WORDED), "every small count is quoted with its words"


@pytest.mark.shared
def test_every_row_of_the_jiangan_overall_sheet_is_printed_in_this_order() -> None:
    """Its columns of targets (first five rows) and of scores are lost or torn in the text, so they are left out."""
    text = re.sub(r"\s", "", published("jiangan-2024"))
    at = text.index("部门整体绩效自评表单")
    missing = []
    for row in figures("jiangan-2024")["sheets"][0]["indicators"]:
        lost = row["block"] == "市级绩效目标" and row["level2"] == "数量指标"
        found = numbers_in(unicodedata.normalize("NFKC", f"{'' if lost else row['target']} {row['actual']}"))
        match = re.compile("[^0-9]*".join(map(re.escape, found))).search(text, at, at + 600)
        if match:
            at = match.end()
        else:
            missing.append(f"{row['name']}: {found}")
    assert missing == []


def test_a_fact_printed_in_several_places_of_the_jiangan_report_is_given_alike() -> None:
    """The rows that scanning tore, and the amounts of the project sheets, against the prose that repeats them."""
    given = figures("jiangan-2024")
    said = {statement["id"]: statement for statement in given["statements"]}
    for sheet in given["sheets"]:
        if sheet["kind"] == "project":
            prose, total = said[f"s22-{sheet['id']}"], sheet["funds"]["total"]
            stated = (prose["budget"], prose["executed"], prose["percent"])
            assert stated == (total["full_year"], total["executed"], sheet["published"]["rate"])
        for block in sheet["blocks"]:
            assert block.get("published_score", block["weight"]) == block["weight"]
    work = {said[key]["subject"]: said[key]["count"] for key in said if key.startswith("s23-")}
    rows = {row["name"]: row for sheet in given["sheets"] for row in sheet["indicators"]}
    for row in (row for sheet in given["sheets"] for row in sheet["indicators"] if row["name"] in work):
        assert row["target"].strip("≥户套栋") == work[f"{row['name']}目标"], row["name"]
        if not row["actual"].startswith("≥"):  # the overall sheet repeats the target of 居民购房补贴户数
            assert row["actual"].strip("户套栋") == work[row["name"]], row["name"]
    assert rows["老旧小区改造开工小区"]["target"] == work["老旧小区改造开工目标"] == work["老旧小区改造开工"]
    assert rows["老旧小区改造完工小区"]["target"] == work["老旧小区改造完工目标"] == work["老旧小区改造完工"]
    assert rows["老旧小区改造开工小区"]["actual"] == work["老旧小区改造开工"]
    assert rows["老旧小区改造完工小区"]["actual"] == work["老旧小区改造完工"]
