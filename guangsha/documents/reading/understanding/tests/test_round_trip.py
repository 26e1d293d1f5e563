"""Facts → our own document → read back: what the forms of a place print comes back as it was given."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guangsha.documents.reading.docx import read_docx
from guangsha.documents.reading.understanding.compose import Reading, understand
from guangsha.documents.reading.understanding.tests.comparison import Key, by_key
from guangsha.documents.writing.content.build import build_report
from guangsha.documents.writing.docx import write_docx
from guangsha.facts.fact import FactSet
from guangsha.facts.report import Report
from guangsha.scoring.evaluate import score_report
from guangsha.scoring.profile import load_profile
from guangsha.testing.reports import YEARS, unit_years

#: What every form prints of a sheet; the base table is printed where the place has one.
_PRINTED = (
    "sheet.kind", "sheet.name", "sheet.department", "sheet.implementer", "indicator.level1", "indicator.level2",
    "indicator.name", "indicator.target", "indicator.actual",
)  # fmt: skip
_HUNAN = (
    "sheet.by_revenue", "sheet.by_expenditure", "sheet.goal_expected", "sheet.goal_actual", "indicator.weight",
    "indicator.reason", "staff.established", "staff.employed",
)  # fmt: skip
_BASE = ("sheet.funds", "sheet.budget_line", "base.amount", "base.name", "base.parent")
#: Forms of the place: Wuhan prints no weights, no goals and no base table; Yuelu no initial budget of the unit.
PRINTED = {
    "mof": (*_PRINTED, *_HUNAN, *_BASE),
    "yueyang": (*_PRINTED, *_HUNAN, *_BASE),
    "yueyanglou": (*_PRINTED, *_HUNAN, *_BASE),
    "yuelu": (*_PRINTED, *_HUNAN, "sheet.funds"),
    "jiangan": (*_PRINTED, "sheet.by_expenditure", "sheet.funds"),
}


def printed_and_read(facts: FactSet) -> Reading:
    profile = load_profile(facts.profile, facts.year)
    report = build_report(facts, profile, score_report(Report(facts), profile))
    return understand(read_docx(write_docx(report), "自评报告.docx"))


def is_printed(profile: str, key: Key) -> bool:
    concept, dimensions = key[0], dict(key[1])
    if concept not in PRINTED[profile]:
        return False
    if concept == "sheet.funds" and profile == "jiangan":
        return dimensions["fund"] == "total" and dimensions["stage"] != "initial"
    if concept == "sheet.funds" and profile == "yuelu" and dimensions["sheet"] == "overall":
        return dimensions["stage"] != "initial"
    return True


@pytest.mark.parametrize("profile", sorted(YEARS))
@settings(max_examples=4, deadline=None)
@given(data=st.data())
def test_what_a_form_prints_comes_back(profile: str, data: st.DataObject) -> None:
    facts = data.draw(unit_years(profile))
    reading = printed_and_read(facts)
    assert (reading.identity.unit, reading.identity.year) == (facts.unit, facts.year)
    given_, read = by_key(facts), by_key(reading.facts)
    missing = {
        key: value for key, value in given_.items() if is_printed(profile, key) and read.get(key) != value
    }
    assert not missing, reading.notes


@pytest.mark.parametrize("profile", ["yueyang", "jiangan"])
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_printed_scores_come_back_as_published_and_never_as_assessed(
    profile: str, data: st.DataObject
) -> None:
    facts = data.draw(unit_years(profile))
    rules = load_profile(facts.profile, facts.year)
    scores = score_report(Report(facts), rules)
    report = Report(printed_and_read(facts).facts)
    for sheet, scored in zip(report.sheets, scores.sheets, strict=True):
        total = sheet.published("sheet.total")
        assert total is not None and total.number == scored.total
        shown = {row.name: row.published_score.number for row in sheet.indicators if row.published_score}
        assert shown == {row.indicator.name: row.score for row in scored.indicators if row.score is not None}
        assert not any(row.assessed_score for row in sheet.indicators)
