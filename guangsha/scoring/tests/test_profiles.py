"""The profile files: what each place's rules are, and that a slip in a file is named by file and key."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from guangsha.facts.forms import ACCOUNTS
from guangsha.kernel.errors import RuleMissing
from guangsha.kernel.resources import data_folder
from guangsha.scoring.profile import PROFILE_IDS, load_profile
from guangsha.scoring.profile_file import BYTES_MAX

#: Profile → execution weight, blocks, grade of 96, layout.
PLACES = {
    "mof": ("10", "50 30 10", "优", "mof"),
    "yueyang": ("10", "50 30 10", "优", "yueyang"),
    "yueyanglou": ("10", "40 20 15 15", "", "yueyang"),
    "yuelu": ("0", "45 45 10", "", "yuelu"),
    "jiangan": ("20", "40 30 10", "", "wuhan"),
}


@pytest.mark.parametrize("profile_id", PROFILE_IDS)
def test_each_place_has_the_values_of_its_published_forms(profile_id: str) -> None:
    profile = load_profile(profile_id, 2024)
    weights = " ".join(str(block.weight) for block in profile.blocks)
    seen = (str(profile.execution_weight), weights, profile.grade(Decimal(96)), profile.document.layout)
    assert seen == PLACES[profile_id]
    assert profile.execution_weight + sum(block.weight for block in profile.blocks) == 100


@pytest.mark.parametrize("profile_id", PROFILE_IDS)
@pytest.mark.parametrize("year", [2022, 2023, 2024, 2025, 2026])
def test_every_year_prints_the_nine_tables_under_different_numbers(profile_id: str, year: int) -> None:
    numbers = load_profile(profile_id, year).document.accounts_numbers
    assert set(numbers) == set(ACCOUNTS)
    assert len(set(numbers.values())) == 9


def test_table_numbers_changed_after_2021() -> None:
    assert load_profile("yueyang", 2021).document.accounts_numbers["three_public"] == "公开07表"
    assert load_profile("yueyang", 2023).document.accounts_numbers["three_public"] == "公开09表"


def test_every_profile_says_which_of_its_values_are_unverified() -> None:
    for path in data_folder("profiles").glob("*.yaml"):
        sources = load_profile(path.stem, 2024).sources
        assert any("未核实" in text for text in sources.values()), path.name
        assert {"execution", "blocks", "rounding"} <= set(sources)


GOOD = (data_folder("profiles") / "yueyanglou.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("execution: {weight: 10,", "execution: {weight: 十,", "versions[1].execution.weight”应为 0 至 1000 的数"),
        ("execution: {weight: 10,", "execution: {", "versions[1].execution.weight”没有填写"),
        ("rate: {places: 2}", "rate: {places: 两}", "versions[1].rounding.rate.places”应为 0 至 6 的整数"),
        ("negative: reciprocal", "negative: 随意", "versions[1].methods.negative”的值“随意”不认识"),
        ("cap: true", "cap: 是", "应为 true 或 false"),
        ("qualitative: binary", "qualitative: bands", "versions[1].bands”定性指标分档计分时必须列出各档"),
        ("weight: 40,", "", "versions[1].blocks[1].weight”没有填写"),
        ("blocks_fixed: false", "blocks_fixed: false\n    year_to: 2020", "不能早于 year_from"),
        ("method: linear", "method: bands", "versions[1].execution.bands”没有填写"),
        ("layout: yueyang", "layout: 岳阳", "versions[1].document.layout”的值"),
        ("label: 岳阳市岳阳楼区口径", "label: [", "不是有效的 YAML"),
        ("versions:", "版本:", "“versions”没有填写"),
        ("sections:", "sections: 无\n      more:", "versions[1].document.sections”应为不超过"),
    ],
)  # fmt: skip
def test_refuses_a_malformed_file_naming_the_key(old: str, new: str, message: str, tmp_path: Path) -> None:
    assert old in GOOD
    (tmp_path / "mine.yaml").write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RuleMissing) as refused:
        load_profile("mine", 2025, tmp_path)
    assert message in str(refused.value)
    assert "profiles/mine.yaml" in str(refused.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "应以“label:”"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"a: " + b"x" * BYTES_MAX, "过大"),
        (b"[" * 5000, "YAML|嵌套过深"),
    ],
)
def test_refuses_a_file_that_is_no_profile_at_all(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes(content)
    with pytest.raises(RuleMissing, match=message):
        load_profile("mine", 2025, tmp_path)


def test_a_local_file_with_one_more_version_is_used_for_its_years(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD.replace("weight: 10,", "weight: 20,", 1), encoding="utf-8")
    assert load_profile("mine", 2025, tmp_path).execution_weight == 20


def test_an_unknown_profile_or_year_names_what_there_is() -> None:
    with pytest.raises(RuleMissing, match="jiangan、mof"):
        load_profile("../etc/passwd", 2024)
    with pytest.raises(RuleMissing, match="没有适用于 1999 年度的版本"):
        load_profile("mof", 1999)
