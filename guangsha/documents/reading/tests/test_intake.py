"""INPUT may be a workbook, a figures file or a folder; anything else gets one sentence and changes nothing."""

import os

import pytest

from guangsha.documents.reading.intake import read_input
from guangsha.documents.reading.tests.filled_workbook import FIGURES, facts, good
from guangsha.kernel.errors import InputError


@pytest.mark.parametrize(
    ("name", "content"),
    [("figures.yaml", FIGURES.encode()), ("f.yml", FIGURES.encode()), ("表.XLSX", good())],
)
def test_workbooks_and_figures_files_give_the_same_facts(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert read_input(tmp_path / name, None) == facts()


@pytest.mark.parametrize("name", ["figures.yaml", "figures.yml", "年度.xlsx"])
def test_a_folder_that_holds_one_input_is_taken(tmp_path, name):
    (tmp_path / name).write_bytes(good() if name.endswith("xlsx") else FIGURES.encode())
    (tmp_path / "~$年度.xlsx").write_bytes(b"lock")
    (tmp_path / "notes.txt").write_text("随手记")
    assert read_input(tmp_path, "mof").profile == "mof"


def test_figures_stand_before_workbooks_in_a_folder(tmp_path):
    (tmp_path / "figures.yaml").write_text(FIGURES, encoding="utf-8")
    (tmp_path / "a.xlsx").write_bytes(b"broken")
    assert read_input(tmp_path, None) == facts()


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), "文件夹里没有数据文件"),
        (("a.xlsx", "b.xlsx"), "有 2 个工作簿（a.xlsx、b.xlsx）"),
        (("figures.yaml", "figures.json"), "有 figures.yaml、figures.json"),
    ],
)
def test_a_folder_that_leaves_doubt_is_refused(tmp_path, names, said):
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InputError, match=said):
        read_input(tmp_path, None)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.xls", "旧版 .xls"),
        ("a.xlsm", "带宏"),
        ("a.csv", "CSV 文本"),
        ("a.docx", "Word 文档"),
        ("a.pdf", "PDF"),
        ("a.zip", "请先解压"),
        ("a.bin", "不认识的文件类型“.bin”"),
        ("noending", "不认识的文件类型“noending”"),
    ],
)
def test_other_files_are_told_apart_by_name(tmp_path, name, said):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InputError, match=said):
        read_input(tmp_path / name, None)


@pytest.mark.parametrize("name", ["none.xlsx", "none.yaml", "none.pdf", "none", "a\x00b", "x" * 5000])
def test_a_path_that_leads_nowhere_is_refused(tmp_path, name):
    with pytest.raises(InputError):
        read_input(tmp_path / name, None)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "figures.yaml")
    with pytest.raises(InputError, match="不是一个普通文件"):
        read_input(tmp_path / "figures.yaml", None)


def test_nothing_is_written(tmp_path):
    (tmp_path / "年度.xlsx").write_bytes(good())
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    read_input(tmp_path, None)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
