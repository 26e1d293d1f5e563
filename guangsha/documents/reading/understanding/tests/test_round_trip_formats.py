"""Facts → docx, html, pdf and xlsx → read back: the same unit's year, whatever the format it was published in."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from guangsha.documents.reading.formats import read_document
from guangsha.documents.reading.understanding.compose import Reading, understand
from guangsha.documents.reading.understanding.tests.comparison import Key, by_key
from guangsha.documents.reading.understanding.tests.test_round_trip import is_printed
from guangsha.evaluation.package import Evaluation, evaluate_facts, render
from guangsha.facts.concepts import CONCEPTS
from guangsha.facts.fact import FactSet
from guangsha.testing.reports import YEARS, unit_years

#: The report in three formats; the workbook has its forms, and no prose.
REPORTS = ("report.docx", "report.html", "report.pdf")
WORKBOOK = "tables.xlsx"
#: What stands in a form of these places, and in the prose of the others, which a workbook has not.
STAFF_IN_A_FORM = ("mof", "yueyang", "yueyanglou", "yuelu")


def readings_of(evaluation: Evaluation, folder: Path) -> dict[str, Reading]:
    """Every document of the package as a stranger's file of that format is read."""
    readings: dict[str, Reading] = {}
    files = render(evaluation)
    for name in (*REPORTS, WORKBOOK):
        path = folder / name
        path.write_bytes(files[name])
        readings[name] = understand(read_document(path), evaluation.facts.profile)
    return readings


def said_once(facts: FactSet) -> dict[Key, str]:
    """Facts but the statements of the prose, whose numbers count sentences (a pdf has those of its charts too)."""
    return {key: value for key, value in by_key(facts).items() if not key[0].startswith("statement.")}


def must_come_back(profile: str, file: str, key: Key) -> bool:
    if file == WORKBOOK and key[0].startswith("staff.") and profile not in STAFF_IN_A_FORM:
        return False
    return is_printed(profile, key) or key[0].startswith("accounts.")


def prove_round_trip(facts: FactSet, folder: Path) -> None:
    """Every format says what was given: all that the forms print, and no figure otherwise.

    Raises:
        AssertionError: a fact was lost or changed on its way through a file.
    """
    evaluation = evaluate_facts(facts)
    readings = readings_of(evaluation, folder)
    wanted, asked = by_key(evaluation.facts), by_key(facts)
    read = {file: by_key(reading.facts) for file, reading in readings.items()}
    for file, reading in readings.items():
        assert (reading.identity.unit, reading.identity.year) == (facts.unit, facts.year), file
        missing = {
            key: (value, read[file].get(key))
            for key, value in asked.items()
            if must_come_back(facts.profile, file, key) and read[file].get(key) != value
        }
        assert not missing, file
        changed = {
            key: (wanted[key], value)
            for key, value in read[file].items()
            if CONCEPTS[key[0]].kind.numeric and key in wanted and Decimal(wanted[key]) != Decimal(value)
        }
        assert not changed, file
    first = said_once(readings[REPORTS[0]].facts)
    for file in REPORTS[1:]:
        assert said_once(readings[file].facts) == first, file


@pytest.mark.parametrize("profile", sorted(YEARS))
@settings(
    max_examples=2,
    deadline=None,
    phases=[
        Phase.generate
    ],  # four documents an example: a failure is told as it is, not made smaller for minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_every_format_is_read_back_into_equal_facts(
    profile: str, data: st.DataObject, tmp_path: Path
) -> None:
    prove_round_trip(data.draw(unit_years(profile)), tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("profile", sorted(YEARS))
@settings(max_examples=20, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_many_years_are_read_back_from_every_format(
    profile: str, data: st.DataObject, tmp_path: Path
) -> None:
    prove_round_trip(data.draw(unit_years(profile)), tmp_path)
