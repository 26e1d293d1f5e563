"""The three published reports, read as text, against what people transcribed from them (``examples/``)."""

from __future__ import annotations

import re
from functools import cache

import pytest

from guangsha.documents.reading.figures import load_figures
from guangsha.documents.reading.text import read_text
from guangsha.documents.reading.understanding.compose import Reading, understand
from guangsha.documents.reading.understanding.tests.comparison import Key, by_key
from guangsha.testing.transcription import EXAMPLES, SHARED, SOURCES, numbers_in

pytestmark = pytest.mark.shared

#: What forms print; the rest of a transcription is prose, or what a person added.
_FORMS = ("sheet.", "indicator.", "block.", "group.", "execution.", "base.", "staff.")
#: Added by transcribers: they read it out of the text, or decided it.
_ADDED = ("indicator.direction", "indicator.unit", "sheet.execution_reason")
#: Shortened by transcribers; the figures in them are kept.
_SHORTENED = (
    "indicator.name", "indicator.target", "indicator.actual", "sheet.goal_expected", "sheet.goal_actual",
    "sheet.deviation_reason", "sheet.improvement", "sheet.name",
)  # fmt: skip


@cache
def reading(example: str) -> Reading:
    path = SHARED / SOURCES[example]
    if not path.is_file():
        pytest.skip("检出目录旁没有公开报告（../shared），无法对照原文")
    return understand(read_text(path.read_bytes(), path.name))


def transcribed(example: str) -> dict[Key, str]:
    facts = by_key(load_figures(EXAMPLES / example / "figures.yaml"))
    return {
        key: value
        for key, value in facts.items()
        if key[0].startswith(_FORMS) and key[0] not in _ADDED and ("basis", "assessed") not in key[1]
    }


def _agrees(key: Key, given: str, read: str | None) -> bool:
    if read is None:
        return False
    if key[0] in _SHORTENED:
        return not given or set(numbers_in(given)) <= set(numbers_in(re.sub(r"(?<=\d) (?=\d)", "", read)))
    return given == read


@pytest.mark.parametrize("example", ["yueyang-2023", "yueyanglou-2025"])
def test_every_figure_and_label_of_a_clean_report_is_read(example: str) -> None:
    read = by_key(reading(example).facts)
    wrong = {
        key: (value, read.get(key))
        for key, value in transcribed(example).items()
        if not _agrees(key, value, read.get(key))
    }
    assert not wrong


def test_the_figures_of_a_damaged_scan_are_read_but_for_what_is_lost_in_it() -> None:
    read = by_key(reading("jiangan-2024").facts)
    concepts = (
        "execution.score",
        "sheet.total",
        "group.score",
        "indicator.score",
        "block.weight",
        "indicator.weight",
    )
    wrong = {
        key: (value, read.get(key))
        for key, value in transcribed("jiangan-2024").items()
        if key[0] in concepts and read.get(key) != value
    }
    assert not wrong
    money = {key: v for key, v in transcribed("jiangan-2024").items() if key[0] == "sheet.funds"}
    lost = {key for key, value in money.items() if read.get(key) != value}
    # the overall form has no column for it; the transcriber took it from the text
    assert lost == {("sheet.funds", (("fund", "total"), ("sheet", "overall"), ("stage", "initial")))}


@pytest.mark.parametrize(
    ("example", "kind", "unit", "profile"),
    [
        ("yueyang-2023", "self-evaluation", "岳阳市住房保障服务中心", "yueyang"),
        ("yueyanglou-2025", "self-evaluation", "岳阳市住房保障服务中心岳阳楼区分中心", "yueyanglou"),
        ("jiangan-2024", "both", "武汉市江岸区住房保障和房屋管理局", "jiangan"),
    ],
)
def test_a_published_report_is_recognised(example: str, kind: str, unit: str, profile: str) -> None:
    identity = reading(example).identity
    assert (identity.kind, identity.unit, identity.profile_id) == (kind, unit, profile)
    assert identity.year == int(example[-4:])


def test_what_was_mended_in_the_scan_is_told() -> None:
    notes = "\n".join(reading("jiangan-2024").notes)
    for words in ("疑缺首位", "识别噪声", "一格里有两个数", "识别成两行", "疑被表格线截断", "识别不清"):
        assert words in notes
