"""Parameter files: what loads, what is refused in one Chinese sentence, and which value is in force where and when."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from guangsha.kernel.errors import InputError, RuleMissing
from guangsha.policy.catalogue import CATALOGUE
from guangsha.policy.parameter_files import BYTES_MAX, assumed, book_of, read_book
from guangsha.policy.parameters import UNLIMITED

GOOD = """\
key: base_rent_m2
title: 租金补贴标准
meaning: 每平方米每月的补贴标准。
unit: 元/㎡·月
region: "990101"
values:
  - from: 2025-01-01
    to: 2025-12-31
    amount: 12
    citation: {document: 办法, number: 1号, article: 第一条, publication: 公报, standing: invented}
  - from: 2026-01-01
    amount: 12.345
    citation: {document: 办法, number: 2号, article: 第一条, publication: 公报, standing: invented}
"""


def write(folder: Path, text: str, region: str = "990101", name: str = "subsidy/base_rent_m2.yaml") -> Path:
    path = folder / region / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_a_value_is_exact_and_in_force_on_its_days_only(tmp_path: Path) -> None:
    book = read_book(write(tmp_path, GOOD))
    assert book.get("base_rent_m2", "990101", date(2025, 12, 31)).amount == 1200
    assert book.get("base_rent_m2", "990101", date(2026, 1, 1)).amount == Fraction(2469, 2)
    assert book.find("base_rent_m2", "990101", date(2024, 12, 31)) is None
    assert book.changes("990101", ["base_rent_m2"], date(2025, 1, 1), date(2026, 12, 31)) == (
        date(2026, 1, 1),
    )
    first, second = book.history("base_rent_m2", "990101")
    assert first.version != second.version and len(first.version) == 12


def test_a_district_follows_its_city_province_and_nation_where_it_says_nothing(tmp_path: Path) -> None:
    for region, rent in (("990000", 9), ("990100", 10), ("national", 8)):
        text = GOOD.replace('"990101"', f'"{region}"').replace("amount: 12\n", f"amount: {rent}\n")
        write(tmp_path, text, region)
    book = read_book(tmp_path)
    on = date(2025, 6, 1)
    assert book.get("base_rent_m2", "990101", on).region == "990100"
    assert book.get("base_rent_m2", "990299", on).amount == 900
    assert book.get("base_rent_m2", "110101", on).region == "national"
    write(tmp_path, GOOD)
    assert read_book(tmp_path).get("base_rent_m2", "990101", on).amount == 1200


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("citation: {document: 办法, number: 1号, article: 第一条, publication: 公报, standing: invented}", "note: 无", "每个数值都要写明"),
        ("number: 1号, ", "", "依据 “number”没有填写"),
        ("publication: 公报, ", "", "依据 “publication”没有填写"),
        ("standing: invented", "standing: sure", "standing"),
        ("standing: invented", "standing: assumed", "standing"),
        ("    to: 2025-12-31\n", "", "有效期重叠"),
        ("to: 2025-12-31", "to: 2026-01-01", "有效期重叠"),
        ("to: 2025-12-31", "to: 2024-12-31", "早于开始日期"),
        ("from: 2025-01-01", "from: 2025年1月", "应为 2026-01-01 这样的日期"),
        ("amount: 12\n", "amount: -12\n", "非负数"),
        ("amount: 12\n", "amount: 1,200\n", "非负数"),
        ("amount: 12\n", "amount: 1e3\n", "非负数"),
        ("amount: 12\n", "amount: .nan\n", "非负数"),
        ("amount: 12\n", "amount: 12345678901\n", "非负数"),
        ("amount: 12\n", "amount: 0.1234567\n", "非负数"),
        ("amount: 12\n", "amount: 不限\n", "不能是“不限”"),
        ("amount: 12\n", "amount: {low_income: 12}\n", "没有填写"),
        ("values:", "by: degree\nvalues:", "“by”不能是"),
        ("values:", "by: household_type\nvalues:", "应为一张表"),
        ("unit: 元/㎡·月", "unit: 元", "“unit”应为"),
        ("meaning: 每平方米每月的补贴标准。\n", "", "“meaning”没有填写"),
        ("key: base_rent_m2", "key: coef", "与文件名相同"),
        ('region: "990101"', 'region: "990102"', "文件夹的区划代码"),
        ("title:", "titel:", "不认识“titel”"),
        ("title: 租金补贴标准", "title: a\ntitle: b", "重复的键"),
        ("title: 租金补贴标准", "title: &a [*a]", "不是有效的 YAML"),
        ("title: 租金补贴标准", "title: " + "[" * 400, "不是有效的 YAML"),
        ("values:", "values: []\nvalue:", "不认识“value”"),
        ("    amount: 12\n", "    amount: 12\n    amout: 12\n", "第 1 个值只能有"),
    ],
)  # fmt: skip
def test_a_file_with_a_slip_is_refused_by_name(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError, match=r"parameters/990101/subsidy/base_rent_m2\.yaml") as caught:
        read_book(write(tmp_path, GOOD.replace(old, new, 1)))
    assert said in str(caught.value)


def test_a_file_that_is_no_text_or_too_large_or_in_the_wrong_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="六位区划代码"):
        read_book(write(tmp_path / "a", GOOD, "yueyang"))
    with pytest.raises(InputError, match="应放在文件夹“subsidy”"):
        read_book(write(tmp_path / "b", GOOD, name="rent/base_rent_m2.yaml"))
    with pytest.raises(InputError, match="过大"):
        read_book(write(tmp_path / "c", GOOD + "#" * BYTES_MAX))
    path = write(tmp_path / "d", GOOD) / "990101/subsidy/base_rent_m2.yaml"
    path.write_bytes(GOOD.encode("gb18030"))
    with pytest.raises(InputError, match="UTF-8"):
        read_book(tmp_path / "d")
    path.write_text("- a\n- b\n", encoding="utf-8")
    with pytest.raises(InputError, match="应以“key:”开头"):
        read_book(tmp_path / "d")
    with pytest.raises(InputError, match="“values”应为 1 至"):
        read_book(write(tmp_path / "g", GOOD.split("values:")[0] + "values: none"))
    (tmp_path / "f").mkdir()
    with pytest.raises(RuleMissing, match="没有任何政策参数"):
        read_book(tmp_path / "f")
    with pytest.raises(RuleMissing, match="找不到"):
        read_book(tmp_path / "e")


@pytest.mark.parametrize(
    ("key", "by", "amount", "said"),
    [
        ("month_cap", "", "100.005", "精确到分"),
        ("fixed_tier_persons", "persons", {"2": "100"}, "要有 1 人的一档"),
        ("fixed_tier_persons", "persons", {"1": "100", "21": "1"}, "人数"),
        ("coef", "household_type", {"low": "1"}, "不认识"),
        ("coef", "household_type", {}, "应为一张表"),
        ("type_priority", "", ["low_income", "low_income"], "不重复"),
        ("type_priority", "", "low_income", "不重复的类别列表"),
        ("subsidy_method", "", "auction", "应为其中之一"),
        ("retro_clawback", "", "yes", "“是”或“否”"),
        ("no_such", "", "1", "没有参数"),
        ("coef", "persons", {"1": "1"}, "不能按“persons”分档"),
    ],
)
def test_an_assumption_that_cannot_be_read_is_refused(key: str, by: str, amount: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        assumed(key, amount, by)


def test_a_table_by_persons_takes_the_largest_number_reached() -> None:
    value = assumed("fixed_tier_persons", {"1": "150", "3": "200"}, "persons")
    assert [value.at(n) for n in (1, 2, 3, 9)] == [15000, 15000, 20000, 20000]
    with pytest.raises(RuleMissing, match="没有“lower_middle”一档"):
        assumed("coef", {"low_income": "1"}, "household_type").at("lower_middle")


def test_the_shipped_book_loads_once_and_the_demo_city_has_every_key() -> None:
    book = book_of()
    assert book is book_of()
    # Fines and enforcement are set by national acts, which the city follows.
    national = {key for key in CATALOGUE if key.startswith(("violation_", "enforcement_"))} | {
        "fine_multiple_max"
    }
    for key in CATALOGUE:
        value = book.get(key, "430699", date(2026, 11, 20))
        assert value.region == ("national" if key in national else "430699"), key
        assert value.citation.standing == ("statute" if value.region == "national" else "invented")
    assert book.get("fine_multiple_max", "430699", date(2026, 6, 30)).region == "430699"


def test_values_of_real_places_say_that_their_document_was_not_seen() -> None:
    on = date(2026, 11, 20)
    for region in ("320300", "330110", "350125", "430400", "440100", "441802"):
        own = [value for value in book_of().values if value.region == region]
        assert own and {value.citation.standing for value in own} == {"reported"}
    assert book_of().get("income_line_pc_month", "320300", on).at("low_income") == 154900
    assert book_of().get("guarantee_area_size", "330110", on).at(2) == 45
    assert book_of().get("fixed_tier_persons", "430400", on).at(3) == 20000
    assert book_of().get("idle_months", "320300", on).amount == 3
    assert book_of().get("idle_months", "440100", on).amount == 6
    assert book_of().get("max_months", "430699", on).at("low_income") is UNLIMITED
    assert book_of().get("area_line_pc", "440100", on).print() == "15.00㎡/人"
    assert book_of().get("coef", "350125", on).print("minimum_living") == "1.8倍"
    assert book_of().get("type_priority", "430699", on).print().startswith("extreme_poverty → ")
    assert book_of().get("retro_clawback", "320300", on).print() == "否"
    assert {"320300", "national"} < book_of().regions
