"""The command line is a contract: JSON out, words to standard error, 0 or 2, never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from guangsha.evaluation import FILES

ROOT = Path(__file__).resolve().parent.parent


def guangsha(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "guangsha.cli.main", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


def test_evaluates_a_folder_into_a_whole_package(tmp_path: Path) -> None:
    done = guangsha("evaluate", "examples/yueyanglou-2025", "--out", str(tmp_path / "package"))
    assert done.returncode == 0, done.stderr
    assert {p.name for p in (tmp_path / "package").iterdir()} == set(FILES)
    printed = json.loads(done.stdout)
    assert printed["unit"] == "岳阳市住房保障服务中心岳阳楼区分中心"
    scores = json.loads((tmp_path / "package" / "scores.json").read_text(encoding="utf-8"))
    overall = scores["sheets"][0]
    assert (overall["total"], overall["published_total"]) == ("100.00", "99.79")
    assert set(overall["execution"]) >= {"budget", "executed", "rate", "weight", "score"}
    assert set(overall["indicators"][0]) >= {
        "level1", "level2", "name", "target", "actual", "weight", "score", "rule", "reason",
    }  # fmt: skip
    findings = json.loads((tmp_path / "package" / "findings.json").read_text(encoding="utf-8"))
    assert {"K04", "F02", "F03"} <= {f["rule"] for f in findings["findings"] if f["severity"] == "error"}


def test_facts_of_a_package_can_be_evaluated_again_to_the_same_scores(tmp_path: Path) -> None:
    assert guangsha("evaluate", "examples/yueyang-2023", "--out", str(tmp_path / "one")).returncode == 0
    again = guangsha("evaluate", str(tmp_path / "one" / "facts.json"), "--out", str(tmp_path / "two"))
    assert again.returncode == 0, again.stderr
    for name in ("scores.json", "report.docx", "report.html"):
        if name == "report.html":
            continue  # names the file it was read from
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    for out in ("one", "two"):
        assert guangsha("evaluate", "examples/yueyanglou-2025", "--out", str(tmp_path / out)).returncode == 0
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_writes_an_empty_workbook_and_refuses_another_ending(tmp_path: Path) -> None:
    done = guangsha("workbook", "--profile", "yueyang", "--out", str(tmp_path / "year.xlsx"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "year.xlsx").stat().st_size > 5_000
    refused = guangsha("workbook", "--profile", "yueyang", "--out", str(tmp_path / "year.doc"))
    assert refused.returncode == 2 and ".xlsx" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("evaluate", "没有这个文件.xlsx", "--out", "OUT"), "没有"),
        (("evaluate", "examples/yueyang-2023", "--out", "OUT", "--profile", "nowhere"), "nowhere"),
        (("evaluate", "README.md", "--out", "OUT"), "README.md"),
        (("workbook", "--profile", "../x", "--out", "OUT.xlsx"), "模板"),
        (("unknown",), "参数"),
        ((), "参数"),
    ],
)
def test_says_what_is_wrong_in_chinese_and_writes_nothing(
    tmp_path: Path, arguments: tuple[str, ...], word: str
) -> None:
    done = guangsha(*(a.replace("OUT", str(tmp_path / "out")) for a in arguments))
    assert done.returncode == 2
    assert word in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_package_that_cannot_be_scored_leaves_the_old_one_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "package"
    assert guangsha("evaluate", "examples/yueyanglou-2025", "--out", str(out)).returncode == 0
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    broken = tmp_path / "figures.yaml"
    text = (ROOT / "examples" / "yueyanglou-2025" / "figures.yaml").read_text(encoding="utf-8")
    broken.write_text(text.replace("year: 2025", "year: 二零二五", 1), encoding="utf-8")
    assert guangsha("evaluate", str(broken), "--out", str(out)).returncode == 2
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
