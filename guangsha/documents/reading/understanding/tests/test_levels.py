"""Level names that stand once for several rows."""

from __future__ import annotations

from guangsha.documents.reading.understanding.sheet_levels import Labels, fill_levels


def filled(*rows: tuple[str, str, str]) -> list[tuple[str, str]]:
    """(level 1, level 2, words of the row) as printed → what each row is given."""
    labels = [Labels(printed1=a, printed2=b, hint=c) for a, b, c in rows]
    fill_levels(labels, guessed=True)
    return [(row.level1, row.level2) for row in labels]


def test_names_at_the_top_of_their_rows_go_down() -> None:
    assert filled(("产出指标", "数量指标", ""), ("", "", ""), ("", "质量指标", ""), ("效益指标", "社会效益指标", ""), ("", "", "")) == [
        ("产出指标", "数量指标"), ("产出指标", "数量指标"), ("产出指标", "质量指标"),
        ("效益指标", "社会效益指标"), ("效益指标", "社会效益指标"),
    ]  # fmt: skip


def test_names_in_the_middle_of_their_rows_reach_both_ways() -> None:
    found = filled(
        ("", "", "套数 10套"), ("产出指标", "数量指标", "户数 9户"), ("", "", "栋数 3栋"),
        ("", "", "合格率"), ("", "质量指标", "达标率"), ("", "", "安全"), ("效益指标", "社会效益指标", ""),
    )  # fmt: skip
    assert [second for _, second in found] == ["数量指标"] * 3 + ["质量指标"] * 3 + ["社会效益指标"]
    assert {first for first, _ in found[:6]} == {"产出指标"}


def test_the_second_level_says_the_first_where_its_cell_stands_lower() -> None:
    found = filled(
        ("", "经济效益指标", ""), ("效益指标", "社会效益指标", ""), ("满意度指标", "服务对象满意度指标", "")
    )
    assert [first for first, _ in found] == ["效益指标", "效益指标", "满意度指标"]


def test_cost_is_a_level_of_its_own_where_the_form_prints_it_as_one() -> None:
    assert filled(("产出指标", "成本指标", ""), ("成本指标", "经济成本指标", "")) == [
        ("产出指标", "成本指标"), ("成本指标", "经济成本指标"),
    ]  # fmt: skip


def test_a_name_in_two_pieces_on_two_rows_is_one_name() -> None:
    found = filled(("效益指标", "可持续影响", ""), ("", "效益指标", ""), ("满意度指标", "服务对象满意度", ""))
    assert [second for _, second in found] == ["可持续影响效益指标", "可持续影响效益指标", "服务对象满意度"]
