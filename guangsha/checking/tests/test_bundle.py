"""A zip of documents: names, bounds, bombs, and nothing left behind."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from guangsha.checking import bundle
from guangsha.checking.bundle import HandedDocument, handed_documents, is_bundle
from guangsha.kernel.errors import InputError


def packed(folder: Path, files: dict[str, bytes], name: str = "全部.zip") -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        for inner, content in files.items():
            written.writestr(inner, content)
    return path


def refusal(path: Path) -> str:
    with handed_documents([path]) as (found,):
        assert isinstance(found, InputError)
        return str(found)


def test_documents_keep_their_names_and_are_gone_afterwards(tmp_path: Path) -> None:
    path = packed(
        tmp_path, {"甲/报告.txt": b"1", "乙/报告.txt": b"2", "照片.png": b"x", "__MACOSX/a.txt": b"x"}
    )
    with handed_documents([path]) as found:
        documents = [document for document in found if isinstance(document, HandedDocument)]
        assert [document.name for document in documents] == ["全部.zip/报告.txt"] * 2
        assert [document.path.read_bytes() for document in documents] == [b"1", b"2"]
    assert not any(document.path.exists() for document in documents)


def test_single_files_are_handed_on_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "报告.docx"
    packed(tmp_path, {"[Content_Types].xml": b"", "word/document.xml": b""}, "报告.docx")
    assert not is_bundle(path)
    with handed_documents([path]) as found:
        assert found == [HandedDocument(path, "报告.docx")]


def test_a_name_that_climbs_out_stays_inside(tmp_path: Path) -> None:
    path = packed(tmp_path, {"../../逃.txt": b"1", "/etc/跑.txt": b"2", "..\\..\\走.txt": b"3"})
    with handed_documents([path]) as found:
        inside = {document.path.parent.parent for document in found if isinstance(document, HandedDocument)}
        assert len(found) == 3 and len(inside) == 1
    assert not list(tmp_path.rglob("逃*"))


def test_names_that_windows_packed_in_gbk_are_read(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as written:
        written.writestr("XXXX.txt", b"1")
    path = tmp_path / "包.zip"
    path.write_bytes(data.getvalue().replace(b"XXXX", "报告".encode("gbk")))
    with handed_documents([path]) as (document,):
        assert isinstance(document, HandedDocument) and document.name == "包.zip/报告.txt"


def test_refuses_bombs_by_ratio_by_number_and_by_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "过大" in refusal(packed(tmp_path, {"弹.txt": b"\0" * 8_000_000}))
    monkeypatch.setattr(bundle, "DOCUMENTS_MAX", 2)
    assert "超过上限" in refusal(packed(tmp_path, {f"{n}.txt": b"x" for n in range(3)}))
    monkeypatch.setattr(bundle, "BUNDLE_BYTES_MAX", 10)
    assert "过大" in refusal(packed(tmp_path, {"大.txt": b"0123456789ab"}))


def test_refuses_empty_damaged_and_locked_zips(tmp_path: Path) -> None:
    assert "没有可以核对的文档" in refusal(packed(tmp_path, {"照片.png": b"x"}))
    whole = packed(tmp_path, {"报告.txt": b"x" * 500}).read_bytes()
    locked = bytearray(whole)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[whole.index(mark) + offset] |= 1
    for data in (bytes(locked), whole[:40] + b"\xff" * 20 + whole[60:]):
        (tmp_path / "坏.zip").write_bytes(data)
        assert "压缩包" in refusal(tmp_path / "坏.zip")
