"""``guangsha check`` as other people's scripts call it: exit codes, JSON out, words to standard error, no traceback."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from guangsha.testing.published import evaluation_text


def check(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "guangsha.cli.main", "check", *map(str, arguments)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr + done.stdout
    return done


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "相符.txt"
    path.write_text(evaluation_text(), encoding="utf-8")
    return path


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    path = tmp_path / "不符.txt"
    path.write_text(evaluation_text(rate="91.00%"), encoding="utf-8")
    return path


def test_exit_code_tells_clean_contradicting_and_unusable(sound: Path, faulty: Path, tmp_path: Path) -> None:
    assert check(sound).returncode == 0
    assert check(faulty).returncode == 1
    done = check(tmp_path / "没有.docx")
    assert done.returncode == 2 and done.stdout == "" and "找不到文件" in done.stderr


def test_one_unusable_file_does_not_keep_the_others_from_being_checked(faulty: Path, tmp_path: Path) -> None:
    noise = tmp_path / "噪声.docx"
    noise.write_bytes(bytes(range(256)) * 40)
    done = check("--format", "json", noise, faulty)
    printed = json.loads(done.stdout)
    assert done.returncode == 2
    assert [document["file"] for document in printed["documents"]] == ["不符.txt"]
    assert [entry["file"] for entry in printed["unusable"]] == ["噪声.docx"] and "噪声.docx" in done.stderr


def test_json_holds_nothing_but_documents_when_all_were_read(sound: Path, faulty: Path) -> None:
    printed = json.loads(check("--format", "json", sound, faulty).stdout)
    assert set(printed) == {"documents"} and len(printed["documents"]) == 2
    (errors,) = [[f for f in d["findings"] if f["severity"] == "error"] for d in printed["documents"][1:]]
    assert "F02" in {finding["rule"] for finding in errors}


def test_a_zip_is_checked_document_by_document(sound: Path, faulty: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "全部.zip"
    with zipfile.ZipFile(bundle, "w") as packed:
        packed.write(sound, sound.name)
        packed.write(faulty, faulty.name)
    done = check("--format", "json", bundle)
    assert done.returncode == 1 and len(json.loads(done.stdout)["documents"]) == 2


def test_writes_pages_and_copies_where_it_is_told(sound: Path, faulty: Path, tmp_path: Path) -> None:
    page = tmp_path / "out" / "结果.html"
    assert check("--format", "html", "--out", page, faulty).returncode == 1
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    check("--format", "html", "--out", tmp_path / "pages", "--annotate", tmp_path / "copies", sound, faulty)
    names = {"相符-核对.html", "不符-核对.html"}
    assert (
        {p.name for p in (tmp_path / "pages").iterdir()}
        == names
        == {p.name for p in (tmp_path / "copies").iterdir()}
    )


def test_several_pages_need_a_folder(sound: Path, faulty: Path) -> None:
    done = check("--format", "html", sound, faulty)
    assert done.returncode == 2 and "--out" in done.stderr


def test_an_unknown_profile_is_told_once(sound: Path, faulty: Path) -> None:
    done = check("--profile", "nowhere", sound, faulty)
    assert done.returncode == 2 and done.stderr.count("nowhere") == 1


def test_last_years_document_may_stand_beside_one_document_only(
    sound: Path, faulty: Path, tmp_path: Path
) -> None:
    last = tmp_path / "去年.txt"
    last.write_text(evaluation_text(year="2024"), encoding="utf-8")
    assert check("--against", last, sound).returncode in (0, 1)
    assert check("--against", last, sound, faulty).returncode == 2
