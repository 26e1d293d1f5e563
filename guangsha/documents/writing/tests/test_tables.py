"""tables.xlsx: the official forms with live formulas, read back as an officer's spreadsheet program sees them."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guangsha.checker.registry import CheckResult
from guangsha.documents.reading.figures import load_figures, parse_figures
from guangsha.documents.writing.tables import write_tables
from guangsha.documents.writing.tests.spreadsheet import Pencil, differences
from guangsha.facts.accounts import rebuild_accounts
from guangsha.facts.fact import FactSet
from guangsha.facts.report import Report
from guangsha.kernel.findings import Finding, Outcome, Place, Relation, Severity
from guangsha.kernel.resources import data_folder
from guangsha.scoring.evaluate import score_report
from guangsha.scoring.profile import Profile, Rounding, load_profile
from guangsha.scoring.results import Scores
from guangsha.testing.effort import examples
from guangsha.testing.reports import YEARS, unit_years

EXAMPLES = ("yueyang-2023", "yueyanglou-2025", "bureau-2023", "jiangan-2024")


def written(
    facts: FactSet, profile: Profile | None = None, checked: CheckResult | None = None
) -> tuple[bytes, Scores]:
    profile = profile or load_profile(facts.profile, facts.year)
    report = Report(facts)
    scores = score_report(report, profile)
    return write_tables(facts, profile, scores, checked, rebuild_accounts(report)), scores


@cache
def example(name: str) -> tuple[bytes, Scores]:
    return written(load_figures(data_folder("examples") / name / "figures.yaml"))


def find(sheet: Any, text: str) -> Any:
    """The first cell that holds ``text``."""
    return next(cell for row in sheet.iter_rows() for cell in row if cell.value == text)


@cache
def pencil_of(name: str) -> Pencil:
    """An example's workbook, to look at only."""
    return Pencil(example(name)[0])


def right_of(sheet: Any, text: str, steps: int = 1) -> str:
    """Address of the ``steps``-th filled or framed cell to the right of the one that holds ``text``."""
    cell = find(sheet, text)
    covered = {c for area in sheet.merged_cells.ranges for row in area.cells for c in [row]}
    firsts = {(area.min_row, area.min_col) for area in sheet.merged_cells.ranges}
    col = cell.column
    while steps:
        col += 1
        if (cell.row, col) not in covered or (cell.row, col) in firsts:
            steps -= 1
    return str(sheet.cell(cell.row, col).coordinate)


# --- formulas ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_stored_value_is_what_its_formula_gives(name: str) -> None:
    pencil = pencil_of(name)
    assert len(pencil.formulas()) >= 15
    assert differences(pencil) == []


@given(st.sampled_from(sorted(set(YEARS) - {"jiangan"})).flatmap(unit_years))
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_year_gives_live_totals_equal_to_its_scores(facts: FactSet) -> None:
    check_live_totals(facts)


@pytest.mark.slow
@given(st.sampled_from(sorted(YEARS)).flatmap(unit_years))
@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
def test_many_years_give_live_totals_equal_to_their_scores(facts: FactSet) -> None:
    check_live_totals(facts)


def check_live_totals(facts: FactSet) -> None:
    data, scores = written(facts)
    pencil = Pencil(data)
    assert differences(pencil) == []
    formulas = {(sheet, ref) for sheet, ref, _ in pencil.formulas()}
    forms = [s for s in pencil.live if s.title == "整体自评表" or s.title.startswith("项目")]
    assert len(forms) == len(scores.sheets)
    for sheet, scored in zip(forms, scores.sheets, strict=True):
        row = find(sheet, "总分").row
        totals = [
            pencil.stored(sheet.title, cell.coordinate)
            for cell in sheet[row]
            if (sheet.title, cell.coordinate) in formulas
        ]
        assert totals and totals[-1] == scored.total


def test_the_execution_block_computes_rate_score_and_total() -> None:
    pencil = pencil_of("yueyang-2023")
    sheet = pencil.live["整体自评表"]
    row = find(sheet, "年度资金总额").row
    formulas = {ref: text for title, ref, text in pencil.formulas() if title == "整体自评表"}
    assert formulas[f"H{row}"] == f'=IF(E{row}=0,"",ROUND(F{row}/E{row},4))'
    assert formulas[f"I{row}"] == f"=ROUND(G{row}*MIN(1,F{row}/E{row}),2)"
    assert sheet[f"H{row}"].number_format == "0.00%"
    assert pencil.stored("整体自评表", f"H{row}") == Decimal("0.9941")
    assert pencil.stored("整体自评表", f"I{row}") == Decimal("9.94")
    total = find(sheet, "总分").row
    assert formulas[f"G{total}"] == f"=SUM(G{row}:G{total - 1})"
    assert pencil.stored("整体自评表", f"H{total}") == Decimal("97.94")
    grade = right_of(sheet, "等级", 2)
    assert pencil.stored("整体自评表", grade) == "优"


