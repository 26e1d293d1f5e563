"""Cases that an official can read: fragments of a figures file and what the rules must say of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from guangsha.checker.registry import RULES, Case
from guangsha.checker.run import load_rules
from guangsha.documents.reading.figures import parse_figures
from guangsha.kernel.findings import Relation
from guangsha.scoring.profile import load_profile
from guangsha.scoring.results import Scores

FOLDER = Path(__file__).parent / "cases"
HEADER = "format: guangsha.figures/1\nunit: 某市住房保障中心\nyear: {year}\nprofile: jiangan\n"


def _cases() -> list[Any]:
    found = []
    for name in ("accounts", "statements", "years"):
        for case in yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")):
            found.append(pytest.param(case, id=f"{name}:{case['name']}"))
    return found


def _said(relation: Relation) -> str:
    return f"{relation.subject} {relation.reason} {relation.finding.message if relation.finding else ''}"


@pytest.mark.parametrize("example", _cases())
def test_rules_say_what_the_case_expects(example: dict[str, Any]) -> None:
    load_rules()
    year = example.get("year", 2024)
    facts = parse_figures(HEADER.format(year=year) + example["figures"])
    case = Case(facts, load_profile("jiangan", year), Scores(facts.unit, year, "jiangan", "", ()))
    for expected in example["expect"]:
        found = list(RULES[expected["rule"]].check(case))
        matching = [
            r
            for r in found
            if r.outcome.value == expected["outcome"] and expected.get("mentions", "") in _said(r)
        ]
        assert matching, f"{expected}: {[(r.outcome.value, _said(r)) for r in found]}"


def test_every_rule_of_the_families_says_what_it_checks_in_chinese() -> None:
    load_rules()
    ours = [rule for rule in RULES.values() if rule.id[0] in "TXSY"]
    assert {rule.id for rule in ours} >= {f"T{n:02}" for n in range(1, 20)} | {
        f"X{n:02}" for n in range(1, 21)
    }
    assert {rule.id for rule in ours} >= {f"Y{n:02}" for n in range(1, 10)} | {
        f"S{n:02}" for n in range(1, 23)
    }
    for rule in ours:
        for text in (rule.title, rule.scope, rule.formula, rule.why, rule.source):
            assert re.search("[\u4e00-\u9fff]", text), rule.id
