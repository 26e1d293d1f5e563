"""The example figures against the three published reports they were transcribed from: sheets, labels and scores.

Three promises: every figure stands in the published text, no sentence of the reports is in the repository, and the
engine reaches the scores that the reports state (or the ones their own figures give, where a report is wrong).
``test_examples_accounts.py`` holds the final accounts and the numbers of the prose.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from guangsha.documents.reading.figures import load_figures
from guangsha.facts.report import Report
from guangsha.scoring.evaluate import score_report
from guangsha.scoring.profile import load_profile
from guangsha.scoring.results import Scores
from guangsha.testing.transcription import (
    EXAMPLES,
    REPAIRED,
    REPORTS,
    SOURCES,
    Reader,
    chinese,
    figures,
    is_printed,
    numbers_in,
    published,
    scalars,
)

# --- every figure stands in the published text ------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize("example", SOURCES)
def test_every_figure_stands_in_the_published_text(example: str) -> None:
    text = published(example)
    known = {number for where, number in REPAIRED if where == example} | set(numbers_in(text))
    strays = [
        f"{where}: {value}"
        for where, value in scalars(figures(example))
        if not is_printed(value, text, known)
    ]
    assert strays == []


@pytest.mark.shared
@pytest.mark.parametrize(("example", "number"), REPAIRED)
def test_a_repaired_figure_is_used_and_truly_absent_from_the_text(example: str, number: str) -> None:
    values = [n for _, value in scalars(figures(example)) for n in numbers_in(value)]
    assert number in values
    assert number not in numbers_in(published(example))


#: In which order the two places print the rows of 项目资金.
FUND_ORDER = {
    "yueyang-2023": ("total", "current"),
    "yueyanglou-2025": ("current", "carry_over", "other", "total"),
}


@pytest.mark.shared
@pytest.mark.parametrize(("example", "start", "gap"), [
    ("yueyang-2023", "年度资金总额", 1),
    ("yueyanglou-2025", "年度预算申请", 6),  # the scoring standard stands between actual value and weight
])  # fmt: skip
def test_every_row_of_a_yueyang_sheet_is_printed_in_this_order(example: str, start: str, gap: int) -> None:
    reader = Reader(published(example), start)
    missing = []
    for sheet in figures(example)["sheets"]:
        printed = sheet["published"]
        rows = []
        for fund in FUND_ORDER[example]:
            if fund in sheet["funds"]:
                rows.append([sheet["funds"][fund][stage] for stage in ("initial", "full_year", "executed")])
        rows[-1 if "carry_over" in sheet["funds"] else 0] += [
            "10",
            printed["rate"],
            printed["execution_score"],
        ]
        rows += [
            numbers_in(row["target"] + " " + row["actual"])
            + [row[key] for key in ("weight", "published_score") if key in row]
            for row in sheet["indicators"]
        ]
        rows.append([printed["total"]])
        missing += [f"{sheet['id']}: {row}" for row in rows if not reader.find(row, reach=40, gap=gap)]
    assert missing == []


@pytest.mark.shared
def test_every_step_rule_is_the_printed_scoring_standard() -> None:
    text = published("yueyanglou-2025")
    overall, *projects = figures("yueyanglou-2025")["sheets"]
    rules = {row["name"]: (row["step"], row["deduct"]) for row in overall["indicators"] if "step" in row}
    assert len(rules) == 5
    for name, (step, deduct) in rules.items():
        row = next(line for line in text.splitlines() if name in line and "扣" in line)
        assert re.search(rf"每[^\d]*{step},?扣{deduct}分", row), name
    for row in (row for sheet in projects for row in sheet["indicators"] if "step" in row):
        assert (row["step"], row["deduct"]) == rules[row["name"]]


#: Where each project sheet of the Jiang'an report begins. Its overall sheet lost the columns of targets and
#: scores in print; those figures are covered by the set test and by the sums below.
JIANGAN_SHEETS = {
    "property": "物业管理项目绩效自评表",
    "renovation": "老旧小区改造项目自评表\n",
    "safety": "房屋安全监管项目绩效自评表",
    "purchase": "居民购房补贴项目绩效自评表",
    "housing": "保障性安居工程项目绩效自评表",
    "hotline": "24 小时投诉值守业务支出绩效自评表",
    "logistics": "后勤保障服务工作经费项目自评表",
}
#: Rows whose cells scanning tore apart or ran together: what the text prints instead.
TORN = {
    ("property", "物业服务质量达到考核要求"): "100% 1 100% 10",
    ("property", "成本控制率"): "10 00% 1 100% 10",
    ("property", "基层社会治理水平提升"): "10 00% - 100% 30",
    ("safety", "危房治理"): "42 栋 每月巡查 2 栋 10；70 栋见项目综述",
    ("housing", "为保障对象提供服务"): "≥ 150 100 P 15398 10；15000 户见第四部分",
    ("hotline", "1、收办群众投诉；2、受理转办来信来访"): "1、≥: 2、≥4 5000起; 40件 1、26450 余 起; 2、935 余起",
    ("hotline", "1、及时接听群众来电；2、信访投诉及时受理转办率"): "1, ≤8 · ' 1、 ≤ 8 秒; 2、100%",
    ("hotline", "1、财务可持续性；2、管理可持续性"): "证; 2、服4 · 子群众水 1、资金保障 切实到位; 2、服务",
}  # fmt: skip


def jiangan_row(row: dict[str, Any]) -> str:
    """A pattern of target, actual and score as printed; the form has no column of weights."""
    texts = (row["target"], row["actual"], row.get("published_score", ""))
    found = numbers_in(unicodedata.normalize("NFKC", " ".join(texts)))
    return "[^0-9]*".join(re.escape(number) for number in found)


@pytest.mark.shared
def test_every_row_of_a_jiangan_project_sheet_is_printed_in_this_order() -> None:
    text = re.sub(r"\s", "", published("jiangan-2024"))  # a column edge often cuts a number in two
    missing = []
    for sheet in figures("jiangan-2024")["sheets"][1:]:
        at = text.index(re.sub(r"\s", "", JIANGAN_SHEETS[sheet["id"]]))
        rows = [(row["name"], jiangan_row(row)) for row in sheet["indicators"]]
        for name, pattern in [*rows, ("总分", re.escape(sheet["published"]["total"]))]:
            match = re.compile(pattern).search(text, at, at + 700)
            if match:
                at = match.end()
            elif (sheet["id"], name) not in TORN:
                missing.append(f"{sheet['id']}: {name} {pattern}")
    assert missing == []


#: A printed sheet whose rows do not add up to its printed total: the report's own error.
TOTAL_MISPRINTED = {("yueyanglou-2025", "overall"): Decimal("100")}


@pytest.mark.parametrize("example", REPORTS)
def test_weights_and_scores_add_up_as_the_sheets_print_them(example: str) -> None:
    for sheet in figures(example)["sheets"]:
        rows = [*sheet["indicators"], *sheet.get("groups", [])]
        execution = Decimal(20 if example.startswith("jiangan") else 10)
        weights = sum((Decimal(row["weight"]) for row in rows if "weight" in row), execution)
        scores = sum(
            (Decimal(row["published_score"]) for row in rows if "published_score" in row),
            Decimal(sheet["published"]["execution_score"]),
        )
        printed = Decimal(sheet["published"]["total"])
        assert weights == 100, sheet["id"]
        assert scores == TOTAL_MISPRINTED.get((example, sheet["id"]), printed), sheet["id"]
        for row in rows:
            assert row.get("assessed", row.get("published_score")) == row.get("published_score")


@pytest.mark.parametrize("example", ["yueyang-2023", "jiangan-2024"])
def test_the_blocks_of_a_sheet_weigh_what_their_rows_weigh(example: str) -> None:
    for sheet in figures(example)["sheets"]:
        shared = {group["id"]: group for group in sheet.get("groups", [])}
        sums: dict[str, Decimal] = {}
        for row in sheet["indicators"]:
            block = row.get("block", row["level1"])
            source = shared.pop(row["group"], {}) if "group" in row else row
            sums[block] = sums.get(block, Decimal(0)) + Decimal(source.get("weight", 0))
        assert sums == {block["name"]: Decimal(block["weight"]) for block in sheet["blocks"]}, sheet["id"]


@pytest.mark.shared
@pytest.mark.parametrize(("example", "start"), [
    ("yueyang-2023", "三公经费\n"), ("yueyanglou-2025", "三公经费"),
])  # fmt: skip
def test_every_row_of_a_base_table_is_printed_in_this_order(example: str, start: str) -> None:
    table = figures(example)["base_table"]
    text = published(example)
    reader = Reader(text[text.index("基础数据表\n", text.index("附件1")) :], start)
    missing = []
    for key, line in table.items():
        rows = line if key == "programmes" else [line]
        for row in rows:
            amounts = [row[column] for column in ("prior", "budget", "executed") if column in row]
            if not reader.find(amounts, reach=12):
                missing.append(f"{key}: {amounts}")
    assert missing == []


# --- no sentence, no person ----------------------------------------------------------------------------------------------

#: A run of so many Chinese characters is a sentence, not a label.
SENTENCE = 25


@pytest.mark.shared
def test_no_sentence_of_the_reports_is_in_the_examples() -> None:
    reports = [chinese(published(example)) for example in REPORTS]
    copied = []
    for path in [Path(__file__), *sorted(p for p in EXAMPLES.rglob("*") if p.is_file())]:
        # In this file every quoted string is one piece: a list of statutory names is not a sentence.
        pieces = (
            path.read_text(encoding="utf-8").replace('"', "\n" if path.suffix == ".py" else '"').splitlines()
        )
        for run in map(chinese, pieces):
            windows = (run[i : i + SENTENCE] for i in range(len(run) - SENTENCE + 1))
            copied += [
                f"{path.name}: {window}" for window in windows if any(window in text for text in reports)
            ]
    assert copied == []


@pytest.mark.parametrize("example", SOURCES)
def test_no_person_and_no_telephone_is_in_an_example(example: str) -> None:
    about = figures(example)["about"]
    assert not {"filler", "head", "contact"} & set(about)
    assert not re.search(
        r"1[3-9]\d{9}|0\d{2,3}-\d{7}", (EXAMPLES / example / "figures.yaml").read_text("utf-8")
    )


# --- the scores of the reports -------------------------------------------------------------------------------------------


@cache
def scores(example: str) -> Scores:
    facts = load_figures(EXAMPLES / example / "figures.yaml")
    return score_report(Report(facts), load_profile(facts.profile, facts.year))


@pytest.mark.parametrize(("example", "totals"), [
    ("yueyang-2023", {"overall": "97.94", "business": "96.97", "operation": "97", "housing": "98"}),
    ("yueyanglou-2025", {"overall": "100.00", "affairs": "99.15", "subsidy": "100.00"}),
    ("jiangan-2024", {
        "overall": "99", "property": "100", "renovation": "87", "safety": "100", "purchase": "99",
        "housing": "93", "hotline": "100", "logistics": "99",
    }),
])  # fmt: skip
def test_the_engine_reaches_the_scores_of_the_report(example: str, totals: dict[str, str]) -> None:
    reached = {sheet.sheet.id: sheet.total for sheet in scores(example).sheets}
    assert reached == {key: Decimal(total) for key, total in totals.items()}


def test_the_bureaus_score_is_the_simple_mean_of_its_units() -> None:
    rollup = scores("bureau-2023").rollup
    assert rollup is not None
    wanted = {"execution": "7.9", "output": "49.6", "effect": "28.8", "satisfaction": "10"}
    assert {name: rollup.values[name] for name in wanted} == {k: Decimal(v) for k, v in wanted.items()}
    assert rollup.total == Decimal("96.3")


@pytest.mark.parametrize("example", REPORTS)
def test_every_row_earns_the_score_that_the_report_prints(example: str) -> None:
    differing = []
    for sheet in scores(example).sheets:
        for row in sheet.indicators:
            printed = row.indicator.published_score
            if printed is not None and row.score != printed.number:
                differing.append(f"{sheet.sheet.id}: {row.indicator.name} {row.score}≠{printed.number}")
    assert differing == []


@pytest.mark.parametrize("example", REPORTS)
def test_a_units_own_score_is_given_only_where_it_departs_from_the_rule(example: str) -> None:
    needless = [
        f"{sheet.sheet.id}: {row.indicator.name}"
        for sheet in scores(example).sheets
        for row in sheet.indicators
        if row.indicator.assessed_score is not None and row.indicator.assessed_score.number == row.computed
    ]
    assert needless == []


@pytest.mark.parametrize("example", SOURCES)
def test_an_example_loads_with_its_unit_and_year(example: str) -> None:
    report = Report(load_figures(EXAMPLES / example / "figures.yaml"))
    assert report.unit == figures(example)["unit"]
    assert report.year == int(figures(example)["year"])