def test_changing_an_entry_changes_everything_that_follows_from_it() -> None:
    pencil = Pencil(example("yueyang-2023")[0])
    sheet = pencil.live["整体自评表"]
    row = find(sheet, "年度资金总额").row
    sheet[f"F{row}"].value = 1608.235  # half of the budget
    total = find(sheet, "总分").row
    assert pencil.value("整体自评表", f"H{row}") == Decimal("0.5")
    assert pencil.value("整体自评表", f"H{total}") == Decimal("93")
    base = pencil.live["基础数据表"]
    blank = right_of(base, "　　　　其中：公车购置", 3)
    base[blank].value = 10  # a blank that is filled in later counts
    assert pencil.value("基础数据表", right_of(base, "三公经费", 3)) == Decimal("14.13")


def test_the_base_table_adds_up_even_where_the_form_left_sums_blank() -> None:
    pencil = pencil_of("yueyang-2023")
    sheet = pencil.live["基础数据表"]
    stored = {
        label: pencil.stored("基础数据表", right_of(sheet, label, 3))
        for label in ("三公经费", "　　1、公务用车购置和维护经费", "项目支出：", "　　3、市级专项资金")
    }
    assert list(stored.values()) == [Decimal(v) for v in ("4.13", "4.13", "1874.05", "1610.9")]
    rate = sheet.cell(find(sheet, "控制率").row + 1, find(sheet, "控制率").column).coordinate
    assert pencil.stored("基础数据表", rate) == Decimal("0.9733")


def test_final_accounts_keep_the_tail_of_a_published_total_and_say_so() -> None:
    pencil = pencil_of("jiangan-2024")
    names = [title for title in pencil.live.sheetnames if title.startswith("公开")]
    assert names == [f"公开0{n}" for n in range(1, 10)]
    sheet = pencil.live["公开02"]
    total = f"E{find(sheet, '合计').row}"
    assert sheet[total].value == f"=SUM(E{find(sheet, '合计').row + 1}:E{find(sheet, '2210399').row})-0.02"
    assert pencil.stored("公开02", total) == Decimal("22899.22")
    assert pencil.stored("公开03", f"E{find(pencil.live['公开03'], '合计').row}") == Decimal("22899.22")
    assert "原报数 22899.22" in sheet[total].comment.text
    assert "尾差 0.02" in sheet[total].comment.text
    assert sheet["A1"].value == "收入决算表"
    assert sheet["A2"].value == "公开02表"
    assert sheet["A3"].value.startswith("部门：")
    assert sheet.print_title_rows == "$1:$6"
    assert sheet.page_setup.orientation == "landscape"
    assert pencil.live["公开01"].page_setup.orientation == "portrait"
    detail = pencil.live["公开06"]
    group = find(detail, "302").row
    assert detail.cell(group, 6).value.startswith(f"=SUM(F{group + 1}:F")


def test_the_department_row_is_the_live_mean_of_its_units() -> None:
    pencil = pencil_of("bureau-2023")
    sheet = pencil.live["部门汇总"]
    row = find(sheet, "部门得分").row
    shown = [pencil.stored("部门汇总", f"{col}{row}") for col in "CDEFG"]
    assert shown == [Decimal(v) for v in ("7.9", "49.6", "28.8", "10", "96.3")]
    assert sheet[f"C{row}"].value == f"=ROUND(AVERAGE(C4:C{row - 1}),1)"
    assert sheet[f"G{row}"].value == f"=SUM(C{row}:F{row})"
    assert [pencil.stored("部门汇总", f"{col}{row + 2}") for col in "CDEFG"] == [Decimal(0)] * 5
    assert "加权平均" in sheet["A2"].value


_WEIGHTED = """
format: guangsha.figures/1
unit: 江城市住房和城乡建设局
year: 2023
profile: yueyang
rollup:
  department: 江城市住房和城乡建设局
  method: budget
  members:
    - {key: hq, name: 本级, execution: 9, output: 50, effect: 29, satisfaction: 10, total: 98, budget: 300}
    - {key: centre, name: 中心, execution: 6, output: 44, effect: 20, satisfaction: 9, total: 80, budget: 100}
"""


def test_a_weighted_mean_shows_its_weights_and_doubts_a_wrong_total() -> None:
    data, scores = written(parse_figures(_WEIGHTED))
    assert scores.rollup is not None
    pencil = Pencil(data)
    sheet = pencil.live["部门汇总"]
    assert sheet["C6"].value == "=ROUND(SUMPRODUCT(C4:C5,H4:H5)/SUM(H4:H5),1)"
    assert [pencil.stored("部门汇总", f"{c}6") for c in "CDEF"] == [
        scores.rollup.values[name] for name in ("execution", "output", "effect", "satisfaction")
    ]
    assert sheet["H3"].value == "全年预算数（万元）"
    assert pencil.stored("部门汇总", "G5") == Decimal(79)
    assert "原报总分 80" in sheet["G5"].comment.text
    assert differences(Pencil(data)) == []


