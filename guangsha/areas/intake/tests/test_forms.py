"""Forms: what is typed is kept clean and whole, or told wrong at its field, everything at once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.areas.intake.catalogue import Field, service, services
from guangsha.areas.intake.forms import prefilled, read_answers, read_value, require_answers
from guangsha.areas.intake.tests.builders import sample_answers
from guangsha.kernel.errors import InputErrors
from guangsha.testing.cast import identity_number

TODAY = date(2026, 11, 21)
LI = identity_number("430699", date(1951, 2, 3), 11)
CHILD = identity_number("430699", date(2016, 1, 1), 32)


def typed(**changes: Any) -> dict[str, Any]:
    """A complete application for public rental housing."""
    answers: dict[str, Any] = {
        "applicant": {"name": " 李 建国 ", "identity": LI.lower(), "phone": "199 0000 0001", "marital": "30", "hukou": "local", "address": "湖滨区洞庭路 1 号", "community": "湖畔社区"},
        "members": [{"name": "李小宝", "identity": CHILD, "relation": "grandchild", "monthly_income": "0"}],
        "income": {"monthly_income": "1,234.50", "flexible_work": "否", "deposits": "2万", "has_vehicle": False, "has_company": "no"},
        "homes": [],
        "status": {"special": ["lone_elder"]},
    }  # fmt: skip
    for path, value in changes.items():
        group, _, name = path.partition("__")
        answers[group] = value if not name else {**answers[group], name: value}
    return answers


def faults(answers: dict[str, Any]) -> dict[str, str]:
    return {fault.path: fault.text for fault in read_answers(service("elig_apply"), answers, TODAY)[1]}


def test_a_complete_form_is_kept_clean() -> None:
    clean = require_answers(service("elig_apply"), typed(), TODAY)
    assert clean["applicant"]["name"] == "李 建国"
    assert clean["applicant"]["identity"] == LI
    assert clean["applicant"]["phone"] == "19900000001"
    assert clean["income"] == {"monthly_income": 123450, "flexible_work": False, "deposits": 2000000, "has_vehicle": False, "has_company": False}  # fmt: skip
    assert clean["members"][0]["monthly_income"] == 0
    assert clean["homes"] == []


def test_a_question_whose_condition_does_not_hold_is_neither_asked_nor_kept() -> None:
    assert faults(typed(applicant__marital="40")) == {"applicant.divorced_on": "没有填写"}
    clean, wrong = read_answers(service("elig_apply"), typed(applicant__divorced_on="2020-01-01"), TODAY)
    assert not wrong
    assert "divorced_on" not in clean["applicant"]
    row = {"nature": "disposed", "address": "湖滨区旧街 3 号", "area": "52.30"}
    assert set(faults(typed(homes=[row]))) == {"homes.0.disposed_on", "homes.0.disposed_by"}


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("applicant__identity", LI[:-1] + ("0" if LI[-1] != "0" else "1"), "校验码"),
        ("applicant__phone", "12345", "手机号"),
        ("applicant__name", "李" * 61, "最多 60 个字"),
        ("applicant__name", "李\x07", "控制字符"),
        ("applicant__address", "湖", "门牌号"),
        ("applicant__hukou", "moon", "选项"),
        ("applicant__name", {"first": "李"}, "格式不对"),
        ("income__monthly_income", "一千", "数字"),
        ("income__monthly_income", "-1", "应在 0 至"),
        ("income__monthly_income", "1.234", "两位小数"),
        ("income__monthly_income", "1" * 30, "应在 0 至"),
        ("income__monthly_income", "9" * 4000, "数字"),
        ("income__has_vehicle", "maybe", "是"),
        ("income__has_vehicle", [], "没有填写"),
        ("status__special", ["rich"], "选项"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(path: str, value: Any, says: str) -> None:
    assert says in faults(typed(**{path: value}))[path.replace("__", ".")]


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(InputErrors) as raised:
        require_answers(service("elig_apply"), {}, TODAY)
    assert len(raised.value.errors) >= 10


def test_a_person_entered_twice_is_noticed() -> None:
    rows = [{"name": "李建国", "identity": LI, "relation": "other"}]
    assert "同一人" in faults(typed(members=rows))["members.0.identity"]


def test_too_many_rows_and_too_long_forms_are_refused() -> None:
    rows = [{"name": f"人{n}", "identity": CHILD, "relation": "other"} for n in range(13)]
    assert "13 个" in faults(typed(members=rows))["members"]
    assert "过长" in faults(typed(homes=[{"address": "长" * 100_000}]))[""]


@pytest.mark.parametrize(
    ("kind", "text", "clean"),
    [
        ("date", "2026年1月5日", "2026-01-05"),
        ("date", "2026/1/5", "2026-01-05"),
        ("month", "2026年1月", "2026-01"),
        ("area", "52.30㎡", "52.30"),
        ("number", "-3", "-3"),
        ("money", "１２．５", 1250),
    ],
)
def test_the_ways_in_which_people_write_it(kind: str, text: str, clean: Any) -> None:
    assert read_value(Field("x", "某项", kind, True), text, TODAY) == clean


@pytest.mark.parametrize("text", ["2026-02-30", "soon", "2026", "1800-01-01"])
def test_days_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"填写|一天|年份"):
        read_value(Field("x", "某日", "date", True), text, TODAY)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["", "李", "1", "2026-01-01", "20", "\x00", LI]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "identity", "area", "special"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["applicant", "members", "income", "homes", "status"]), JSON))
def test_whatever_is_sent_ends_in_faults_and_never_in_a_crash(answers: dict[str, Any]) -> None:
    _, wrong = read_answers(service("elig_apply"), answers, TODAY)
    assert wrong


def test_first_values_come_from_the_register() -> None:
    facts = {
        "person.name": "李建国",
        "person.marital": "30",
        "household.community": "湖畔社区",
        "person.phone": "",
    }
    answers = prefilled(
        service("elig_apply"), facts, [{"name": "李小宝", "identity": CHILD, "relation": "grandchild"}]
    )
    assert answers["applicant"] == {"name": "李建国", "marital": "30", "community": "湖畔社区"}
    assert answers["members"] == [{"name": "李小宝", "identity": CHILD, "relation": "grandchild"}]


@pytest.mark.parametrize("code", list(services()))
def test_every_form_can_be_filled_in(code: str) -> None:
    chosen = services()[code]
    clean, wrong = read_answers(chosen, sample_answers(chosen), TODAY)
    assert not wrong, wrong
    assert set(clean) == {group.code for group in chosen.form}
