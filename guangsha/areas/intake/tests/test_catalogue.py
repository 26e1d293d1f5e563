"""The catalogue: the shipped services are sound, and every slip in a file is named with its file and place."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from guangsha.areas.intake.catalogue import Service, load_services, service, services
from guangsha.kernel.errors import InputError, InputErrors

SHIPPED = Path(__file__).resolve().parents[4] / "services"


def changed(folder: Path, before: str, after: str, code: str = "elig_apply") -> str:
    """What is said about a shipped file in which one place was changed."""
    text = (SHIPPED / f"{code}.yaml").read_text(encoding="utf-8")
    assert text.count(before) >= 1, before
    (folder / f"{code}.yaml").write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(InputErrors) as raised:
        load_services(folder)
    return str(raised.value)


def test_the_twelve_core_services_are_there_and_sound() -> None:
    found = services()
    assert [item.number for item in found.values()][:12] == list(range(1, 13))
    apply = service("elig_apply")
    assert [step.people for step in apply.steps] == [1, 1, 2]
    assert apply.publicity is not None
    assert apply.publicity.days == 7
    assert apply.decision is not None
    assert apply.decision.role == "district_approver"
    field = apply.field_at("applicant.divorced_on")
    assert field is not None
    assert field.when is not None
    assert (field.when.group, field.when.name, field.when.values) == ("applicant", "marital", ("40",))


def test_every_service_that_can_be_refused_tells_how_to_object() -> None:
    for item in services().values():
        if item.decision is not None and "rejected" in item.decision.outcomes:
            assert item.decision.reasons, item.code
            assert item.remedies, item.code


def test_the_version_changes_with_the_content_and_with_nothing_else(tmp_path: Path) -> None:
    text = (SHIPPED / "help.yaml").read_text(encoding="utf-8")

    def version(content: str) -> str:
        (tmp_path / "help.yaml").write_text(content, encoding="utf-8")
        return load_services(tmp_path)["help"].version

    first = version(text)
    assert len(first) == 64
    assert version("# a comment\n" + text) == first
    assert version(text.replace("fee: 不收费", "fee: 免费")) != first


def test_an_unknown_service_is_said_in_chinese() -> None:
    with pytest.raises(InputError, match="没有代码为“nothing”的事项"):
        service("nothing")


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("fee: 不收费", "fees: 不收费", "elig_apply.yaml fees：是不认识的键"),
        ("kind: identity", "kind: idcard", "idcard"),
        ("when: {field: marital,", "when: {field: spouse,", "不是前面填过的字段"),
        ("when: {field: marital, is: [\"40\"]}", "when: {field: marital, is: [\"41\"]}", "不是“婚姻状况”的选项"),
        ("when: {field: has_vehicle, is: [true]}", "when: {field: has_vehicle, is: [是]}", "是否题"),
        ("role: district_reviewer", "role: boss", "boss"),
        ("role: civil_checker", "role: enterprise_user", "enterprise_user"),
        ("claims: {marital: applicant.marital}", "claims: {marital: applicant.married}", "applicant.married"),
        ("way: verified, source: marriage", "way: verified, source: church", "church"),
        ("source: marriage, required", "required", "数据来源"),
        ("经审核，{name}家庭不符合", "经审核，{nam}家庭不符合", "{nam}"),
        ("经审核，{name}家庭不符合", "经审核，{name家庭不符合", "花括号"),
        ("promised_workdays: 11", "promised_workdays: 21", "大于法定的 20"),
        ("promised_workdays: 11", "promised_workdays: soon", "整数"),
        ("number: 1\n", "number: 13\n", "核心事项为 1 到 12"),
        ("code: elig_apply", "code: elig-apply", "小写字母"),
        ("code: elig_apply", "code: other", "应与文件名"),
        ("state: civil_review, role", "state: street_review, role", "state 不能重复"),
        ("workdays: 3, people: 1", "workdays: 3, people: 3", "people"),
        ("instant: false", "instant: true", "即时办结的事项不建办件"),
        ("sources: [population, hukou, marriage,", "sources: [population, hukou,", "consent.sources 没有它"),
        ("columns: [name, members", "columns: [name, identity", "identity"),
        ("table: {min: 0, max: 12", "table: {min: 20, max: 12", "大于 max"),
        ("remedies: [reexamination, reconsideration, litigation]", "remedies: []", "救济途径"),
        ("remedies: [reexamination,", "remedies: [prayer,", "prayer"),
        ("summary: ", "summary: {", "YAML"),
        ("prefill: person.name", "prefill: person.soul", "person.soul"),
        ("{name: phone, label", "{name: identity, label", "出现了两次"),
        ("when: {field: nature, is: [disposed]}", "when: {field: members.relation, is: [child]}", "只能被同一行引用"),
    ],
)  # fmt: skip
def test_a_slip_is_named_with_its_place(tmp_path: Path, before: str, after: str, says: str) -> None:
    told = changed(tmp_path, before, after)
    assert says in told, told
    assert "elig_apply.yaml" in told


def test_all_slips_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    for code in ("repair", "help"):
        data = yaml.safe_load((SHIPPED / f"{code}.yaml").read_text(encoding="utf-8"))
        data["surprise"], data["number"] = 1, 5
        (tmp_path / f"{code}.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    with pytest.raises(InputErrors) as raised:
        load_services(tmp_path)
    told = str(raised.value)
    assert told.count("surprise") == 2
    assert "repair.yaml number" in told, "the second file with the same number is named"


@pytest.mark.parametrize("content", ["", "- 1", "a: [", "code: 1\n", "{1: 2}", "form: 3", "form: [3]"])
def test_a_file_that_is_no_service_ends_in_chinese_and_not_in_a_crash(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(InputErrors, match=r"x\.yaml"):
        load_services(tmp_path)


def test_services_come_in_the_order_of_their_numbers() -> None:
    def number(item: Service) -> int:
        return item.number

    assert list(services().values()) == sorted(services().values(), key=number)
