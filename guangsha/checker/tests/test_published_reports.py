"""The published reports of ``examples/``: every known fault is found, and no error is called that is none.

The lists are those of performance.md §5 (evidence column).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from guangsha.checker import RULES
from guangsha.checker.run import load_rules
from guangsha.checker.tests.builders import case_of, load
from guangsha.kernel.findings import Finding, Outcome, Severity

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
FAMILIES = ("F", "K", "B", "U", "N")

load_rules()


@cache
def findings(example: str) -> tuple[tuple[Outcome, Finding], ...]:
    case = case_of(load((EXAMPLES / example / "figures.yaml").read_text(encoding="utf-8")))
    return tuple(
        (relation.outcome, relation.finding)
        for rule_id in sorted(RULES)
        if rule_id[0] in FAMILIES
        for relation in RULES[rule_id].check(case)
        if relation.finding is not None
    )


def errors(example: str) -> list[tuple[str, str, str]]:
    return [(f.rule, f.expected, f.found) for _, f in findings(example) if f.severity is Severity.ERROR]


def warned(example: str) -> set[str]:
    return {f.rule for _, f in findings(example) if f.severity is Severity.WARNING}


def test_errors_of_the_district_centre_are_exactly_its_five() -> None:
    assert errors("yueyanglou-2025") == [
        ("B08", "38.50", "23.52"),
        ("B16", "921.23", "0"),
        ("F02", "91.50", "91.00"),
        ("F03", "9.15", "9.10"),
        ("K04", "100.00", "99.79"),
    ]


def test_rounding_tails_of_the_district_centre_are_no_errors() -> None:
    tails = [f for outcome, f in findings("yueyanglou-2025") if outcome is Outcome.TAIL]
    assert sorted(f.rule for f in tails) == ["F04", "F14", "N02", "N02", "N02"]
    assert all(f.severity is Severity.INFO for f in tails)


def test_warnings_of_the_district_centre() -> None:
    assert warned("yueyanglou-2025") == {"B09", "F12", "K02", "K14", "K15", "K16", "K20", "K26", "N12"}


def test_errors_of_the_city_centre_are_deductions_without_a_reason_and_a_name_that_is_a_value() -> None:
    found = errors("yueyang-2023")
    assert [rule for rule, _, _ in found] == ["K08"] * 9 + ["K18"]


def test_warnings_of_the_city_centre() -> None:
    assert warned("yueyang-2023") == {
        "B12",
        "F04",
        "F11",
        "F13",
        "K05",
        "K10",
        "K11",
        "K17",
        "K19",
        "K26",
        "N12",
    }


def test_errors_of_the_wuhan_district() -> None:
    assert [(rule, found) for rule, _, found in errors("jiangan-2024")] == [
        ("K08", ""), ("K08", ""), ("K22", "≥1000户"),
    ]  # fmt: skip


def test_warnings_of_the_wuhan_district() -> None:
    assert warned("jiangan-2024") == {"F04", "F11", "F18", "K10", "K11", "K12", "K20", "K22", "K28"}


def test_department_that_says_weighted_and_takes_the_simple_mean() -> None:
    assert not errors("bureau-2023")
    assert warned("bureau-2023") == {"U04", "U05"}


@pytest.mark.parametrize("example", ["yueyanglou-2025", "yueyang-2023", "jiangan-2024", "bureau-2023"])
def test_findings_never_repeat_themselves(example: str) -> None:
    said = [(f.rule, f.message) for _, f in findings(example)]
    assert len(said) == len(set(said))