_SMALL = """
format: guangsha.figures/1
unit: =1+1
year: 2023
profile: yueyang
about: {{thrift: '=HYPERLINK("http://x","y")'}}
staff: {{established: 10, employed: 9}}
sheets:
  - id: overall
    kind: overall
    name: 整体支出
    funds: {{total: {{initial: {initial}, full_year: {budget}, executed: {executed}}}}}
    indicators:
      - {{level1: 产出指标, level2: 数量指标, name: 户数, target: 100户, actual: 90户, weight: 50}}
      - {{level1: 效益指标, level2: 社会效益指标, name: "@SUM(A1)", target: 有效, actual: 有效, weight: 30, assessed: 28}}
      - {{level1: 满意度指标, level2: 服务对象满意度指标, name: 满意率, target: 95%, actual: 95%, weight: 10}}
base_table:
  three_public: {{prior: 0, budget: 0, executed: 0}}
"""


def small(budget: str = "100", executed: str = "87.655") -> FactSet:
    return parse_figures(_SMALL.format(initial=budget, budget=budget, executed=executed))


def execution_cells(data: bytes) -> tuple[str, str, Decimal | str, Decimal | str]:
    """Formulas and stored values of rate and score of the overall sheet."""
    pencil = Pencil(data)
    sheet = pencil.live["整体自评表"]
    row = find(sheet, "年度资金总额").row
    cells = [sheet[f"H{row}"], sheet[f"I{row}"]]
    stored = [pencil.stored(sheet.title, cell.coordinate) for cell in cells]
    return str(cells[0].value), str(cells[1].value), stored[0], stored[1]


@pytest.mark.parametrize(
    ("rounding", "rate", "score", "function"),
    [
        (Rounding(2), "0.8766", "8.77", "ROUND"),
        (Rounding(2, "down"), "0.8765", "8.76", "ROUNDDOWN"),
        (Rounding(2, "ceiling"), "0.8766", "8.77", "ROUNDUP"),
        (Rounding(0), "0.88", "9", "ROUND"),
    ],
)
def test_formulas_round_as_the_place_rounds(rounding: Rounding, rate: str, score: str, function: str) -> None:
    profile = replace(load_profile("yueyang", 2023), rate=rounding, execution_score=rounding)
    data, _ = written(small(), profile)
    text, points, *stored = execution_cells(data)
    assert f"{function}(" in text and f"{function}(" in points
    assert stored == [Decimal(rate), Decimal(score)]
    assert differences(Pencil(data)) == []


@pytest.mark.parametrize(
    ("executed", "cap", "score"),
    [("100", True, "10"), ("85", True, "7"), ("59", True, "0"), ("120", False, "7")],
)
def test_a_place_that_scores_execution_by_tiers_gets_tiers(executed: str, cap: bool, score: str) -> None:
    bands = tuple((Decimal(a), Decimal(b)) for a, b in (("1", "10"), ("0.8", "7"), ("0.6", "5")))
    base = load_profile("yueyang", 2023)
    profile = replace(base, execution_method="bands", execution_bands=bands, execution_cap=cap)
    data, scores = written(small(executed=executed), profile)
    assert scores.sheets[0].execution.score == Decimal(score)
    _, points, _, stored = execution_cells(data)
    assert "IF(" in points
    assert stored == Decimal(score)
    assert differences(Pencil(data)) == []


def test_without_a_budget_there_is_no_rate_to_compute() -> None:
    data, _ = written(small(budget="0", executed="0"))
    text, *_ = execution_cells(data)
    assert "#DIV" not in text
    assert differences(Pencil(data)) == []


def test_nothing_a_person_typed_becomes_a_formula() -> None:
    data, _ = written(small())
    pencil = Pencil(data)
    for _, _, formula in pencil.formulas():
        assert re.fullmatch(r"=[A-Z0-9(),.:*/+\-<>=\"优良中差 ]+", formula), formula
    assert pencil.live["目录"]["A1"].value == "=1+1"
    assert pencil.live["目录"]["A1"].data_type == "s"


# --- the workbook --------------------------------------------------------------------------------------------


def test_the_contents_link_to_every_sheet() -> None:
    book = pencil_of("jiangan-2024").live
    front = book["目录"]
    targets = [cell.hyperlink.location for cell in front["B"] if cell.hyperlink]
    assert targets == [f"'{name}'!A1" for name in book.sheetnames if name != "目录"]
    assert book.sheetnames[-1] == "数据来源"
    assert book.active.title == "目录"


