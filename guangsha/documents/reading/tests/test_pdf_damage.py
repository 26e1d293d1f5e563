"""Damaged, locked and hostile pdf files: one clear sentence, bounded time and memory, never a crash."""

from __future__ import annotations

import os
import random
import resource
import socket
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guangsha.documents.reading import ocr, pdf_pages
from guangsha.documents.reading.pdf import read_pdf
from guangsha.documents.reading.source import SourceDocument
from guangsha.documents.reading.tests.made_pdf import (
    A4,
    MadePage,
    at,
    line,
    made_pdf,
    picture_page,
    stream,
    table,
)
from guangsha.documents.writing.pdf import write_pdf
from guangsha.documents.writing.tests.sample_report import sample_report
from guangsha.kernel.errors import InputError
from guangsha.testing.effort import examples

#: Asked before it is made unavailable below.
OCR_INSTALLED = ocr.ocr_installed()


@pytest.fixture(autouse=True)
def without_recognition(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Damaged pages may lose their text: whether an optional engine then looks at them is no matter of these tests."""
    if "recognised" not in request.function.__name__:
        monkeypatch.setattr("guangsha.documents.reading.pdf.ocr_installed", lambda: False)


PROSE = at(72, 700, "2024年度支出合计22899.22万元。")


def refusal(folder: Path, data: bytes) -> str:
    path = folder / "报告.pdf"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_pdf(path)
    assert "Traceback" not in str(caught.value)
    return caught.value.message


def read(folder: Path, data: bytes) -> SourceDocument:
    path = folder / "报告.pdf"
    path.write_bytes(data)
    return read_pdf(path)


def test_a_missing_empty_or_other_file_is_named_for_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="找不到文件"):
        read_pdf(tmp_path / "没有.pdf")
    with pytest.raises(InputError, match="不是一个普通文件"):
        read_pdf(tmp_path)
    assert refusal(tmp_path, b"") == "文件是空的"
    assert refusal(tmp_path, b"PK\x03\x04" + b"\0" * 3000) == "这不是 PDF 文件"
    assert refusal(tmp_path, random.Random(1).randbytes(5000)) == "这不是 PDF 文件"


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "管道.pdf")
    with pytest.raises(InputError, match="不是一个普通文件"):
        read_pdf(tmp_path / "管道.pdf")


def test_a_password_is_asked_for_in_words(tmp_path: Path) -> None:
    lock = "/Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O <" + "ab" * 32 + "> /U <" + "cd" * 32 + "> >>"
    message = refusal(tmp_path, made_pdf([MadePage(PROSE)], trailer=lock + " /ID [<00><00>]"))
    assert message == "PDF 设有打开密码，无法读取"


def test_too_many_pages_are_counted_and_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, made_pdf([MadePage(PROSE)] * 10_000)) == "PDF 有 10000 页，超过上限 2000 页"


def test_a_page_count_that_lies_does_not_cost_anything(tmp_path: Path) -> None:
    assert "超过上限" in refusal(tmp_path, made_pdf([MadePage(PROSE)], count=100_000))
    for count in (2_000_000_000, -5):
        assert read(tmp_path, made_pdf([MadePage(PROSE)], count=count)).pages == 1


def test_too_large_a_file_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_pages, "PDF_BYTES_MAX", 1024 * 1024)
    assert "超过上限 1 MB" in refusal(tmp_path, b"%PDF-1.7" + bytes(2 * 1024 * 1024))


def test_too_much_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_pages, "CHARACTERS_MAX", 10)
    assert "文字过多" in refusal(tmp_path, made_pdf([MadePage(PROSE)]))
    monkeypatch.undo()
    monkeypatch.setattr(pdf_pages, "ALL_CHARACTERS_MAX", 30)
    assert "文字过多" in refusal(tmp_path, made_pdf([MadePage(PROSE)] * 3))


@pytest.mark.parametrize("size", [(1e7, 1e7), (1, 1), (-100, 0), (0, 0)])
def test_strange_sizes_of_sheets_are_read_or_refused(tmp_path: Path, size: tuple[float, float]) -> None:
    try:
        assert read(tmp_path, made_pdf([MadePage(PROSE, size=size)])).pages == 1
    except InputError as error:
        assert "没有文字" in error.message


def test_a_form_that_draws_itself_ends_the_child_and_not_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_pages, "ADDRESS_SPACE_MAX", 200 * 1024 * 1024)
    entries = "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F SELF 0 R >> >>"
    page = MadePage("/F Do", resources="/XObject << /F {0} 0 R >>", objects=[stream(b"/F Do /F Do", entries)])
    assert "限度内" in refusal(tmp_path, made_pdf([page]))


def test_an_unpacked_flood_stays_below_the_bound_of_memory(tmp_path: Path) -> None:
    flood = "".join(at(2, y, "住房" * 290, 1) for y in range(2, 840, 2))
    assert "文字过多" in refusal(tmp_path, made_pdf([MadePage(flood)]))
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    assert used < 1000


def test_type_of_no_size_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, made_pdf([MadePage(at(72, 700, "住房保障" * 40, 0.01))])).pages == 1


def test_hatching_is_no_table_and_costs_little(tmp_path: Path) -> None:
    drawn = "".join(line(50, y / 10, 500, y / 10) + line(y / 20, 50, y / 20, 800) for y in range(500, 8000))
    found = read(tmp_path, made_pdf([MadePage(drawn + PROSE)]))
    assert found.tables == ()


def test_an_unreadable_page_is_noted_and_the_others_read(tmp_path: Path) -> None:
    data = made_pdf([MadePage(PROSE), MadePage(PROSE), MadePage(PROSE)])
    broken = data.replace(b"7 0 obj\n<< /Type /Page", b"7 0 obj\n<< /Type /Pag9", 1).replace(
        b"[5 0 R 7 0 R", b"[5 0 R 99 0 R"
    )
    found = read(tmp_path, broken)
    assert found.pages == 3
    assert "第 2 页已损坏，未能读取。" in found.notes


def test_a_scan_says_so_and_names_the_extra(tmp_path: Path) -> None:
    path = tmp_path / "扫描.pdf"
    path.write_bytes(made_pdf([picture_page(bytes(100 * 140), 100, 140)]))
    with pytest.raises(InputError, match="扫描件，没有文字层") as caught:
        read_pdf(path)
    assert "pip install guangsha[ocr]" in caught.value.advice


def test_a_scanned_page_among_others_is_noted(tmp_path: Path) -> None:
    found = read(tmp_path, made_pdf([MadePage(PROSE), picture_page(bytes(100 * 140), 100, 140)]))
    assert [block.text for block in found.lines] == ["2024年度支出合计22899.22万元。"]
    assert found.notes[0].startswith("第 2 页是图片，没有文字层，未读取")


@pytest.mark.slow
@pytest.mark.skipif(not OCR_INSTALLED, reason="the optional engine is not installed: guangsha[ocr]")
def test_a_scan_is_recognised_with_its_table_and_without_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = write_pdf(sample_report())
    picture = pypdfium2.PdfDocument(written)[4].render(scale=200 / 72, grayscale=True).to_numpy()
    gray = picture.reshape(picture.shape[0], picture.shape[1])
    monkeypatch.setattr(socket, "socket", None)
    found = read(tmp_path, made_pdf([picture_page(gray.tobytes(), gray.shape[1], gray.shape[0])]))
    cells = {cell.text for cell in found.tables[0].cells}
    assert {"1874.05", "138.21", "341.98", "项目支出：", "97.3%"} <= cells
    assert (found.tables[0].row_count, found.tables[0].column_count) == (19, 7)
    assert "由文字识别得到" in found.notes[0]


SAMPLE = made_pdf(
    [
        MadePage(
            PROSE + table((80, 200, 320, 440), 640, [["项目", "金额", "备注"], ["基本支出", "1.50", "无"]])
        ),
        MadePage(PROSE, size=A4),
    ]
)


@settings(
    max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_any_damage_gives_a_document_or_one_sentence(tmp_path: Path, data: st.DataObject) -> None:
    damaged = bytearray(SAMPLE)
    for _ in range(data.draw(st.integers(1, 12))):
        place = data.draw(st.integers(8, len(damaged) - 1))
        damaged[place] = data.draw(st.integers(0, 255))
    end = data.draw(st.sampled_from([len(damaged), data.draw(st.integers(9, len(damaged)))]))
    try:
        assert read(tmp_path, bytes(damaged[:end])).kind == "pdf"
    except InputError as error:
        assert error.message


@pytest.mark.slow
def test_a_truncated_or_flipped_real_report_gives_a_document_or_one_sentence(tmp_path: Path) -> None:
    whole = write_pdf(sample_report())
    chance = random.Random(20)
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(chance.randrange(1, 60)):
            damaged[chance.randrange(8, len(damaged))] = chance.randrange(256)
        if chance.random() < 0.4:
            del damaged[chance.randrange(9, len(damaged)) :]
        try:
            assert read(tmp_path, bytes(damaged)).kind == "pdf"
        except InputError as error:
            assert error.message
