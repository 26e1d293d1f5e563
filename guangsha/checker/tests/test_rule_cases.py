"""Every rule on self-evaluations against cases that an official can read (``cases/*.yaml``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from guangsha.checker import RULES
from guangsha.checker.run import check_case, load_rules
from guangsha.checker.tests.builders import case_of, cases_in, view_of_text
from guangsha.kernel.findings import Outcome, Relation, Severity

FOLDER = Path(__file__).parent / "cases"
FILES = (
    "funds", "indicators", "base_table", "departments", "narrative", "metadata", "prose", "publication",
)  # fmt: skip
FAMILIES = ("F", "K", "B", "U", "N", "M", "P")
#: Rules of family S that look at the words; the others have cases with whole accounts (test_accounts_cases.py).
WORDED = ("S23", "S24", "S28")

load_rules()


def _all_cases() -> Iterator[tuple[str, dict[str, Any]]]:
    for name in FILES:
        for case in cases_in((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")):
            yield f"{case['rule']} {case['name']}", case


CASES = dict(_all_cases())


def _figures(case: dict[str, Any]) -> dict[str, Any]:
    figures = dict(case.get("figures", {}))
    if "sheet" in case:
        figures["sheets"] = [case["sheet"]]
    if "rows" in case:
        figures["sheets"] = [{"indicators": case["rows"]}]
    figures.update({key: case[key] for key in ("profile", "year", "unit") if key in case})
    return figures


def _relations(case: dict[str, Any]) -> list[Relation]:
    document = None
    if "document" in case or "layout" in case:
        document = view_of_text(case.get("document", ""), layout=case.get("layout"))
    return list(RULES[case["rule"]].check(case_of(_figures(case), document, case.get("others", ()))))


def _matches(relation: Relation, case: dict[str, Any]) -> bool:
    finding = relation.finding
    if finding is None:
        return False
    return (
        case.get("severity", finding.severity.value) == finding.severity.value
        and case.get("expected", finding.expected) == finding.expected
        and case.get("found", finding.found) == finding.found
        and case.get("says", "") in finding.message + finding.advice
    )


@pytest.mark.parametrize("name", CASES)
def test_rule_decides_as_the_case_says(name: str) -> None:
    case = CASES[name]
    relations = _relations(case)
    outcomes = {relation.outcome for relation in relations}
    shown = [(r.outcome.value, r.reason or (r.finding and r.finding.as_json())) for r in relations]
    if case["expect"] == "broken":
        assert any(r.outcome is Outcome.BROKEN and _matches(r, case) for r in relations), shown
    elif case["expect"] == "tail":
        assert Outcome.TAIL in outcomes and Outcome.BROKEN not in outcomes, shown
    else:
        assert outcomes == {Outcome(case["expect"])}, shown


@pytest.mark.parametrize("name", CASES)
def test_finding_says_what_where_and_what_to_do(name: str) -> None:
    for relation in _relations(CASES[name]):
        finding = relation.finding
        assert (relation.outcome in (Outcome.TAIL, Outcome.BROKEN)) == (finding is not None)
        assert (relation.outcome is Outcome.NOT_CHECKED) == bool(relation.reason)
        assert relation.subject
        if finding is None:
            continue
        assert finding.message.endswith("。") and finding.advice.endswith("。")
        assert finding.where and all(str(place) for place in finding.where)
        # A place in the words has no fact; every fact has its place.
        assert len(finding.facts) <= len(finding.where)
        if relation.outcome is Outcome.TAIL:
            assert finding.severity is Severity.INFO


OWN_RULES = sorted(rule_id for rule_id in RULES if rule_id[0] in FAMILIES or rule_id in WORDED)


#: Rules that only tell what nobody could check, and one whose case needs figures that stand in the document
#: (test_document_view.py).
WITHOUT_BREACH = ("P05", "P08", "K24")


@pytest.mark.parametrize("rule_id", [rule_id for rule_id in OWN_RULES if rule_id not in WITHOUT_BREACH])
def test_every_rule_has_a_case_that_holds_and_one_that_breaks(rule_id: str) -> None:
    tried = {case["expect"] for case in CASES.values() if case["rule"] == rule_id}
    assert {"held", "broken"} <= tried


@pytest.mark.parametrize("rule_id", OWN_RULES)
def test_rule_without_its_subject_is_counted_once_as_not_checked(rule_id: str) -> None:
    relations = list(RULES[rule_id].check(case_of({})))
    assert [relation.outcome for relation in relations] == [Outcome.NOT_CHECKED]
    assert relations[0].reason


def test_checks_every_rule_in_the_order_of_the_catalogue() -> None:
    result = check_case(case_of({}))
    ids = [relation.rule for relation in result.relations]
    assert ids == sorted(ids) and set(ids) == set(RULES)
    assert not result.broken and result.tally.checked == 0