def test_forms_print_on_a4_with_their_merged_cells() -> None:
    book = pencil_of("yueyanglou-2025").live
    sheet = book["整体自评表"]
    assert sheet.page_setup.paperSize == 9
    assert sheet.page_setup.orientation == "portrait"
    assert sheet.page_setup.fitToHeight == 1
    assert find(sheet, "评分标准").font.b
    assert sheet.merged_cells.ranges
    assert find(sheet, "总分").border.left.style == find(sheet, "总分").border.bottom.style == "thin"
    assert "得分汇总" in find(sheet, "得分汇总（供核对，不打印）").value
    last = int(sheet.print_area.rpartition("$")[2])
    assert find(sheet, "总分").row < last < find(sheet, "得分汇总（供核对，不打印）").row


def _finding(severity: Severity, message: str, fact: str) -> Relation:
    finding = Finding(
        "K04",
        severity,
        "sum",
        message,
        "97.94",
        "99.79",
        "0.005",
        (Place("报告.docx", cell="D7"),),
        "请核对。",
        (fact,),
    )
    return Relation("K04", Outcome.BROKEN, finding=finding)


def test_findings_stand_in_their_sheet_grave_ones_first_and_as_notes_on_the_figures() -> None:
    facts = small()
    key = "sheet.total[basis=published,sheet=overall]@2023"
    checked = CheckResult(
        (
            _finding(Severity.INFO, "一处尾差", key),
            _finding(Severity.ERROR, "总分不等于各项之和", key),
            Relation("K05", Outcome.NOT_CHECKED, "指标得分", "没有公布得分"),
            Relation("K06", Outcome.HELD),
        )
    )
    data, _ = written(facts, checked=checked)
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book["勾稽核对"]
    assert sheet["A2"].value == "已核对 3 项：相符 1 项，尾差 0 项，不符 2 项，未核对 1 项。"
    assert [sheet.cell(row, 3).value for row in (4, 5)] == ["错误", "提示"]
    assert sheet["H4"].value == "报告.docx D7"
    assert find(sheet, "没有公布得分").row > 6
    form = book["整体自评表"]
    note = form.cell(find(form, "总分").row, 8).comment
    assert note.text == "错误（K04）：总分不等于各项之和"
    without = openpyxl.load_workbook(io.BytesIO(written(facts)[0]))
    assert "勾稽核对" not in without.sheetnames


def test_every_fact_stands_with_its_source() -> None:
    facts = load_figures(data_folder("examples") / "yueyang-2023" / "figures.yaml")
    sheet = pencil_of("yueyang-2023").live["数据来源"]
    rows = {row[2]: row for row in sheet.iter_rows(min_row=4, values_only=True)}
    assert set(rows) == {fact.key for fact in facts}
    fact = facts.find("sheet.funds", sheet="overall", fund="total", stage="executed")
    assert fact is not None
    shown = rows[fact.key]
    assert (shown[3], Decimal(str(shown[4])), shown[5], shown[6]) == (2023, fact.number, "万元", "填报表格")
    assert "figures.yaml" in shown[7]


def test_the_same_year_gives_the_same_bytes() -> None:
    facts = load_figures(data_folder("examples") / "yueyanglou-2025" / "figures.yaml")
    assert written(facts)[0] == written(facts)[0]


# --- against a spreadsheet program ---------------------------------------------------------------------------


def _without_stored_values(data: bytes) -> bytes:
    """The workbook as if nobody had computed its formulas."""
    source = zipfile.ZipFile(io.BytesIO(data))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            if name.startswith("xl/worksheets/sheet"):
                part = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", part)
            target.writestr(name, part)
    return buffer.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("name", [*EXAMPLES, "rounding tie"])
def test_libreoffice_computes_the_same_values(name: str, tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    # 87.655 of 100 is a tie at four decimals that no binary number holds exactly.
    data = example(name)[0] if name in EXAMPLES else written(small(executed="87.655"))[0]
    bare = tmp_path / "bare" / "tables.xlsx"
    bare.parent.mkdir()
    bare.write_bytes(_without_stored_values(data))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [office, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path), str(bare)]
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    theirs = openpyxl.load_workbook(tmp_path / "tables.xlsx", data_only=True)
    pencil = Pencil(data)
    for sheet, ref, formula in pencil.formulas():
        ours, computed = pencil.stored(sheet, ref), theirs[sheet][ref].value
        if isinstance(ours, Decimal):
            assert abs(Decimal(str(computed)) - ours) < Decimal("1E-9"), (sheet, ref, formula, ours, computed)
        else:
            assert (computed or "") == ours, (sheet, ref, formula)
