"""Findings, tallies, errors, digests."""

import pytest

from guangsha.kernel.errors import InputError, InputErrors
from guangsha.kernel.findings import Finding, Outcome, Place, Relation, Severity, Tally
from guangsha.kernel.hashing import canonical_json, digest, digest_of_ids


def test_a_place_reads_like_a_sentence() -> None:
    place = Place(file="figures.yaml", table="整体自评表", cell="D7", line=12, label="总分")
    assert str(place) == "总分（figures.yaml “整体自评表” D7 第 12 行）"


def test_not_checked_is_counted_apart_from_held() -> None:
    outcomes = [Outcome.HELD, Outcome.TAIL, Outcome.BROKEN, Outcome.NOT_CHECKED, Outcome.NOT_CHECKED]
    tally = Tally.of(Relation("K01", outcome) for outcome in outcomes)
    assert tally.as_json() == {"checked": 3, "held": 1, "tail": 1, "broken": 1, "not_checked": 2}


def test_a_finding_prints_as_the_contract_says() -> None:
    finding = Finding(
        "K04", Severity.ERROR, "sum", "总分不符", "100", "99.79", "0.005", (Place(line=3, quote="99.79"),)
    )
    printed = finding.as_json()
    assert printed["rule"] == "K04" and printed["severity"] == "error"
    assert printed["where"][0]["line"] == 3 and printed["where"][0]["page"] is None


def test_several_errors_are_shown_together() -> None:
    errors = InputErrors(
        [InputError("缺少年度", where="figures.yaml"), InputError("金额为负", where="第 3 行")]
    )
    assert "2 处" in str(errors) and "缺少年度" in str(errors) and "第 3 行：金额为负" in str(errors)
    with pytest.raises(ValueError, match="at least one"):
        InputErrors([])


def test_digests_do_not_depend_on_order_and_refuse_floats() -> None:
    assert canonical_json({"b": "值", "a": 1}) == '{"a":1,"b":"值"}'.encode()
    assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    assert digest_of_ids(["b", "a"]) == digest_of_ids(["a", "b"])
    with pytest.raises(TypeError):
        canonical_json({"amount": [1.5]})
