"""The catalogue: complete documentation, no id twice, nothing unlooked-at passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from guangsha.checker import RULES, Case
from guangsha.checker.registry import rule
from guangsha.checker.relations import held
from guangsha.checker.run import load_rules
from guangsha.checker.tests.builders import case_of
from guangsha.kernel.findings import Outcome, Relation, Severity

load_rules()

DOCUMENTATION = {
    "title": "标题",
    "scope": "表",
    "formula": "甲＝乙",
    "tolerance": "EQ",
    "severity": Severity.ERROR,
    "why": "理由",
    "source": "依据",
}


def test_refuses_a_rule_without_its_documentation() -> None:
    with pytest.raises(ValueError, match="documentation"):
        rule("Z99", **{**DOCUMENTATION, "why": ""})


def test_refuses_one_id_twice() -> None:
    with pytest.raises(ValueError, match="twice"):

        @rule("F01", **DOCUMENTATION)
        def _(case: Case) -> Iterator[Relation]:
            yield held("F01", "")


def test_rule_that_finds_nothing_to_look_at_says_so() -> None:
    try:

        @rule("Z98", **DOCUMENTATION, absent="没有这张表")
        def _(case: Case) -> Iterator[Relation]:
            yield from ()

        (relation,) = RULES["Z98"].check(case_of({}))
        assert relation.outcome is Outcome.NOT_CHECKED and relation.reason == "没有这张表"
    finally:
        RULES.pop("Z98", None)


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_documentation_is_chinese_and_names_a_known_tolerance(rule_id: str) -> None:
    entry = RULES[rule_id]
    assert re.fullmatch(r"[A-Z]\d\d", rule_id)
    named = re.split(r"[、；]", entry.tolerance)
    assert all(re.fullmatch(r"EQ|SUM\((n|\d+)\)|CELL|PCT|SC|–", tolerance) for tolerance in named)
    for text in (entry.title, entry.why, entry.scope):
        assert re.search(r"[\u4e00-\u9fff]", text)
    assert not entry.title.endswith("。") and entry.why.endswith("。")
