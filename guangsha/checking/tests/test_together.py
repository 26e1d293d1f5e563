"""A department's document with its units': what the one copied from the other must agree, and nothing else is asked."""

from __future__ import annotations

from pathlib import Path

from guangsha.checking import CheckedDocument, check_file
from guangsha.checking.together import BETWEEN, checked_together
from guangsha.documents.reading.understanding.tests.test_held_out import _text
from guangsha.kernel.findings import Outcome, Relation

_UNIT = "云溪市住房保障中心"


def _plain(text: str) -> str:
    return "\n".join(
        "\t".join("" if cell.strip() in ("<", "^") else cell.strip() for cell in line.split("|"))
        for line in text.splitlines()
    )


def _department(folder: Path, file: str = "部门.txt") -> CheckedDocument:
    path = folder / file
    path.write_text(_plain(_text("department_2023")), "utf-8")
    return check_file(path)


def _unit(folder: Path, project: str, other: str = "0.00", name: str = _UNIT) -> CheckedDocument:
    """The unit's own report with this much project expenditure and this much money from other sources."""
    text = _text("district_unit_2022").replace("云溪市望江区住房保障服务中心", name).replace("2022", "2023")
    for printed, wanted in (("1439.56|1402.15", f"1439.56|{project}"), ("40.00|35.72", f"{other}|{other}")):
        assert printed in text
        text = text.replace(printed, wanted)
    path = folder / f"{name}{project}.txt"
    path.write_text(_plain(text), "utf-8")
    return check_file(path)


def _between(checked: CheckedDocument) -> list[Relation]:
    return [r for r in checked.relations if r.rule in BETWEEN and r.outcome is not Outcome.NOT_CHECKED]


def test_a_document_alone_has_nothing_between_documents(tmp_path: Path) -> None:
    department = _department(tmp_path)
    assert checked_together([department]) == (department,) and _between(department) == []


def test_documents_of_strangers_change_nothing(tmp_path: Path) -> None:
    department = _department(tmp_path)
    stranger = _unit(tmp_path, "99.00", name="望川市公路养护中心")
    first, second = checked_together([department, stranger])
    assert _between(first) == [] and second is stranger
    assert first.findings == department.findings


def test_a_units_project_money_is_compared_with_the_departments_table(tmp_path: Path) -> None:
    department = _department(tmp_path)
    (right, _) = checked_together([department, _unit(tmp_path, "1220.95")])
    assert [(r.rule, r.outcome) for r in _between(right)] == [("U09", Outcome.HELD)]
    unit = _unit(tmp_path, "1250.95")
    (wrong, kept) = checked_together([department, unit])
    (relation,) = _between(wrong)
    assert relation.finding is not None and relation.finding.severity.value == "error"
    assert [place.file for place in relation.finding.where] == ["部门.txt", unit.file]
    assert kept is unit and {f.place().file for f in relation.figures} <= {"部门.txt"}
    assert any("单位文档" in note for note in wrong.notes)


def test_project_money_from_other_sources_may_be_left_out(tmp_path: Path) -> None:
    department, unit = _department(tmp_path), _unit(tmp_path, "1250.95", other="40.00")
    assert [r.outcome for r in _between(checked_together([department, unit])[0])] == [Outcome.HELD]
