"""Codes, doors and the rows of the chart, without a database."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guangsha.areas.stock.facts import DWELLING_STATES, LAYOUTS, NEXT_STATES, STATE_MARKS
from guangsha.areas.stock.rules import (
    Cell,
    chart_part,
    clean_house_code,
    clean_property_code,
    door_kinds,
    doors_of,
    house_check_digit,
    round_tally,
    supply_station,
)
from guangsha.kernel.errors import InputError

BODY = "4306990012021000100005"
CODE = BODY + house_check_digit(BODY)


def test_every_state_has_a_mark_of_its_own_and_its_followers_exist() -> None:
    assert set(STATE_MARKS) == set(DWELLING_STATES) == set(NEXT_STATES)
    assert len(set(STATE_MARKS.values())) == len(STATE_MARKS)
    assert all(NEXT_STATES[state] <= set(DWELLING_STATES) for state in NEXT_STATES)


@given(st.text("0123456789", min_size=22, max_size=22), st.integers(0, 21), st.integers(1, 9))
def test_a_wrong_digit_changes_the_check_character(body: str, place: int, change: int) -> None:
    """2 has order 10 modulo 11, so no weight is 0: every single wrong digit is found."""
    digit = str((int(body[place]) + change) % 10)
    assert house_check_digit(body) != house_check_digit(body[:place] + digit + body[place + 1 :])


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        (CODE[:-1], {}, "应为 22 位数字"),
        (BODY + ("1" if CODE[-1] != "1" else "2"), {"table": "gb11643"}, f"校验码应为 {CODE[-1]}"),
        (CODE, {"region": "430698"}, "前 6 位是 430699"),
        (CODE, {"year": 2020}, "建成年份是 2021"),
        (CODE, {"building": True}, "户号应为 00000"),
    ],
)
def test_a_house_code_is_refused_with_the_reason(text: str, more: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        clean_house_code(text, **more)  # type: ignore[arg-type]


def test_a_house_code_is_taken_with_spaces_and_unchecked_where_no_table_is_known() -> None:
    assert clean_house_code(f"{CODE[:9]} {CODE[9:]}", table="gb11643", region="430699", year=2021) == CODE
    other = BODY + ("1" if CODE[-1] != "1" else "2")
    assert clean_house_code(other) == other
    assert clean_house_code(" ") == ""


def test_a_real_estate_unit_code_has_its_parts() -> None:
    assert clean_property_code("430699 001002 GB00003 F00040005", "430699") == "430699001002GB00003F00040005"
    for wrong in ("430699001002GB00003F0004000", "430699001002G100003F00040005"):
        with pytest.raises(InputError, match="应为 28 位"):
            clean_property_code(wrong)


@given(st.integers(1, 20), st.integers(1, 60), st.integers(1, 24))
def test_a_building_has_each_door_once(entrances: int, floors: int, doors: int) -> None:
    if entrances * floors * doors > 3000:
        with pytest.raises(InputError, match="一次最多"):
            doors_of("1", entrances, floors, doors)
        return
    made = doors_of("1", entrances, floors, doors)
    assert len({each.number for each in made}) == len(made) == entrances * floors * doors


def test_the_doors_of_a_floor_are_read_line_by_line() -> None:
    kinds = door_kinds("a 39.80 33.10 南\nX，42.00", tuple(LAYOUTS))
    assert (kinds[0].layout, kinds[0].inner_area_m2, kinds[0].facing) == ("A", Decimal("33.10"), "南")
    assert kinds[1].accessible
    for text, said in (
        ("A", "第 1 行"),
        ("A 39.80\nD 40", "第 2 行"),
        ("A 39.805", "两位小数"),
        ("A 30 31", "大于建筑面积"),
        ("", "应有 1 至"),
    ):
        with pytest.raises(InputError, match=said):
            door_kinds(text, tuple(LAYOUTS))


def test_the_chart_stands_from_the_top_floor_with_gaps_where_doors_are_missing() -> None:
    cells = [
        Cell(1, "1-1-0101", 1, 1, "let", "A"),
        Cell(2, "1-1-0303", 3, 3, "vacant", "B"),
        Cell(3, "1-1--0101", -1, 1, "vacant", "A"),
    ]
    part = chart_part("1", cells)
    assert part.doors == (1, 3)
    assert [(floor, [cell and cell.key for cell in row]) for floor, row in part.floors] == [
        (3, [None, 2]),
        (1, [1, None]),
        (-1, [3, None]),
    ]


def test_progress_and_stations_count_what_is_done() -> None:
    assert round_tally({}) == (0, 0, 0)
    assert round_tally({"waiting": 1, "recorded": 1, "confirmed": 1}) == (3, 1, 33)
    assert [supply_station(10, done, None) for done in (0, 4, 10)] == ["planned", "part", "delivered"]
