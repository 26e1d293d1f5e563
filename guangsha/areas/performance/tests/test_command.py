"""``guangsha evaluate --from-records``: the package, the sources in it, and what is wrong as one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guangsha.areas.performance.models import ReportVersion
from guangsha.areas.performance.tests.builders import TABLE, World, build_world
from guangsha.cli.main import main
from guangsha.demo.cast import add_agency
from guangsha.evaluation import FILES
from guangsha.people.models import Agency

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build_world(add_agency("湖滨区住房保障服务中心", "district", "430699000000"))


def run(world: World, out: Path, *more: str, agency: str = "", year: str = "2026") -> int:
    return main(
        [
            "evaluate",
            "--from-records",
            "--agency",
            agency or world.agency.name,
            "--year",
            year,
            "--out",
            str(out),
            *more,
        ]
    )


def test_the_package_names_for_each_figure_what_it_was_made_of(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(world, tmp_path / "out") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["year"] == 2026 and told["gaps"] == [] and set(told["files"]) == set(FILES)
    facts: list[dict[str, Any]] = json.loads((tmp_path / "out" / "facts.json").read_text())["facts"]
    sources = [fact["source"] for fact in facts if fact["source"]["type"] == "metric"]
    assert len(sources) == 5
    for source in sources:
        assert {"metric", "version", "parameters", "as_of", "records", "records_digest"} <= set(source)
    assert ReportVersion.objects.count() == 0, "the command line only reads"
    assert run(world, tmp_path / "again", agency=str(world.agency.pk)) == 0


def test_a_table_from_a_file_needs_no_import(world: World, tmp_path: Path) -> None:
    table = tmp_path / "table.yaml"
    table.write_text(TABLE.format(unit=world.agency.name), encoding="utf-8")
    world.year.delete()
    assert run(world, tmp_path / "out") == 2
    assert run(world, tmp_path / "out", "--table", str(table)) == 0
    assert run(world, tmp_path / "other", "--table", str(table), year="2025") == 2


def test_published_figures_that_differ_are_told_and_the_exit_code_says_so(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(world, tmp_path / "out") == 0
    capsys.readouterr()
    assert run(world, tmp_path / "same", "--against", str(tmp_path / "out" / "facts.json")) == 0
    assert json.loads(capsys.readouterr().out)["against"] == []
    world.spend("late", 1_000_000)
    assert run(world, tmp_path / "more", "--against", str(tmp_path / "out" / "facts.json")) == 1
    out = capsys.readouterr()
    told = json.loads(out.out)["against"]
    assert {finding["rule"] for finding in told} == {"published"}
    assert (
        any("4.00万元" in f["message"] and "5.00万元" in f["message"] for f in told) and "处不同" in out.err
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--from-records", "--year", "2026"], ["--from-records", "--agency", "1"], ["--agency", "1"], [],
        ["--from-records", "--agency", "没有的机构", "--year", "2026"], ["--from-records", "--agency", "99999", "--year", "2026"],
        ["figures.yaml", "--year", "2026"], ["x.yaml", "--from-records", "--agency", "1", "--year", "2026"],
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_one_sentence(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", *arguments, "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr()
    assert told.out == "" and "Traceback" not in told.err and told.err.strip()
    assert not (tmp_path / "out").exists()


def test_two_agencies_of_one_name_are_asked_for_by_number(world: World, tmp_path: Path) -> None:
    for place in range(2):
        Agency.objects.create(
            kind="district",
            name="同名中心",
            region_code="1",
            path=f"/x{place}/",
            parent=None if place else world.agency,
        )
    assert run(world, tmp_path / "out", agency="同名中心") == 2
