"""The fill-in workbook: it holds every figure, guides the hand that fills it, and comes back equal."""

import io
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guangsha.documents.reading.figures import load_figures
from guangsha.documents.reading.workbook import workbook_from_bytes
from guangsha.documents.writing.workbook import write_workbook
from guangsha.facts import Fact, FactSet
from guangsha.kernel.errors import InputError
from guangsha.scoring.profile import load_profile
from guangsha.testing.reports import YEARS, filled_years

EXAMPLES = sorted((Path(__file__).parents[4] / "examples").glob("*/figures.yaml"))


def book(profile_id="yueyang", **options):
    year = YEARS[profile_id]
    data = write_workbook(load_profile(profile_id, year), year=year, **options)
    return openpyxl.load_workbook(io.BytesIO(data))


@given(facts=st.sampled_from(sorted(YEARS)).flatmap(filled_years))
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_year_written_as_a_workbook_is_read_back_equal(facts):
    profile = load_profile(facts.profile, facts.year)
    assert workbook_from_bytes(write_workbook(profile, facts=facts), "w.xlsx") == facts


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_every_shipped_example_survives_as_a_workbook(path):
    facts = load_figures(path)
    profile = load_profile(facts.profile, facts.year)
    assert workbook_from_bytes(write_workbook(profile, facts=facts), "w.xlsx") == facts


@pytest.mark.parametrize("profile_id", sorted(YEARS))
def test_each_profile_gets_its_sheets_and_its_own_id_and_year(profile_id):
    made = book(profile_id)
    names = made.sheetnames
    assert names[:4] == ["说明", "单位信息", "基础数据表", "整体自评表"]
    assert "项目自评表6" in names and "部门汇总" in names
    assert ("决算2收入表" in names) == (profile_id == "jiangan")
    values = {row[0].value: row[2].value for row in made["单位信息"].iter_rows(min_row=4, max_row=8)}
    assert (values["head:year"], values["head:profile"]) == (str(YEARS[profile_id]), profile_id)


def test_inputs_are_unlocked_everything_else_is_protected():
    for sheet in book():
        assert sheet.protection.sheet
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    assert cell.protection.locked
    sheet = book()["整体自评表"]
    yellow = [c for row in sheet.iter_rows() for c in row if c.fill.fgColor.rgb == "FFFFF9DB"]
    assert len(yellow) > 500
    assert not any(cell.protection.locked for cell in yellow)


def test_drop_downs_offer_the_words_that_the_reader_understands():
    sheet = book()["整体自评表"]
    lists = [v.formula1 for v in sheet.data_validations.dataValidation if v.type == "list"]
    assert '"越大越好,越小越好"' in lists
    assert '"达成,部分达成,未达成"' in lists
    assert any("产出指标" in choices and "成本指标" in choices for choices in lists)
    about = book()["单位信息"]
    assert any("yueyang" in v.formula1 for v in about.data_validations.dataValidation if v.type == "list")


def test_amounts_refuse_text_and_negatives_while_a_balance_may_be_negative():
    validations = book()["报告数字"].data_validations.dataValidation
    limits = {v.formula1 for v in validations if v.type == "decimal"}
    assert "0" in limits
    assert any(limit.startswith("-") for limit in limits)


def test_previews_are_live_and_blank_until_something_is_filled():
    data = write_workbook(load_profile("yueyang", 2023), year=2023)
    live = openpyxl.load_workbook(io.BytesIO(data))["整体自评表"]
    shown = openpyxl.load_workbook(io.BytesIO(data), data_only=True)["整体自评表"]
    formulas = [c.coordinate for row in live.iter_rows() for c in row if c.data_type == "f"]
    assert len(formulas) > 30
    assert {shown[at].value for at in formulas} <= {"", None, 0}
    assert not any("#" in str(live[at].value) for at in formulas)


def test_last_years_sheets_come_on_request():
    assert not any(name.startswith("上年") for name in book().sheetnames)
    assert "上年基础数据表" in book(prior_year=True).sheetnames


def test_the_same_arguments_give_the_same_bytes():
    profile = load_profile("yueyang", 2023)
    assert write_workbook(profile, year=2023) == write_workbook(profile, year=2023)


def test_a_figure_finer_than_a_binary_number_is_kept_as_text():
    fact = Fact.of("base.amount", Decimal("9876543210.123456"), year=2023, line="office", stage="executed")
    facts = FactSet("甲中心", 2023, "yueyang", [fact])
    data = write_workbook(load_profile("yueyang", 2023), facts=facts)
    assert workbook_from_bytes(data, "w.xlsx") == facts


def test_computed_values_have_no_place_in_the_form_and_are_not_dropped_in_silence():
    facts = FactSet(
        "甲中心", 2023, "yueyang", [Fact.of("staff.control_rate", Decimal(97), year=2023, basis="computed")]
    )
    with pytest.raises(InputError, match="没有位置"):
        write_workbook(load_profile("yueyang", 2023), facts=facts)
