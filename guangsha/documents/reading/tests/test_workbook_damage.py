"""Damaged and hostile workbooks: a clear sentence or equal facts, never another exception, never much memory."""

import io
import struct
import time
import tracemalloc
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guangsha.documents.reading import limits, office_package
from guangsha.documents.reading.tests.filled_workbook import facts, good
from guangsha.documents.reading.workbook import read_workbook, workbook_from_bytes
from guangsha.kernel.errors import InputError
from guangsha.testing.effort import examples

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500


def fault(data):
    with pytest.raises(InputError) as caught:
        workbook_from_bytes(data, "w.xlsx")
    return str(caught.value)


def package(changes=None, method=zipfile.ZIP_DEFLATED, only=False):
    """The good workbook with parts replaced (None removes) or added."""
    parts = {}
    with zipfile.ZipFile(io.BytesIO(good())) as source:
        if not only:
            parts = {name: source.read(name) for name in source.namelist()}
    parts.update(changes or {})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as target:
        for name, content in parts.items():
            if content is not None:
                target.writestr(name, content)
    return buffer.getvalue()


def with_xml(name, change):
    with zipfile.ZipFile(io.BytesIO(good())) as source:
        return package({name: change(source.read(name))})


SHEET = "xl/worksheets/sheet2.xml"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (OLE + "EncryptedPackage".encode("utf-16-le"), "设有打开密码"),
        (OLE + "Workbook".encode("utf-16-le"), "旧版 .xls 工作簿"),
        (OLE, "旧版 Office 文件"),
        (b"%PDF-1.7", "这是 PDF 文件"),
        ("单位,金额\n甲,5\n".encode(), "这是文本文件（如 CSV）"),
        (b"\x00\x01" * 100, "这不是 xlsx 工作簿"),
        (b"PK\x05\x06" + b"\x00" * 18, "压缩包里没有内容"),
        (b"PK\x03\x04" + b"\x00" * 100, "已损坏或不完整"),
    ],
)
def test_what_is_no_workbook_is_told_apart(data, said):
    assert said in fault(data)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("word/document.xml", "这是 Word 文档"),
        ("ppt/presentation.xml", "这是演示文稿"),
        ("xl/workbook.bin", ".xlsb 二进制工作簿"),
        ("content.xml", "这是 .ods 表格"),
        ("readme.txt", "压缩包里没有工作簿"),
    ],
)
def test_other_packages_are_told_apart(part, said):
    assert said in fault(package({part: b"<x/>"}, only=True))


def test_macros_are_refused():
    assert "带有宏" in fault(package({"xl/vbaProject.bin": b"x"}))
    data = with_xml(
        "[Content_Types].xml", lambda xml: xml.replace(b"spreadsheetml.sheet.main", b"x.macroEnabled.main")
    )
    assert "带有宏" in fault(data)


@pytest.mark.parametrize("cut", [10, 100, 5_000, -1, -22, -500])
def test_a_truncated_file_is_refused(cut):
    assert "已损坏或不完整" in fault(good()[:cut])


def test_a_huge_file_is_refused_at_once_without_being_read(tmp_path):
    path = tmp_path / "huge.xlsx"
    with path.open("wb") as stream:
        stream.truncate(200 * 1024 * 1024)
    tracemalloc.start()
    started = time.monotonic()
    with pytest.raises(InputError, match="文件有 200 MB，超过上限 20 MB"):
        read_workbook(path)
    assert time.monotonic() - started < 1
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_a_zip_bomb_is_refused_by_its_directory():
    data = package({"xl/media/bomb.xml": b" " * (40 * 1024 * 1024)})
    assert len(data) < 1_000_000
    assert "解压后过大" in fault(data)


def test_a_zip_bomb_that_lies_about_its_size_is_refused_while_unpacking():
    bomb = package({"xl/worksheets/bomb.xml": b" " * (40 * 1024 * 1024)})
    honest = struct.pack("<I", 40 * 1024 * 1024)
    lying = bomb.replace(honest, struct.pack("<I", 1000))
    assert lying != bomb
    assert "已损坏或不完整" in fault(lying)


def test_many_middling_parts_are_refused_when_their_sum_is_too_much():
    # incompressible enough to pass the ratio, too much together
    noise = bytes(range(32, 60)) * 70_000
    parts = {f"xl/worksheets/x{n}.xml": noise + str(n).encode() for n in range(20)}
    assert "解压后过大" in fault(package(parts))


def test_bloated_styles_are_refused():
    assert "解压后过大" in fault(package({"xl/styles.xml": bytes(range(32, 60)) * 150_000}))


def test_too_many_parts_are_refused():
    assert "个部件，超过上限" in fault(package({f"x/{n}.txt": b"" for n in range(limits.PARTS_MAX + 1)}))


def test_too_many_tags_are_refused_before_they_are_parsed(monkeypatch):
    monkeypatch.setattr(office_package, "_TAGS_MAX", 1_000)
    assert "解压后过大" in fault(good())


