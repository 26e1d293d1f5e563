"""A listed relation is covered when the checker set its figures against each other, not when it merely read them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from guangsha.facts.fact import CellSource, Fact
from guangsha.kernel.findings import Outcome, Relation
from guangsha.testing.annotations import load_annotations
from guangsha.testing.coverage import covered_relations

LIST = """
document: 甲.txt
mistakes: []
groups:
  - {note: 合计, kind: sum, relations: ["1:10 = 2:4 + 3:6"]}
  - {note: 两处, kind: equal, relations: ["1:10 = 5:10"]}
  - {note: 三处, kind: equal, relations: ["5:10 = 6:10"]}
  - {note: 没有比过, kind: equal, relations: ["2:4 = 7:4"]}
"""


def fact(line: int, value: str) -> Fact:
    return Fact.of(
        "sheet.funds", Decimal(value), year=2024, sheet=f"s{line}", fund="total", stage="executed",
        source=CellSource(line=line, quote=value),
    )  # fmt: skip


def covered(folder: Path, *relations: Relation) -> set[str]:
    path = folder / "甲.yaml"
    path.write_text(LIST, encoding="utf-8")
    report = load_annotations(path)
    found = covered_relations(report, relations)
    return {relation.note for relation in report.relations if relation.id in found}


def held(*figures: Fact, outcome: Outcome = Outcome.HELD) -> Relation:
    return Relation("F01", outcome, "合计", figures=figures)


def test_a_relation_is_covered_by_one_that_names_all_its_figures(tmp_path: Path) -> None:
    whole = held(fact(1, "10"), fact(2, "4"), fact(3, "6"))
    assert covered(tmp_path, whole) == {"合计"}
    assert covered(tmp_path, held(fact(1, "10"), fact(2, "4"))) == set()
    assert covered(tmp_path, held(fact(1, "10"), fact(2, "4"), fact(3, "5"))) == set()
    assert covered(tmp_path, held(*whole.figures, outcome=Outcome.NOT_CHECKED)) == set()  # type: ignore[arg-type]


def test_one_quantity_in_three_places_is_covered_in_any_order_of_comparing(tmp_path: Path) -> None:
    assert covered(tmp_path, held(fact(1, "10"), fact(6, "10")), held(fact(1, "10"), fact(5, "10"))) == {
        "两处",
        "三处",
    }
    assert covered(tmp_path, held(fact(1, "10"), fact(6, "10"))) == set()
