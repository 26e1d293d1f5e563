"""Charts: well-formed, whole in words, the same bytes twice, readable in grey and with the bundled font alone."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree

import pytest
import resvg_py
from hypothesis import given
from hypothesis import strategies as st

from guangsha.documents.writing.charts import (
    FONT,
    LABEL_WIDTH,
    STEPS,
    WIDTH,
    Bar,
    Pair,
    completion_chart,
    execution_chart,
    score_composition_chart,
    structure_chart,
    text_width,
    two_year_chart,
    unit_scores_chart,
    wrap,
)
from guangsha.documents.writing.fonts import bundled_font
from guangsha.documents.writing.tree import Chart

SVG = "{http://www.w3.org/2000/svg}"
LONG = "为住房困难的城镇家庭、青年职工、外来务工人员和高校毕业生提供可负担的租赁住房，并按季度回访"


def _all() -> dict[str, Chart]:
    d = Decimal
    return {
        "execution": execution_chart(
            [Pair(LONG, d("28606.98"), d("10220.42"), "35.73%"), Pair("值守", d(14), None)]
        ),
        "composition": score_composition_chart(
            [Pair("预算执行", d(10), d("9.94")), Pair("产出", d(50), d(49))]
        ),
        "years": two_year_chart([Pair("总计", d("11314.64"), d("22899.22"))], (2023, 2024)),
        "completion": completion_chart([Bar(LONG, d("125.75")), Bar("信访", d("2337.5")), Bar("无", d(0))]),
        "units": unit_scores_chart([Bar("本级", d("95.95")), Bar("档案馆", d("94.94"))], d(100)),
        "structure": structure_chart([Bar(f"第{n}项{LONG}", d(n)) for n in range(1, 9)], caption="结构"),
        "empty": structure_chart([], caption="结构"),
    }


CHARTS = _all()


@pytest.fixture(params=sorted(CHARTS))
def chart(request: pytest.FixtureRequest) -> Chart:
    return CHARTS[request.param]


def texts(chart: Chart) -> list[str]:
    root = ElementTree.fromstring(chart.svg)
    return ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]


def test_is_well_formed_and_told_in_words(chart: Chart) -> None:
    root = ElementTree.fromstring(chart.svg)
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("role") == "img"
    assert title is not None and title.text == chart.caption
    assert description is not None and description.text == chart.description
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"


def test_fetches_nothing_and_styles_by_attributes_alone(chart: Chart) -> None:
    assert "href" not in chart.svg
    assert "url(" not in chart.svg
    assert " style=" not in chart.svg
    assert chart.svg.count("http") == 1  # the namespace


def test_is_the_same_when_drawn_again(chart: Chart) -> None:
    assert chart.svg in {again.svg for again in _all().values()}


def test_holds_every_label_whole() -> None:
    for name in ("execution", "completion", "structure"):
        assert LONG in "".join(texts(CHARTS[name])).replace(" ", "")


def test_shapes_and_words_stay_inside_the_frame(chart: Chart) -> None:
    root = ElementTree.fromstring(chart.svg)
    height = Decimal(root.get("height", "0"))
    for node in root.iter():
        if node.tag == f"{SVG}rect":
            assert Decimal(node.get("x", "0")) + Decimal(node.get("width", "0")) <= WIDTH
            assert Decimal(node.get("y", "0")) + Decimal(node.get("height", "0")) <= height
        if node.tag == f"{SVG}text":
            width = text_width("".join(node.itertext())) * FONT
            x = Decimal(node.get("x", "0"))
            left = {"start": x, "middle": x - width / 2, "end": x - width}[node.get("text-anchor", "start")]
            assert left >= 0
            assert left + width <= WIDTH + 1
            assert 0 < Decimal(node.get("y", "0")) <= height


def test_no_line_of_words_lies_on_another(chart: Chart) -> None:
    root = ElementTree.fromstring(chart.svg)
    boxes = []
    for node in root.iter(f"{SVG}text"):
        width = text_width("".join(node.itertext())) * FONT
        x, y = Decimal(node.get("x", "0")), Decimal(node.get("y", "0"))
        left = {"start": x, "middle": x - width / 2, "end": x - width}[node.get("text-anchor", "start")]
        boxes.append((left, y - FONT + 2, left + width, y))
    for place, one in enumerate(boxes):
        for other in boxes[place + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (one, other)


def test_values_stand_beside_their_bars() -> None:
    said = texts(CHARTS["execution"])
    assert "28606.98" in said
    assert "10220.42　35.73%" in said
    assert "—" in said  # not given is not nought


def test_marks_the_hundred_percent_line_and_cuts_a_bar_that_runs_away() -> None:
    svg = CHARTS["completion"].svg
    assert "stroke-dasharray" in svg
    assert "100%" in texts(CHARTS["completion"])
    assert "2337.50%" in texts(CHARTS["completion"])


def test_parts_of_a_whole_differ_in_grey() -> None:
    def lightness(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        channel = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
        return 0.2126 * channel[0] + 0.7152 * channel[1] + 0.0722 * channel[2] + 0.05

    steps = [lightness(colour) for colour in STEPS]
    assert all(later / earlier >= 1.4 for earlier, later in pairwise(steps))


def test_chinese_labels_draw_with_the_bundled_font_alone() -> None:
    def ink(svg: str) -> int:
        png = resvg_py.svg_to_bytes(svg_string=svg, font_files=[str(bundled_font())], skip_system_fonts=True)
        return len(bytes(png))

    svg = CHARTS["units"].svg
    assert ink(svg) > ink(re.sub(r"[\u4e00-\u9fff]", "", svg)) + 500


@given(st.text(alphabet="甲乙丙，。、（）2024abc %", max_size=60), st.integers(4, 20))
def test_wrapping_loses_nothing_but_spaces(text: str, ems: int) -> None:
    lines = wrap(text, ems)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(st.text(alphabet="甲乙丙，、", min_size=1, max_size=60))
def test_a_wrapped_line_fits_its_column(text: str) -> None:
    ems = LABEL_WIDTH // FONT
    assert all(text_width(line) <= ems + 1 for line in wrap(text, ems))