@pytest.mark.parametrize(
    "bomb",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1:9/">]>',
    ],
)
def test_document_types_and_entities_are_refused(bomb):
    data = with_xml(SHEET, lambda xml: xml.replace(b"?>", b"?>" + bomb, 1))
    assert "文档类型或实体声明" in fault(data)


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.decode().encode("utf-16"),
        lambda xml: xml.replace(b"UTF-8", b"cp037", 1),
        lambda xml: xml.replace(b"UTF-8", b"UTF-7", 1),
    ],
)
def test_encodings_in_which_an_entity_could_hide_are_refused(change):
    assert "文字编码" in fault(with_xml(SHEET, change))


def test_an_encrypted_entry_is_refused():
    data = bytearray(good())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    assert "加了密码" in fault(bytes(data))


def test_a_sheet_whose_part_is_gone_or_renamed_does_not_lose_its_figures_in_silence():
    # the project's sheet: nothing else would miss it
    part = "xl/worksheets/sheet5.xml"
    assert "工作表的内容丢失" in fault(package({part: None}))
    directory = good().index(b"PK\x01\x02")
    head, tail = good()[:directory], good()[directory:]
    renamed = head + tail.replace(b"sheet5.xml", b"sheet5.zml", 1)
    assert "已损坏或不完整" in fault(renamed)


def test_strange_compression_and_repeated_names_are_refused():
    assert "压缩方法" in fault(package(method=zipfile.ZIP_BZIP2))
    buffer = io.BytesIO(good())
    with pytest.warns(UserWarning), zipfile.ZipFile(buffer, "a") as target:
        target.writestr(SHEET, b"<x/>")
    assert "重名的部件" in fault(buffer.getvalue())


@pytest.mark.parametrize(
    "changes",
    [
        {"xl/workbook.xml": b"<workbook/>"},
        {"xl/workbook.xml": b"not xml"},
        {SHEET: b"<worksheet"},
        {SHEET: b""},
        {SHEET: None},
        {"xl/styles.xml": b"<styleSheet><cellXfs><xf numFmtId='x'/></cellXfs></styleSheet>"},
        {"[Content_Types].xml": None},
    ],
)
def test_a_package_with_spoilt_parts_is_refused(changes):
    assert fault(package(changes))


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace(b'r="C5"', b'r="C"', 1),
        lambda xml: xml.replace(b'<row r="5"', b'<row r="x"', 1),
        lambda xml: xml.replace(b'<row r="5"', b'<row r="1048576"', 1),
        lambda xml: xml.replace(b'r="C5"', b'r="ZZZZ5"', 1),
        lambda xml: xml.replace(b'<dimension ref="', b'<dimension ref="A1:XFD1048576" x="', 1),
        lambda xml: xml.replace(b' s="', b' s="9', 3),
        lambda xml: xml.replace(b't="inlineStr"', b't="s"', 2),
        lambda xml: xml.replace(b't="inlineStr"', b't="d"', 2),
        lambda xml: xml.replace(b"<v>75</v>", b"<v>1e999</v>", 1),
        lambda xml: xml.replace(b"<v>75</v>", b"<v>NaN</v>", 1),
        lambda xml: xml.replace(b"<v>75</v>", b"<v>" + b"9" * 6000 + b"</v>", 1),
    ],
)
def test_nonsense_inside_a_sheet_gives_facts_or_an_input_error(change):
    data = with_xml(SHEET, change)
    started = time.monotonic()
    try:
        workbook_from_bytes(data, "w.xlsx")
    except InputError as error:
        assert str(error)
    assert time.monotonic() - started < 5


FUZZ = settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(cut=st.floats(0, 1))
@settings(FUZZ, max_examples=examples(25))
def test_a_workbook_cut_anywhere_is_an_input_error(cut):
    data = good()
    assert fault(data[: int(len(data) * cut)][: len(data) - 1])


@given(data=st.data())
@FUZZ
def test_flipped_bytes_never_change_a_figure_in_silence(data):
    spoilt = bytearray(good())
    # the directory at the end is a thirtieth of the file and holds most of what can go wrong
    directory = spoilt.index(b"PK\x01\x02")
    places = st.integers(0, len(spoilt) - 1) | st.integers(directory, len(spoilt) - 1)
    for at in data.draw(st.lists(places, min_size=1, max_size=3)):
        spoilt[at] ^= data.draw(st.integers(1, 255))
    try:
        assert workbook_from_bytes(bytes(spoilt), "w.xlsx") == facts()
    except InputError as error:
        assert str(error)


@given(
    at=st.integers(0, 10**6),
    junk=st.binary(min_size=1, max_size=8),
    part=st.sampled_from([SHEET, "xl/styles.xml", "xl/workbook.xml"]),
)
@FUZZ
def test_junk_inside_the_xml_gives_facts_or_an_input_error(at, junk, part):
    def spoil(xml):
        place = at % len(xml)
        return xml[:place] + junk + xml[place + len(junk) :]

    try:
        workbook_from_bytes(with_xml(part, spoil), "w.xlsx")
    except InputError as error:
        assert str(error)
