"""Ways in which places and years print the nine tables: every case of accounts_cases.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from guangsha.documents.reading.text import read_text
from guangsha.documents.reading.understanding.tests.printed_accounts import cells, read_back

_CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "accounts_cases.yaml").read_text(encoding="utf-8")
)


def _tabbed(text: str) -> str:
    return "\n".join(
        "\t".join(part.strip() for part in line.split("|")) if "|" in line else line
        for line in text.split("\n")
    )


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case["name"])
def test_reads_every_printed_figure_and_nothing_else(case: dict[str, Any]) -> None:
    facts = read_back(read_text(_tabbed(case["print"]).encode(), "公开件.txt"), case.get("year", 2024))
    found = {place: f"{number:f}" for place, number in cells(facts).items()}
    assert found == case["cells"]
    money = {fact.unit.symbol for fact in facts if fact.unit}
    assert money <= {case.get("unit", "万元")}
